import Outbound

/// Hands mails to a server, which must prove who it is before it gets a password or a link.
struct SMTPTransport: Sendable {
    let server: SMTPServer
    /// The authority the server's certificate is checked against; that of the system where there is none.
    let authorityFile: String?
    /// Where the server is a tenant's choice.
    var egress: EgressPolicy?

    /// Seconds; shorter than the service has to end in order, because a transfer cannot be interrupted.
    private static let patience = 20

    /// Returns when the server has taken responsibility for the mail. Throws ``DeliveryFailure``.
    func send(_ mail: Mail) throws {
        var transfer = MailTransfer(
            host: server.host, port: server.port, security: server.security, domain: mail.from.domain,
            from: mail.from.path, to: mail.to.path, message: mail.bytes)
        if let user = server.user, !user.isEmpty {
            transfer.login = TransferLogin(user: user, password: server.password ?? "")
        }
        transfer.authorityFile = authorityFile
        transfer.egress = egress
        transfer.timeout = Self.patience
        do {
            try transfer.perform()
        } catch {
            throw Self.failure(error)
        }
    }

    /// A recipient or a message refused for good by a reply of the 5yz class (RFC 5321 §4.2.1); a refused login is the
    /// administrator's to correct.
    private static func failure(_ error: TransferError) -> DeliveryFailure {
        guard case .connection(let reason, let status) = error, status != 0 else {
            return .temporary(error.reason)
        }
        let isRefusal = [550, 551, 552, 553, 554, 556].contains(status)
        return isRefusal ? .permanent("\(reason) (\(status))") : .temporary("\(reason) (\(status))")
    }
}
