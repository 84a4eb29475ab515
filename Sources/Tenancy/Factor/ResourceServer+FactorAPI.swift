extension ResourceServer {
    /// The API by which users look after their own second factors, under `https://DOMAIN/mfa/`. Every tenant has it,
    /// so no row stands for it. Its tokens are only given to who has proved the second factor, where there is one.
    public static let factorAPI = ResourceServer(
        id: "factors", identifier: "urn:gatehouse:mfa-api", isSystem: false, createdAt: Timestamp(seconds: 0),
        document: [
            "name": "MFA API",
            "scopes": [
                ["value": "enroll", "description": "Add a second factor"],
                ["value": "read:authenticators", "description": "See your second factors"],
                ["value": "remove:authenticators", "description": "Remove a second factor"],
            ],
            "token_lifetime": 600, "skip_consent_for_verifiable_first_party_clients": true,
        ])
}
