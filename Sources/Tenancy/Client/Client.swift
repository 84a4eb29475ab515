import OpenSSL
import StrictJSON

/// How a client proves itself at the token endpoint (spec 01 R23).
public enum TokenEndpointAuthMethod: String, Sendable {
    case none
    case post = "client_secret_post"
    case basic = "client_secret_basic"
    /// A signature by a key of the client's own (RFC 7523). A client is registered for it by its keys alone.
    case privateKeyJWT = "private_key_jwt"
    /// A certificate in the TLS handshake (RFC 8705), for which nothing asks here: such a client is registered, and
    /// proves nothing.
    case mutualTLS = "tls_client_auth"
}

/// One registered application: an OAuth client (spec 01 R1–R3).
///
/// It never changes, like a value; it is a class because every request passes it through a dozen hands, and each copy
/// of a structure of this size would count fourteen references up and down.
public final class Client: Sendable {
    public let clientID: String
    public let secret: String
    /// The hidden client every tenant has, with rights on the old API (spec 01 §1).
    public let isGlobal: Bool
    public let createdAt: Timestamp
    /// Every stored property of the contract (spec 03 §2) but `client_id`, `client_secret`, `tenant`, `global` and
    /// `signing_keys`, under its contract name and in the order it was set.
    public let document: JSONObject

    // Read once, because almost every request asks.
    public let name: String
    public let isFirstParty: Bool
    public let isOIDCConformant: Bool
    public let appType: String?
    public let callbacks: [String]
    public let allowedLogoutURLs: [String]
    public let allowedOrigins: [String]
    public let webOrigins: [String]
    public let grantTypes: [String]
    /// Nil where unspecified, which means confidential by either method (spec 01 R23).
    public let tokenEndpointAuthMethod: TokenEndpointAuthMethod?
    /// Lifetime of the id_token in seconds (spec 01 R31).
    public let idTokenLifetime: Int
    /// `HS256` or a ``SignatureAlgorithm``; nil where unspecified.
    public let idTokenAlgorithm: String?

    public init(
        clientID: String, secret: String, isGlobal: Bool, createdAt: Timestamp, document: JSONObject
    ) {
        self.clientID = clientID
        self.secret = secret
        self.isGlobal = isGlobal
        self.createdAt = createdAt
        self.document = document
        func list(_ key: String) -> [String] { document[key]?.array?.compactMap(\.string) ?? [] }
        name = document["name"]?.string ?? ""
        isFirstParty = document["is_first_party"]?.bool ?? true
        isOIDCConformant = document["oidc_conformant"]?.bool ?? false
        appType = document["app_type"]?.string
        callbacks = list("callbacks")
        allowedLogoutURLs = list("allowed_logout_urls")
        allowedOrigins = list("allowed_origins")
        webOrigins = list("web_origins")
        grantTypes = list("grant_types")
        tokenEndpointAuthMethod = Self.authMethod(document)
        let jwt = document["jwt_configuration"]
        idTokenLifetime = jwt?["lifetime_in_seconds"]?.int ?? 36_000
        idTokenAlgorithm = jwt?["alg"]?.string
    }

    /// Keys and certificates decide, where they are a method; a secret then proves nothing any more. A list of keys that is
    /// empty is one as well: it proves nobody, until there is a key in it.
    private static func authMethod(_ document: JSONObject) -> TokenEndpointAuthMethod? {
        guard let methods = document["client_authentication_methods"]?.object else {
            return document["token_endpoint_auth_method"]?.string.flatMap(TokenEndpointAuthMethod.init(rawValue:))
        }
        if let keys = methods["private_key_jwt"], !keys.isNull { return .privateKeyJWT }
        if methods["tls_client_auth"] != nil || methods["self_signed_tls_client_auth"] != nil { return .mutualTLS }
        return document["token_endpoint_auth_method"]?.string.flatMap(TokenEndpointAuthMethod.init(rawValue:))
    }

    /// A client that cannot keep a secret (RFC 6749 §2.1).
    public var isPublic: Bool { tokenEndpointAuthMethod == .some(.none) }

    /// The key of HS256 id_tokens: the secret's text, or its decoded bytes (spec 02 §12).
    public var hs256Key: [UInt8] {
        if document["jwt_configuration"]?["secret_encoded"]?.bool == true, let bytes = Base64URL.decode(secret) {
            return bytes
        }
        return Array(secret.utf8)
    }

    /// Whether its access tokens are all bound to a key of its own (RFC 9449 §5.2).
    public var requiresProofOfPossession: Bool { document["require_proof_of_possession"]?.bool == true }

    /// The API the client is the back end of: it may exchange the tokens that users have for it (RFC 8693).
    public var resourceServerIdentifier: String? { document["resource_server_identifier"]?.string }

    /// Whether users log in to it as members of an organization. They do not, unless the client says so.
    public var organizationUsage: OrganizationAccess.Usage {
        document["organization_usage"]?.string.flatMap(OrganizationAccess.Usage.init(rawValue:)) ?? .deny
    }

    public func allows(grantType: String) -> Bool { grantTypes.contains(grantType) }

    public func replacing(secret: String? = nil, document: JSONObject? = nil) -> Client {
        Client(
            clientID: clientID, secret: secret ?? self.secret, isGlobal: isGlobal, createdAt: createdAt,
            document: document ?? self.document)
    }

    /// Where it stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: clientID) }

    /// A new `client_id`: 32 letters and digits (spec 07 §0).
    public static func newID() -> String { SecureRandom.alphanumeric(32) }
    /// A new `client_secret`: 48 random bytes as 64 base64url characters (spec 01 R17).
    public static func newSecret() -> String { SecureRandom.base64URL(byteCount: 48) }
}
