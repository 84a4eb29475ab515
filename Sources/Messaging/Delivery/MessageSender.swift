import Outbound
import StrictJSON
import Tenancy
import WebAddresses

/// Sends one message by whatever way its tenant has: its own server, the operator's, or the development outbox.
struct MessageSender: Sendable {
    let configuration: MessagingConfiguration
    let composer: MessageComposer

    init(_ configuration: MessagingConfiguration) {
        self.configuration = configuration
        composer = MessageComposer(standardSender: configuration.sender)
    }

    private var folder: DevelopmentOutbox { DevelopmentOutbox(folder: configuration.outboxFolder) }

    /// Returns when somebody else has taken responsibility. Blocks; throws ``DeliveryFailure`` or what went wrong with a
    /// text.
    func send(_ facts: MessageFacts, at now: Timestamp) throws {
        switch facts.waiting.message.channel {
        case .email:
            let mail = try composer.mail(facts)
            guard let transport = try transport(facts.provider) else { return try folder.write(mail, at: now) }
            try transport.send(mail)
        case .sms:
            let text = try composer.shortMessage(facts)
            let number = facts.waiting.message.recipient
            guard let gateway = try facts.connection.flatMap({ try SMSGateway($0, configuration.egress) }) else {
                return try folder.write(text, to: number, id: facts.waiting.id, at: now)
            }
            try gateway.send(text, to: number, configuration.egress, authorityFile: configuration.authorityFile)
        }
    }

    /// The tenant's own server if it has one. Providers with an API of their own are not spoken to: their tenants' mails
    /// go by the operator's server.
    private func transport(_ provider: EmailProvider?) throws(DeliveryFailure) -> SMTPTransport? {
        guard let provider, provider.name == "smtp" else {
            return configuration.server.map { SMTPTransport(server: $0, authorityFile: configuration.authorityFile) }
        }
        let credentials = provider.credentials
        guard let host = credentials["smtp_host"]?.string, (try? CanonicalHost(parsing: host)) != nil,
            let port = Self.port(credentials["smtp_port"])
        else {
            throw .temporary("smtp_host or smtp_port of the e-mail provider is missing or wrong")
        }
        let server = SMTPServer(
            host: host, port: port, security: port == 465 ? .tls : .startTLS, user: credentials["smtp_user"]?.string,
            password: credentials["smtp_pass"]?.string)
        return SMTPTransport(
            server: server, authorityFile: configuration.authorityFile, egress: configuration.egress)
    }

    /// Administrators send the port as a number or as text.
    private static func port(_ value: JSON?) -> Int? {
        (value?.int ?? value?.string.flatMap(Int.init)).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }
}
