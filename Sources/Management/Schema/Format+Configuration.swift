import Tenancy

extension Format {
    static let emailOrEmpty = Format("email-or-empty") { $0.isEmpty || email.accepts($0) }

    /// An http or https URL with Liquid in it, like `{{ application.callback_domain }}/done`. What a leading output
    /// makes of it is known, and checked, when the mail is written (spec 08 L8, U14).
    static let webURLTemplateOrEmpty = Format("absolute-uri-template-or-empty") { text in
        guard withoutControlCharacters.accepts(text) else { return false }
        guard text.contains("{") else { return webURLOrEmpty.accepts(text) }
        return ["{{", "https://", "http://"].contains { text.hasPrefix($0) }
    }

    /// A language like `en` or `pt-BR` (RFC 5646).
    static let locale = Format("locale") { text in
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// An id of the service's own making, whatever it is of.
    static func id(_ name: String) -> Format {
        Format(name) { text in
            (1...128).contains(text.utf8.count)
                && text.utf8.allSatisfy { isAlphanumeric($0) || "-_|".utf8.contains($0) }
        }
    }

    /// Letters, digits, spaces and hyphens, the last two not at the ends (spec 03 §6).
    static let ruleName = Format("rule-name") { text in
        let isInside = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
        guard isInside, let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
    }

    static let ruleConfigKey = Format("rule-config-key") { text in
        (1...127).contains(text.utf8.count)
            && text.utf8.allSatisfy { isAlphanumeric($0) || "_-@*+:".utf8.contains($0) }
    }

    /// A name by which scripts read a secret.
    static let secretName = Format("secret-name") { text in
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// Lower-case letters, digits, `-` and `_`, beginning with one of the first two.
    static let organizationName = Format("organization-name") { text in
        guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy {
            isAlphanumeric($0) && !(65...90).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    static let colour = Format("css-hex-color") { text in
        [4, 5, 7, 9].contains(text.utf8.count) && text.hasPrefix("#")
            && text.utf8.dropFirst().allSatisfy {
                (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0)
            }
    }

    /// An IPv4 or IPv6 address.
    static let address = Format("ip-address") { AddressRange($0)?.isSingle == true }
    /// An address, or a range of them like `10.0.0.0/8`.
    static let addressRange = Format("ip-address-or-cidr") { AddressRange($0) != nil }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
