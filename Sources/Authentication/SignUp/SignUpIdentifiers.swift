import Tenancy

/// The names somebody signs up with: those the connection asks for, each in a form nobody else's can be taken for
/// (spec 08 L14). Others that were sent are not looked at.
struct SignUpIdentifiers: Sendable {
    private(set) var values: [LoginIdentifier: String] = [:]

    /// Throws ``SignUpRefusal``.
    init(_ form: SignUpForm, _ connection: Connection) throws(SignUpRefusal) {
        let accepted = connection.signUpIdentifiers
        for identifier in accepted {
            guard let value = form[identifier] else { continue }
            try Self.check(value, as: identifier, connection)
            values[identifier] = value
        }
        for identifier in connection.requiredIdentifiers where values[identifier] == nil {
            throw .missing(identifier.rawValue)
        }
        // Where all are optional, one at least: an account without a name could never be logged in to.
        guard !values.isEmpty else { throw .missing((accepted.first ?? .email).rawValue) }
    }

    private static func check(
        _ value: String, as identifier: LoginIdentifier, _ connection: Connection
    ) throws(SignUpRefusal) {
        switch identifier {
        case .email:
            guard EmailAddress.isAcceptable(value) else { throw .invalidEmail }
        case .username:
            let length = connection.usernameLength
            guard length.contains(value.utf8.count), value.utf8.allSatisfy(isUsernameCharacter),
                // No username looks like a telephone number where that logs somebody in.
                !(connection.identifiers.contains(.phoneNumber) && PhoneNumber.isAcceptable(value))
            else { throw .invalidUsername(length) }
        case .phoneNumber:
            guard PhoneNumber.isAcceptable(value) else { throw .invalidPhoneNumber }
        }
    }

    /// ASCII without `@`: no username looks like another's, and none like an e-mail address.
    private static func isUsernameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+-.!#$'^`~".utf8.contains(byte)
        }
    }
}

extension SignUpForm {
    fileprivate subscript(identifier: LoginIdentifier) -> String? {
        switch identifier {
        case .email: email
        case .username: username
        case .phoneNumber: phoneNumber
        }
    }
}
