import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /dbconnections/signup`: sign-up from a page of the client's own (spec 02 §8).
struct SignUpAPI: Sendable {
    let hasher: PasswordHasher

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        guard let clientID = try parameters.text("client_id") else { throw OAuthError.missingParameter("client_id") }
        let client = try await context.shard.client(clientID)
        try await CrossOriginCheck(request, context).admit(client)
        guard let client, !client.isGlobal else { throw OAuthError.invalidRequest("Unknown client") }
        guard let name = try parameters.text("connection"), !name.isEmpty else {
            return SignUpRefusal.missing("connection").response
        }
        guard let connection = try await context.shard.connection(named: name), connection.isDatabase,
            connection.isEnabled(for: client.clientID)
        else { throw OAuthError.invalidRequest("The connection does not exist or is not enabled for the client") }
        let form = SignUpForm(
            email: try parameters.text("email"), username: try parameters.text("username"),
            password: try parameters.text("password") ?? "", phoneNumber: try parameters.text("phone_number"),
            profile: try Self.profile(parameters))
        let facts = RequestFacts(request, context, telemetry: try parameters.text("auth0Client"))
        do {
            let metadata = try Self.metadata(parameters)
            var complete = form
            if let metadata { complete.profile["user_metadata"] = .object(metadata) }
            try await DatabaseSignUp.admit(from: facts.ip, in: context.shard)
            let account = try await DatabaseSignUp(
                complete, into: connection, hasher.serving(context.shard.tenantID), in: context.shard, at: facts.date)
            let event = Self.event(.successSignup, nil, form, client, connection, facts, account.user.userID)
            let mail = AccountMail(issuer: context.issuer, client: client, connection: connection.name)
            try await context.shard.write { db in
                try account.store(in: db)
                try db.logs.append(event)
                try account.greet(
                    by: mail, TicketAudit(facts: facts, client: client, connection: connection), in: db)
            }
            return .json(Self.shown(account.user))
        } catch let refusal as SignUpRefusal {
            let event = Self.event(refusal.logType, refusal.message, form, client, connection, facts, nil)
            try await context.shard.write { try $0.logs.append(event) }
            return refusal.response
        }
    }

    private static func profile(_ parameters: APIParameters) throws -> JSONObject {
        var profile: JSONObject = [:]
        for name in SignUpForm.profileNames {
            guard let value = try parameters.text(name) else { continue }
            guard (1...300).contains(value.utf8.count) else {
                throw OAuthError.invalidRequest("\(name) must be 1 to 300 bytes long")
            }
            profile[name] = .string(value)
        }
        return profile
    }

    /// At most 10 keys of at most 100 characters, with texts of at most 500.
    private static func metadata(_ parameters: APIParameters) throws(SignUpRefusal) -> JSONObject? {
        guard let value = parameters[json: "user_metadata"] else { return nil }
        guard let metadata = value.object, metadata.count <= 10 else {
            throw .invalidMetadata("user_metadata must be an object of at most 10 properties")
        }
        for (key, value) in metadata {
            guard key.count <= 100, let text = value.string, text.count <= 500 else {
                throw .invalidMetadata("user_metadata: keys of at most 100 and strings of at most 500 characters")
            }
        }
        return metadata
    }

    private static func event(
        _ type: LogType, _ description: String?, _ form: SignUpForm, _ client: Client, _ connection: Connection,
        _ facts: RequestFacts, _ userID: String?
    ) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = client.clientID
        event.clientName = client.name
        event.connection = connection.identity
        event.userID = userID
        event.userName = (form.email ?? form.username ?? form.phoneNumber ?? "").bounded(320)
        event.details = ["body": .object(form.logged(connection: connection, client: client))]
        return event
    }

    /// The id without its provider prefix, and of the identifiers those the user has (recorded).
    private static func shown(_ user: User) -> JSON {
        var shown: JSONObject = ["_id": .string(String(user.userID.dropFirst("auth0|".count)))]
        if let email = user.email {
            shown["email_verified"] = false
            shown["email"] = .string(email)
        }
        if let phoneNumber = user.phoneNumber {
            shown["phone_number"] = .string(phoneNumber)
            shown["phone_verified"] = false
        }
        for name in ["username", "given_name", "family_name", "user_metadata"] {
            if let value = user.document[name] { shown[name] = value }
        }
        return .object(shown)
    }
}

extension SignUpRefusal {
    /// The contract's shapes of a refused sign-up.
    var response: Response {
        switch self {
        case .disabled:
            .json(["error": "unauthorized", "error_description": .string(message)], status: .forbidden)
        case .missing: .json(["error": .string(message)], status: .badRequest)
        case .tooManySignUps:
            .json(
                [
                    "name": "TooManyRequestsError", "code": "too_many_requests", "description": .string(message),
                    "statusCode": 429,
                ], status: .tooManyRequests,
                headers: [.retryAfter: "60"])
        case .unfitPassword(let weakness): .json(.object(weakness.contractError), status: .badRequest)
        case .userExists: badRequest("user_exists")
        case .usernameExists: badRequest("username_exists")
        case .invalidEmail, .invalidUsername, .invalidPhoneNumber, .invalidMetadata: badRequest("invalid_signup")
        }
    }

    private func badRequest(_ code: String) -> Response {
        .json(
            [
                "name": "BadRequestError", "code": .string(code), "description": .string(message), "statusCode": 400,
            ], status: .badRequest)
    }
}
