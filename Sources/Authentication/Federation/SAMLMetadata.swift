import OpenSSL
import Tenancy

/// The metadata of the tenant as the identity provider of one client (SAML 2.0 Metadata §2.4.3; recorded, spec 07 §19).
struct SAMLMetadata: Sendable {
    private static let bindings = [
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    ]
    private static let nameIDFormats = [
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    ]
    private static let attributes: [IdentityClaim] = [.email, .givenName, .name, .surname, .nameID]

    /// `urn:DOMAIN`, unless the client's addon names another issuer.
    let entityID: String
    /// Where the client's users are sent.
    let endpoint: String
    let certificate: Certificate

    var document: String {
        let assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
        let protocolName = "urn:oasis:names:tc:SAML:2.0:protocol"
        var role = [XMLElement.signingKey(certificate)]
        role += Self.bindings.map {
            XMLElement("SingleLogoutService", ["Binding": $0, "Location": endpoint + "/logout"])
        }
        role += Self.nameIDFormats.map { XMLElement("NameIDFormat", text: $0) }
        role += Self.bindings.map { XMLElement("SingleSignOnService", ["Binding": $0, "Location": endpoint]) }
        role += Self.attributes.map { claim in
            XMLElement(
                "Attribute",
                [
                    "Name": claim.uri, "NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                    "FriendlyName": claim.displayName, "xmlns": assertion,
                ])
        }
        return XMLElement(
            "EntityDescriptor", ["entityID": entityID, "xmlns": "urn:oasis:names:tc:SAML:2.0:metadata"],
            [XMLElement("IDPSSODescriptor", ["protocolSupportEnumeration": protocolName], role)]
        ).document
    }
}

extension XMLElement {
    /// The key that signs assertions (SAML 2.0 Metadata §2.4.1.1).
    static func signingKey(_ certificate: Certificate) -> XMLElement {
        XMLElement(
            "KeyDescriptor", ["use": "signing"],
            [
                XMLElement(
                    "KeyInfo", ["xmlns": "http://www.w3.org/2000/09/xmldsig#"],
                    [
                        XMLElement(
                            "X509Data", [:],
                            [XMLElement("X509Certificate", text: Base64.encode(certificate.der))])
                    ])
            ])
    }
}
