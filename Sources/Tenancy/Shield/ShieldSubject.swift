import OpenSSL

/// What a shield counts: a name of an account from an address or from all, an address, an address that signs up. Only digests are
/// stored of names, which are whatever somebody typed.
public struct ShieldSubject: Sendable, Hashable {
    let key: String
    let userID: String?
    let address: String?

    /// One account as seen from one address; of somebody unknown the name as it was typed stands for the account, so
    /// that nobody learns from a block who is known (spec 08 L3).
    /// - Parameter address: nil where failures from everywhere are counted together.
    public static func account(
        connection: String, name: String, userID: String?, address: String?
    ) -> ShieldSubject {
        let network = address.map { ClientNetwork(of: $0).description }
        let who = userID ?? "name\n" + User.canonicalEmail(name)
        let digest = Hex.encode(Digest.sha256("\(connection)\n\(who)\n\(network ?? "everywhere")"))
        return ShieldSubject(key: "account:\(digest)", userID: userID, address: network)
    }

    /// Everything from one address.
    public static func address(_ address: String) -> ShieldSubject {
        let network = ClientNetwork(of: address).description
        return ShieldSubject(key: "address:\(network)", userID: nil, address: network)
    }

    /// Sign-ups from one address.
    public static func signUps(from address: String) -> ShieldSubject {
        let network = ClientNetwork(of: address).description
        return ShieldSubject(key: "signup:\(network)", userID: nil, address: network)
    }

    /// Token exchanges that failed, from one address.
    public static func exchanges(from address: String) -> ShieldSubject {
        let network = ClientNetwork(of: address).description
        return ShieldSubject(key: "exchange:\(network)", userID: nil, address: network)
    }

    /// A mail to the tenant's own people, of which not too many go out.
    static func administratorNotice(_ name: String) -> ShieldSubject {
        ShieldSubject(key: "notice:administrators:\(name)", userID: nil, address: nil)
    }

    /// A mail that goes out once in a while at most.
    public static func notice(_ kind: OutgoingMessage.Kind, userID: String) -> ShieldSubject {
        ShieldSubject(key: "notice:\(kind.rawValue):\(userID)", userID: userID, address: nil)
    }
}
