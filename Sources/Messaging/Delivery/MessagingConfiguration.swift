import Outbound

/// How the operator lets messages out.
public struct MessagingConfiguration: Sendable {
    /// The server of tenants that have none of their own; nil to write messages into ``outboxFolder``.
    public let server: SMTPServer?
    /// The authority of that server and of gateways, if it is not one of the system's.
    public let authorityFile: String?
    /// Who mails come from where a tenant says nothing else.
    public let sender: MailAddress
    public let outboxFolder: String
    public let egress: EgressPolicy

    public init(
        server: SMTPServer?, authorityFile: String?, sender: MailAddress, outboxFolder: String, egress: EgressPolicy
    ) {
        self.server = server
        self.authorityFile = authorityFile
        self.sender = sender
        self.outboxFolder = outboxFolder
        self.egress = egress
    }
}
