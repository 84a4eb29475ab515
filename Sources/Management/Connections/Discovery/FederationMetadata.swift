import OpenSSL
import StrictJSON

/// What an identity provider of SAML or WS-Federation says of itself (SAML 2.0 Metadata §2.4.3, WS-Federation 1.2 §3.1).
public struct FederationMetadata: Sendable, Equatable {
    /// The largest that is looked through, in bytes.
    static let largestSize = 1_048_576

    /// Where WS-Federation signs in.
    private let passiveSignIn: String?
    /// Where SAML signs in and out.
    private let signOn: String?
    private let logout: String?
    /// The certificates its signatures are made with, in PEM.
    private var certificates: [String] = []
    private var thumbprints: [String] = []

    /// What is given along with the options; nil where it is too much.
    init?(given xml: String) {
        guard xml.utf8.count <= Self.largestSize else { return nil }
        self.init(MetadataElements(xml))
    }

    /// Reads the document of a provider, which is of no use without a certificate.
    init(parsing bytes: [UInt8]) throws(DiscoveryError) {
        guard let xml = String(validating: bytes, as: UTF8.self) else { throw .malformed("the document is no UTF-8") }
        self.init(MetadataElements(xml))
        guard !thumbprints.isEmpty else { throw .malformed("the document has no certificate for signatures") }
    }

    private init(_ elements: MetadataElements) {
        func address(_ text: String?) -> String? { text.flatMap { Format.webURL.accepts($0) ? $0 : nil } }
        passiveSignIn = address(elements.passiveAddress)
        signOn = address(elements.signOn?.location)
        logout = address(elements.logout?.location)
        for text in elements.certificates {
            guard let der = Base64.decode(text.filter { !$0.isWhitespace }),
                let certificate = try? Certificate(der: der), let pem = try? certificate.pem()
            else { continue }
            let thumbprint = Hex.encode(certificate.sha1Thumbprint)
            // Every role of a provider names its certificates anew.
            guard !thumbprints.contains(thumbprint) else { continue }
            certificates.append(pem)
            thumbprints.append(thumbprint)
        }
    }

    func completing(_ options: JSONObject, strategy: String) -> JSONObject {
        switch strategy {
        case "adfs":
            options.completed(with: ["signInEndpoint": passiveSignIn])
                .filled(with: ["thumbprints": .array(thumbprints.map(JSON.string))])
        case "waad": options.filled(with: ["thumbprints": .array(thumbprints.map(JSON.string))])
        default:
            options.completed(with: [
                "signInEndpoint": signOn, "signOutEndpoint": logout, "signingCert": certificates.first,
            ])
        }
    }
}
