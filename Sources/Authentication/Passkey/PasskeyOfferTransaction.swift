import StrictJSON
import Tenancy

/// A login that is proved and not yet ended, because the user is being asked about a passkey: sealed and bound to the
/// browser. It leads to a session once.
struct PasskeyOfferTransaction: Sendable {
    let request: AuthorizeRequest
    let initiatedAt: Timestamp
    let userID: String
    /// The connection's name.
    let connection: String
    /// When the first factor was proved.
    let authenticatedAt: Timestamp
    let strength: AuthenticationStrength
    /// What the user has been asked so far.
    let prompts: [AuthorizationEvents.Prompt]
}

extension PasskeyOfferTransaction {
    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .passkeyOffer, visit)
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.int,
            let userID = payload["user"]?.string, let connection = payload["connection"]?.string,
            let authenticatedAt = payload["authenticated_at"]?.int,
            let strength = payload["strength"]?.string.flatMap(AuthenticationStrength.init(rawValue:))
        else { throw .transactionLost }
        self.init(
            request: AuthorizeRequest(request), initiatedAt: Timestamp(milliseconds: Int64(initiatedAt)),
            userID: userID, connection: connection,
            authenticatedAt: Timestamp(milliseconds: Int64(authenticatedAt)), strength: strength,
            prompts: payload["prompts"]?.array?.compactMap(\.string)
                .compactMap(AuthorizationEvents.Prompt.init(rawValue:)) ?? [])
    }

    /// Whether what was proved still stands.
    func holds(for user: User) -> Bool { !user.isBlocked && !user.mustLogInAgain(since: authenticatedAt) }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "request": .object(request.document), "initiated_at": .int(Int(initiatedAt.milliseconds)),
                "user": .string(userID), "connection": .string(connection),
                "authenticated_at": .int(Int(authenticatedAt.milliseconds)), "strength": .string(strength.rawValue),
                "prompts": .array(prompts.map { .string($0.rawValue) }),
            ], for: .passkeyOffer, visit)
    }
}
