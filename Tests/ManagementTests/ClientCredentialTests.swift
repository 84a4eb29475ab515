import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Keys of clients, one by one")
struct ClientCredentialTests {
    private static func pem() throws -> JSON { .string(try PrivateKey.generateP256().publicKey.pem()) }

    private static func app(_ credentials: [JSON]) -> JSON {
        [
            "name": "App", "client_authentication_methods": ["private_key_jwt": ["credentials": .array(credentials)]],
        ]
    }

    private func client(_ id: String, _ tenant: TestTenant) async throws -> Client {
        try #require(try await tenant.shard.read { try $0.clients.find(id) })
    }

    @Test("a key is shown by its name, and never itself")
    func shown() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(
            .post, "/clients", Self.app([["pem": try Self.pem(), "alg": "ES256", "name": "k"]]))
        #expect(made.status == 201, "\(made.body)")
        let shown = made.body.at("client_authentication_methods", "private_key_jwt", "credentials")?.array?.first
        #expect(shown?["id"]?.string?.hasPrefix("cred_") == true && shown?["alg"] == "ES256")
        #expect(shown?["kid"]?.string?.count == 43 && shown?["pem"] == nil)
        let id = try #require(made.body["client_id"]?.string)
        #expect(!(try await tenant.send(.get, "/clients/\(id)").body.text().contains("PUBLIC KEY")))
        #expect(try await client(id, tenant).keys.count == 1)
    }

    @Test("a key that is added counts from when it is named, and goes back to waiting when another is")
    func named() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/clients", Self.app([["pem": try Self.pem()]]), id: "client_id")
        let path = "/clients/\(id)/credentials"
        let added = try await tenant.send(.post, path, ["credential_type": "public_key", "pem": try Self.pem()])
        #expect(added.status == 201, "\(added.body)")
        let first = try #require(try await tenant.send(.get, path).body.array?.first?["id"]?.string)
        let second = try #require(added.body["id"]?.string)
        #expect(try await client(id, tenant).keys.count == 1)
        #expect(try await tenant.send(.delete, "\(path)/\(first)").status == 409)
        func name(_ ids: [String]) async throws -> TestTenant.Reply {
            let list = JSON.array(ids.map { ["id": .string($0)] })
            return try await tenant.send(
                .patch, "/clients/\(id)", ["client_authentication_methods": ["private_key_jwt": ["credentials": list]]])
        }
        #expect(try await name([first, second]).status == 200)
        #expect(try await client(id, tenant).keys.count == 2)
        #expect(try await name([second]).status == 200)
        #expect(try await client(id, tenant).keys.count == 1)
        #expect(try await tenant.send(.get, path).body.array?.count == 2)
        for _ in 0..<2 { #expect(try await tenant.send(.delete, "\(path)/\(first)").status == 204) }
        #expect(try await name([first]).status == 400)
        #expect(try await tenant.send(.get, "\(path)/\(first)").status == 404)
    }

    @Test("a key that is sent again is the credential it was, with the end it was given")
    func again() async throws {
        let tenant = try await TestTenant()
        let body = Self.app([["pem": try Self.pem()]])
        let id = try await tenant.make("/clients", body, id: "client_id")
        let path = "/clients/\(id)/credentials"
        let credential = try #require(try await tenant.send(.get, path).body.array?.first?["id"]?.string)
        let end: JSON = ["expires_at": "2030-01-01T00:00:00.000Z"]
        #expect(try await tenant.send(.patch, "\(path)/\(credential)", end).status == 200)
        for _ in 0..<3 { #expect(try await tenant.send(.patch, "/clients/\(id)", body).status == 200) }
        let all = try await tenant.send(.get, path).body
        #expect(all.array?.count == 1 && all.array?.first?["id"]?.string == credential, "\(all)")
        #expect(all.array?.first?["expires_at"] == "2030-01-01T00:00:00.000Z")
    }

    @Test("who may change clients but no keys names no key of their own")
    func scopes() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/clients", Self.app([["pem": try Self.pem()]]), id: "client_id")
        let body = Self.app([["pem": try Self.pem()]])
        func change(_ body: JSON, _ scopes: [String]) async throws -> Int {
            try await tenant.send(.patch, "/clients/\(id)", body, scopes: scopes).status
        }
        #expect(try await change(body, ["update:clients"]) == 403)
        #expect(try await change(body, ["update:client_keys"]) == 403)
        #expect(try await change(body, ["update:clients", "create:client_credentials"]) == 200)
        #expect(try await change(body, ["update:clients", "update:client_keys"]) == 200)
        let known = try await tenant.send(.get, "/clients/\(id)/credentials").body.array ?? []
        let named = known.map { credential -> JSON in ["id": credential["id"] ?? .null] }
        #expect(try await change(Self.app(Array(named.prefix(2))), ["update:clients"]) == 200)
    }

    @Test("who may make clients but no credentials makes one without a key")
    func creationScopes() async throws {
        let tenant = try await TestTenant()
        func make(_ body: JSON, _ scopes: [String]) async throws -> Int {
            try await tenant.send(.post, "/clients", body, scopes: scopes).status
        }
        let pem: JSON = ["pem": try Self.pem()]
        let signed: JSON = ["name": "App", "signed_request_object": ["credentials": [pem]]]
        for body in [Self.app([pem]), signed] {
            #expect(try await make(body, ["create:clients"]) == 403)
            #expect(try await make(body, ["create:client_credentials"]) == 403)
            #expect(try await make(body, ["create:clients", "create:client_credentials"]) == 201)
        }
        #expect(try await make(["name": "App"], ["create:clients"]) == 201)
        #expect(try await make(["name": "App", "app_type": "express_configuration"], ["create:clients"]) == 201)
    }

    @Test("a client has twenty keys and no more, however they come")
    func most() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/clients", Self.app([["pem": try Self.pem()]]), id: "client_id")
        func replace() async throws -> Int {
            try await tenant.send(.patch, "/clients/\(id)", Self.app([["pem": try Self.pem()]])).status
        }
        for _ in 1..<ClientCredentialSet.mostCredentials { #expect(try await replace() == 200) }
        #expect(try await replace() == 400)
        #expect(try await tenant.send(.patch, "/clients/\(id)", ["name": "Other"]).status == 200)
        let all = try await tenant.send(.get, "/clients/\(id)/credentials").body
        #expect(all.array?.count == ClientCredentialSet.mostCredentials)
    }

    @Test("a key ends when it is told to")
    func expiry() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/clients", Self.app([["pem": try Self.pem()]]), id: "client_id")
        let credential = try #require(
            try await tenant.send(.get, "/clients/\(id)/credentials").body.array?.first?["id"]?.string)
        let path = "/clients/\(id)/credentials/\(credential)"
        let changed = try await tenant.send(.patch, path, ["expires_at": "2023-05-16T11:07:30.535694+02:00"])
        #expect(changed.body["expires_at"] == "2023-05-16T09:07:30.535Z", "\(changed.body)")
        #expect(try await client(id, tenant).keys.first?.expiresAt == Timestamp(iso8601: "2023-05-16T09:07:30.535Z"))
        for wrong in ["soon", "2023-05-16", "2023-13-01T00:00:00Z", "2023-05-16T09:07:30+99:00"] {
            #expect(try await tenant.send(.patch, path, ["expires_at": .string(wrong)]).status == 400)
        }
    }

    @Test("a client of certificates proves nothing by its secret")
    func certificates() async throws {
        let tenant = try await TestTenant()
        let pem = try CertificateAuthority.create(commonName: "client.example").certificate.pem()
        for (method, type) in [("self_signed_tls_client_auth", "x509_cert"), ("tls_client_auth", "cert_subject_dn")] {
            let body: JSON = [
                "name": "App",
                "client_authentication_methods": .object([
                    method: ["credentials": [["credential_type": .string(type), "pem": .string(pem)]]]
                ]),
            ]
            let made = try await tenant.send(.post, "/clients", body)
            #expect(made.status == 201, "\(made.body)")
            let shown = made.body.at("client_authentication_methods", method, "credentials")?.array?.first
            #expect(shown?["thumbprint_sha256"] != nil || shown?["subject_dn"] == "CN=client.example")
            let id = try #require(made.body["client_id"]?.string)
            #expect(try await client(id, tenant).tokenEndpointAuthMethod == .mutualTLS)
        }
        let wrong: JSON = [
            "name": "App",
            "client_authentication_methods": [
                "private_key_jwt": ["credentials": [["credential_type": "x509_cert", "pem": .string(pem)]]]
            ],
        ]
        #expect(try await tenant.send(.post, "/clients", wrong).status == 400)
    }
}
