import Foundation
import Logging
import OpenSSL
import TenantTesting
import Testing

@testable import Gateway

@Suite struct CertificateStoreTests {
    private let tenants: TenantFixture
    private let store: CertificateStore
    private let authority: CertificateAuthority

    init() throws {
        self.tenants = try TenantFixture()
        self.authority = try CertificateAuthority.create(commonName: "Somebody's CA")
        self.store = try CertificateStore(
            dataDirectory: self.tenants.root, tenants: self.tenants.directory,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    private func pair(_ names: [String], days: Int = 30) throws -> (chain: String, key: String) {
        let key = try PrivateKey.generateP256()
        let leaf = try self.authority.issue(dnsNames: names, key: key, validForDays: days)
        return (try leaf.pem() + self.authority.certificate.pem(), try key.pem())
    }

    @Test("O3 a certificate that no client would accept is not installed, and nothing changes")
    func refusals() throws {
        let good = try pair(["login.acme.test"])
        let other = try pair(["login.acme.test"])
        let expired = try pair(["login.acme.test"], days: -1)
        #expect(throws: CertificateError.keyDoesNotMatch) {
            try store.install(name: "login.acme.test", chainPEM: good.chain, keyPEM: other.key)
        }
        #expect(throws: CertificateError.doesNotCover(name: "other.test", names: ["login.acme.test"])) {
            try store.install(name: "other.test", chainPEM: good.chain, keyPEM: good.key)
        }
        #expect(throws: CertificateError.self) {
            try store.install(name: "login.acme.test", chainPEM: expired.chain, keyPEM: expired.key)
        }
        #expect(throws: CertificateError.self) {
            try store.install(name: "login.acme.test", chainPEM: "nonsense", keyPEM: good.key)
        }
        #expect(throws: CertificateError.tooLarge) {
            let large = String(repeating: "x", count: 10 << 20)
            try store.install(name: "login.acme.test", chainPEM: large, keyPEM: good.key)
        }
        let short = try PrivateKey.generateRSA(bits: 1024)
        let weak = try self.authority.issue(dnsNames: ["login.acme.test"], key: short, validForDays: 30)
        #expect(throws: CertificateError.self) {
            try store.install(name: "login.acme.test", chainPEM: weak.pem(), keyPEM: short.pem())
        }
        for name in ["../evil", "", "*", "127.0.0.1", "a/b"] {
            #expect(throws: CertificateError.invalidName(name)) {
                try store.install(name: name, chainPEM: good.chain, keyPEM: good.key)
            }
        }
        #expect(store.installed.isEmpty)
    }

    @Test("a chain is refused by the first certificate that did not sign the one before it, also when it is loaded")
    func chains() throws {
        let key = try PrivateKey.generateP256()
        let leaf = try self.authority.issue(dnsNames: ["login.acme.test"], key: key, validForDays: 30)
        let stranger = try Certificate.selfSigned(commonName: "Somebody else", key: .generateP256(), validForDays: 30)
        // Of the same name, but another key.
        let namesake = try CertificateAuthority.create(commonName: "Somebody's CA").certificate
        let own = self.authority.certificate
        func broken(_ position: Int, _ name: String, before: String) -> CertificateError {
            .brokenChain(position: position, name: name, before: before)
        }
        let chains: [([Certificate], CertificateError)] = [
            ([leaf, stranger], broken(2, "Somebody else", before: "login.acme.test")),
            ([leaf, namesake], broken(2, "Somebody's CA", before: "login.acme.test")),
            ([leaf, leaf, own], broken(2, "login.acme.test", before: "login.acme.test")),
            ([leaf, own, stranger], broken(3, "Somebody else", before: "Somebody's CA")),
        ]
        for (chain, expected) in chains {
            let pem = try chain.map { try $0.pem() }.joined()
            #expect(throws: expected) {
                try store.install(name: "login.acme.test", chainPEM: pem, keyPEM: key.pem())
            }
        }
        #expect(store.installed.isEmpty)
        try store.install(name: "login.acme.test", chainPEM: leaf.pem() + own.pem(), keyPEM: key.pem())
        let path = self.tenants.root + "/certificates/login.acme.test/ecdsa.crt"
        try Data((leaf.pem() + stranger.pem()).utf8).write(to: URL(fileURLWithPath: path))
        let failures = try store.reload()
        #expect(failures.map(\.error) == [broken(2, "Somebody else", before: "login.acme.test")])
    }

    @Test("a wildcard below a domain of one label is installed, and hosts one label below are shown it")
    func shortWildcard() throws {
        let pair = try pair(["*.localhost"])
        #expect(throws: CertificateError.doesNotCover(name: "*.corp", names: ["*.localhost"])) {
            try store.install(name: "*.corp", chainPEM: pair.chain, keyPEM: pair.key)
        }
        #expect(try !self.isShownOwn("acme.localhost"))
        try store.install(name: "*.localhost", chainPEM: pair.chain, keyPEM: pair.key)
        #expect(try self.isShownOwn("acme.localhost"))
        #expect(try self.isShownOwn("ACME.localhost."))
        #expect(try !self.isShownOwn("localhost"))
        #expect(try !self.isShownOwn("acme.eu.localhost"))
        #expect(try store.remove(name: "*.localhost"))
        #expect(try !self.isShownOwn("acme.localhost"))
    }

    /// Whether a name is shown another certificate than a client that names none.
    private func isShownOwn(_ name: String) throws -> Bool {
        guard case .use(let shown) = store.choice(serverName: name),
            case .use(let fallback) = store.choice(serverName: nil)
        else { return false }
        return shown !== fallback
    }

    @Test("the certificate of one host is none for every host beside it")
    func hostForWildcard() throws {
        let pair = try pair(["any.acme.test"])
        #expect(throws: CertificateError.doesNotCover(name: "*.acme.test", names: ["any.acme.test"])) {
            try store.install(name: "*.acme.test", chainPEM: pair.chain, keyPEM: pair.key)
        }
        let nameless = try Certificate.selfSigned(commonName: "login.acme.test", key: .generateP256(), validForDays: 30)
        #expect(!nameless.covers(host: "login.acme.test"))
        let refusal = CertificateError.doesNotCover(name: "login.acme.test", names: nameless.dnsNames)
        #expect(refusal.description.hasSuffix("it has no DNS name among its alternative names"))
    }

    @Test("an installed certificate is kept in private files and found again")
    func installation() throws {
        let pair = try pair(["*.acme.test"])
        let installed = try store.install(name: "*.acme.test", chainPEM: pair.chain, keyPEM: pair.key)
        #expect(installed.name == "*.acme.test" && installed.kind == .ec)
        let path = self.tenants.root + "/certificates/_wildcard.acme.test/ecdsa.key"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let again = try CertificateStore(
            dataDirectory: self.tenants.root, tenants: self.tenants.directory,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        #expect(again.installed == [installed])
        #expect(try again.remove(name: "*.acme.test"))
        #expect(try again.remove(name: "*.acme.test") == false)
        #expect(again.installed.isEmpty)
    }

    @Test("a file that was damaged since is reported on reload, and what was in use stays in use")
    func reload() throws {
        let pair = try pair(["login.acme.test"])
        try store.install(name: "login.acme.test", chainPEM: pair.chain, keyPEM: pair.key)
        let path = self.tenants.root + "/certificates/login.acme.test/ecdsa.crt"
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
        let failures = try store.reload()
        #expect(failures.map(\.name) == ["login.acme.test"])
        #expect(store.installed.count == 1)
    }

    @Test("the keys of session tickets are replaced while the service runs")
    func ticketKeys() async throws {
        let before = store.listener
        let rotation = TicketKeyRotation(
            certificates: store, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() },
            interval: .milliseconds(20))
        let task = Task { await rotation.run() }
        for _ in 0..<200 where store.listener === before { try await Task.sleep(for: .milliseconds(10)) }
        task.cancel()
        await task.value
        #expect(store.listener !== before)
    }
}
