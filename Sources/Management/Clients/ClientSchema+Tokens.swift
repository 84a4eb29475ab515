import StrictJSON
import Tenancy

/// The later contract's settings of how a client proves itself and how its refresh tokens live.
extension ClientSchema {
    static let refreshToken = Schema.object(
        "How the client's refresh tokens live",
        [
            "rotation_type": .choice("Whether tokens rotate", of: ["rotating", "non-rotating"]),
            "expiration_type": .choice("Whether tokens expire", of: ["expiring", "non-expiring"]),
            "leeway": .integer("Seconds in which a token may be used again after its rotation", in: 0...86_400),
            "token_lifetime": .integer("Seconds until tokens expire", in: 1...157_788_000),
            "infinite_token_lifetime": .flag("Whether tokens live for ever"),
            "idle_token_lifetime": .integer("Seconds until unused tokens expire", in: 1...157_788_000),
            "infinite_idle_token_lifetime": .flag("Whether unused tokens live for ever"),
        ],
        required: ["rotation_type", "expiration_type"])

    static let authenticationMethods = Schema.object(
        "How the client proves itself without a secret",
        [
            "private_key_jwt": .object(
                "Signatures by keys of the client's own",
                ["credentials": .list("The client's public keys", of: credential, atMost: 10)],
                required: ["credentials"])
        ])

    private static let credential = Schema.object(
        "",
        [
            "credential_type": .choice("The type of the credential", of: ["public_key"]),
            "name": .text("The name of the credential", length: 0...128, format: .withoutMarkup),
            "kid": .text("What assertions name the key by", length: 1...255),
            "alg": algorithm,
            "pem": .text("The public key or its certificate in PEM", length: 1...16_384),
            "jwk": .object(
                "The public key as a JSON Web Key",
                [
                    "kty": .choice("Key type", of: ["RSA", "EC"]),
                    "use": .choice("Use", of: ["sig"]),
                    "kid": .text("What assertions name the key by", length: 1...255),
                    "alg": algorithm,
                    "n": .text("Modulus", length: 1...1_400),
                    "e": .text("Exponent", length: 1...12),
                    "crv": .choice("Curve", of: ["P-256"]),
                    "x": .text("Coordinate", length: 43...43),
                    "y": .text("Coordinate", length: 43...43),
                ], required: ["kty"]),
        ])

    private static let algorithm = Schema.choice(
        "The algorithm the key is used with", of: ["RS256", "PS256", "ES256"])

    /// What a schema cannot say: that the numbers are a key that can verify something.
    static func checkKeys(of document: JSONObject) throws(Violation) {
        for (index, credential) in Client.keyCredentials(of: document).enumerated() {
            guard credential.object.flatMap(ClientKey.init) == nil else { continue }
            throw Violation(
                reason: "Object didn't pass validation for format public-key",
                property: "client_authentication_methods.private_key_jwt.credentials[\(index)]",
                description: "The client's public keys")
        }
    }
}
