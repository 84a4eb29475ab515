import OpenSSL
import Testing

@testable import Management

@Suite("Checkpoints are written by callers too")
struct CheckpointAbuseTests {
    @Test(
        "a place that no page can have told is refused",
        arguments: [
            "k", "k1", "k1:", ":a", "k:a", "kx:a", "k01:a", "k+1:a", "k 1:a", "k1.0:a", "k9223372036854775808:a",
            "k1:a\u{0}b", "K1:a", "kk1:a", "p01", "p+1", "p1:a", "p1 ",
        ])
    func unknown(place: String) async throws {
        let tenant = try await TestTenant.shared
        let token = Base64URL.encode(Array(place.utf8))
        let answer = try await tenant.send(.get, "/roles?from=\(token)")
        #expect(answer.status == 400 && answer.errorCode == "invalid_query_string", "\(answer.body)")
    }

    @Test("so is what is no base64url, no UTF-8, or too long")
    func malformed() async throws {
        let tenant = try await TestTenant.shared
        let long = Base64URL.encode(Array("k1:\(String(repeating: "a", count: 3_200))".utf8))
        for token in ["k1:a", "azE6YQ%3D%3D", Base64URL.encode(Array("k1:".utf8) + [0xFF]), long] {
            let answer = try await tenant.send(.get, "/roles?from=\(token)")
            #expect(answer.status == 400 && answer.errorCode == "invalid_query_string", "\(token): \(answer.body)")
            #expect(answer.message?.contains("from") == true)
        }
    }

    @Test("whatever else is in a place is compared with, and nothing more")
    func harmless() async throws {
        let tenant = try await TestTenant()
        try await tenant.send(.post, "/roles", ["name": "only"])
        let ids = ["' OR 1=1 --", "%", "\u{301}a", String(repeating: "é", count: 512)]
        for (rank, count) in [("-9223372036854775808", 1), ("9223372036854775807", 0)] {
            for id in ids {
                let token = Base64URL.encode(Array("k\(rank):\(id)".utf8))
                let answer = try await tenant.send(.get, "/roles?from=\(token)")
                #expect(answer.status == 200, "\(id): \(answer.body)")
                #expect(answer.body["roles"]?.array?.count == count && answer.body["next"] == nil, "\(id)")
            }
        }
    }

    @Test(
        "a position beyond everything is refused before anything is added to it",
        arguments: ["p9223372036854775807", "p100000001", "p-1", "p", "x"])
    func farAway(position: String) async throws {
        let tenant = try await TestTenant()
        let token = Base64URL.encode(Array(position.utf8))
        for path in ["/users?search_engine=v3&take=100&from=\(token)", "/clients?take=100&from=\(token)"] {
            let answer = try await tenant.send(.get, path)
            #expect(answer.status == 400, "\(path): \(answer.body)")
        }
    }
}
