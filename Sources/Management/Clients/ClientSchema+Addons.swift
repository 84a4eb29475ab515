/// The addons of a client and their settings (spec 05 §2). Settings we know the type of are checked, others are kept as
/// they are given.
extension ClientSchema {
    static let addons = Schema(
        .object(Schema.ObjectRule(properties: addonSettings)), "Addons enabled for this client and their settings")

    private static let addonSettings: [Schema.Property] = [
        addon("aws", texts: ["principal", "role"], [("lifetime_in_seconds", seconds)]),
        addon(
            "azure_blob",
            texts: ["accountName", "storageAccessKey", "containerName", "blobName", "signedIdentifier"],
            flags: [
                "blob_read", "blob_write", "blob_delete", "container_read", "container_write", "container_delete",
                "container_list",
            ], [("expiration", minutes)]),
        addon("azure_sb", texts: ["namespace", "sasKeyName", "sasKey", "entityPath"], [("expiration", minutes)]),
        addon("box"), addon("cloudbees"), addon("concur"), addon("dropbox"),
        addon("echosign", texts: ["domain"]), addon("egnyte", texts: ["domain"]),
        addon(
            "firebase", texts: ["secret", "private_key_id", "private_key", "client_email"],
            [("lifetime_in_seconds", seconds)]),
        addon("layer", texts: ["providerId", "keyId", "privateKey", "principal"], [("expiration", minutes)]),
        addon("mscrm", texts: ["url"]), addon("newrelic", texts: ["account"]),
        addon("office365", texts: ["domain", "connection"]), addon("rms", texts: ["url"]),
        addon("salesforce", texts: ["entity_id"]), addon("salesforce_api", texts: salesforce),
        addon("salesforce_sandbox_api", texts: salesforce),
        addon("samlp", texts: samlTexts, flags: samlFlags, samlSettings),
        addon(
            "sap_api",
            texts: [
                "clientid", "usernameAttribute", "tokenEndpointUrl", "scope", "servicePassword", "nameIdentifierFormat",
            ]),
        addon("sentry", texts: ["org_slug", "base_url"]),
        addon("sharepoint", texts: ["url"], [("external_url", externalAddresses)]),
        addon("slack", texts: ["team"]), addon("springcm", texts: ["acsurl"]), addon("wams", texts: ["masterkey"]),
        addon("wsfed"), addon("zendesk", texts: ["accountName"]), addon("zoom", texts: ["account"]),
    ]

    private static let salesforce = ["clientid", "principal", "communityName", "community_url_section"]

    private static let externalAddresses = Schema.either(
        "Addresses from outside",
        [.list("Addresses from outside", of: .text("")), .text("Address from outside")])

    // MARK: SAML

    private static let samlTexts = [
        "audience", "recipient", "destination", "issuer", "nameIdentifierFormat", "authnContextClassRef", "binding",
        "signingCert",
    ]

    private static let samlFlags = [
        "createUpnClaim", "passthroughClaimsWithNoMapping", "mapUnknownClaimsAsIs", "mapIdentities", "signResponse",
        "typedAttributes", "includeAttributeNameFormat",
    ]

    private static let samlSettings: [(String, Schema)] = [
        ("mappings", Schema.map("Attributes of the assertion, by claims of ours")),
        ("lifetimeInSeconds", seconds),
        ("signatureAlgorithm", Schema.choice("Algorithm of signatures", of: ["rsa-sha1", "rsa-sha256"])),
        ("digestAlgorithm", Schema.choice("Algorithm of digests", of: ["sha1", "sha256"])),
        ("nameIdentifierProbes", Schema.list("Claims that may name the user", of: .text(""))),
        (
            "logout",
            Schema.object(
                "Single logout",
                [
                    "callback": .text("Where answers go", length: 0...2_048, format: .webURLOrEmpty),
                    "slo_enabled": .flag("Whether the application is told of logouts"),
                ], others: .allowed)
        ),
    ]

    // MARK: Settings of any

    private static let seconds = Schema.integer("Seconds the token is good", in: 0...315_360_000)
    private static let minutes = Schema.integer("Minutes the token is good", in: 0...5_256_000)

    private static func addon(
        _ name: String, texts: [String] = [], flags: [String] = [], _ settings: [(String, Schema)] = []
    ) -> Schema.Property {
        let texts = texts.map { ($0, Schema.text("Setting of the addon")) }
        let flags = flags.map { ($0, Schema.flag("Switch of the addon")) }
        let members: [(String, Schema)] = texts + flags + settings
        return Schema.Property(
            name: name, schema: .object("Settings of the addon \(name)", members, others: .allowed))
    }
}
