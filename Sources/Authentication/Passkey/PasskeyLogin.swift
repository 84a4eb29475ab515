import Tenancy

/// A passkey's answer held against what is known of it, inside one transaction.
struct PasskeyLogin: Sendable {
    /// Who got in, and by which connection.
    struct Entry: Sendable {
        let user: User
        let connection: Connection
    }

    enum Outcome: Sendable {
        case entered(Entry)
        /// - Parameter userID: whose passkey was shown, for the log alone; nil where nobody has it.
        case refused(userID: String?)
    }

    let ceremony: WebAuthnCeremony
    let answer: SecurityKeyAnswer
    /// Those the client's users may come through by passkeys.
    let connections: [Connection]

    /// An answer that opens nothing is refused, for whatever reason: nobody is told which.
    func outcome(_ db: TenantDatabase) throws -> Outcome {
        guard let passkey = try db.passkeys.find(answer.credentialID) else { return .refused(userID: nil) }
        guard passkey.relyingParty == ceremony.relyingParty,
            // WebAuthn §7.2 step 6: the credential and the user it speaks of belong together.
            answer.userHandle == WebAuthnCeremony.userHandle(of: passkey.userID, .passkey),
            let user = try db.users.find(passkey.userID),
            let connection = connections.first(where: { $0.name == user.connection }),
            let count = ceremony.verify(
                answer, by: SecurityKeyCredential(id: passkey.credentialID, key: passkey.publicKey)),
            // A count that does not grow tells of a copied key; passkeys that are kept in step over several devices do
            // not count and say 0 (WebAuthn §6.1.1).
            count > passkey.signCount || (count == 0 && passkey.signCount == 0)
        else { return .refused(userID: passkey.userID) }
        try db.passkeys.recordUse(passkey.credentialID, signCount: count)
        return .entered(Entry(user: user, connection: connection))
    }
}
