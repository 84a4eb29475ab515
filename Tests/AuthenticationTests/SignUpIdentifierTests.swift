import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Names to sign up with")
struct SignUpIdentifierTests {
    private func connection(_ options: JSONObject) -> Connection {
        Connection(
            id: Connection.newID(), name: "users", strategy: "auth0", createdAt: Timestamp(seconds: 0),
            enabledClients: [], document: ["options": .object(options)])
    }

    private func attributes(_ statuses: KeyValuePairs<String, String>) -> Connection {
        connection([
            "attributes": .object(
                JSONObject(
                    statuses.map { name, status in
                        (name, ["identifier": ["active": true], "signup": ["status": .string(status)]])
                    }))
        ])
    }

    private func form(_ email: String? = nil, _ username: String? = nil, _ phoneNumber: String? = nil) -> SignUpForm {
        SignUpForm(email: email, username: username, password: "", phoneNumber: phoneNumber)
    }

    @Test("without attributes it is the e-mail address, and the username where it is required")
    func older() throws {
        #expect(connection([:]).requiredIdentifiers == [.email])
        #expect(connection(["requires_username": true]).requiredIdentifiers == [.email, .username])
        let values = try SignUpIdentifiers(form("a@example.com", "ann", "+491"), connection([:])).values
        #expect(values == [.email: "a@example.com"])
    }

    @Test("an optional name may be left out, a required one not, and one there must be")
    func optional() throws {
        let both = attributes(["username": "required", "phone_number": "optional"])
        #expect(try SignUpIdentifiers(form(nil, "ann"), both).values == [.username: "ann"])
        #expect(throws: SignUpRefusal.self) { try SignUpIdentifiers(form(nil, nil, "+491"), both) }
        #expect(throws: SignUpRefusal.self) { try SignUpIdentifiers(form(), attributes(["email": "optional"])) }
    }

    @Test("a name that sign-up does not ask for is not looked at, and still logs in who has it")
    func inactive() throws {
        let connection = attributes(["email": "inactive", "username": "required"])
        #expect(try SignUpIdentifiers(form("a@example.com", "ann"), connection).values == [.username: "ann"])
        #expect(connection.identifiers == [.email, .username])
    }

    @Test("L14: no username looks like a telephone number where numbers log in")
    func lookalikes() throws {
        let connection = attributes(["username": "optional", "phone_number": "optional"])
        #expect(throws: SignUpRefusal.self) { try SignUpIdentifiers(form(nil, "+4915112345"), connection) }
        #expect(throws: SignUpRefusal.self) { try SignUpIdentifiers(form(nil, nil, "0151 12345"), connection) }
        #expect(try SignUpIdentifiers(form(nil, "+4915112345"), attributes(["username": "required"])).values.count == 1)
    }

    @Test("a number is one user's name, follows a change, and is nobody's where it does not identify")
    func phoneLogins() async throws {
        let tenant = try await TokenFixture()
        func user(_ number: String) -> User {
            let id = User.newDatabaseID(at: tenant.shard.now)
            return User(
                userID: "auth0|\(id)", connection: "users",
                document: User.databaseProfile(
                    id: id, connection: "users", attributes: ["phone_number": .string(number)]),
                createdAt: tenant.shard.now, updatedAt: tenant.shard.now)
        }
        let (first, second, third) = (user("+491"), user("+491"), user("+492"))
        try await tenant.shard.write { db in
            try db.users.insert(first, passwordHash: "x", phoneIdentifies: true)
            #expect(throws: UserStoreError.self) {
                try db.users.insert(second, passwordHash: "x", phoneIdentifies: true)
            }
            try db.users.insert(third, passwordHash: "x")
            #expect(try db.users.credentials(connection: "users", login: "+491")?.userID == first.userID)
            #expect(try db.users.credentials(connection: "users", login: "+492") == nil)
            var document = first.document
            document["phone_number"] = "+493"
            try db.users.update(first.replacing(document: document, updatedAt: first.updatedAt))
            #expect(try db.users.credentials(connection: "users", login: "+491") == nil)
            #expect(try db.users.credentials(connection: "users", login: "+493")?.userID == first.userID)
        }
    }
}
