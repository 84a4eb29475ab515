import Tenancy

/// A mail, ready to be written out.
struct Mail: Sendable {
    /// The message's id in the outbox. Its Message-ID is made of it, so that a mail sent twice, because the power failed
    /// between the server's "250" and our noting it, shows as one.
    let id: String
    let from: MailAddress
    let to: MailAddress
    let subject: String
    let html: String
    let text: String
    let date: Timestamp

    /// The message of RFC 5322, with text and HTML as alternatives (RFC 2046 §5.1.4), all lines ended by CR LF.
    var bytes: [UInt8] {
        let boundary = "=_\(id)"
        let head = [
            "Date: \(date.mailDate)", "From: \(from.header)", "To: \(to.header)",
            "Subject: \(MailHeader.text(subject))", "Message-ID: <\(id)@\(from.domain)>", "MIME-Version: 1.0",
            // RFC 3834: nobody's holiday notice is to answer it.
            "Auto-Submitted: auto-generated", "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
        ]
        let parts = [("plain", text), ("html", html)].map { type, content in
            "--\(boundary)\r\n" + Self.part(type, content)
        }
        let message = head.joined(separator: "\r\n") + "\r\n\r\n" + parts.joined() + "--\(boundary)--\r\n"
        return Array(message.utf8)
    }

    private static func part(_ type: String, _ content: String) -> String {
        let lines = content.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\0", with: "")
        let isPlain =
            lines.utf8.allSatisfy { $0 < 0x7F && ($0 >= 0x20 || $0 == 0x0A || $0 == 0x09) }
            && lines.split(separator: "\n").allSatisfy { $0.utf8.count <= 500 }
        let encoding = isPlain ? "7bit" : "quoted-printable"
        let body = isPlain ? lines.replacing("\n", with: "\r\n") : QuotedPrintable.encode(lines)
        return "Content-Type: text/\(type); charset=utf-8\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n\(body)\r\n"
    }
}

extension Timestamp {
    /// RFC 5322 §3.3, in UTC.
    var mailDate: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        // `2026-01-31T10:20:30.400Z`
        let text = Array(iso8601)
        let month = Int(String(text[5...6])) ?? 1
        let weekday = weekdays[Int((seconds / 86_400 % 7 + 7) % 7)]
        return "\(weekday), \(String(text[8...9])) \(months[month - 1]) \(String(text[0...3])) "
            + "\(String(text[11...18])) +0000"
    }
}
