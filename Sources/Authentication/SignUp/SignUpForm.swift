import StrictJSON
import Tenancy

/// What somebody sent to have an account made, read once. Whatever else was sent is not looked at, so nobody signs
/// up as verified, as another or with rights (spec 08 L11).
struct SignUpForm: Sendable {
    let email: String?
    let username: String?
    let password: String
    var phoneNumber: String?
    /// Parts of the profile a person may state about themselves.
    var profile: JSONObject = [:]

    static let profileNames = ["given_name", "family_name", "name", "nickname", "picture"]

    /// The request as the log keeps it.
    func logged(connection: Connection?, client: Client) -> JSONObject {
        var body = profile
        body["client_id"] = .string(client.clientID)
        if let connection { body["connection"] = .string(connection.name) }
        if let email { body["email"] = .string(String(email.prefix(320))) }
        if let username { body["username"] = .string(String(username.prefix(128))) }
        if let phoneNumber { body["phone_number"] = .string(String(phoneNumber.prefix(64))) }
        body["password"] = "*****"
        return body
    }
}
