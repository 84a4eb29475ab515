import HTTPTypes
import Hummingbird

/// The origin of a request is not allowed: a plain-text 403 without any CORS field (spec 02 §1).
public struct OriginRefusal: HTTPResponseError {
    let origin: String
    public var status: HTTPResponse.Status { .forbidden }

    public func response(from request: Request, context: some RequestContext) -> Response {
        .text("Origin \(Self.escaped(origin)) is not allowed.", status: status, headers: [.vary: "Origin"])
    }

    /// Nothing of a header that an attacker chose may read as markup (spec 08 U11).
    private static func escaped(_ origin: String) -> String {
        String(
            String.UnicodeScalarView(
                origin.unicodeScalars.map { scalar in
                    let isPlain = (0x20...0x7E).contains(scalar.value) && !"<>&\"'".unicodeScalars.contains(scalar)
                    return isPlain ? scalar : "?"
                }))
    }
}
