import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Search: against a filter that looks at every user")
struct SearchPropertyTests {
    private static let words = ["red", "green", "blue", "Red Green", "blue_green", "deep blue sea", "RED", "re", ""]

    private static func user(_ number: Int, _ random: inout SplitMix) -> User {
        let id = "u\(number)"
        var attributes: JSONObject = [
            "email": .string("\(["ann", "bob", "cy"].randomElement(using: &random)!)\(number)@x.com")
        ]
        if Bool.random(using: &random) { attributes["name"] = .string(words.randomElement(using: &random)!) }
        if Bool.random(using: &random) {
            attributes["app_metadata"] = [
                "plan": .string(words.randomElement(using: &random)!),
                "age": .int(Int.random(in: -3...12, using: &random)),
                "sizes": .array(
                    (0..<Int.random(in: 0...2, using: &random)).map { _ in
                        .int(Int.random(in: 0...9, using: &random))
                    }),
                "tags": .array(
                    (0..<Int.random(in: 0...2, using: &random)).map { _ in .string(words.randomElement(using: &random)!)
                    }),
                "deep": ["flag": .bool(Bool.random(using: &random))],
            ]
        }
        return User(
            userID: "auth0|\(id)", connection: Connection.defaultDatabaseName,
            document: User.databaseProfile(id: id, connection: Connection.defaultDatabaseName, attributes: attributes),
            loginsCount: 0, createdAt: Timestamp(seconds: 1_600_000_000 + Int64(number) * 86_400),
            updatedAt: Timestamp(seconds: 1_600_000_000))
    }

    private static func query(_ random: inout SplitMix, depth: Int = 0) -> String {
        let fields = ["name", "app_metadata.plan", "app_metadata.tags", "email"]
        switch Int.random(in: 0..<(depth < 3 ? 12 : 8), using: &random) {
        case 0, 1:
            let value = words.filter { !$0.isEmpty }.randomElement(using: &random)!
            return "\(fields.randomElement(using: &random)!):\"\(value)\""
        case 2:
            return
                "\(fields.randomElement(using: &random)!):\(["re*", "*n", "b?ue", "ann1*", "*"].randomElement(using: &random)!)"
        case 3:
            return
                "app_metadata.age:[\(Int.random(in: -3...5, using: &random)) TO \(["*", "7", "-1"].randomElement(using: &random)!)]"
        case 4 where Bool.random(using: &random):
            return "app_metadata.sizes:[\(Int.random(in: 0...5, using: &random)) TO 9]"
        case 4:
            return
                "app_metadata.age:\([">", ">=", "<", "<="].randomElement(using: &random)!)\(Int.random(in: -2...9, using: &random))"
        case 5:
            return
                "\(["_exists_", "_missing_"].randomElement(using: &random)!):\(["app_metadata", "app_metadata.tags", "name", "app_metadata.deep", "x"].randomElement(using: &random)!)"
        case 6: return "app_metadata.deep.flag:\(Bool.random(using: &random))"
        case 7:
            return
                "\(["name", "app_metadata.plan"].randomElement(using: &random)!):\(["gren~", "blu~1"].randomElement(using: &random)!)"
        case 8: return "(\(query(&random, depth: depth + 1)) OR \(query(&random, depth: depth + 1)))"
        case 9: return "(\(query(&random, depth: depth + 1)) AND \(query(&random, depth: depth + 1)))"
        case 10: return "NOT \(query(&random, depth: depth + 1))"
        default: return "(+\(query(&random, depth: depth + 1)) -\(query(&random, depth: depth + 1)))"
        }
    }

    /// Beginning with an index, walking all users, and comparing many in the index find the same.
    private static let efforts = [
        SearchEffort(few: 1_000, many: 1_000), SearchEffort(few: 0, many: 0), SearchEffort(few: 20, many: 1_000),
    ]

    @Test("every query finds exactly whom it describes, and counts them", arguments: [SearchEngine.v2, .v3])
    func matches(_ engine: SearchEngine) async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        var random = SplitMix(state: engine == .v2 ? 7 : 11)
        let users = (0..<120).map { Self.user($0, &random) }
        try await shard.write { db in
            for (number, user) in users.enumerated() {
                try db.users.insert(user, passwordHash: nil)
                // The index has several runs.
                if number % 30 == 29 { try db.users.noteBulk(of: TermRun.smallest) }
            }
            #expect(try db.users.bulkRun() == 4)
        }
        // Changes go through the index as well.
        let changed = users.prefix(40).map { user in
            var document = user.document
            document["app_metadata"] = ["plan": "green"]
            return user.replacing(document: document, updatedAt: user.updatedAt)
        }
        try await shard.write { db in for user in changed { try db.users.update(user) } }
        let all = changed + users.dropFirst(40)
        for _ in 0..<120 {
            let text = Self.query(&random)
            // v3 refuses some of them.
            guard let search = try? UserSearch(parsing: text, engine: engine) else { continue }
            let wanted = Set(all.filter { Reference(engine: engine).matches(search.query, $0) }.map(\.userID))
            for effort in Self.efforts {
                let (found, count) = try await shard.read { db in
                    (
                        try db.users.page(UserListing(search: search), offset: 0, limit: 1_000, effort).map(\.userID),
                        try db.users.count(UserListing(search: search), effort)
                    )
                }
                #expect(Set(found) == wanted && found.count == wanted.count, "\(text) \(effort)")
                #expect(found == all.map(\.userID).filter(wanted.contains), "\(text) \(effort): in order of age")
                #expect(count == wanted.count, "\(text) \(effort)")
            }
        }
    }

    @Test("M7: nothing hidden can be found, and every sign of SQL is a character")
    func hidden() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        var random = SplitMix(state: 3)
        var document = Self.user(1, &random).document
        document["identities"] = [
            ["connection": "c", "provider": "auth0", "user_id": "u1", "access_token": "secret-token"]
        ]
        document["name"] = "100% _sure_"
        let user = User(
            userID: "auth0|u1", connection: "c", document: document, createdAt: shard.now, updatedAt: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: "hash") }
        func count(_ text: String) async throws -> Int {
            let listing = UserListing(search: try UserSearch(parsing: text, engine: .v2))
            return try await shard.read { try $0.users.count(listing) }
        }
        for query in [
            "identities.access_token:*", "_exists_:password_hash", "password:*", "secret-token", "tenant:B",
            "name:\"'; DROP TABLE users;--\"", "name:%", "name:_", "name:\"x%\"",
        ] {
            #expect(try await count(query) == 0, "\(query)")
        }
        #expect(try await count("name:\"100% _sure_\"") == 1)
        for query in [
            "*:*", "identities.connection:c", "identities.provider:auth0", "identities.user_id:u1",
            "email_verified:false", "NOT email_verified:true AND _missing_:blocked",
        ] { #expect(try await count(query) == 1) }
    }
}

/// Says by looking at a whole profile whether a query describes it: slow, plain, and written without the index.
private struct Reference {
    let engine: SearchEngine

    func matches(_ query: SearchQuery, _ user: User) -> Bool {
        switch query {
        case .everything: true
        case .all(let parts): parts.allSatisfy { matches($0, user) }
        case .any(let parts): parts.contains { matches($0, user) }
        case .not(let part): !matches(part, user)
        case .term(nil, _): false
        case .term(let field?, let term): matches(field, term, user)
        }
    }

    private func matches(_ field: String, _ term: SearchTerm, _ user: User) -> Bool {
        let values = values(at: field.split(separator: ".").map(String.init)[...], in: .object(user.document))
        return values.contains { value in
            // An address is one word, whatever field it stands in.
            let isText = field != "email" && value.string?.contains("@") != true
            return matches(value, term, isText)
        }
    }

    private func matches(_ value: JSON, _ term: SearchTerm, _ isText: Bool) -> Bool {
        switch (term, value) {
        case (.present, _): true
        case (.text(let text), .string(let stored)):
            compared(stored, isText).contains(text.lowercased())
                || engine == .v2 && isText && phrase(text, in: stored)
        case (.text(let text), .bool(let stored)): text == String(stored)
        case (.text(let text), .int(let stored)): Double(text) == Double(stored)
        case (.pattern(let pattern), .string(let stored)):
            compared(stored, isText).contains { Plainly.glob($0[...], pattern.pieces[...]) }
        case (.similar(let word, let edits), .string(let stored)):
            compared(stored, isText).contains {
                $0.first == word.first && Plainly.distance($0[...], word[...]) <= edits
            }
        case (.range(let range), .int(let stored)):
            [(range.lower, { $0 < $1 }), (range.upper, { $0 > $1 })].allSatisfy { bound, isBeyond in
                guard let bound, let limit = Double(bound.text) else { return true }
                return !(isBeyond as (Double, Double) -> Bool)(Double(stored), limit)
                    && (bound.isIncluded || Double(stored) != limit)
            }
        default: false
        }
    }

    /// The whole text, and in v2 each word of it.
    private func compared(_ stored: String, _ isText: Bool) -> [String] {
        let folded = stored.lowercased()
        return engine == .v2 && isText ? [folded] + Plainly.words(folded) : [folded]
    }

    private func phrase(_ text: String, in stored: String) -> Bool {
        let wanted = Plainly.words(text.lowercased()).joined(separator: " ")
        return text.contains(" ")
            && " \(Plainly.words(stored.lowercased()).joined(separator: " ")) ".contains(" \(wanted) ")
    }

    private func values(at path: ArraySlice<String>, in value: JSON) -> [JSON] {
        if let elements = value.array { return elements.flatMap { values(at: path, in: $0) } }
        guard let step = path.first else {
            if let members = value.object { return members.flatMap { values(at: [], in: $0.value) } }
            return value.isNull ? [] : [value]
        }
        return value[step].map { values(at: path.dropFirst(), in: $0) } ?? []
    }
}

/// Comparisons as their definitions have them, for texts of a few words.
private enum Plainly {
    static func words(_ text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    static func glob(_ text: Substring, _ pieces: ArraySlice<SearchPattern.Piece>) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        switch piece {
        case .literal(let literal):
            return text.hasPrefix(literal) && glob(text.dropFirst(literal.count), pieces.dropFirst())
        case .anyCharacter: return !text.isEmpty && glob(text.dropFirst(), pieces.dropFirst())
        case .anything: return (0...text.count).contains { glob(text.dropFirst($0), pieces.dropFirst()) }
        }
    }

    static func distance(_ a: Substring, _ b: Substring) -> Int {
        guard let x = a.first else { return b.count }
        guard let y = b.first else { return a.count }
        return x == y
            ? distance(a.dropFirst(), b.dropFirst())
            : 1 + min(distance(a.dropFirst(), b), distance(a, b.dropFirst()), distance(a.dropFirst(), b.dropFirst()))
    }
}

@Suite("Log search: against a filter that looks at every event")
struct LogSearchPropertyTests {
    private static let texts = [
        "connection", "Create a connection", "connections are gone", "Wrong e-mail or password.", "e-mail", "-e", "re",
        "Connection", "caf\u{E9} au lait", "", "a_b connecting", "user1@x.example", "e.mail", "mail e",
    ]
    /// What a text may be searched for by, as it is written in a query.
    private static let words = [
        "connection", "e-mail", "mail", "x.example", "user1@x.example", "password", "caf\u{E9}", "a_b", "re", "Wrong",
        "a", "e-",
    ]
    private static let fields = ["description:", "client_name:", "user_name:", "type:", "ip:", ""]

    private static func query(_ random: inout SplitMix, depth: Int = 0) -> String {
        let field = fields.randomElement(using: &random)!
        switch Int.random(in: 0..<(depth < 3 ? 9 : 6), using: &random) {
        case 0: return field + words.randomElement(using: &random)!
        case 1: return "\(field)\"\(texts.randomElement(using: &random)!)\""
        case 2, 3:
            let patterns = [
                "conn*", "*tion", "connectio?", "c*n", "*nnect*", "e-mai*", "?-mail", "e-*", "*-mail", "e*l", "mai?*",
                "x.ex?mple", "caf?", "192.0.*", "?b*", "Wrong*mail", "a-*-b", "e*-?ail", "?_b", "*-*", "f?",
            ]
            return field + patterns.randomElement(using: &random)!
        case 4:
            let word = words.randomElement(using: &random)!
            return "\(field)\(word.prefix(Int.random(in: 1...6, using: &random)))*"
        case 5:
            return field + ["conection~", "mial~2", "mall~1", "rw~", "x~0", "Wrnog~"].randomElement(using: &random)!
        case 6: return "(\(query(&random, depth: depth + 1)) OR \(query(&random, depth: depth + 1)))"
        case 7: return "(\(query(&random, depth: depth + 1)) AND \(query(&random, depth: depth + 1)))"
        default: return "NOT \(query(&random, depth: depth + 1))"
        }
    }

    private func fill(_ shard: Shard) async throws {
        try await shard.write { db in
            var random = SplitMix(state: 5)
            for number in 0..<100 {
                var event = LogEvent(number % 3 == 0 ? .failedLogin : .successLogin, at: shard.now)
                event.description = Self.texts[number % Self.texts.count]
                if number % 2 == 0 { event.clientName = Self.texts.randomElement(using: &random) }
                if number % 5 == 0 { event.userName = Self.texts.randomElement(using: &random) }
                if number % 4 != 0 { event.ip = "192.0.2.\(number)" }
                try db.logs.append(event)
            }
        }
    }

    private func found(_ text: String, in shard: Shard) async throws -> Set<String> {
        let filter = LogFilter(search: try LogSearch(parsing: text))
        let events = try await shard.read { try $0.logs.page(filter, offset: 0, limit: 1_000) }
        return Set(events.compactMap { $0["log_id"]?.string })
    }

    @Test("every query finds exactly what it describes")
    func matches() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        try await fill(shard)
        let all = try await shard.read { try $0.logs.page(offset: 0, limit: 1_000) }
        var random = SplitMix(state: 13)
        for _ in 0..<300 {
            let text = Self.query(&random)
            let query = try LogSearch(parsing: text).query
            let wanted = all.filter { LogReference.matches(query, $0) }.compactMap { $0["log_id"]?.string }
            #expect(try await found(text, in: shard) == Set(wanted), "\(text)")
        }
    }

    @Test("what a word finds, each of its beginnings finds, and the word with a letter left open")
    func beginnings() async throws {
        let fixture = try TenantFixture()
        let shard = try await fixture.shard("acme")
        try await fill(shard)
        for field in Self.fields {
            for word in Self.words {
                let whole = try await found(field + word, in: shard)
                for length in 1...word.count {
                    let beginning = "\(field)\(word.prefix(length))*"
                    #expect(try await found(beginning, in: shard).isSuperset(of: whole), "\(beginning)")
                }
                guard word.last != "-", word.count > 1 else { continue }
                let open = "\(field)\(word.dropLast())?"
                #expect(try await found(open, in: shard).isSuperset(of: whole), "\(open)")
            }
        }
        // It is not for want of anything to find.
        #expect(try await found("description:connection", in: shard).count > 10)
        #expect(try await found("e-", in: shard).count > 10)
    }
}

/// Says by looking at a whole event whether a query describes it.
private enum LogReference {
    private static let bareFields = ["user_name", "connection", "client_name", "type", "ip", "log_id", "description"]
    private static let textFields = ["description", "user_agent", "client_name", "user_name"]

    static func matches(_ query: SearchQuery, _ event: JSONObject) -> Bool {
        switch query {
        case .everything: true
        case .all(let parts): parts.allSatisfy { matches($0, event) }
        case .any(let parts): parts.contains { matches($0, event) }
        case .not(let part): !matches(part, event)
        case .term(nil, let term): bareFields.contains { matches($0, term, event) }
        case .term(let field?, let term): matches(field, term, event)
        }
    }

    private static func matches(_ field: String, _ term: SearchTerm, _ event: JSONObject) -> Bool {
        guard let value = event[field]?.string else { return false }
        let words = textFields.contains(field) ? Plainly.words(value) : []
        switch term {
        case .text(let text): return value == text || follow(Plainly.words(text), in: words) { $0 == $1 }
        case .pattern(let pattern):
            return Plainly.glob(value[...], pattern.pieces[...])
                || follow(self.words(pattern), in: words) { word, pieces in Plainly.glob(word[...], pieces[...]) }
        case .similar(let wanted, let edits):
            return ([value] + words).contains {
                $0.first == wanted.first && abs($0.count - wanted.count) <= edits
                    && Plainly.distance($0[...], wanted[...]) <= edits
            }
        default: return true
        }
    }

    /// Whether words that fit stand one after the other.
    private static func follow<Wanted>(
        _ wanted: [Wanted], in words: [String], fits: (String, Wanted) -> Bool
    ) -> Bool {
        guard !wanted.isEmpty else { return false }
        return words.indices.contains { start in
            let rest = words[start...]
            return rest.count >= wanted.count && zip(rest, wanted).allSatisfy { fits($0, $1) }
        }
    }

    /// What of a pattern stands between spaces and punctuation, without the `*` that may be nothing.
    private static func words(_ pattern: SearchPattern) -> [[SearchPattern.Piece]] {
        var words: [[SearchPattern.Piece]] = [[]]
        for piece in pattern.pieces {
            guard case .literal(let text) = piece else {
                words[words.count - 1].append(piece)
                continue
            }
            for character in text {
                if Plainly.words(String(character)).isEmpty {
                    words.append([])
                } else {
                    words[words.count - 1].append(.literal(String(character)))
                }
            }
        }
        let nothing: [SearchPattern.Piece] = [.anything]
        words.removeAll { $0.isEmpty }
        if let first = words.first, first == nothing { words.removeFirst() }
        if let last = words.last, last == nothing { words.removeLast() }
        return words
    }
}
