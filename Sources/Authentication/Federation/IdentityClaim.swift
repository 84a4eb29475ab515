/// A claim about users that SAML and WS-Federation name by an address.
struct IdentityClaim: Sendable {
    let uri: String
    let displayName: String

    private static let identity2005 = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

    static let email = IdentityClaim(uri: identity2005 + "emailaddress", displayName: "E-Mail Address")
    static let givenName = IdentityClaim(uri: identity2005 + "givenname", displayName: "Given Name")
    static let name = IdentityClaim(uri: identity2005 + "name", displayName: "Name")
    static let surname = IdentityClaim(uri: identity2005 + "surname", displayName: "Surname")
    static let nameID = IdentityClaim(uri: identity2005 + "nameidentifier", displayName: "Name ID")
    static let upn = IdentityClaim(uri: identity2005 + "upn", displayName: "UPN")
    static let group = IdentityClaim(uri: "http://schemas.xmlsoap.org/claims/Group", displayName: "Group")
}
