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
        let granted = Scopes.granted(
            asked, client: authorization.client, api: authorization.api, isConformant: authorization.isConformant)
        // OpenID Connect Core §11: only a code leads to a refresh token. The old service gave one in the fragment to
        // requests with `device`; RFC 6749 §4.2.2 forbids it.
        return authorization.responseType.isFragmentOnly ? granted.filter { $0 != "offline_access" } : granted
    }

    /// RFC 6749 §3.3 scope-token.
    private static func isScopeCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
