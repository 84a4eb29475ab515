import Tenancy
import TenantHTTP

/// Reads the scope and leaves out what cannot be granted here; what remains is what consent and tokens speak of.
struct ScopeRule: AuthorizeRule {
    static let standardScopes: Set<String> = ["openid", "profile", "email", "address", "phone", "offline_access"]

    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        guard let text = authorization.request.scope else { return }
        authorization.scope = try Self.granted(text, to: authorization)
    }

    /// The scopes of a request that its client, user and API allow, each once, in order.
    static func granted(_ text: String, to authorization: Authorization) throws -> [String] {
        var granted: [String] = []
        var seen: Set<String> = []
        for item in text.split(separator: " ") {
            let scope = String(item)
            guard scope.utf8.allSatisfy(isScopeCharacter) else {
                throw OAuthError.invalidScope("The scope holds a character that is not allowed")
            }
            if seen.insert(scope).inserted, isGrantable(scope, authorization) { granted.append(scope) }
        }
        return granted
    }

    private static func isGrantable(_ scope: String, _ authorization: Authorization) -> Bool {
        if scope == "offline_access" { return authorization.api?.allowsOfflineAccess ?? true }
        if standardScopes.contains(scope) { return true }
        if let api = authorization.api {
            // Management scopes never come out of a browser, but for those on the user's own profile.
            return api.scopes.contains(scope) && (!api.isSystem || scope.hasSuffix(":current_user"))
        }
        // Legacy clients ask for profile attributes by name: `openid name app_metadata`.
        return !authorization.isConformant && scope.utf8.allSatisfy(isAttributeCharacter)
    }

    /// RFC 6749 §3.3 scope-token.
    private static func isScopeCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func isAttributeCharacter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
