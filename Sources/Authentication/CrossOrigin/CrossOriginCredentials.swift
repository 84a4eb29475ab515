import TenantHTTP

/// The body of /co/authenticate: all members of its credential type and no others (spec 02 §4).
struct CrossOriginCredentials: Sendable {
    enum Proof: Sendable {
        case password(String)
        case oneTimeCode(String)
    }

    let clientID: String
    let username: String
    let proof: Proof
    /// The connection; nil for the tenant's default directory.
    let realm: String?

    /// Throws ``CrossOriginRefusal``, and ``RequestBodyError`` for members that are not text.
    init(_ parameters: APIParameters) throws {
        guard let type = try parameters.text("credential_type").map(CredentialType.init(rawValue:)) else {
            throw CrossOriginRefusal.invalidBody(required: CredentialType.passwordRealm.members)
        }
        guard let type else { throw CrossOriginRefusal.unsupportedCredentialType }
        guard Set(parameters.names) == Set(type.members) else {
            throw CrossOriginRefusal.invalidBody(required: type.members)
        }
        func text(_ name: String) throws -> String {
            guard let value = try parameters.text(name), !value.isEmpty else {
                throw CrossOriginRefusal.invalidBody(required: type.members)
            }
            return value
        }
        clientID = try text("client_id")
        username = try text("username")
        realm = type == .password ? nil : try text("realm")
        proof = type == .oneTimeCode ? .oneTimeCode(try text("otp")) : .password(try text("password"))
    }
}

private enum CredentialType: String {
    case password
    case passwordRealm = "http://auth0.com/oauth/grant-type/password-realm"
    case oneTimeCode = "http://auth0.com/oauth/grant-type/passwordless/otp"

    var members: [String] {
        switch self {
        case .password: ["client_id", "credential_type", "username", "password"]
        case .passwordRealm: ["client_id", "credential_type", "username", "password", "realm"]
        case .oneTimeCode: ["client_id", "credential_type", "username", "otp", "realm"]
        }
    }
}
