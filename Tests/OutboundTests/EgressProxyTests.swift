import Foundation
import Synchronization
import Testing
import WebAddresses

@testable import Outbound

@Suite("Egress proxy")
struct EgressProxyTests {
    /// A proxy on loopback that leads nowhere and remembers what it was asked for.
    private final class Proxy: Sendable {
        let url: String
        let asked = Mutex<[String]>([])
        private let listener: Int32

        init() throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = try withUnsafeMutablePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    try #require(bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0)
                    try #require(getsockname(descriptor, address, &length) == 0)
                }
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
            listener = descriptor
            url = "http://user:pass@127.0.0.1:\(port)"
            Thread.detachNewThread { [self] in
                while true {
                    let connection = accept(listener, nil, nil)
                    guard connection >= 0 else { return }
                    var buffer = [UInt8](repeating: 0, count: 4_096)
                    let count = read(connection, &buffer, buffer.count)
                    asked.withLock { $0.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)) }
                    let answer = Array("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".utf8)
                    _ = write(connection, answer, answer.count)
                    close(connection)
                }
            }
        }
    }

    private func error(_ url: String, _ egress: EgressPolicy) -> TransferError? {
        var transfer = Transfer(method: "GET", url: url)
        transfer.egress = egress
        transfer.timeout = 5
        do {
            _ = try transfer.perform()
            return nil
        } catch {
            return error
        }
    }

    @Test("names outside are asked for at the proxy, by a tunnel, with its password")
    func tunnel() throws {
        let proxy = try Proxy()
        let egress = EgressPolicy(proxy: EgressProxy(url: proxy.url))
        guard case .connection = error("https://idp.example:444/x", egress) else {
            Issue.record("the proxy lets nobody through")
            return
        }
        let asked = try #require(proxy.asked.withLock(\.self).first)
        #expect(asked.hasPrefix("CONNECT idp.example:444 HTTP/1.1\r\n"))
        #expect(asked.contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n") && !asked.contains("/x"))
    }

    @Test(
        "M10 what is inside by its text alone is not asked for",
        arguments: [
            "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
            "https://localhost/", "https://a.localhost/", "https://intranet/", "https://printer.local/",
            "https://db.internal/", "https://nas.home.arpa/", "https://localhost.localdomain/",
            "https://localhost4.localdomain4/", "https://localhost6.localdomain6/", "https://router.lan/",
            "https://git.corp/", "https://nas.home/", "https://wiki.intranet/", "https://db.private/",
            "http://idp.example/", "https://0x7f.1/",
        ])
    func inside(_ url: String) throws {
        let proxy = try Proxy()
        guard case .refused = error(url, EgressPolicy(proxy: EgressProxy(url: proxy.url))) else {
            Issue.record("\(url) is inside")
            return
        }
        #expect(proxy.asked.withLock(\.self) == [])
    }

    @Test(
        "a public name that only looks like an inner one is asked for",
        arguments: ["https://corp.example/", "https://mylan.example/", "https://lan.corp.example/"])
    func outside(_ url: String) throws {
        let proxy = try Proxy()
        guard case .connection = error(url, EgressPolicy(proxy: EgressProxy(url: proxy.url))) else {
            Issue.record("\(url) is outside")
            return
        }
        #expect(proxy.asked.withLock(\.self) != [])
    }

    @Test("a host the operator has opened is called straight")
    func opened() throws {
        let proxy = try Proxy()
        let egress = EgressPolicy(exceptions: ["127.0.0.1"], proxy: EgressProxy(url: proxy.url))
        guard case .connection = error("http://127.0.0.1:1/", egress) else {
            Issue.record("nobody listens there")
            return
        }
        #expect(proxy.asked.withLock(\.self) == [])
    }

    @Test(
        "a proxy is named with scheme, host and port, and nothing else",
        arguments: [
            ("http://proxy.example:3128", true), ("https://user:pass@proxy.example:3128/", true),
            ("proxy.example:3128", false), ("http://proxy.example", false), ("socks5://proxy.example:1080", false),
            ("http://proxy.example:3128/path", false), ("http://proxy.example:3128?x", false), ("http://:3128", false),
        ])
    func names(_ url: String, isProxy: Bool) {
        #expect((EgressProxy(url: url) != nil) == isProxy)
    }
}
