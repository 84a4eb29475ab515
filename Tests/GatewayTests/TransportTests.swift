import Foundation
import OpenSSL
import Testing

@Suite struct TransportTests {
    /// Runs `openssl s_client` and returns what it printed.
    private func client(_ arguments: [String], input: String = "") async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = ["s_client"] + arguments
            let (stdin, stdout) = (Pipe(), Pipe())
            process.standardInput = stdin
            process.standardOutput = stdout
            process.standardError = stdout
            process.terminationHandler = { _ in
                let data = stdout.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
            do {
                try process.run()
                stdin.fileHandleForWriting.write(Data(input.utf8))
                stdin.fileHandleForWriting.closeFile()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func connect(_ server: GatewayFixture, _ name: String = "acme.auth0.com") -> [String] {
        ["-connect", "127.0.0.1:\(server.ports.https)", "-servername", name]
    }

    @Test("P11 only TLS 1.2 and 1.3 with modern ciphers are spoken")
    func versions() async throws {
        try await GatewayFixture.run { server in
            for version in ["-tls1_2", "-tls1_3"] {
                let text = try await client(connect(server) + [version, "-brief"])
                #expect(text.contains("CONNECTION ESTABLISHED"), "\(version) \(text)")
            }
            for old in [["-tls1"], ["-tls1_1"]] {
                let text = try await client(connect(server) + old + ["-cipher", "ALL:@SECLEVEL=0", "-brief"])
                #expect(!text.contains("CONNECTION ESTABLISHED"), "\(old)")
            }
            for weak in ["RC4", "NULL", "aNULL", "EXPORT", "3DES", "AES128-SHA", "AES256-GCM-SHA384"] {
                let cipher = ["-tls1_2", "-cipher", "\(weak):@SECLEVEL=0", "-brief"]
                let text = try await client(connect(server) + cipher)
                #expect(!text.contains("CONNECTION ESTABLISHED"), "\(weak)")
            }
        }
    }

    @Test("P11 renegotiation is refused")
    func renegotiation() async throws {
        try await GatewayFixture.run { server in
            let text = try await client(connect(server) + ["-tls1_2"], input: "R\n")
            #expect(text.contains("no renegotiation") || !text.contains("RENEGOTIATING\nverify"), "\(text.suffix(600))")
        }
    }

    @Test("the client's offer chooses between the RSA and the ECDSA certificate")
    func kinds() async throws {
        try await GatewayFixture.run { server in
            let rsa = try await client(
                connect(server) + ["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256", "-brief"])
            #expect(rsa.contains("Signature type: RSA-PSS"), "\(rsa)")
            let elliptic = try await client(
                connect(server) + ["-tls1_3", "-sigalgs", "ecdsa_secp256r1_sha256", "-brief"])
            #expect(elliptic.contains("Signature type: ECDSA"), "\(elliptic)")
        }
    }

    @Test("the development certificate is good for a client that trusts the authority, under every kind of host")
    func trust() async throws {
        try await GatewayFixture.run { server in
            let authority = server.tenants.root + "/ca.pem"
            for name in ["acme.auth0.com", "acme.eu.auth0.com", "acme.localhost"] {
                let text = try await client(
                    connect(server, name)
                        + ["-CAfile", authority, "-verify_hostname", name, "-verify_return_error", "-brief"])
                #expect(text.contains("Verification: OK"), "\(name) \(text)")
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: server.tenants.root + "/ca-key.pem")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("H7 a server name that is no host name ends the handshake")
    func malformedName() async throws {
        try await GatewayFixture.run { server in
            for name in ["acme auth0.com", "acme_.auth0.com", String(repeating: "a", count: 256)] {
                let text = try await client(connect(server, name) + ["-brief"])
                #expect(!text.contains("CONNECTION ESTABLISHED"), "\(name)")
            }
        }
    }

    @Test("H19 a session is resumed for its own server name and for no other")
    func resumption() async throws {
        try await GatewayFixture.run { server in
            for version in ["-tls1_2", "-tls1_3"] {
                let file = server.tenants.root + "/session" + version
                let request = "GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\nConnection: close\r\n\r\n"
                let options = [version, "-ign_eof"]
                let first = try await client(connect(server) + options + ["-sess_out", file], input: request)
                #expect(first.contains("New, TLS"), "\(first)")
                let same = try await client(connect(server) + options + ["-sess_in", file], input: request)
                #expect(same.contains("Reused, TLS"), "\(version)")
                let other = try await client(
                    connect(server, "globex.auth0.com") + options + ["-sess_in", file], input: request)
                #expect(other.contains("New, TLS"), "\(version)")
                #expect(other.contains("421"), "\(version)")
            }
        }
    }
}
