import OpenSSL
import StrictJSON

/// What an administrator has decided about second factors (spec 07 §18): which there are, and who is asked for one.
public struct SecondFactorSettings: Sendable {
    /// The factors users may enrol. None to begin with.
    public var factors: [Factor.Kind]
    /// Factors that are switched on by name and have no work here yet: push, Duo and their like.
    public var otherFactors: [String]
    /// The policy `all-applications`: every login asks for a second factor.
    public var asksForAllApplications: Bool
    /// Clients whose logins ask for one, whatever the policy.
    public var clientIDs: [String]

    public init(
        factors: [Factor.Kind] = [], otherFactors: [String] = [], asksForAllApplications: Bool = false,
        clientIDs: [String] = []
    ) {
        self.factors = factors
        self.otherFactors = otherFactors
        self.asksForAllApplications = asksForAllApplications
        self.clientIDs = clientIDs
    }

    init(_ document: JSONObject) {
        func list(_ name: String) -> [String] { document[name]?.array?.compactMap(\.string) ?? [] }
        let enabled = list("factors")
        factors = Factor.Kind.allCases.filter { enabled.contains($0.rawValue) }
        otherFactors = enabled.filter { Factor.Kind(rawValue: $0) == nil }
        asksForAllApplications = list("policies").contains(Self.allApplications)
        clientIDs = list("clients")
    }

    var document: JSONObject {
        [
            "factors": .array((factors.map(\.rawValue) + otherFactors).map(JSON.string)),
            "policies": asksForAllApplications ? [.string(Self.allApplications)] : [],
            "clients": .array(clientIDs.map(JSON.string)),
        ]
    }

    /// The contract's name of the only policy there is beside none.
    public static let allApplications = "all-applications"
}

extension SettingsStore {
    func secondFactor() throws -> SecondFactorSettings {
        guard let row = try sql.row("SELECT value FROM settings WHERE name = 'guardian'") else {
            return SecondFactorSettings()
        }
        return SecondFactorSettings(try row.object(0))
    }

    public func save(_ secondFactor: SecondFactorSettings) throws {
        try put("guardian", JSON.object(secondFactor.document).text())
    }

    /// The key of everything the tenant seals, and of the ids of passwordless users; made when it is first needed. It is
    /// not the transaction key, because that one changes when a tenant is copied, and what is sealed does not.
    func factorKey() throws -> [UInt8] {
        if let key = try knownFactorKey() { return key }
        let key = SecureRandom.bytes(32)
        try put("factor_key", Base64URL.encode(key))
        return key
    }

    /// Nil while it was never needed.
    func knownFactorKey() throws -> [UInt8]? {
        try sql.row("SELECT value FROM settings WHERE name = 'factor_key'").flatMap { Base64URL.decode($0[0]) }
    }
}
