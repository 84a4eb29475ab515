import StrictJSON

/// A user to be added, with everything already made that is written: the text of the profile, and what can be searched
/// for. An import makes them beside the thread that writes.
public struct NewUser: Sendable {
    public let user: User
    let text: String
    let terms: [UserTerms.Row]

    public init(_ user: User) {
        self.user = user
        text = JSON.object(user.document).text()
        // In the order of the index: each row is next to the one before.
        terms = UserTerms(user.document).rows.sorted()
    }
}
