import OpenSSL
import Tenancy

/// The metadata of the tenant as a security token service (WS-Federation 1.2 §3.1; recorded, spec 07 §19).
struct WSFederationMetadata: Sendable {
    private static let tokenTypes = [
        "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:1.0:assertion",
    ]
    private static let claims: [IdentityClaim] = [.email, .givenName, .name, .surname, .nameID, .upn, .group]

    let entityID: String
    /// Where the users are sent.
    let endpoint: String
    let certificate: Certificate

    var document: String {
        let role = XMLElement(
            "RoleDescriptor",
            [
                "xsi:type": "fed:SecurityTokenServiceType",
                "protocolSupportEnumeration": "http://docs.oasis-open.org/wsfed/federation/200706",
                "ServiceDisplayName": entityID, "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
                "xmlns:fed": "http://docs.oasis-open.org/wsfed/federation/200706",
            ],
            [
                XMLElement.signingKey(certificate),
                XMLElement(
                    "fed:TokenTypesOffered", [:],
                    Self.tokenTypes.map { XMLElement("fed:TokenType", ["Uri": $0]) }),
                XMLElement("fed:ClaimTypesOffered", [:], Self.claims.map(Self.claimType)),
                XMLElement("fed:PassiveRequestorEndpoint", [:], [reference]),
            ])
        return XMLElement(
            "EntityDescriptor", ["entityID": entityID, "xmlns": "urn:oasis:names:tc:SAML:2.0:metadata"], [role]
        ).document
    }

    private var reference: XMLElement {
        XMLElement(
            "EndpointReference", ["xmlns": "http://www.w3.org/2005/08/addressing"],
            [XMLElement("Address", text: endpoint)])
    }

    private static func claimType(_ claim: IdentityClaim) -> XMLElement {
        XMLElement(
            "auth:ClaimType",
            [
                "Uri": claim.uri, "Optional": "true",
                "xmlns:auth": "http://docs.oasis-open.org/wsfed/authorization/200706",
            ], [XMLElement("auth:DisplayName", text: claim.displayName)])
    }
}
