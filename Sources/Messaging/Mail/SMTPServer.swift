import Foundation
import Outbound

/// A mail server messages are handed to.
public struct SMTPServer: Sendable {
    /// `smtps://`, port 465; `smtp://`, port 587; `smtp+plain://`, port 25, for a relay on the same machine.
    public typealias Security = MailTransfer.Security

    public let host: String
    public let port: Int
    public let security: Security
    public let user: String?
    public let password: String?

    public init(host: String, port: Int, security: Security, user: String?, password: String?) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
    }

    /// `smtps://USER:PASSWORD@HOST:PORT`, `smtp://…` or `smtp+plain://…`; nil for anything else.
    public init?(url text: String) {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            url.path.isEmpty || url.path == "/"
        else { return nil }
        let (security, standardPort): (Security, Int)
        switch url.scheme {
        case "smtps": (security, standardPort) = (.tls, 465)
        case "smtp": (security, standardPort) = (.startTLS, 587)
        case "smtp+plain": (security, standardPort) = (.none, 25)
        default: return nil
        }
        // A password in the clear is nobody's secret any more.
        guard security != .none || url.password == nil else { return nil }
        self.init(
            host: host, port: url.port ?? standardPort, security: security, user: url.user, password: url.password)
    }
}
