import HTTPTypes
import NIOCore
import NIOHTTP1

extension ByteBuffer {
    /// The head of a final response in the form of HTTP/1.1 (RFC 9112 §4), with the empty line that ends it.
    ///
    /// The types of the response hold no line ends.
    mutating func writeHead(_ response: HTTPResponse) {
        self.writeStaticString("HTTP/1.1 ")
        self.writeString(String(response.status.code))
        self.writeStaticString(" ")
        // The encoder's phrases: a status has one, whichever way it goes out.
        let (code, phrase) = (response.status.code, response.status.reasonPhrase)
        self.writeString(HTTPResponseStatus(statusCode: code, reasonPhrase: phrase).reasonPhrase)
        self.writeStaticString("\r\n")
        for field in response.headerFields {
            self.writeString(field.name.rawName)
            self.writeStaticString(": ")
            self.writeString(field.value)
            self.writeStaticString("\r\n")
        }
        self.writeStaticString("\r\n")
    }
}

extension HTTPResponse.Status {
    /// Whether a response may have a body at all (RFC 9110 §6.4.1).
    var mayHaveBody: Bool { self.kind != .informational && self != .noContent && self != .notModified }
}
