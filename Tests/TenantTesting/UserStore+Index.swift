import GRDB
import StrictJSON

@testable import Tenancy

extension UserStore {
    private struct Entry: Hashable {
        let row: UserTerms.Row
        let run: Int
        let userID: String
    }

    /// Whether the index leads from exactly the values of each user to that user.
    package func indexIsWhole() throws -> Bool {
        let users = try sql.rows(
            "SELECT u.user_id, u.document, l.run FROM users u LEFT JOIN user_term_lists l ON l.user_id = u.user_id")
        var wanted: Set<Entry> = []
        for user in users {
            guard let run = user[2] as Int? else { return false }
            for row in UserTerms(try user.object(1)).rows { wanted.insert(Entry(row: row, run: run, userID: user[0])) }
        }
        let there = try sql.rows("SELECT field, run, value, user_id FROM user_terms").map {
            Entry(row: UserTerms.Row(field: $0[0], value: $0[2]), run: $0[1], userID: $0[3])
        }
        return there.count == wanted.count && Set(there) == wanted
    }
}
