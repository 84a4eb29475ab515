import CCurl
import Outbound

/// Hands mails to a server, which must prove who it is before it gets a password or a link.
struct SMTPTransport: Sendable {
    let server: SMTPServer
    /// The authority the server's certificate is checked against; that of the system where there is none.
    let authorityFile: String?
    /// Where the server is a tenant's choice.
    var egress: EgressPolicy?

    /// Returns when the server has taken responsibility for the mail (RFC 5321 §6.1). Throws ``DeliveryFailure``.
    func send(_ mail: Mail) throws {
        let scheme = server.security == .tls ? "smtps" : "smtp"
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        guard
            let transfer = CurlTransfer(
                url: "\(scheme)://\(host):\(server.port)/\(mail.from.domain)", protocols: "smtp,smtps")
        else { throw DeliveryFailure.temporary("libcurl cannot start") }
        transfer.set(CURLOPT_USE_SSL, Int((server.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        if let authorityFile { transfer.set(CURLOPT_CAINFO, authorityFile) }
        if let user = server.user, !user.isEmpty {
            transfer.set(CURLOPT_USERNAME, user)
            transfer.set(CURLOPT_PASSWORD, server.password ?? "")
        }
        transfer.set(CURLOPT_MAIL_FROM, mail.from.path)
        transfer.set(CURLOPT_MAIL_RCPT, list: [mail.to.path])
        if let egress, !egress.isOpened(host: server.host) { transfer.obey(egress) }
        transfer.upload(mail.bytes)
        do {
            _ = try transfer.perform()
        } catch {
            throw Self.failure(error)
        }
    }

    /// A recipient or a message refused for good by a reply of the 5yz class (RFC 5321 §4.2.1); a refused login is the
    /// administrator's to correct.
    private static func failure(_ failure: CurlTransfer.Failure) -> DeliveryFailure {
        let reason = failure.status == 0 ? failure.reason : "\(failure.reason) (\(failure.status))"
        let isRefusal = [550, 551, 552, 553, 554, 556].contains(failure.status)
        return isRefusal && failure.code != CURLE_LOGIN_DENIED ? .permanent(reason) : .temporary(reason)
    }
}
