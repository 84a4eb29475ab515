import StrictJSON

/// What is known of an identity provider from a document of its own.
public enum ProviderFacts: Sendable, Equatable {
    case openID(OpenIDMetadata)
    case federation(FederationMetadata)

    /// What the options themselves bring along: a document in place of its address.
    init?(in options: JSONObject, strategy: String) {
        let given = ProviderOptions(options)
        switch strategy {
        case "oidc", "okta":
            guard let metadata = given.metadata else { return nil }
            self = .openID(OpenIDMetadata(given: metadata))
        case "adfs", "samlp", "pingfederate":
            let xml = given.text(strategy == "adfs" ? "fedMetadataXml" : "metadataXml")
            guard let xml, let metadata = FederationMetadata(given: xml) else { return nil }
            self = .federation(metadata)
        default: return nil
        }
    }

    /// Whether options of any strategy bring a document along, which takes time to understand.
    static func mayBe(in options: JSONObject) -> Bool {
        ["oidc_metadata", "fedMetadataXml", "metadataXml"].contains { options[$0] != nil }
    }

    /// The options with what the provider says of itself; whatever is given in them stays.
    func completing(_ options: JSONObject, strategy: String) -> JSONObject {
        switch self {
        case .openID(let metadata): metadata.completing(options)
        case .federation(let metadata): metadata.completing(options, strategy: strategy)
        }
    }
}

extension JSONObject {
    /// This object with texts where it has none, or an empty one.
    func completed(with texts: KeyValuePairs<String, String?>) -> JSONObject {
        var result = self
        for (name, text) in texts {
            if let text, result[name]?.string?.isEmpty ?? true { result[name] = .string(text) }
        }
        return result
    }
}
