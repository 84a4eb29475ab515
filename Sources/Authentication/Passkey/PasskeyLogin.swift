import Tenancy

/// A passkey's answer held against what is known of it, inside one transaction.
struct PasskeyLogin: Sendable {
    /// Who got in, and by which connection.
    struct Entry: Sendable {
        let user: User
        let connection: Connection
    }

    let ceremony: WebAuthnCeremony
    let answer: SecurityKeyAnswer
    /// Those the client's users may come through by passkeys.
    let connections: [Connection]

    /// Nil where the answer opens nothing, for whatever reason: nobody is told which.
    func entry(_ db: TenantDatabase) throws -> Entry? {
        guard let passkey = try db.passkeys.find(answer.credentialID),
            passkey.relyingParty == ceremony.relyingParty,
            // WebAuthn §7.2 step 6: the credential and the user it speaks of belong together.
            answer.userHandle == WebAuthnCeremony.userHandle(of: passkey.userID, .passkey),
            let user = try db.users.find(passkey.userID),
            let connection = connections.first(where: { $0.name == user.connection }),
            let count = ceremony.verify(
                answer, by: SecurityKeyCredential(id: passkey.credentialID, key: passkey.publicKey)),
            // A count that does not grow tells of a copied key; passkeys that are kept in step over several devices do
            // not count and say 0 (WebAuthn §6.1.1).
            count > passkey.signCount || (count == 0 && passkey.signCount == 0)
        else { return nil }
        try db.passkeys.recordUse(passkey.credentialID, signCount: count)
        return Entry(user: user, connection: connection)
    }
}
