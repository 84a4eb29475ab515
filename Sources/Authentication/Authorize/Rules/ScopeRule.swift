import Tenancy
import TenantHTTP

/// Reads the scope and leaves out what cannot be granted here; what remains is what consent and tokens speak of.
struct ScopeRule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard let text = authorization.request.scope else { return }
        authorization.scope = try Self.granted(text, to: authorization)
    }

    /// The scopes of a request that its client, user and API allow, each once, in order.
    static func granted(_ text: String, to authorization: Authorization) throws -> [String] {
        let asked = Scopes.parse(text)
        guard asked.allSatisfy({ $0.utf8.allSatisfy(isScopeCharacter) }) else {
            throw OAuthError.invalidScope("The scope holds a character that is not allowed")
        }
        return Scopes.granted(
            asked, client: authorization.client, api: authorization.api, isConformant: authorization.isConformant)
    }

    /// RFC 6749 §3.3 scope-token.
    private static func isScopeCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
