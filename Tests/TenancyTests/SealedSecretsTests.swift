import OpenSSL
import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Sealed secrets")
struct SealedSecretsTests {
    private let fixture: TenantFixture
    private let shard: Shard
    private let connection: Connection

    init() async throws {
        fixture = try TenantFixture()
        shard = try await fixture.shard("acme")
        connection = try #require(
            try await shard.read { try $0.connections.find(name: Connection.defaultDatabaseName) })
    }

    /// Puts a document into the database as it is to lie there.
    private func store(_ document: JSONObject, sealing names: Set<String>) async throws {
        let id = connection.id
        try await shard.write { db in
            let secrets = SealedSecrets(sql: db.sql, owner: "connection/\(id)", isSecret: { names.contains($0) })
            let text = try secrets.text(document)
            try db.sql.run("UPDATE connections SET document = ? WHERE id = ?", [text, id])
        }
    }

    private func stored() async throws -> Connection {
        let id = connection.id
        return try #require(try await shard.read { try $0.connections.find(id) })
    }

    @Test("what was sealed under other names is read, and the next write seals what is secret now")
    func otherNames() async throws {
        let document: JSONObject = [
            "options": [
                "passkey_options": ["challenge_ui": "both"], "id_token_signed_response_algs": ["RS256"],
                "authentication_methods": ["password": ["api_behavior": "required"]],
                "signing_key": ["key": "hidden-1", "cert": "hidden-2"], "client_secret": "hidden-3",
            ]
        ]
        try await store(
            document,
            sealing: ["passkey_options", "id_token_signed_response_algs", "password", "key", "client_secret"])
        let read = try await stored()
        #expect(read.document == document)

        try await shard.write { try $0.connections.update(read) }
        let id = connection.id
        let text = try #require(try await shard.read { try $0.connections.storedText(of: id) })
        for setting in ["challenge_ui", "RS256", "api_behavior"] { #expect(text.contains(setting), "\(text)") }
        #expect(!text.contains("hidden"), "\(text)")
        #expect(try await stored().document == document)
    }

    @Test("a text that only looks sealed is a text, but no secret")
    func lookalikes() async throws {
        // Something was sealed here, so that there is a key under which the texts do not open.
        try await store(["options": ["client_secret": "x"]], sealing: ["client_secret"])
        let text = "sealed:v1:" + Base64URL.encode([UInt8](repeating: 7, count: 48))
        for name in ["icon_url", "scope"] {
            let document: JSONObject = ["options": .object([name: .string(text)])]
            try await store(document, sealing: [])
            #expect(try await stored().document == document)
        }
        // A secret that does not open was tampered with.
        try await store(["options": ["client_secret": .string(text)]], sealing: [])
        await #expect(throws: OpenSSLError.self) { _ = try await self.stored() }
    }
}
