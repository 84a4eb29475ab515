import OpenSSL
import StrictJSON

/// Where the users of a connection come from; the log's `strategy_type` (spec 04 §1).
public enum StrategyType: String, Sendable {
    case database, social, enterprise, passwordless

    init(strategy: String) {
        switch strategy {
        case "auth0": self = .database
        case "email", "sms": self = .passwordless
        case "ad", "adfs", "auth0-adldap", "google-apps", "ip", "oidc", "office365", "okta", "pingfederate", "samlp",
            "sharepoint", "waad", "custom":
            self = .enterprise
        default: self = .social
        }
    }
}

/// What the audit trail says of a connection.
public struct ConnectionIdentity: Sendable {
    public let id: String
    public let name: String
    public let strategy: String

    public var strategyType: StrategyType { StrategyType(strategy: strategy) }
}

/// A source of users (spec 01 R13).
public final class Connection: Sendable {
    public let id: String
    /// Unique in the tenant and immutable.
    public let name: String
    public let strategy: String
    public let createdAt: Timestamp
    public let enabledClients: [String]
    /// `options`, `realms`, `is_domain_connection`, `metadata` under their contract names.
    public let document: JSONObject
    /// The clients that may really use it.
    let admittedClients: Set<String>

    /// - Parameter admittedClients: the clients that may use it; those it is enabled for, where nothing is said.
    public init(
        id: String, name: String, strategy: String, createdAt: Timestamp, enabledClients: [String],
        document: JSONObject, admittedClients: Set<String>? = nil
    ) {
        self.id = id
        self.name = name
        self.strategy = strategy
        self.createdAt = createdAt
        self.enabledClients = enabledClients
        self.document = document
        self.admittedClients = admittedClients ?? Set(enabledClients)
    }

    public var options: JSONObject { document["options"]?.object ?? [:] }
    public var realms: [String] { document["realms"]?.array?.compactMap(\.string) ?? [name] }
    public var isDatabase: Bool { strategy == "auth0" }
    public var allowsSignUp: Bool { options["disable_signup"]?.bool != true }
    public var requiresUsername: Bool { options["requires_username"]?.bool == true }
    /// `none`, `low`, `fair`, `good` or `excellent`.
    public var passwordPolicy: String { options["passwordPolicy"]?.string ?? "none" }

    public var strategyType: StrategyType { StrategyType(strategy: strategy) }
    public var identity: ConnectionIdentity { ConnectionIdentity(id: id, name: name, strategy: strategy) }

    /// Whether third-party clients may use it, and they alone need not be enabled (spec 05 §1).
    public var isDomainConnection: Bool { document["is_domain_connection"]?.bool == true }

    /// Whether a client's users may come through here: a client of the tenant's own is enabled by name; those of others
    /// use domain connections, and no connection else (spec 02 §11).
    public func isEnabled(for clientID: String) -> Bool { acceptsLogins && admittedClients.contains(clientID) }

    /// Whether logins by it are switched on at all (`authentication.active`).
    public var acceptsLogins: Bool { document["authentication"]?["active"]?.bool != false }

    public func replacing(enabledClients: [String]? = nil, document: JSONObject? = nil) -> Connection {
        Connection(
            id: id, name: name, strategy: strategy, createdAt: createdAt,
            enabledClients: enabledClients ?? self.enabledClients, document: document ?? self.document)
    }

    /// Where it stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: id) }

    /// A new id: `con_` and 16 letters and digits (spec 07 §0).
    public static func newID() -> String { "con_" + SecureRandom.alphanumeric(16) }

    /// The name of the database every new tenant has (spec 01 §5).
    public static let defaultDatabaseName = "Username-Password-Authentication"

    /// What a database connection has when nothing is said (spec 07 §4).
    public static let databaseDefaults: JSONObject = [
        "mfa": ["active": true, "return_enroll_settings": true],
        "passwordPolicy": "good",
        "brute_force_protection": true,
        "strategy_version": 2,
    ]
}
