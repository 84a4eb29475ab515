import OpenSSL
import Tenancy

extension TenantDatabase {
    /// Codes and questions a user is sent in an hour, at most: each costs somebody money or patience.
    private static var mostMessagesAnHour: Int { 10 }

    func maySendFactorMessage(to userID: String, at now: Timestamp) throws -> Bool {
        try outOfBandCodes.count(of: userID, at: now) + approvals.count(of: userID, at: now) < Self.mostMessagesAnHour
    }

    /// Sends a code to a factor. False where the user has had too many.
    /// - Parameter handle: what the page or the client says later which code it means.
    func sendCode(
        to factor: Factor, handle: OpaqueSecret, clientID: String, connection: String, at now: Timestamp
    ) throws -> Bool {
        guard try maySendFactorMessage(to: factor.userID, at: now), let recipient = factor.name else { return false }
        let code = try outOfBandCodes.issue(for: factor, handle: handle, at: now)
        let message = OutgoingMessage(
            .mfaCode, by: factor.kind == .sms ? .sms : .email, to: recipient, values: ["code": .string(code)],
            userID: factor.userID, clientID: clientID, connection: connection)
        try outbox.enqueue(message, at: now)
        return true
    }
}

/// Telephone numbers in the international form (spec 02 §7): a plus sign and 1 to 15 digits.
enum PhoneNumber {
    static func isAcceptable(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.first == UInt8(ascii: "+") && (2...16).contains(bytes.count)
            && bytes.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
