import OpenSSL
import Testing

@testable import Management

@Suite("Checkpoints are written by callers too")
struct CheckpointAbuseTests {
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
