import HTTPTypes
import Hummingbird
import NIOCore
import TenantHTTP
import Testing

@Suite("The credentials of a request")
struct BearerTokenTests {
    private func read(
        _ values: [String], accepting schemes: Set<BearerToken.Scheme> = [.bearer]
    ) throws(BearerTokenError) -> BearerToken {
        var head = HTTPRequest(method: .get, scheme: "https", authority: "acme.localhost", path: "/")
        for value in values { head.headerFields.append(HTTPField(name: .authorization, value: value)) }
        return try BearerToken(Request(head: head, body: .init(buffer: ByteBuffer())), accepting: schemes)
    }

    private static let longToken = String(repeating: "x", count: 5_000)

    @Test("a scheme in any case, spaces, a token")
    func good() throws {
        for token in ["a", "a.b-c_d~e+f/g==", "tökén", Self.longToken] {
            for word in ["Bearer ", "bearer ", "BEARER    "] {
                let bearer = try read([word + token])
                #expect(bearer.text == token && bearer.scheme == .bearer)
            }
            let bound = try read(["DPoP \(token)"], accepting: [.bearer, .dpop])
            #expect(bound.text == token && bound.scheme == .dpop)
        }
    }

    @Test("anything else is malformed, and no field at all is missing")
    func malformed() {
        for value in [
            "", "Bearer", "Bearera", "Bearer\ta", "Bearer,a", "Basic a", "DPoP a", "a Bearer a", "Bearer a b",
            "Bearer a  b", "Bearer \(Self.longToken) \(Self.longToken)", Self.longToken,
        ] {
            #expect(throws: BearerTokenError.malformed, "\(value.prefix(20))") { try read([value]) }
        }
        #expect(throws: BearerTokenError.malformed) { try read(["Bearer a", "Bearer a"]) }
        #expect(throws: BearerTokenError.missing) { try read([]) }
    }
}
