import StrictJSON

/// A user to be added, with everything already made that is written: the text of the profile, and what can be searched
/// for. An import makes them beside the thread that writes.
public struct NewUser: Sendable {
    public let user: User
    let text: String
    let terms: UserTermList

    public init(_ user: User) {
        self.user = user
        text = JSON.object(user.document).text()
        terms = UserTermList(user.document)
    }
}
