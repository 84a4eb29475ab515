import OpenSSL
import StrictJSON
import Tenancy

/// The options of connections to other identity providers (spec 05 §1). Addresses that browsers are sent to or that we
/// call are web addresses, whatever the provider; where we call them, the egress policy decides again (spec 08 M10).
extension ConnectionOptions {
    static let upstream = Schema.object(
        "The connection's options",
        oauthProperties, others: .allowed)

    static let openIDConnect = Schema.object(
        "The connection's options",
        oauthProperties + [
            (
                "type", Schema.choice("Where tokens come back", of: ["front_channel", "back_channel"]).nullable
            )
        ], others: .allowed)

    static let federated = Schema.object(
        "The connection's options", addresses + common + application + federation, others: .allowed)

    private static let federation: [(String, Schema)] = [
        (
            "adfs_server",
            .text("Server, or address of its metadata", length: 0...2_048, format: .serverOrEmpty).nullable
        ),
        ("signingCert", .text("Certificate of the identity provider", length: 0...65_536).nullable),
        (
            "thumbprints",
            .list("SHA-1 thumbprints of its certificates", of: .text("", length: 0...128), atMost: 50).nullable
        ),
        ("protocolBinding", Schema.choice("How requests travel", of: bindings).nullable),
        ("disableSignout", Schema.flag("Whether users stay logged in at the provider").nullable),
        ("signSAMLRequest", Schema.flag("Whether requests are signed").nullable),
        (
            "signatureAlgorithm",
            Schema.choice("Algorithm of signatures", of: ["rsa-sha1", "rsa-sha256"]).nullable
        ),
        ("digestAlgorithm", Schema.choice("Algorithm of digests", of: ["sha1", "sha256"]).nullable),
        ("fieldsMap", .map("Attributes of the assertion, by ours").nullable),
    ]

    /// By their names, and by what the names end in (spec 05 §1).
    private static let bindings = ["HTTP-Redirect", "HTTP-POST"]
        .flatMap { [$0, "urn:oasis:names:tc:SAML:2.0:bindings:\($0)"] }

    private static let addresses: [(String, Schema)] = [
        "authorizationURL", "tokenURL", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
        "signInEndpoint", "signOutEndpoint", "metadataUrl", "discovery_url", "requestTokenURL", "accessTokenURL",
        "userAuthorizationURL", "pingFederateBaseUrl", "destinationUrl", "recipientUrl",
    ].map { ($0, .text("Address of the identity provider", length: 0...2_048, format: .webURLOrEmpty).nullable) }

    /// Our application at the provider.
    private static let application: [(String, Schema)] = [
        ("client_id", .text("Our id at the identity provider").nullable),
        ("client_secret", .text("Our secret at the identity provider").nullable),
        (
            "scope",
            Schema.either(
                "Permissions asked for",
                [
                    .text("Permissions asked for"),
                    .list("Permissions asked for", of: .text("", length: 0...1_024)),
                ]
            ).nullable
        ),
    ]

    /// What OAuth 1 and 2 and OpenID Connect have, Microsoft's way of it among them.
    private static let oauthProperties: [(String, Schema)] = addresses + common + application + authorization

    private static let authorization: [(String, Schema)] = [
        ("oidc_metadata", .map("What the provider says of itself, where its document is brought along").nullable),
        ("pkce_enabled", Schema.flag("Whether codes are bound to who asked for them (RFC 7636)").nullable),
        ("useOauthSpecScope", Schema.flag("Whether scopes are parted by spaces (RFC 6749)").nullable),
        ("customHeaders", .map("Headers sent along", of: .text("")).nullable),
        ("scripts", .map("Scripts of the connection", of: .text("", length: 0...102_400).nullable).nullable),
        (
            "waad_protocol",
            Schema.choice("Protocol of Microsoft's directory", of: ["openid-connect", "ws-federation"]).nullable
        ),
        (
            "identity_api",
            Schema.choice(
                "API of Microsoft's directory",
                of: ["microsoft-identity-platform-v2.0", "azure-active-directory-v1.0"]
            ).nullable
        ),
    ]

    static let common: [(String, Schema)] = [
        (
            "domain_aliases",
            .list("Domains whose users come through here", of: .text("", length: 1...253), atMost: 1_000).nullable
        ),
        ("icon_url", .text("URL of the button's icon", length: 0...2_048, format: .webURLOrEmpty).nullable),
        (
            "set_user_root_attributes",
            Schema.choice(
                "When attributes of the provider replace ours",
                of: ["on_each_login", "on_first_login", "never_on_login"]
            ).nullable
        ),
        ("upstream_params", upstreamParameters),
        (
            "non_persistent_attrs",
            .list("Attributes that are not kept", of: .text("", length: 1...255), atMost: 100).nullable
        ),
    ]

    static let upstreamParameters = Schema.map("Parameters passed on to the identity provider").nullable

    // MARK: Certificates

    static func signsAssertions(_ strategy: String) -> Bool { strategy == "samlp" || strategy == "pingfederate" }

    /// What the certificate of a SAML identity provider says, beside it (spec 07 §4).
    static func withCertificateFacts(_ options: JSONObject, strategy: String) -> JSONObject {
        guard signsAssertions(strategy), let certificate = (try? certificate(options)) ?? nil,
            let pem = try? certificate.pem()
        else { return options }
        var options = options
        options["cert"] = .string(pem)
        options["expires"] = .string(Timestamp(seconds: Int64(certificate.notAfter)).iso8601)
        options["thumbprints"] = [.string(Hex.encode(certificate.sha1Thumbprint))]
        let names: KeyValuePairs<String, String> = [
            "commonName": certificate.subjectCommonName, "countryName": certificate.subjectCountry,
            "localityName": certificate.subjectLocality, "organizationName": certificate.subjectOrganization,
            "stateOrProvinceName": certificate.subjectStateOrProvince,
        ]
        options["subject"] = .object(JSONObject(names.filter { !$0.value.isEmpty }.map { ($0.key, .string($0.value)) }))
        return options
    }

    /// The certificate that `signingCert` holds: PEM, or PEM or DER in base64. Nil where there is none.
    static func certificate(_ options: JSONObject) throws(Violation) -> Certificate? {
        guard let text = options["signingCert"]?.string, !text.isEmpty else { return nil }
        if let certificate = try? Certificate(pem: text) { return certificate }
        let base64 = String(text.filter { !$0.isWhitespace })
        if let bytes = Base64.decode(base64) {
            if let certificate = try? Certificate(pem: String(decoding: bytes, as: UTF8.self)) { return certificate }
            if let certificate = try? Certificate(der: bytes) { return certificate }
        }
        throw Violation(
            reason: "Object didn't pass validation for format x509-certificate", property: "options.signingCert",
            description: "Certificate of the identity provider")
    }
}

extension Format {
    /// An address, or a server by its name alone.
    fileprivate static let serverOrEmpty = Format("absolute-uri-or-domain") {
        webURLOrEmpty.accepts($0) || domain.accepts($0)
    }
}
