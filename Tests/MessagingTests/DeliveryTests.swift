import Foundation
import Logging
import Outbound
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Messaging

@Suite struct DeliveryTests {
    let service: TenantFixture
    let shard: Shard
    private let pool = BoundedPool(name: "messages", threads: 1, queue: 10)

    init() async throws {
        service = try TenantFixture()
        shard = try await service.shard("acme")
    }

    private func delivery(server: SMTPServer? = nil) throws -> TenantDelivery {
        let configuration = MessagingConfiguration(
            server: server, authorityFile: nil, sender: try #require(MailAddress(address: "no-reply@example.com")),
            outboxFolder: service.root + "/outbox", egress: EgressPolicy())
        return TenantDelivery(
            shard: shard, sender: MessageSender(configuration), pool: pool,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    private func enqueue(_ kind: OutgoingMessage.Kind, to recipient: String = "ada@example.com", sms: Bool = false)
        async throws
    {
        let values: JSONObject = ["url": "https://acme.auth0.com/lo/x?ticket=T#", "code": "123456"]
        let now = shard.now
        try await shard.write {
            try $0.outbox.enqueue(
                OutgoingMessage(kind, by: sms ? .sms : .email, to: recipient, values: values), at: now)
        }
    }

    private func files() -> [String] {
        let folder = service.root + "/outbox"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }
    }

    private var mark: Bool {
        FileManager.default.fileExists(atPath: "\(service.root)/tenants/waiting/\(shard.tenantID.value)")
    }

    @Test("a message goes out, is forgotten, and its tenant costs nothing any more")
    func delivered() async throws {
        #expect(!mark)
        try await enqueue(.verifyEmail)
        #expect(mark)
        #expect(service.shards.outboxSignal.takeWoken() == [shard.tenantID])
        #expect(try await delivery().run() == nil)
        #expect(!mark)
        #expect(files().count == 1)
        #expect(files()[0].contains("https://acme.auth0.com/lo/x?ticket=T#"))
        let attributes = try FileManager.default.attributesOfItem(
            atPath: service.root + "/outbox/"
                + (try FileManager.default.contentsOfDirectory(atPath: service.root + "/outbox")[0]))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test(
        "every kind has a standard text",
        arguments: [
            OutgoingMessage.Kind.verifyEmail, .resetEmail, .welcomeEmail, .blockedAccount, .stolenCredentials,
            .enrollmentEmail, .mfaCode, .passwordless,
        ])
    func standardTexts(_ kind: OutgoingMessage.Kind) async throws {
        try await enqueue(kind)
        #expect(try await delivery().run() == nil)
        let text = try #require(files().first)
        #expect(text.contains("Subject: ") && !text.contains("{{") && !text.contains("{%"))
    }

    @Test("a tenant's own template is used, and a broken one is not")
    func ownTemplate() async throws {
        for (body, expected) in [
            ("<p>Own {{ user.email }}</p>", "Own ada@example.com"), ("{% if %}", "Verify your email"),
        ] {
            let template = EmailTemplate(document: [
                "template": "verify_email", "body": .string(body), "subject": "S {{ tenant }}",
                "from": "Acme <hello@acme.example>",
            ])
            try await shard.write { try $0.emailTemplates.save(template) }
            try await enqueue(.verifyEmail)
            _ = try await delivery().run()
            let text = files().joined()
            #expect(text.contains(expected))
            #expect(text.contains("From: \"Acme\" <hello@acme.example>"))
        }
    }

    @Test("L7 L13 what people call themselves becomes neither markup nor a header")
    func hostileNames() async throws {
        let name = "<img src=x onerror=alert(1)>\r\nBcc: evil@example.com {{ url }}"
        let made = TenantFixture.user("ada@example.com", at: shard.now)
        var document = made.document
        document["name"] = .string(name)
        let user = made.replacing(document: document, updatedAt: shard.now)
        let template = EmailTemplate(document: [
            "template": "verify_email", "body": "<p>Hi {{ user.name }}</p>", "subject": "Hi {{ user.name }}",
            "from": "{{ user.name }} <hello@acme.example>",
        ])
        let now = shard.now
        try await shard.write { db in
            try db.users.insert(user, passwordHash: nil)
            try db.emailTemplates.save(template)
            try db.outbox.enqueue(
                OutgoingMessage(
                    .verifyEmail, by: .email, to: "ada@example.com", values: ["url": "https://secret.example/"],
                    userID: user.userID), at: now)
        }
        _ = try await delivery().run()
        let text = try #require(files().first)
        let head = try #require(text.components(separatedBy: "\r\n\r\n").first)
        #expect(!head.components(separatedBy: "\r\n").contains { $0.lowercased().hasPrefix("bcc:") })
        let html = try #require(text.components(separatedBy: "Content-Type: text/html").last)
        #expect(!html.contains("<img") && html.contains("Hi &lt;img"))
        // What is filled in is not read as a template again.
        #expect(!text.contains("https://secret.example/"))
    }

    @Test("a restored backup does not send again what waited in it")
    func restored() async throws {
        let tenant = try #require(service.directory.tenant(id: shard.tenantID))
        try await enqueue(.verifyEmail)
        let copy = service.root + "/copy"
        try await service.registry.backup(tenant, to: copy)
        #expect(try await delivery().run() == nil)
        try await service.registry.restore(tenant, from: copy)
        _ = try await delivery().run()
        #expect(files().count == 1)
    }

    @Test("an SMS without a gateway goes to the folder, with the connection's text")
    func sms() async throws {
        try await enqueue(.mfaCode, to: "+491701234567", sms: true)
        _ = try await delivery().run()
        #expect(files() == ["To: +491701234567\n\nYour verification code is: 123456\n"])
    }

    @Test("nobody home: the message stays, is tried later, and given up after hours with an event")
    func retries() async throws {
        let nobody = SMTPServer(host: "127.0.0.1", port: 1, security: .none, user: nil, password: nil)
        try await enqueue(.resetEmail)
        let next = try #require(try await delivery(server: nobody).run())
        #expect(next == shard.now.adding(seconds: 5))
        #expect(mark)
        service.time.advance(seconds: RetrySchedule.giveUpAfter + 1)
        #expect(try await delivery(server: nobody).run() == nil)
        let event = try #require(
            try await shard.read { try $0.logs.page(LogFilter(type: "fn"), offset: 0, limit: 1) }.first)
        #expect(event["details"]?["email_type"] == "reset_email")
        #expect(event["details"]?["to"] == "ada@example.com")
    }

    @Test("pauses grow threefold up to half an hour")
    func schedule() {
        let now = Timestamp(seconds: 1_700_000_000)
        let pauses = (0..<8).map { RetrySchedule.next(after: $0, createdAt: now, now: now)!.seconds - now.seconds }
        #expect(pauses == [5, 15, 45, 135, 405, 1215, 1800, 1800])
    }

    @Test("M10: a tenant's mail server may not be inside unless the operator opened it")
    func tenantServerInside() async throws {
        let provider = EmailProvider(document: [
            "name": "smtp",
            "credentials": ["smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_user": "", "smtp_pass": ""],
        ])
        try await shard.write { try $0.emailProvider.save(provider) }
        try await enqueue(.verifyEmail)
        #expect(try await delivery().run() != nil)
        #expect(files().isEmpty)
    }
}
