import HTTPTypes

/// A request that arrived in one piece, as nearly all requests of clients do, read without the parser, for half of
/// what reading costs with it.
///
/// Whatever is not plain is left to the parser: chunks, expectations, upgrades, a connection that shall be closed,
/// bodies that still arrive or are streamed, every head that has to be refused. So there is one reading of those.
struct WholeRequest {
    let head: HTTPRequest
    let headLength: Int
    let bodyLength: Int

    /// Longer heads are left to the parser. One that fits the limit of a single field needs no look at each of them.
    private static let longestHead = 8192
    /// Digits of a length; a longer one is left to the parser.
    private static let longestLength = 8

    /// - Parameter bytes: begin where a message begins.
    /// - Returns: nil for everything that is not plainly such a request.
    init?(_ bytes: UnsafeRawBufferPointer, limits: HTTPLimits, secure: Bool) {
        let longest = min(Self.longestHead, limits.field, limits.fields)
        var reader = HeadReader(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(longest)))
        guard let method = reader.method(), let target = reader.target().map(reader.text),
            RequestRules.refusal(method: method.rawValue, target: target, limits: limits) == nil,
            limits.upload(method, target) == nil
        else { return nil }
        var (authority, length) = (String?.none, Int?.none)
        var fields = HTTPFields()
        fields.reserveCapacity(16)
        while !reader.skip("\r\n") {
            guard let (name, value) = reader.field(), fields.count + 1 < limits.fieldCount else { return nil }
            switch reader.kind(of: name) {
            case .host:
                guard authority == nil, !value.isEmpty else { return nil }
                authority = reader.text(value)
                continue
            case .contentLength:
                guard length == nil, value.count <= Self.longestLength,
                    let count = RequestRules.contentLength(reader.text(value))
                else { return nil }
                length = count
            case .connection:
                guard reader.equals(value, "keep-alive") else { return nil }
            case .framing: return nil
            case .condition, .other: break
            }
            guard let name = HTTPField.Name(reader.text(name)) else { return nil }
            fields.append(HTTPField(name: name, value: reader.text(value)))
        }
        let body = length ?? 0
        guard let authority, body <= limits.body, body <= bytes.count - reader.offset else { return nil }
        self.head = HTTPRequest(
            method: method, scheme: secure ? "https" : "http", authority: authority, path: target,
            headerFields: fields)
        self.headLength = reader.offset
        self.bodyLength = body
    }
}
