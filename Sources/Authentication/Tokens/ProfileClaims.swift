import StrictJSON
import Tenancy

/// What scopes reveal of a user in id_tokens and at /userinfo (OpenID Connect Core §5.4, spec 02 §9 and §12).
enum ProfileClaims {
    private static let profile = [
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale",
    ]

    /// Attributes no scope names: tokens of upstream providers stand in the identities.
    private static let hidden: Set<String> = ["identities", "blocked"]

    /// - Parameter takesClaimNames: whether scopes that name an attribute reveal it, as they do for clients of the old
    ///   kind.
    static func claims(of user: User, scope: [String], takesClaimNames: Bool = false) -> JSONObject {
        var claims: JSONObject = [:]
        for scope in scope {
            switch scope {
            case "profile":
                for name in profile { claims[name] = user.document[name] ?? claims[name] }
                claims["updated_at"] = .string(user.updatedAt.iso8601)
            case "email":
                guard let email = user.document["email"] else { continue }
                claims["email"] = email
                claims["email_verified"] = user.document["email_verified"] ?? false
            case "phone":
                guard let number = user.document["phone_number"] else { continue }
                claims["phone_number"] = number
                claims["phone_number_verified"] = user.document["phone_verified"] ?? false
            case "address":
                claims["address"] = user.document["address"] ?? claims["address"]
            default:
                guard takesClaimNames, !hidden.contains(scope), !ReservedClaims.contains(scope),
                    let value = user.document[scope]
                else { continue }
                claims[scope] = value
            }
        }
        return claims
    }
}
