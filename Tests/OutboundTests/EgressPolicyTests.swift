import Testing
import WebAddresses

@testable import Outbound

@Suite("Egress policy")
struct EgressPolicyTests {
    @Test(
        "addresses inside are refused",
        arguments: [
            [0, 0, 0, 0], [10, 1, 2, 3], [100, 64, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254], [172, 16, 0, 1],
            [172, 31, 255, 255], [192, 0, 0, 1], [192, 168, 1, 1], [198, 18, 0, 1], [224, 0, 0, 1],
            [255, 255, 255, 255], [127, 0, 0],
        ] as [[UInt8]])
    func innerV4(_ address: [UInt8]) {
        #expect(!EgressPolicy().allows(address: address))
    }

    @Test("public addresses are allowed", arguments: [[8, 8, 8, 8], [172, 32, 0, 1], [100, 128, 0, 1]] as [[UInt8]])
    func outerV4(_ address: [UInt8]) {
        #expect(EgressPolicy().allows(address: address))
    }

    private static func v6(_ head: [UInt8], _ tail: [UInt8]) -> [UInt8] {
        head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    @Test(
        "IPv6 is no way round",
        arguments: [
            v6([], [1]), v6([], []), v6([0xFE, 0x80], [1]), v6([0xFC], [1]), v6([0xFF, 2], [1]),
            v6([], [0xFF, 0xFF, 127, 0, 0, 1]), v6([0, 0x64, 0xFF, 0x9B], [10, 0, 0, 1]),
            v6([0x20, 0x02, 127, 0, 0, 1], []), v6([0x20, 0x01, 0, 0], [1]), v6([0x20, 0x01, 0x0D, 0xB8], [1]),
        ])
    func innerV6(_ address: [UInt8]) {
        #expect(!EgressPolicy().allows(address: address))
    }

    @Test("public IPv6 addresses are allowed")
    func outerV6() {
        #expect(EgressPolicy().allows(address: Self.v6([0x20, 0x01, 0x48, 0x60], [0x88, 0x88])))
        #expect(EgressPolicy().allows(address: Self.v6([], [0xFF, 0xFF, 8, 8, 8, 8])))
    }

    @Test(
        "M10 a request to an inner host goes nowhere, by name, number or scheme",
        arguments: [
            "https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/", "http://example.com/",
            "file:///etc/passwd", "https://[::ffff:127.0.0.1]:1/", "https://169.254.169.254/",
        ])
    func refusal(_ url: String) {
        var transfer = Transfer(method: "GET", url: url)
        transfer.egress = EgressPolicy()
        transfer.timeout = 5
        #expect {
            _ = try transfer.perform()
        } throws: { error in
            guard case TransferError.refused = error else { return false }
            return true
        }
    }

    @Test("a host the operator has opened is called")
    func exception() {
        var transfer = Transfer(method: "GET", url: "http://127.0.0.1:1/")
        transfer.egress = EgressPolicy(exceptions: ["127.0.0.1"])
        transfer.timeout = 5
        #expect {
            _ = try transfer.perform()
        } throws: { error in
            // Nobody listens there, but it was tried.
            guard case TransferError.connection = error else { return false }
            return true
        }
    }
}
