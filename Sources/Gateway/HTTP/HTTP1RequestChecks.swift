import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The rules of HTTP/1.1 framing and routing that the parser leaves open, strict wherever two readers of one
/// message could disagree about it.
enum HTTP1RequestChecks {
    /// The request in the form both versions of HTTP share, with the one authority it is for.
    static func request(
        _ head: HTTPRequestHead, limits: HTTPLimits, secure: Bool = true
    ) throws(Refusal) -> HTTPRequest {
        guard head.version.major == 1, head.version.minor <= 1 else { throw .versionNotSupported }
        // RFC 9112 §3.2: exactly one Host, in HTTP/1.0 too: there is no default tenant it could be for.
        let hosts = head.headers["host"]
        guard hosts.count == 1, var authority = hosts.first.map({ $0[...] }) else { throw .badRequest }
        guard let method = try? HTTPRequest.Method(head.method) else { throw .notImplemented }
        var target = head.uri[...]
        // Methods go first: CONNECT has a target of its own form.
        if method == .connect || method == .trace { throw .methodNotAllowed }
        if target.utf8.first != UInt8(ascii: "/") {
            // RFC 9112 §3.2.2: the authority of an absolute target wins over Host.
            (authority, target) = try self.absolute(target, scheme: secure ? "https" : "http")
        }
        if let refusal = RequestRules.refusal(method: method.rawValue, target: target, limits: limits) {
            throw refusal
        }
        try self.checkFraming(head)
        return HTTPRequest(
            method: method, scheme: secure ? "https" : "http", authority: String(authority),
            path: String(target), headerFields: HTTPFields(head.headers, splitCookie: false))
    }

    private static func absolute(
        _ target: Substring, scheme: String
    ) throws(Refusal) -> (authority: Substring, path: Substring) {
        let prefix = "\(scheme)://"
        guard target.prefix(prefix.count).lowercased() == prefix else { throw .badRequest }
        let rest = target.dropFirst(prefix.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let path = rest[end...]
        return (rest[..<end], path.isEmpty ? "/" : path)
    }

    /// RFC 9112 §6: one reading of where the body ends, or none.
    private static func checkFraming(_ head: HTTPRequestHead) throws(Refusal) {
        let lengths = head.headers["content-length"]
        let codings = head.headers["transfer-encoding"]
        guard lengths.count <= 1, lengths.allSatisfy({ RequestRules.contentLength($0) != nil }) else {
            throw .badRequest
        }
        if let coding = codings.first {
            guard lengths.isEmpty, head.version.minor == 1 else { throw .badRequest }
            guard codings.count == 1, coding.lowercased() == "chunked" else { throw .notImplemented }
        }
    }
}
