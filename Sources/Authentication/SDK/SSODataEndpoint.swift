import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `GET /user/ssodata`: whether the browser has a session, for widgets that offer "the account you used last"
/// (spec 02 §9). Only pages that a client allows learn it.
struct SSODataEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        if let clientID = try request.queryParameters()["client_id"] {
            let client = try await context.shard.client(clientID)
            try await CrossOriginCheck(request, context).admit(client)
            // A client somebody has registered from outside is not told who is here without being asked for consent.
            guard client?.isFirstParty != false else { return .json(["sso": false]) }
        }
        guard let live = try await Visit(request, context).liveSession() else { return .json(["sso": false]) }
        let (session, user) = (live.session, live.user)
        var data: JSONObject = ["sso": true]
        if let connection = try await context.shard.connection(named: session.connection) {
            data["lastUsedConnection"] = ["name": .string(connection.name), "strategy": .string(connection.strategy)]
        }
        data["lastUsedUserID"] = .string(user.userID)
        data["lastUsedUsername"] = .string(user.email ?? user.username ?? user.name ?? "")
        if let last = session.clientIDs.last { data["lastUsedClientID"] = .string(last) }
        data["sessionClients"] = .array(session.clientIDs.map(JSON.string))
        return .json(.object(data))
    }
}
