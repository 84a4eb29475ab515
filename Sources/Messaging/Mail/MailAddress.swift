import Liquid
import Tenancy

/// An e-mail address with the name shown for it. Only addresses that ``EmailAddress`` accepts exist, so none holds a
/// line end or a bracket that a mail server would read as something else (spec 08 L13).
public struct MailAddress: Sendable, Hashable {
    public let name: String
    public let address: String

    public init?(address: String, name: String = "") {
        guard EmailAddress.isAcceptable(address) else { return nil }
        self.address = address
        self.name = name
    }

    /// `jane@example.com` or `Jane Doe <jane@example.com>`.
    public init?(parsing text: String) {
        guard let open = text.lastIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close else {
            self.init(address: text.trimmingSpaces)
            return
        }
        var name = text[..<open].trimmingSpaces
        if name.count > 1, name.first == "\"", name.last == "\"" { name = String(name.dropFirst().dropLast()) }
        self.init(address: text[text.index(after: open)..<close].trimmingSpaces, name: name)
    }

    /// As it stands in a header.
    var header: String { name.isEmpty ? address : "\(MailHeader.phrase(name)) <\(address)>" }
    /// As it stands in an SMTP command.
    var path: String { "<\(address)>" }
    var domain: String { String(address.drop { $0 != "@" }.dropFirst()) }
}
