import StrictJSON
import Tenancy

/// What scopes mean here and which of those asked for may be granted (spec 02 §2, spec 08 T27).
enum Scopes {
    /// OpenID Connect Core §5.4 and §11.
    static let openIDConnect = ["openid", "profile", "email", "address", "phone", "offline_access"]

    /// The scopes of a space-separated list, each once, in order.
    static func parse(_ text: String) -> [String] {
        var seen: Set<Substring> = []
        return text.split(separator: " ").filter { seen.insert($0).inserted }.map(String.init)
    }

    /// The scopes of a user's authorization that a client really gets; those nobody knows are dropped.
    ///
    /// /authorize asks this before consent and /oauth/token before it signs, because client and API may have changed
    /// in between.
    /// - Parameter isConformant: whether the request speaks OpenID Connect alone; the others may name claims.
    static func granted(
        _ asked: [String], client: Client, api: ResourceServer?, isConformant: Bool
    ) -> [String] {
        // Management scopes never come out of a browser, but for those on the user's own profile.
        let known = api.map { $0.isSystem ? SystemScopes.currentUser : Set($0.scopes) }
        return asked.filter { scope in
            if scope == "offline_access" { return allowsOfflineAccess(client: client, api: api) }
            if openIDConnect.contains(scope) { return true }
            // Clients of the old kind name the claims they want as scopes, where no API gives the words a meaning.
            return known?.contains(scope) ?? (!isConformant && scope.utf8.allSatisfy(isClaimNameCharacter))
        }
    }

    static func allowsOfflineAccess(client: Client, api: ResourceServer?) -> Bool {
        client.allows(grantType: RefreshTokenGrant.type) && api?.allowsOfflineAccess ?? true
    }

    private static func isClaimNameCharacter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
