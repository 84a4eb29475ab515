import OpenSSL
import StrictJSON
import Tenancy

extension WebAuthnCeremony {
    /// What the script hands to `navigator.credentials` (WebAuthn §5.4, §5.5); bytes are base64url.
    /// - Parameters:
    ///   - account: how the user calls the account.
    ///   - known: the credentials a user has, which a new one must not repeat and an old one must be of.
    func options(account: String, tenant: String, known: [[UInt8]]) -> JSON {
        switch purpose {
        case .get: requestOptions(known)
        case .create: creationOptions(account: account, tenant: tenant, known)
        }
    }

    private var challengeText: JSON { .string(Base64URL.encode(challenge)) }
    private var userVerification: JSON { role == .passkey ? "required" : "preferred" }

    private func requestOptions(_ known: [[UInt8]]) -> JSON {
        [
            "challenge": challengeText, "rpId": .string(relyingParty), "allowCredentials": Self.descriptors(known),
            "userVerification": userVerification, "timeout": 120_000,
        ]
    }

    private func creationOptions(account: String, tenant: String, _ known: [[UInt8]]) -> JSON {
        let isPasskey = role == .passkey
        return [
            "challenge": challengeText, "rp": ["id": .string(relyingParty), "name": .string(tenant)],
            "user": [
                "id": .string(Base64URL.encode(Self.userHandle(of: userID ?? "", role))),
                "name": .string(account), "displayName": .string(account),
            ],
            "pubKeyCredParams": .array(CredentialKey.algorithms.map { ["type": "public-key", "alg": .int($0)] }),
            "excludeCredentials": Self.descriptors(known), "attestation": "none",
            "authenticatorSelection": [
                "residentKey": isPasskey ? "required" : "discouraged", "requireResidentKey": .bool(isPasskey),
                "userVerification": userVerification,
            ],
            "timeout": 120_000,
        ]
    }

    /// How an authenticator calls the user: no user id leaves the service (WebAuthn §14.6.1). It differs by role, because
    /// an authenticator that keeps its credentials has one for each handle: a passkey must not overwrite a security key.
    static func userHandle(of userID: String, _ role: Role) -> [UInt8] {
        switch role {
        case .secondFactor: Array(Digest.sha256("webauthn\n\(userID)"))
        case .passkey: Array(Digest.sha256("passkey\n\(userID)"))
        }
    }

    private static func descriptors(_ ids: [[UInt8]]) -> JSON {
        .array(ids.map { ["type": "public-key", "id": .string(Base64URL.encode($0))] })
    }
}
