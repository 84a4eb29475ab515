/// What can be searched for of many new users, in the order of the index: each row goes in next to the one before, where
/// user by user every row would be looked for from the root of the tree.
public struct BulkTerms: Sendable {
    private let rows: [(row: UserTerms.Row, number: Int)]
    private let userIDs: [String?]

    /// - Parameter users: nil stands for a row of the file that is no user.
    public init(_ users: [NewUser?]) {
        var rows: [(row: UserTerms.Row, number: Int)] = []
        for (number, user) in users.enumerated() {
            for row in user?.terms.rows ?? [] { rows.append((row, number)) }
        }
        self.rows = rows.sorted { $0.row < $1.row }
        userIDs = users.map { $0?.user.userID }
    }

    /// The rows of those users that were added.
    func rows(of isAdded: [Bool]) -> some Sequence<(UserTerms.Row, String)> {
        rows.lazy.filter { isAdded[$0.number] }.map { ($0.row, userIDs[$0.number] ?? "") }
    }
}
