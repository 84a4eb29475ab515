import StrictJSON
import WebAddresses

/// A document by which an identity provider describes itself, and where it lies.
public struct ProviderDocument: Sendable, Equatable {
    public enum Kind: Sendable {
        /// OpenID Connect Discovery 1.0 §4.
        case openID
        /// XML of SAML 2.0 or WS-Federation.
        case federation
    }

    public let kind: Kind
    public let url: String
    /// For logs: what else an address holds may be nobody's business.
    public var host: String { (try? ParsedURL(parsing: url))?.host?.name ?? "" }

    /// The largest document that is read, in bytes. Federation metadata holds certificates and signatures.
    public var largestSize: Int {
        switch kind {
        case .openID: 65_536
        case .federation: FederationMetadata.largestSize
        }
    }

    /// What there is to learn, in the kind's terms.
    public func facts(in bytes: [UInt8]) throws(DiscoveryError) -> ProviderFacts {
        switch kind {
        case .openID: .openID(try OpenIDMetadata(parsing: bytes, from: url))
        case .federation: .federation(try FederationMetadata(parsing: bytes))
        }
    }

    init(_ kind: Kind, _ url: String) {
        self.kind = kind
        self.url = url
    }

    /// The document that a connection's options lead to; nil where they lead to none.
    init?(of options: JSONObject, strategy: String) {
        let options = ProviderOptions(options)
        switch strategy {
        case "oidc":
            guard let url = options.address("discovery_url") else { return nil }
            self.init(.openID, url)
        case "okta":
            let standard = options.domain("domain").map { "https://\($0)/.well-known/openid-configuration" }
            guard let url = options.address("discovery_url") ?? standard else { return nil }
            self.init(.openID, url)
        case "waad":
            guard let tenant = options.domain("tenant_domain") ?? options.domain("domain") else { return nil }
            self.init(.federation, "https://login.microsoftonline.com/\(tenant)\(Self.federationPath)")
        case "adfs":
            guard let server = options.text("adfs_server") else { return nil }
            // A server is named by its metadata or by its name alone.
            let isName = Format.domain.accepts(server)
            guard let url = isName ? "https://\(server)\(Self.federationPath)" : options.address("adfs_server") else {
                return nil
            }
            self.init(.federation, url)
        case "samlp", "pingfederate":
            guard let url = options.address("metadataUrl") else { return nil }
            self.init(.federation, url)
        default: return nil
        }
    }

    /// Whether options leave anything open that it would say.
    static func isNeeded(by options: JSONObject, strategy: String) -> Bool {
        let options = ProviderOptions(options)
        return switch strategy {
        case "oidc", "okta": options.metadata == nil
        case "waad": !options.has("thumbprints")
        case "adfs":
            options.text("fedMetadataXml") == nil
                && (!options.has("thumbprints") || options.text("signInEndpoint") == nil)
        default:
            options.text("metadataXml") == nil
                && (options.text("signingCert") == nil || options.text("signInEndpoint") == nil)
        }
    }

    /// Where servers that follow Microsoft's keep their metadata.
    private static let federationPath = "/FederationMetadata/2007-06/FederationMetadata.xml"
}

/// The options of a connection, read as what leads to its provider.
struct ProviderOptions {
    private let options: JSONObject

    init(_ options: JSONObject) { self.options = options }

    func has(_ name: String) -> Bool { options[name].map { !$0.isNull } ?? false }

    /// A text that says something.
    func text(_ name: String) -> String? { options[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    func address(_ name: String) -> String? { text(name).flatMap { Format.webURL.accepts($0) ? $0 : nil } }

    /// A domain name, or the number that a directory has beside it.
    func domain(_ name: String) -> String? {
        text(name).flatMap { text in
            let isNumber = text.wholeMatch(of: /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil
            return isNumber || Format.domain.accepts(text) ? text : nil
        }
    }

    /// The metadata of an OpenID provider, where it is brought along.
    var metadata: JSONObject? { options["oidc_metadata"]?.object }
}
