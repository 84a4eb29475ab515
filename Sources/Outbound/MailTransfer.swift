import CCurl

/// One message handed to a mail server (RFC 5321).
public struct MailTransfer: Sendable {
    public enum Security: Sendable {
        /// TLS from the first byte (RFC 8314).
        case tls
        /// STARTTLS, and no mail without it (RFC 3207).
        case startTLS
        case none
    }

    let host: String
    let port: Int
    let security: Security
    /// What the client calls itself: the domain the mail comes from.
    let domain: String
    /// The addresses of the envelope.
    let sender: String
    let recipient: String
    let message: [UInt8]
    public var login: TransferLogin?
    /// The only authority to trust; that of the system where there is none.
    public var authorityFile: String?
    /// Where the server is a tenant's choice: whom it may be.
    public var egress: EgressPolicy?
    /// Seconds for everything.
    public var timeout = 20

    public init(
        host: String, port: Int, security: Security, domain: String, from sender: String, to recipient: String,
        message: [UInt8]
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.domain = domain
        self.sender = sender
        self.recipient = recipient
        self.message = message
    }

    /// Returns when the server has taken responsibility for the message (RFC 5321 §6.1).
    public func perform() throws(TransferError) {
        let scheme = security == .tls ? "smtps" : "smtp"
        let address = host.contains(":") ? "[\(host)]" : host
        let curl = try CurlTransfer(
            url: "\(scheme)://\(address):\(port)/\(domain)", protocols: "smtp,smtps", body: .bytes(message),
            // Of an answer no more is read than could be of use in an error message.
            sink: try AnswerSink(file: nil, limit: 65_536), gate: egress.map { SocketGate($0, host: host) })
        curl.set(CURLOPT_USE_SSL, Int((security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        curl.set(CURLOPT_TIMEOUT, timeout)
        curl.trust(authorityFile)
        curl.logIn(login)
        curl.set(CURLOPT_MAIL_FROM, sender)
        curl.set(CURLOPT_MAIL_RCPT, list: [recipient])
        _ = try curl.perform()
    }
}
