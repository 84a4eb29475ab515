import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// The MFA API (spec 02 §5): for clients that show the pages of a second factor themselves.
struct FactorAPI: Sendable {
    // MARK: POST /mfa/challenge

    /// Starts a second factor: sends a code, or says that the app's is awaited.
    func challenge(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        let caller = try await FactorCaller(request, parameters, context)
        guard caller.scopes == nil else { throw OAuthError.invalidGrant("Malformed mfa_token") }
        try await Self.authenticate(caller.client, request, parameters, context)
        let types = try Self.words(parameters, "challenge_type") ?? ["otp", "oob"]
        let authenticator = try parameters.text("authenticator_id")
        let approval = authenticator.flatMap(ApprovalAuthenticator.init(id:))
        let wanted = approval?.factorID ?? authenticator
        let handle = OpaqueSecret.random()
        let events = FactorEvents(request, context, caller)
        let outcome = try await context.shard.write { db -> Result<Factor, OAuthError> in
            let enrolled = try db.factors.confirmed(of: caller.userID)
            guard !enrolled.isEmpty else { return .failure(.associationRequired) }
            let suitable = enrolled.filter { types.contains($0.kind.authenticatorType) }
            let chosen = suitable.first { wanted == nil || $0.id == wanted }
            guard let factor = chosen else { return .failure(.unsupportedChallengeType) }
            return try Self.start(factor, handle, approval, caller, events, db, context)
        }
        let factor = try outcome.get()
        guard factor.kind.isOutOfBand else { return .json(["challenge_type": "otp"]) }
        if let approval { return .json(approval.challenge(handle)) }
        return .json(["challenge_type": "oob", "oob_code": .string(handle.text), "binding_method": "prompt"])
    }

    private static func start(
        _ factor: Factor, _ handle: OpaqueSecret, _ approval: ApprovalAuthenticator?, _ caller: FactorCaller,
        _ events: FactorEvents, _ db: TenantDatabase, _ context: TenantContext
    ) throws -> Result<Factor, OAuthError> {
        let user = try db.users.find(caller.userID)
        let now = context.now
        if factor.kind.isOutOfBand {
            let isSent =
                try approval?.ask(factor, handle: handle, caller, origin: context.ownOrigin, in: db, at: now)
                ?? db.sendCode(
                    to: factor, handle: handle, clientID: caller.client.clientID, connection: caller.connection,
                    at: now)
            guard isSent else {
                try db.logs.append(
                    events.event(.secondFactorRateLimit, OAuthError.tooManyFactorAttempts.message, user))
                return .failure(.tooManyFactorAttempts)
            }
            if factor.kind == .sms { try db.logs.append(events.event(.sentSecondFactorSMS, "SMS sent", user)) }
        }
        if factor.isConfirmed {
            try db.logs.append(events.event(.startedSecondFactor, "Second factor started", user))
        }
        return .success(factor)
    }

    // MARK: POST /mfa/associate

    /// Begins the enrolment of a factor; the grant that uses it first ends it.
    func associate(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        let caller = try await FactorCaller(request, parameters, context)
        try caller.require("enroll")
        let wish = try Wish(parameters)
        let settings = try await context.shard.settings().secondFactor
        guard settings.factors.contains(wish.kind) else {
            throw OAuthError.accessDenied("The factor is not enabled for the tenant")
        }
        let now = context.now
        let (handle, recovery) = (OpaqueSecret.random(), RecoveryCode.random())
        let events = FactorEvents(request, context, caller)
        let tenant = context.shard.tenantName
        let outcome = try await context.shard.write { db -> Result<JSON, OAuthError> in
            guard let user = try db.users.find(caller.userID) else { return .failure(.invalidAccessToken) }
            let isEnrolled = try !db.factors.confirmed(of: caller.userID).isEmpty
            // Who has only the password may add a first factor, never one beside it (spec 08 L16).
            guard !isEnrolled || caller.scopes != nil else {
                return .failure(.accessDenied("User is already enrolled."))
            }
            let secret = wish.kind == .otp ? TimeBasedCode.newKey() : []
            let name = wish.kind == .email ? user.email : wish.phoneNumber
            guard wish.kind == .otp || name != nil else {
                return .failure(.invalidRequest("The user has no email address"))
            }
            let factor = Factor(wish.kind, of: user.userID, name: name, secret: secret, at: now)
            try db.factors.deleteUnconfirmed(of: user.userID)
            try db.factors.insert(factor)
            if wish.kind.isOutOfBand {
                if case .failure(let error) = try Self.start(factor, handle, nil, caller, events, db, context) {
                    return .failure(error)
                }
            }
            try db.logs.append(events.event(.startedEnrollment, "Enrolment of a second factor started", user))
            if !isEnrolled { try db.recoveryCodes.set(recovery, for: user.userID, at: now) }
            return .success(
                Self.associated(factor, user, tenant, handle: handle, recovery: isEnrolled ? nil : recovery))
        }
        return .json(try outcome.get())
    }

    private static func associated(
        _ factor: Factor, _ user: User, _ tenant: String, handle: OpaqueSecret, recovery: RecoveryCode?
    ) -> JSON {
        var shown: JSONObject = ["authenticator_type": .string(factor.kind.authenticatorType)]
        if factor.kind.isOutOfBand {
            shown["oob_channel"] = .string(factor.kind.rawValue)
            shown["oob_code"] = .string(handle.text)
            shown["binding_method"] = "prompt"
        } else {
            shown["secret"] = .string(Base32.encode(factor.secret))
            shown["barcode_uri"] = .string(
                TimeBasedCode(key: factor.secret).uri(account: user.loginName, issuer: tenant))
        }
        if let recovery { shown["recovery_codes"] = [.string(recovery.text)] }
        return .object(shown)
    }

    /// Which factor is to be enrolled.
    private struct Wish: Sendable {
        let kind: Factor.Kind
        let phoneNumber: String?

        init(_ parameters: APIParameters) throws {
            guard let types = try FactorAPI.words(parameters, "authenticator_types"), let type = types.first else {
                throw OAuthError.missingParameter("authenticator_types")
            }
            let channel = try FactorAPI.words(parameters, "oob_channels")?.first
            switch (type, channel) {
            case ("otp", _): kind = .otp
            case ("oob", "sms"): kind = .sms
            case ("oob", "email"): kind = .email
            case ("oob", nil): throw OAuthError.missingParameter("oob_channels")
            default: throw OAuthError.invalidRequest("Unsupported authenticator type or channel")
            }
            let number = try parameters.text("phone_number")
            if kind == .sms {
                guard let number else { throw OAuthError.missingParameter("phone_number") }
                guard PhoneNumber.isAcceptable(number) else {
                    throw OAuthError.invalidRequest("Invalid phone number.")
                }
            }
            phoneNumber = kind == .sms ? number : nil
        }
    }

    // MARK: GET /mfa/authenticators, DELETE /mfa/authenticators/{id}

    func list(_ request: Request, _ context: TenantContext) async throws -> Response {
        let caller = try await FactorCaller(request, nil, context)
        try caller.require("read:authenticators")
        let (factors, hasRecoveryCode) = try await context.shard.read { db in
            (try db.factors.list(of: caller.userID), try db.recoveryCodes.exists(for: caller.userID))
        }
        var shown = factors.map(Self.shown)
        shown += factors.compactMap { factor in ApprovalAuthenticator(factor)?.shown(factor) }
        if hasRecoveryCode {
            shown.insert(
                ["id": "recovery-code|dev_0", "authenticator_type": "recovery-code", "active": true], at: 0)
        }
        return .json(.array(shown))
    }

    private static func shown(_ factor: Factor) -> JSON {
        var shown: JSONObject = [
            "id": .string(factor.id), "authenticator_type": .string(factor.kind.authenticatorType),
            "active": .bool(factor.isConfirmed),
        ]
        if factor.kind.isOutOfBand { shown["oob_channel"] = .string(factor.kind.rawValue) }
        if let name = factor.maskedName { shown["name"] = .string(name) }
        return .object(shown)
    }

    /// Removes a factor. Only with an access token: an `mfa_token` says no more than that the password was right.
    func remove(_ request: Request, _ context: TenantContext) async throws -> Response {
        let caller = try await FactorCaller(request, nil, context)
        guard caller.scopes != nil else { throw OAuthError.insufficientScope("remove:authenticators") }
        try caller.require("remove:authenticators")
        let id = context.parameters.get("id").flatMap { try? PercentEncoding.decode(pathSegment: $0) } ?? ""
        let events = FactorEvents(request, context, caller)
        let isRemoved = try await context.shard.write { db in
            guard try db.factors.delete(id, of: caller.userID) else { return false }
            if try db.factors.confirmed(of: caller.userID).isEmpty {
                try db.recoveryCodes.delete(of: caller.userID)
                try db.rememberedBrowsers.deleteAll(of: caller.userID)
            }
            let user = try db.users.find(caller.userID)
            try db.logs.append(events.event(.removedEnrollment, "Second factor removed", user))
            if let user {
                try AccountMail(issuer: context.issuer, client: nil, connection: user.connection)
                    .sendNotice(.factorRemoved, to: user, in: db, at: context.now)
            }
            return true
        }
        return isRemoved ? Response(status: .noContent) : .text("Not found", status: .notFound)
    }

    // MARK: Reading

    /// The client proves itself as at the token endpoint; in the body where the header holds the token.
    private static func authenticate(
        _ client: Client, _ request: Request, _ parameters: APIParameters, _ context: TenantContext
    ) async throws {
        var secret: ClientCredentials.Secret
        if (try? BearerToken(request)) == nil {
            let credentials = try ClientCredentials(request, parameters)
            guard credentials.clientID == client.clientID else {
                throw OAuthError.clientNotAuthenticated(challengesBasic: credentials.usesBasic)
            }
            secret = credentials.secret
        } else {
            let text = try parameters.text("client_secret")
            secret = text.map(ClientCredentials.Secret.body) ?? .absent
            if let text, client.tokenEndpointAuthMethod == .basic { secret = .basic(raw: text, decoded: nil) }
        }
        guard try await context.isProven(client, by: secret) else {
            throw OAuthError.clientNotAuthenticated(challengesBasic: false)
        }
    }

    /// A list of words: a JSON array or a text with spaces between.
    private static func words(_ parameters: APIParameters, _ name: String) throws -> [String]? {
        switch parameters[json: name] {
        case nil: return nil
        case .string(let text)?: return text.split(separator: " ").map(String.init)
        case .array(let items)?:
            let texts = items.compactMap(\.string)
            guard texts.count == items.count else { throw OAuthError.invalidRequest("\(name) must hold strings") }
            return texts
        default: throw OAuthError.invalidRequest("\(name) must be an array or a string")
        }
    }
}
