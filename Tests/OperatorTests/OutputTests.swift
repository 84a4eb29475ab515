import Logging
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

    @Test("a log line is one line, whatever a client sent")
    func logLine() {
        let line = ReadableLogHandler.line(
            Timestamp(seconds: 0), level: .info, message: "hello\nfake", metadata: ["who": "a b\r\n", "id": "1"],
            error: nil)
        #expect(line == "1970-01-01T00:00:00.000Z INFO     hello\\nfake id=1 who=\"a b\\\\r\\\\n\"\n")
    }
}
