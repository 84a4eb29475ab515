import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON

extension HTTPField.Name {
    static let pragma = HTTPField.Name("Pragma")!
}

extension Response {
    /// The contract's `Cache-Control` of everything that is someone's own (spec 02 §1).
    public static let privateCacheControl =
        "private, no-store, no-cache, must-revalidate, post-check=0, pre-check=0"
    private static let cacheControlField = HTTPField(name: .cacheControl, value: privateCacheControl)
    private static let pragmaField = HTTPField(name: .pragma, value: "no-cache")
    /// How many fields most answers have, those of CORS and those that every answer has among them.
    private static let usualFields = 10

    /// A JSON answer. `/oauth/token` names no charset, the Management API does (spec 07 §0).
    public static func json(
        _ json: JSON, status: HTTPResponse.Status = .ok, contentType: String = "application/json; charset=utf-8",
        headers: HTTPFields = [:]
    ) -> Response {
        bytes(json.bytes(), status: status, contentType: contentType, headers: headers)
    }

    /// A JSON answer that is text already, or becomes it while it goes out.
    public static func json(body: ResponseBody, status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: privateFields(contentType: "application/json; charset=utf-8"), body: body)
    }

    /// The answer to HEAD where this is the one to GET: its fields and nothing behind them (RFC 9110 §9.3.2). Where GET has
    /// no length, because its body is written while it goes out, none is claimed.
    public var headOnly: Response {
        guard !headers.contains(.contentLength) else { return createHeadResponse() }
        return Response(status: status, headers: headers, body: ResponseBody { try await $0.finish(nil) })
    }

    public static func text(
        _ text: String, status: HTTPResponse.Status, headers: HTTPFields = [:]
    ) -> Response {
        bytes(Array(text.utf8), status: status, contentType: "text/plain; charset=utf-8", headers: headers)
    }

    /// An answer nobody may keep.
    public static func bytes(
        _ bytes: [UInt8], status: HTTPResponse.Status, contentType: String, headers: HTTPFields = [:]
    ) -> Response {
        Response(
            status: status, headers: privateFields(contentType: contentType, headers),
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func privateFields(contentType: String, _ headers: HTTPFields = [:]) -> HTTPFields {
        var fields = headers
        fields.reserveCapacity(fields.count + usualFields)
        if fields.contains(.contentType) { fields[.contentType] = nil }
        fields.append(HTTPField(name: .contentType, value: contentType))
        if !fields.contains(.cacheControl) {
            fields.append(cacheControlField)
            if fields.contains(.pragma) { fields[.pragma] = nil }
            fields.append(pragmaField)
        }
        return fields
    }

    /// A redirect by GET; never 307 or 308, which would repeat a form with credentials (RFC 9700 §4.12).
    public static func found(_ location: String, headers: HTTPFields = [:]) -> Response {
        var fields = headers
        fields[.location] = location
        fields[.cacheControl] = privateCacheControl
        fields[.pragma] = "no-cache"
        return Response(status: .found, headers: fields)
    }

    public mutating func setCookie(_ cookie: ResponseCookie) {
        headers.append(HTTPField(name: .setCookie, value: cookie.headerValue))
    }
}
