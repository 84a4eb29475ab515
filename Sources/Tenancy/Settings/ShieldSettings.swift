import StrictJSON

/// What an administrator has decided about the shields (spec 05 §7): which are up, who is told, who is let through.
public struct ShieldSettings: Sendable {
    /// Ten wrong passwords or codes block an account for an address; a connection may go without by its own
    /// `brute_force_protection`.
    public var guardsAccounts: Bool
    /// A hundred block the address.
    public var guardsAddresses: Bool
    /// A right password that thieves know lets nobody in.
    public var refusesLeakedPasswords: Bool
    /// Whether the owner of an account is told of a block or a leaked password.
    public var notifiesUsers: Bool
    /// Addresses that no shield counts, such as an office's.
    public var trusted: [AddressRange]

    /// All of them up, and nobody trusted.
    public init(
        guardsAccounts: Bool = true, guardsAddresses: Bool = true, refusesLeakedPasswords: Bool = true,
        notifiesUsers: Bool = true, trusted: [AddressRange] = []
    ) {
        self.guardsAccounts = guardsAccounts
        self.guardsAddresses = guardsAddresses
        self.refusesLeakedPasswords = refusesLeakedPasswords
        self.notifiesUsers = notifiesUsers
        self.trusted = trusted
    }

    init(_ document: JSONObject) {
        func isOn(_ name: String) -> Bool { document[name]?.bool ?? true }
        self.init(
            guardsAccounts: isOn("accounts"), guardsAddresses: isOn("addresses"),
            refusesLeakedPasswords: isOn("leaked_passwords"), notifiesUsers: isOn("notify_users"),
            trusted: document["trusted"]?.array?.compactMap(\.string).compactMap(AddressRange.init) ?? [])
    }

    var document: JSONObject {
        [
            "accounts": .bool(guardsAccounts), "addresses": .bool(guardsAddresses),
            "leaked_passwords": .bool(refusesLeakedPasswords), "notify_users": .bool(notifiesUsers),
            "trusted": .array(trusted.map { .string($0.description) }),
        ]
    }

    public func trusts(_ address: String) -> Bool { trusted.contains { $0.contains(address) } }
}

extension SettingsStore {
    func shields() throws -> ShieldSettings {
        guard let row = try sql.row("SELECT value FROM settings WHERE name = 'shields'") else {
            return ShieldSettings()
        }
        return ShieldSettings(try row.object(0))
    }

    public func save(_ shields: ShieldSettings) throws {
        try put("shields", JSON.object(shields.document).text())
    }
}
