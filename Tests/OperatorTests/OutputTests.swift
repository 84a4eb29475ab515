import Logging
import StrictJSON
import Tenancy
import Testing

@testable import gatehouse

@Suite("What people read")
struct OutputTests {
    @Test("columns are aligned, and lines end with their last word")
    func table() {
        var table = Table(["NAME", "REGION"])
        table.add(["acme", "us"])
        table.add(["a-longer-name", "eu"])
        #expect(table.text == "NAME            REGION\nacme            us\na-longer-name   eu")
    }

    private static let living: JSON = [
        "name": "acme", "region": "us", "deployment": "shared", "state": "active", "id": "1",
        "domains": ["acme.localhost"], "created_at": "2026-01-01",
    ]
    private static let deleted: JSON = [
        "name": "acme", "region": "us", "deployment": "shared", "state": "deleted", "id": "2",
        "domains": ["acme.localhost"], "created_at": "2026-01-01", "purge_after": "2026-02-01",
    ]

    @Test("deleted tenants of one name are told apart by their ids, and their end is shown")
    func deletedTenants() {
        #expect(!Show.table(of: [Self.living]).text.contains("ID"))
        let lines = Show.table(of: [Self.living, Self.deleted]).text.split(separator: "\n")
        #expect(lines[0].hasSuffix("GONE AFTER   ID"))
        #expect(lines[1].hasSuffix("-            1"))
        #expect(lines[2].hasSuffix("2026-02-01   2"))
    }

    @Test("a tenant that comes back without a domain says who has it")
    func lostDomain() throws {
        #expect(!Show.lines(of: Self.living).contains(where: { $0.0 == "Lost" }))
        var tenant = try #require(Self.living.object)
        let lost: JSON = [["host": "login.acme.test", "tenant": "rival", "tenant_id": "3"]]
        tenant["lost_domains"] = lost
        let line = try #require(Show.lines(of: .object(tenant)).first(where: { $0.0 == "Lost" }))
        #expect(line.1 == "login.acme.test   (attached to rival (3) meanwhile)")
    }

    @Test("a log line is one line, whatever a client sent")
    func logLine() {
        let line = ReadableLogHandler.line(
            Timestamp(seconds: 0), level: .info, message: "hello\nfake", metadata: ["who": "a b\r\n", "id": "1"],
            error: nil)
        #expect(line == "1970-01-01T00:00:00.000Z INFO     hello\\nfake id=1 who=\"a b\\\\r\\\\n\"\n")
    }
}
