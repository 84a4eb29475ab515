import GRDB
import StrictJSON

@testable import Tenancy

extension UserStore {
    /// Whether the index leads from exactly the values of each user to that user.
    package func indexIsWhole() throws -> Bool {
        let listed = try sql.rows(
            """
            SELECT u.user_id, u.document, l.run FROM users u LEFT JOIN user_term_lists l ON l.user_id = u.user_id
            """)
        var wanted: Set<[String]> = []
        for row in listed {
            guard let run = row[2] as Int? else { return false }
            let userID: String = row[0]
            for term in UserTerms(try row.object(1)).rows { wanted.insert([term.field, "\(run)", term.value, userID]) }
        }
        let there = try sql.rows("SELECT field, run, value, user_id FROM user_terms").map { row in
            [row[0] as String, "\(row[1] as Int)", row[2] as String, row[3] as String]
        }
        return there.count == wanted.count && Set(there) == wanted
    }
}
