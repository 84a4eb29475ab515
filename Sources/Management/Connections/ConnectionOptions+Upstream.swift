import OpenSSL
import StrictJSON
import Tenancy

/// The options of connections to other identity providers (spec 05 §1). Addresses that browsers are sent to or that we
/// call are web addresses, whatever the provider; where we call them, the egress policy decides again (spec 08 M10).
extension ConnectionOptions {
    static let upstream = Schema.object(
        "The connection's options",
        addresses + common + [
            ("oidc_metadata", .map("What the provider says of itself, where its document is brought along").nullable)
        ], others: .allowed)

    static let federated = Schema.object(
        "The connection's options",
        addresses + common + [
            ("signingCert", .text("Certificate of the identity provider", length: 0...65_536).nullable),
            (
                "thumbprints",
                .list("SHA-1 thumbprints of its certificates", of: .text("", length: 0...128), atMost: 50).nullable
            ),
            ("signSAMLRequest", Schema.flag("Whether requests are signed").nullable),
            (
                "signatureAlgorithm",
                Schema.choice("Algorithm of signatures", of: ["rsa-sha1", "rsa-sha256"]).nullable
            ),
            ("digestAlgorithm", Schema.choice("Algorithm of digests", of: ["sha1", "sha256"]).nullable),
            ("fieldsMap", .any("Attributes of the assertion, by ours")),
        ], others: .allowed)

    static let passwordless = Schema.object(
        "The connection's options",
        common + [
            ("disable_signup", Schema.flag("Whether sign-up is switched off").nullable),
            ("brute_force_protection", Schema.flag("Whether brute force protection is on").nullable),
            ("gateway_url", .text("Gateway that sends messages", length: 0...2_048, format: .webURLOrEmpty).nullable),
            (
                "totp",
                Schema.object(
                    "The code",
                    [
                        "length": .integer("Digits of the code", in: 4...40).nullable,
                        "time_step": .integer("Seconds the code is good", in: 30...86_400).nullable,
                    ]
                ).nullable
            ),
        ], others: .allowed)

    private static let addresses: [(String, Schema)] = [
        "authorizationURL", "tokenURL", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
        "signInEndpoint", "signOutEndpoint", "metadataUrl", "discovery_url", "requestTokenURL", "accessTokenURL",
        "userAuthorizationURL", "pingFederateBaseUrl", "destinationUrl", "recipientUrl",
    ].map { ($0, .text("Address of the identity provider", length: 0...2_048, format: .webURLOrEmpty).nullable) }

    private static let common: [(String, Schema)] = [
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
        ("upstream_params", .any("Parameters passed on")),
        (
            "non_persistent_attrs",
            .list("Attributes that are not kept", of: .text("", length: 1...255), atMost: 100).nullable
        ),
    ]

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

extension Schema {
    /// An object whose members are put together from several lists.
    fileprivate static func object(
        _ description: String, _ members: [(String, Schema)], others: OtherMembers
    ) -> Schema {
        Schema(
            .object(
                ObjectRule(properties: members.map { Property(name: $0.0, schema: $0.1) }, others: others)),
            description)
    }
}
