import Tenancy

extension UsersImport {
    /// Where users go.
    struct Target {
        let connection: Connection
        let upserts: Bool
        let issuer: String?
        /// Of the index of users.
        let run: Int
        /// Users that were added and are not indexed yet, with their rows.
        private var added: [String: (user: NewUser, number: Int)] = [:]

        init(connection: Connection, upserts: Bool, issuer: String?, run: Int) {
            self.connection = connection
            self.upserts = upserts
            self.issuer = issuer
            self.run = run
        }

        /// True where the user is new, false where one was changed. Throws ``ImportedUser/Refusal``, and where a row is not
        /// written carefully ``LateConflict``.
        mutating func put(
            _ row: ImportedUser, _ number: Int, isCareful: Bool, in db: TenantDatabase, at now: Timestamp
        ) throws -> Bool {
            let known = try existing(row, db)
            if known != nil, !upserts { throw ImportedUser.Refusal.duplicate }
            // Somebody who comes twice in a batch: what changes in the index has to be there.
            if let known, let earlier = added.removeValue(forKey: known) {
                try db.users.index(earlier.user, run: run)
            }
            do {
                func writing() throws { if let known { try change(known, by: row, db, now) } else { try add(row, db) } }
                if isCareful { try db.users.inSavepoint(writing) } else { try writing() }
            } catch UserStoreError.alreadyExists {
                guard isCareful else { throw LateConflict() }
                throw ImportedUser.Refusal.duplicate
            }
            if known == nil { added[row.new.user.userID] = (row.new, number) }
            return known == nil
        }

        func index(_ batch: Batch, in db: TenantDatabase) throws {
            var isAdded = [Bool](repeating: false, count: batch.rows.count)
            for (_, number) in added.values { isAdded[number] = true }
            try db.users.index(batch.terms, isAdded: isAdded, run: run)
        }

        private func add(_ row: ImportedUser, _ db: TenantDatabase) throws {
            try db.users.insertInBulk(
                row.new, passwordHash: row.passwordHash ?? ImportedUser.noPassword,
                phoneIdentifies: connection.identifiers.contains(.phoneNumber), run: run)
        }

        private func change(_ known: String, by row: ImportedUser, _ db: TenantDatabase, _ now: Timestamp) throws {
            guard let user = try db.users.find(known), user.connection == connection.name else {
                throw ImportedUser.Refusal.duplicate
            }
            // A password that somebody uses already is not replaced by a file.
            let document = UserDraft(attributes: row.attributes).applied(to: user.document)
            let changed = user.replacing(document: document, updatedAt: now)
            try db.users.update(changed)
            // As whoever blocks a user by hand (spec 08 L12).
            if changed.isBlocked, !user.isBlocked {
                try db.endLogins(of: user.userID, issuer: issuer ?? "", at: now)
            }
        }

        /// The user that has the id, the address or the name already.
        private func existing(_ row: ImportedUser, _ db: TenantDatabase) throws -> String? {
            if let id = row.id {
                if try db.linkedIdentities.exists("auth0|\(id)") { throw ImportedUser.Refusal.duplicate }
                if let user = try db.users.find("auth0|\(id)") { return user.userID }
            }
            for name in [row.attributes["email"]?.string, row.attributes["username"]?.string] {
                guard let name else { continue }
                if let known = try db.users.owner(of: name, connection: connection.name) { return known }
            }
            return nil
        }
    }
}
