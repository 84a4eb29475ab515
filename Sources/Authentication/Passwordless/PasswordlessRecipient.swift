import StrictJSON
import Tenancy

/// Whom a passwordless connection sends codes to, in the one form it is compared in.
struct PasswordlessRecipient: Sendable {
    let connection: Connection
    /// An e-mail address in lower case, or a telephone number.
    let text: String

    /// Nil for a text that could be no address. Neither form has room for a line end or a second recipient (spec 08
    /// L13).
    init?(_ text: String, of connection: Connection) {
        guard connection.strategy == "email" ? EmailAddress.isAcceptable(text) : PhoneNumber.isAcceptable(text) else {
            return nil
        }
        self.connection = connection
        self.text = connection.strategy == "email" ? User.canonicalEmail(text) : text
    }

    /// The user the address belongs to, made here or by an administrator.
    func user(in db: TenantDatabase) throws -> User? {
        try db.passwordlessIdentities.user(connection: connection.name, recipient: text)
    }

    /// What a wrong code and an address without a code are told alike.
    var refusal: String {
        connection.strategy == "email"
            ? "Wrong email or verification code." : "Wrong phone number or verification code."
    }
}
