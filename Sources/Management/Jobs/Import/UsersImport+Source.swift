import StrictJSON
import Synchronization
import Tenancy

extension UsersImport {
    /// A row as it was read.
    struct Row: Sendable {
        let content: JSONObject
        let user: Result<ImportedUser, ImportedUser.Refusal>
    }

    /// Rows that are committed together.
    struct Batch: Sendable {
        var rows: [Row] = []
        /// Of all rows that are users.
        var terms = BulkTerms([])
        var offset = 0
        var isLast = false
        var failure: String?
    }

    /// Reads a file batch by batch, one thread at a time.
    final class Source: Sendable {
        private let reader: Mutex<JSONArrayReader>
        private let connection: Connection
        private let size: Int
        private let clock: Clock

        init(path: String, offset: Int, connection: Connection, size: Int, clock: Clock) throws {
            reader = Mutex(try JSONArrayReader(path: path, offset: offset))
            self.clock = clock
            self.connection = connection
            self.size = size
        }

        func next() -> Batch {
            reader.withLock { reader in
                var batch = Batch()
                var bytes = 0
                do {
                    while batch.rows.count < size, bytes < UsersImport.batchBytes {
                        guard let element = try reader.next() else {
                            batch.isLast = true
                            break
                        }
                        bytes += element.count
                        batch.rows.append(row(element))
                    }
                } catch JSONArrayReader.Failure.malformed(let offset) {
                    batch.failure = "The file is no JSON array of users: unexpected content at byte \(offset)"
                } catch JSONArrayReader.Failure.tooLong(let offset) {
                    batch.failure = "The user that ends at byte \(offset) is too long"
                } catch {
                    batch.failure = "The file cannot be read"
                }
                if batch.failure != nil { batch.isLast = true }
                batch.terms = BulkTerms(batch.rows.map { try? $0.user.get().new })
                batch.offset = reader.offset
                return batch
            }
        }

        private func row(_ bytes: [UInt8]) -> Row {
            do throws(JSONParseError) {
                guard let object = try JSON.parse(bytes).object else { return Self.malformed("no object") }
                let user = Result { () throws(ImportedUser.Refusal) in
                    try ImportedUser(object, connection: connection, at: clock.now)
                }
                return Row(content: object, user: user)
            } catch {
                return Self.malformed(error.reason)
            }
        }

        private static func malformed(_ reason: String) -> Row {
            Row(
                content: [:],
                user: .failure(
                    ImportedUser.Refusal(code: "INVALID_JSON", message: "The row is not valid JSON: \(reason)")))
        }
    }
}
