import StrictJSON
import WebAddresses

/// What an OpenID provider says of itself (OpenID Connect Discovery 1.0 §3).
public struct OpenIDMetadata: Sendable, Equatable {
    let document: JSONObject

    /// Whether this or that is supported is always said. That request objects by reference are, where a provider keeps
    /// silent about it, is the standard's default; the contract's is that they are not.
    private static let standard: JSONObject = [
        "claims_parameter_supported": false, "request_parameter_supported": false,
        "request_uri_parameter_supported": false, "require_request_uri_registration": false,
    ]

    /// Options that have the names of the document's members.
    static let endpoints = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "issuer"]

    /// What whoever configures the connection says in the provider's place.
    init(given document: JSONObject) { self.document = document.filled(with: Self.standard) }

    /// Reads the document of a provider.
    ///
    /// That the issuer is the document's own address (§4.3) is not asked for: providers whose documents lie elsewhere are
    /// in use, and what binds a token to its provider is the issuer stored here.
    /// - Parameter url: where it lies. What it leads to is protected as well as it was itself.
    init(parsing bytes: [UInt8], from url: String) throws(DiscoveryError) {
        let value: JSON
        do {
            value = try JSON.parse(bytes)
        } catch {
            throw .malformed("the document is no JSON")
        }
        guard let document = value.object else { throw .malformed("the document is no JSON object") }
        let mayBePlain = url.hasPrefix("http:")
        for name in ["issuer", "authorization_endpoint", "jwks_uri"] {
            guard document[name]?.string != nil else { throw .malformed("the document has no \(name)") }
        }
        for (name, value) in document where Self.isAddress(name) && !value.isNull {
            guard let text = value.string, let url = try? ParsedURL(parsing: text),
                url.scheme == "https" || (mayBePlain && url.scheme == "http")
            else { throw .malformed("\(name) is no https address") }
        }
        self.init(given: document)
    }

    private static func isAddress(_ name: String) -> Bool {
        name == "issuer" || name == "jwks_uri" || name.hasSuffix("_endpoint")
    }

    func completing(_ options: JSONObject) -> JSONObject {
        var options = options
        for name in Self.endpoints {
            let address = document[name]?.string.flatMap { Format.webURL.accepts($0) ? $0 : nil }
            options = options.completed(with: [name: address])
        }
        options["oidc_metadata"] = .object(document)
        return options
    }
}
