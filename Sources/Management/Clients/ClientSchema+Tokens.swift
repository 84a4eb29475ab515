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
            "policies": .list(
                "APIs that tokens are good for beside the one they were issued for",
                of: .object(
                    "An API",
                    [
                        "audience": .text("The API", length: 1...600),
                        "scope": .list("Its scopes", of: .text("", length: 1...280, format: .scope)),
                    ], required: ["audience", "scope"]), atMost: 100
            ).nullable,
        ],
        required: ["rotation_type", "expiration_type"])

    static let authenticationMethods = Schema.object(
        "How the client proves itself without a secret",
        [
            "private_key_jwt": credentials("Signatures by keys of the client's own", required: ["credentials"]),
            "tls_client_auth": credentials("Certificates by their subject (RFC 8705 §2.1)"),
            "self_signed_tls_client_auth": credentials("Certificates of the client's own (RFC 8705 §2.2)"),
        ])

    private static func credentials(_ description: String, required: [String] = []) -> Schema {
        .object(
            description, ["credentials": .list("The client's keys", of: credential, atMost: 10)], required: required)
    }

    static let signedRequestObject = Schema.object(
        "Signed authorization requests (RFC 9101)",
        [
            "required": .flag("Whether requests must be signed"),
            "credentials": .list("The keys of the signatures", of: credential, atMost: 10),
        ])

    // MARK: As answers show them

    /// A key is told by its name and never itself.
    static let shownCredential = credential.hiding(["pem", "jwk", "parse_expiry_from_cert"]).showing(
        always: [
            "id": .text("The id"),
            "credential_type": .choice(
                "The type of the credential", of: ["public_key", "x509_cert", "cert_subject_dn"]),
            "created_at": .moment("When it was made"), "updated_at": .moment("When it was last changed"),
        ],
        sometimes: [
            "expires_at": .moment("When it stops proving anything"),
            "subject_dn": .text("The subject of a certificate"),
            "thumbprint_sha256": .text("What tells a certificate from others"),
        ]
    ).named("Credential")

    static let shownAuthenticationMethods = authenticationMethods.showing(sometimes: [
        "private_key_jwt": shownCredentials("Signatures by keys of the client's own"),
        "tls_client_auth": shownCredentials("Certificates by their subject (RFC 8705 §2.1)"),
        "self_signed_tls_client_auth": shownCredentials("Certificates of the client's own (RFC 8705 §2.2)"),
    ])

    private static func shownCredentials(_ description: String) -> Schema {
        .shown(
            description, always: [:],
            sometimes: ["credentials": .list("The client's keys", of: shownCredential, atMost: 10)])
    }

    static let shownSignedRequestObject = signedRequestObject.showing(sometimes: [
        "credentials": .list("The keys of the signatures", of: shownCredential, atMost: 10)
    ])

    static let credential = Schema.object(
        "",
        [
            "id": .text("A credential the client has already", length: 1...64),
            "credential_type": .choice(
                "The type of the credential", of: ["public_key", "x509_cert", "cert_subject_dn"]),
            "name": .text("The name of the credential", length: 0...128, format: .withoutMarkup),
            "expires_at": .text("When it stops proving anything", length: 1...40),
            "parse_expiry_from_cert": .flag("Whether that is when its certificate ends"),
            "subject_dn": .text("The subject of a certificate", length: 1...256),
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
}
