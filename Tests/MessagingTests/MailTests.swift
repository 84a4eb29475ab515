import Foundation
import Liquid
import OpenSSL
import Outbound
import Tenancy
import Testing

@testable import Messaging

@Suite struct MailTests {
    private func mail(subject: String = "Hello", name: String = "", html: String = "<p>Hi</p>") throws -> Mail {
        Mail(
            id: "0123456789abcdef", from: try #require(MailAddress(address: "no-reply@example.com", name: name)),
            to: try #require(MailAddress(address: "ada@example.com")), subject: subject, html: html,
            text: PlainText.from(html: html), date: Timestamp(seconds: 1_700_000_000))
    }

    private func head(_ mail: Mail) -> String {
        String(decoding: mail.bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")[0]
    }

    @Test("a mail has both alternatives, its date and an id that stays")
    func form() throws {
        let text = String(decoding: try mail().bytes, as: UTF8.self)
        #expect(text.contains("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"))
        #expect(text.contains("Message-ID: <0123456789abcdef@example.com>\r\n"))
        #expect(text.contains("Content-Type: text/plain; charset=utf-8\r\n"))
        #expect(text.contains("Content-Type: text/html; charset=utf-8\r\n"))
        #expect(!text.replacing("\r\n", with: "").contains("\n"))
    }

    @Test(
        "L13: no subject and no name adds a header",
        arguments: ["a\r\nBcc: x@example.com", "a\nBcc: x", "a\u{2028}Bcc: x"])
    func injection(_ text: String) throws {
        for mail in [try mail(subject: text), try mail(name: text)] {
            #expect(!head(mail).components(separatedBy: "\r\n").contains { $0.hasPrefix("Bcc:") })
        }
    }

    @Test(
        "L13: an address with a line end is none",
        arguments: ["a@x.example\r\nBcc: b@x.example", "a@x.example>", "a b@x.example"])
    func addresses(_ text: String) {
        #expect(MailAddress(address: text) == nil)
    }

    @Test("words beyond ASCII are encoded in pieces of at most 75 characters")
    func encodedWords() throws {
        let subject = String(repeating: "Grüße 👋🏽 ", count: 12)
        let line = head(try mail(subject: subject)).components(separatedBy: "Subject: ")[1]
        let words = line.components(separatedBy: "\r\n").prefix { $0.contains("=?") }.map { $0.drop { $0 == " " } }
        #expect(words.allSatisfy { $0.utf8.count <= 75 })
        let decoded = words.flatMap { Base64.decode(String($0.dropFirst(10).dropLast(2))) ?? [] }
        #expect(String(decoding: decoded, as: UTF8.self) == subject.trimmingSpaces)
    }

    @Test("long lines and letters beyond ASCII are quoted, and nothing is longer than 76")
    func quoting() throws {
        let html = "<p>" + String(repeating: "ü=", count: 400) + "</p>"
        let text = String(decoding: try mail(html: html).bytes, as: UTF8.self)
        #expect(text.contains("quoted-printable"))
        #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 90 })
    }

    @Test("the text part keeps the links and drops the looks")
    func plainText() {
        let html =
            "<html><head><style>p { x: y }</style></head><p>Hi &amp; <a href=\"https://x.example/?a=1\">go</a></p></html>"
        #expect(PlainText.from(html: html) == "Hi & go <https://x.example/?a=1>\n")
    }

    @Test("mail servers are named by URL, and no password goes in the clear")
    func servers() {
        #expect(SMTPServer(url: "smtps://u:p@mail.example")?.port == 465)
        #expect(SMTPServer(url: "smtp://mail.example:2525")?.security == .startTLS)
        #expect(SMTPServer(url: "smtp+plain://localhost")?.port == 25)
        for url in ["smtp+plain://u:p@localhost", "http://x", "mail.example", "smtp://"] {
            #expect(SMTPServer(url: url) == nil)
        }
    }

    @Test("M10: addresses inside are closed to tenants")
    func egress() {
        let policy = EgressPolicy(exceptions: ["relay.example"])
        for inside in [
            [127, 0, 0, 1], [10, 1, 2, 3], [169, 254, 169, 254], [192, 168, 0, 1], [172, 20, 0, 1], [0, 0, 0, 0],
        ] {
            #expect(!policy.allows(address: inside.map(UInt8.init)))
            let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + inside.map(UInt8.init)
            #expect(!policy.allows(address: mapped))
        }
        #expect(!policy.allows(address: [UInt8](repeating: 0, count: 15) + [1]))
        #expect(policy.allows(address: [93, 184, 216, 34]))
        #expect(policy.isOpened(host: "Relay.Example"))
    }
}
