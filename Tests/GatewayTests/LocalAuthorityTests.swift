import Foundation
import Logging
import OpenSSL
import Synchronization
import TenantTesting
import Testing

@testable import Gateway

@Suite("The authority in the data directory")
struct LocalAuthorityTests {
    private let tenants: TenantFixture
    private let log = RecordedLog()

    init() throws { self.tenants = try TenantFixture() }

    private var certificatePath: String { self.tenants.root + "/ca.pem" }
    private var keyPath: String { self.tenants.root + "/ca-key.pem" }

    private var logger: Logger {
        Logger(label: "tests") { [log] _ in RecordingLogHandler(record: log) }
    }

    private func open() throws -> LocalAuthority {
        try LocalAuthority(directory: self.tenants.root, logger: self.logger)
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test("it is made once, in files of which the key is the owner's alone, and found again")
    func made() throws {
        let first = try open()
        let attributes = try FileManager.default.attributesOfItem(atPath: self.keyPath)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let again = try open()
        #expect(again.authority.certificate.der == first.authority.certificate.der)
        let leaf = try #require(try again.issue(dnsNames: ["localhost"]).first).leaf
        #expect(leaf.isIssued(by: first.authority.certificate))
        #expect(self.log.lines.isEmpty)
    }

    @Test("it is kept for other listeners where public names have none of its certificates")
    func withoutDevelopmentCertificates() async throws {
        _ = try await self.tenants.tenant("acme")
        let store = try CertificateStore(
            dataDirectory: self.tenants.root, tenants: self.tenants.directory, issuesDevelopmentCertificates: false,
            logger: self.logger)
        let trusted = try String(contentsOfFile: self.certificatePath, encoding: .utf8)
        _ = try store.listenerContext(dnsNames: ["localhost"], applicationProtocols: ["http/1.1"])
        guard case .use(let shown) = store.choice(serverName: "acme.localhost"),
            case .use(let fallback) = store.choice(serverName: nil)
        else {
            Issue.record("a name without a certificate is shown the default one")
            return
        }
        #expect(shown === fallback)
        _ = try CertificateStore(
            dataDirectory: self.tenants.root, tenants: self.tenants.directory, issuesDevelopmentCertificates: false,
            logger: self.logger)
        #expect(try String(contentsOfFile: self.certificatePath, encoding: .utf8) == trusted)
    }

    @Test("one of its two files alone is refused by name, and nothing takes its place")
    func halfGone() throws {
        _ = try open()
        let certificate = try String(contentsOfFile: self.certificatePath, encoding: .utf8)
        let key = try String(contentsOfFile: self.keyPath, encoding: .utf8)
        try FileManager.default.removeItem(atPath: self.keyPath)
        #expect(throws: AuthorityError.missing(self.keyPath, beside: self.certificatePath)) { try open() }
        #expect(try String(contentsOfFile: self.certificatePath, encoding: .utf8) == certificate)
        #expect(!FileManager.default.fileExists(atPath: self.keyPath))
        try write(key, to: self.keyPath)
        try FileManager.default.removeItem(atPath: self.certificatePath)
        #expect(throws: AuthorityError.missing(self.certificatePath, beside: self.keyPath)) { try open() }
        #expect(!FileManager.default.fileExists(atPath: self.certificatePath))
    }

    @Test(
        "a file that is damaged is named",
        arguments: ["ca.pem", "ca-key.pem", "development-rsa-key.pem", "development-ecdsa-key.pem"])
    func damaged(name: String) throws {
        _ = try open()
        let path = self.tenants.root + "/" + name
        for text in ["nonsense", "", String(repeating: "x", count: 100_000)] {
            try write(text, to: path)
            let error = #expect(throws: AuthorityError.self) { try open() }
            #expect(error?.description.hasPrefix("\(path) is damaged") == true, "\(error?.description ?? "")")
        }
    }

    @Test("the key of another authority is refused")
    func foreignKey() throws {
        _ = try open()
        try write(PrivateKey.generateP256().pem(), to: self.keyPath)
        #expect(throws: AuthorityError.keyDoesNotMatch(certificate: self.certificatePath, key: self.keyPath)) {
            try open()
        }
    }

    @Test("one that nears its end is renewed under its name and key, with a warning; the old certificate still serves")
    func renewal() throws {
        let key = try PrivateKey.generateP256()
        let old = try Certificate.selfSigned(commonName: "Our CA", key: key, validForDays: 100)
        try write(old.pem(), to: self.certificatePath)
        try write(key.pem(), to: self.keyPath)
        let renewed = try open()
        #expect(renewed.authority.certificate.notAfter > old.notAfter)
        #expect(renewed.authority.certificate.subjectCommonName == "Our CA")
        let leaf = try #require(try renewed.issue(dnsNames: ["localhost"]).first).leaf
        #expect(leaf.isIssued(by: old))
        let kept = try Certificate(pem: String(contentsOfFile: self.certificatePath, encoding: .utf8))
        #expect(kept.der == renewed.authority.certificate.der)
        #expect(self.log.lines.count == 1)
        #expect(self.log.lines.first?.hasPrefix("warning the certificate authority was renewed") == true)
        _ = try open()
        #expect(self.log.lines.count == 1)
    }
}

/// What was logged, a line an event.
private final class RecordedLog: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { self.recorded.withLock { $0 } }

    func append(_ line: String) { self.recorded.withLock { $0.append(line) } }
}

private struct RecordingLogHandler: LogHandler {
    let record: RecordedLog
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(record: RecordedLog) { self.record = record }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        self.record.append("\(event.level) \(event.message)")
    }
}
