import OpenSSL
import StrictJSON
import Tenancy

extension WebAuthnCeremony {
    /// What the script hands to `navigator.credentials` (WebAuthn §5.4, §5.5); bytes are base64url.
    /// - Parameter known: the credentials a user has, which a new one must not repeat and an old one must be of.
    func options(account: String, tenant: String, known: [SecurityKeyCredential]) -> JSON {
        let ids: JSON = .array(known.map { ["type": "public-key", "id": .string(Base64URL.encode($0.id))] })
        let challenge = JSON.string(Base64URL.encode(challenge))
        switch purpose {
        case .get:
            return [
                "challenge": challenge, "rpId": .string(relyingParty), "allowCredentials": ids,
                "userVerification": "preferred", "timeout": 120_000,
            ]
        case .create:
            return [
                "challenge": challenge, "rp": ["id": .string(relyingParty), "name": .string(tenant)],
                "user": [
                    // No user id leaves the service: authenticators keep this handle (WebAuthn §14.6.1).
                    "id": .string(Base64URL.encode(Array(Digest.sha256("webauthn\n\(userID)")))),
                    "name": .string(account), "displayName": .string(account),
                ],
                "pubKeyCredParams": .array(
                    CredentialKey.algorithms.map { ["type": "public-key", "alg": .int($0)] }),
                "excludeCredentials": ids, "attestation": "none",
                "authenticatorSelection": ["residentKey": "discouraged", "userVerification": "preferred"],
                "timeout": 120_000,
            ]
        }
    }
}
