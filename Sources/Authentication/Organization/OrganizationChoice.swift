/// What a user has answered to the question to which organization they log in. It travels sealed in a transaction,
/// never as a parameter: what a client asks for is another thing.
enum OrganizationChoice: Sendable, Hashable {
    case organization(id: String)
    /// None, where the client lets users in without.
    case personal

    private static let personalText = "personal"

    /// What ``text`` was.
    init(_ text: String) { self = text == Self.personalText ? .personal : .organization(id: text) }

    var text: String {
        switch self {
        case .organization(let id): id
        case .personal: Self.personalText
        }
    }
}
