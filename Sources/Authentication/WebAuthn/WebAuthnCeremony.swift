import OpenSSL
import StrictJSON
import Tenancy
import WebAddresses

/// One exchange with a security key or a passkey (WebAuthn §7): a challenge for one purpose, and for one user unless a
/// passkey is to tell who it is. It travels with the page, sealed; whoever redeems it spends it, so it is good once.
struct WebAuthnCeremony: Sendable {
    enum Purpose: String, Sendable {
        case create = "webauthn.create"
        case get = "webauthn.get"
    }

    /// What the credential is to its user.
    enum Role: Sendable {
        /// Beside a password. Whoever touches it has proved the first factor already.
        case secondFactor
        /// Instead of one, so its authenticator has to make sure who touches it.
        case passkey

        fileprivate var sealing: SealedState.Purpose {
            switch self {
            case .secondFactor: .securityKey
            case .passkey: .passkey
            }
        }
    }

    let purpose: Purpose
    let role: Role
    let challenge: [UInt8]
    /// Nil where the credential tells whose it is.
    let userID: String?
    /// The host, without its port: what credentials are bound to.
    let relyingParty: String
    /// Scheme, host and port of the pages.
    let origin: String

    /// A new challenge.
    init(_ purpose: Purpose, _ role: Role, for userID: String?, _ visit: Visit) {
        self.init(purpose, role, challenge: SecureRandom.bytes(32), userID, visit)
    }

    /// Throws ``PageError/transactionLost`` for another user's or another purpose's.
    init(
        opening text: String?, _ purpose: Purpose, _ role: Role, for userID: String?, _ visit: Visit
    ) throws(PageError) {
        let payload = try SealedState.open(text, for: role.sealing, visit)
        guard payload["purpose"]?.string == purpose.rawValue, payload["user"]?.string == userID,
            let challenge = payload["challenge"]?.string.flatMap(Base64URL.decode)
        else { throw .transactionLost }
        self.init(purpose, role, challenge: challenge, userID, visit)
    }

    private init(_ purpose: Purpose, _ role: Role, challenge: [UInt8], _ userID: String?, _ visit: Visit) {
        self.purpose = purpose
        self.role = role
        self.challenge = challenge
        self.userID = userID
        relyingParty = visit.context.host.name
        origin = visit.context.ownOrigin
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "purpose": .string(purpose.rawValue), "user": userID.map(JSON.string) ?? .null,
                "challenge": .string(Base64URL.encode(challenge)),
            ], for: role.sealing, visit)
    }

    /// Whether the browser was asked this, here (WebAuthn §7.1 steps 7–10, §7.2 steps 11–14).
    private func accepts(clientData bytes: [UInt8]) -> Bool {
        guard let data = try? JSON.parse(bytes), data["type"]?.string == purpose.rawValue,
            let challenge = data["challenge"]?.string, data["origin"]?.string == origin
        else { return false }
        return constantTimeEqual(challenge, Base64URL.encode(self.challenge)) && data["crossOrigin"]?.bool != true
    }

    private func accepts(_ data: AuthenticatorData) -> Bool {
        data.relyingPartyHash == Digest.sha256(relyingParty) && data.userIsPresent
            && (role == .secondFactor || data.userIsVerified)
    }

    // MARK: Registering

    /// The new credential, with its counter; nil where anything is not as it was asked for.
    func register(_ answer: SecurityKeyAnswer) -> (credential: SecurityKeyCredential, signCount: UInt32)? {
        guard accepts(clientData: answer.clientData), let object = try? CBOR.parse(answer.attestation),
            // Which make the key is of is not asked, so nothing vouches for it.
            object[.text("fmt")] == .text("none"), object[.text("attStmt")] == .map([:]),
            let bytes = object[.text("authData")]?.bytes, let data = try? AuthenticatorData(bytes), accepts(data),
            let (id, cose) = data.credential, let key = CredentialKey(cose)
        else { return nil }
        return (SecurityKeyCredential(id: id, key: key.key), data.signCount)
    }

    // MARK: Using

    /// The counter of the key that answered; nil where the answer is not the credential's to this ceremony.
    func verify(_ answer: SecurityKeyAnswer, by credential: SecurityKeyCredential) -> UInt32? {
        guard answer.credentialID == credential.id, accepts(clientData: answer.clientData),
            let data = try? AuthenticatorData(answer.authenticatorData), accepts(data),
            credential.key.verify(
                sha256: answer.authenticatorData + Digest.sha256(answer.clientData), signature: answer.signature)
        else { return nil }
        return data.signCount
    }
}

/// What a page's script got from a security key, as its form posts it. What is absent is empty and proves nothing.
struct SecurityKeyAnswer: Sendable {
    let credentialID: [UInt8]
    let clientData: [UInt8]
    let authenticatorData: [UInt8]
    let signature: [UInt8]
    let attestation: [UInt8]
    /// Whose credential it is, by the handle it was made with; told by passkeys alone.
    let userHandle: [UInt8]

    init(_ fields: FormParameters) {
        func bytes(_ name: String) -> [UInt8] { fields[name].flatMap(Base64URL.decode) ?? [] }
        credentialID = bytes("credential_id")
        clientData = bytes("client_data")
        authenticatorData = bytes("authenticator_data")
        signature = bytes("signature")
        attestation = bytes("attestation")
        userHandle = bytes("user_handle")
    }
}
