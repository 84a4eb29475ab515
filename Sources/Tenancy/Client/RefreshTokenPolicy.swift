import StrictJSON

/// How the refresh tokens of a client live: its `refresh_token` setting.
public struct RefreshTokenPolicy: Sendable, Hashable {
    /// Whether every use gives a new token in the place of the old one.
    public let rotates: Bool
    /// Seconds in which a token that was superseded is still answered, for a client whose answer got lost.
    public let leeway: Int64
    /// Seconds from the authorization in which tokens are renewed; nil for ever.
    public let lifetime: Int64?
    /// Seconds a token lives unused; nil for ever.
    public let idleLifetime: Int64?

    /// Thirty days in all and fifteen unused, where tokens expire and nothing is said.
    private static let defaultLifetime = 2_592_000
    private static let defaultIdleLifetime = 1_296_000

    /// - Parameter mustRotate: whether the client rotates whatever it says.
    init(_ setting: JSONObject, mustRotate: Bool) {
        func seconds(_ name: String, unless infinite: String, default value: Int) -> Int64? {
            guard setting["expiration_type"]?.string == "expiring", setting[infinite]?.bool != true else { return nil }
            return Int64(setting[name]?.int ?? value)
        }
        rotates = mustRotate || setting["rotation_type"]?.string == "rotating"
        leeway = Int64(setting["leeway"]?.int ?? 0)
        lifetime = seconds("token_lifetime", unless: "infinite_token_lifetime", default: Self.defaultLifetime)
        idleLifetime = seconds(
            "idle_token_lifetime", unless: "infinite_idle_token_lifetime", default: Self.defaultIdleLifetime)
    }
}

extension Client {
    /// RFC 9700 §4.14.2: a client that cannot prove itself rotates, or a thief of its token would never be noticed.
    /// Clients of the old kind keep their token, as their SDKs expect (spec 02 §5), unless they say otherwise.
    public var refreshTokenPolicy: RefreshTokenPolicy {
        RefreshTokenPolicy(document["refresh_token"]?.object ?? [:], mustRotate: isPublic && isOIDCConformant)
    }
}

extension RefreshToken {
    /// What a token that a client presents is worth.
    public enum Standing: Sendable {
        case living
        case expired
        /// It was superseded before: of the two who had it one is a thief.
        case reused
    }

    public func standing(under policy: RefreshTokenPolicy, at now: Timestamp) -> Standing {
        if let supersededAt, now >= supersededAt.adding(seconds: policy.leeway) { return .reused }
        if let lifetime = policy.lifetime, now >= familyCreatedAt.adding(seconds: lifetime) { return .expired }
        if let idle = policy.idleLifetime, now >= (usedAt ?? createdAt).adding(seconds: idle) { return .expired }
        return .living
    }
}
