/// Name and password for a server.
public struct TransferLogin: Sendable {
    let user: String
    let password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}
