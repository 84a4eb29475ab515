import Foundation
import Glibc
import OpenSSL

/// A client that sends exactly the bytes it is told to, over TLS or without.
final class RawClient {
    struct Talk: Sendable {
        let text: String
        /// Whether the server ended the connection.
        let isClosed: Bool

        /// The status codes of the answers, in their order.
        var statuses: [Int] {
            self.text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).dropFirst()
                .compactMap { Int($0.prefix(3)) }
        }
        var status: Int? { self.statuses.first }

        func field(_ name: String) -> String? {
            for line in self.text.split(separator: "\r\n") {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == name {
                    return parts[1].drop { $0 == " " }.description
                }
            }
            return nil
        }

        var body: String { self.text.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? "" }
    }

    struct Failure: Error { let what: String }

    /// How long to wait for bytes that have to come, in seconds: long, because all tests run at once.
    static let patience: Int32 = 120

    let tls: TLSConnection?
    private let socket: Int32

    init(plainPort port: Int) throws {
        self.socket = try Self.connect(port)
        self.tls = nil
    }

    init(port: Int, serverName: String?, applicationProtocols: [String] = []) throws {
        self.socket = try Self.connect(port)
        let context = try TLSContext.client(trusting: [], applicationProtocols: applicationProtocols)
        let tls = try TLSConnection(context: context, role: .client(serverName: serverName))
        self.tls = tls
        while try !self.receiving({ () throws(OpenSSLError) in try tls.handshake() }) {
            self.flush()
            guard try self.fill(seconds: Self.patience) else { throw Failure(what: "handshake refused") }
        }
        self.flush()
    }

    deinit { Glibc.close(self.socket) }

    private static func connect(_ port: Int) throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: \(errno)") }
        return descriptor
    }

    // MARK: Bytes

    private var arrived: [UInt8] = []
    private(set) var isClosed = false

    /// Waits for bytes; false at the end of the connection or when the time is over.
    private func fill(seconds: Int32) throws -> Bool {
        var poll = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, seconds * 1000) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.socket, &buffer, buffer.count, 0)
        guard count > 0 else {
            self.isClosed = true
            return false
        }
        self.arrived += buffer[..<count]
        return true
    }

    private func receiving<Result>(_ body: () throws(OpenSSLError) -> Result) throws -> Result {
        let bytes = self.arrived
        self.arrived = []
        return try bytes.withUnsafeBytes { try self.tls!.withIncoming($0, body) }
    }

    private func flush() {
        self.tls?.takeOutgoing { self.sendRaw(Array($0)) }
    }

    func sendRaw(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Glibc.send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return }
            offset += sent
        }
    }

    func send(_ bytes: [UInt8]) throws {
        guard let tls else { return self.sendRaw(bytes) }
        try bytes.withUnsafeBytes { try tls.write($0) }
        self.flush()
    }

    func closeNotify() {
        self.tls?.closeNotify()
        self.flush()
    }

    /// What can be read now, waiting for the first of it; nil at the end.
    func receive(seconds: Int32 = RawClient.patience) throws -> [UInt8]? {
        guard try self.arrived.isEmpty == false || self.fill(seconds: seconds) else { return nil }
        guard let tls else {
            defer { self.arrived = [] }
            return self.arrived
        }
        var result: [UInt8] = []
        let ended = try self.receiving { () throws(OpenSSLError) in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 1)
            defer { buffer.deallocate() }
            while true {
                switch try tls.read(into: buffer) {
                case .bytes(let count): result += buffer[..<count]
                case .needsInput: return false
                case .closed: return true
                }
            }
        }
        if ended { self.isClosed = true }
        return ended && result.isEmpty ? nil : result
    }

    // MARK: HTTP/1.1

    func talk(_ parts: [[UInt8]], answers: Int) throws -> Talk {
        for part in parts { try self.send(part) }
        var bytes: [UInt8] = []
        while Self.countAnswers(bytes) < answers, !self.isClosed {
            guard let more = try self.receive() else { break }
            bytes += more
        }
        // An end that follows at once belongs to the answer.
        if !self.isClosed, let more = try? self.receive(seconds: 0) { bytes += more }
        for _ in 0..<3 where !self.isClosed && Self.closes(bytes) {
            if let more = try self.receive(seconds: 3) { bytes += more }
        }
        return Talk(text: String(decoding: bytes, as: UTF8.self), isClosed: self.isClosed)
    }

    private static func closes(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).lowercased().contains("connection: close")
    }

    /// Complete answers with a `Content-Length`.
    private static func countAnswers(_ bytes: [UInt8]) -> Int {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        var count = 0
        while let end = rest.range(of: "\r\n\r\n") {
            let head = rest[..<end.lowerBound].lowercased()
            var length = 0
            for line in head.split(separator: "\r\n") where line.hasPrefix("content-length:") {
                length = Int(line.dropFirst(15).drop { $0 == " " }) ?? 0
            }
            if head.hasPrefix("http/1.1 100") { length = 0 }
            guard rest[end.upperBound...].utf8.count >= length else { return count }
            rest = rest[rest.utf8.index(end.upperBound, offsetBy: length)...]
            if !head.hasPrefix("http/1.1 100") { count += 1 }
        }
        return count
    }
}
