import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// A mailbox that is asked to approve rather than to receive a code. Like the phone of Auth0's push, which is an
/// authenticator for its codes and another for its approvals, an e-mail factor is listed twice: as `email|dev_…` and, on
/// the channel `auth0`, as `push|dev_…`. It is used only by clients that name it, so those that know codes see codes.
struct ApprovalAuthenticator: Sendable {
    private static let prefix = "push|"
    private static let factorPrefix = Factor.Kind.email.rawValue + "|"

    /// Of the e-mail factor.
    let factorID: String
    /// Shown here and in the mailbox, so that nobody approves somebody else's login by mistake.
    let number = SecureRandom.digits(4)

    /// Nil for an id that is no such authenticator's.
    init?(id: String) {
        guard id.hasPrefix(Self.prefix) else { return nil }
        factorID = Self.factorPrefix + id.dropFirst(Self.prefix.count)
    }

    /// Nil for a factor without a mailbox, or one whose mailbox is not confirmed: then the code comes first.
    init?(_ factor: Factor) {
        guard factor.kind == .email, factor.isConfirmed, factor.id.hasPrefix(Self.factorPrefix) else { return nil }
        factorID = factor.id
    }

    var id: String { Self.prefix + factorID.dropFirst(Self.factorPrefix.count) }

    /// As /mfa/authenticators lists it.
    func shown(_ factor: Factor) -> JSON {
        var shown: JSONObject = [
            "id": .string(id), "authenticator_type": "oob", "active": true, "oob_channel": "auth0",
        ]
        if let name = factor.maskedName { shown["name"] = .string(name) }
        return .object(shown)
    }

    /// The answer of /mfa/challenge: nothing is typed, so there is no binding code.
    func challenge(_ handle: OpaqueSecret) -> JSON {
        [
            "challenge_type": "oob", "oob_code": .string(handle.text), "binding_method": "none",
            "binding_message": .string(number),
        ]
    }

    /// Asks the mailbox. False where the user was sent too much already.
    func ask(
        _ factor: Factor, handle: OpaqueSecret, _ caller: FactorCaller, origin: String, in db: TenantDatabase,
        at now: Timestamp
    ) throws -> Bool {
        guard let recipient = ApprovalRecipient(factor) else { return false }
        let question = ApprovalRequest(
            .factor(id: factor.id), userID: factor.userID, clientID: caller.client.clientID, message: number, at: now)
        return try db.ask(
            question, handle: handle, to: recipient, connection: caller.connection, origin: origin, at: now)
    }
}
