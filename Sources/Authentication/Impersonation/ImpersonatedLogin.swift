import Hummingbird
import OpenSSL
import Tenancy
import TenantHTTP
import WebAddresses

/// `GET /users/IMPERSONATOR/impersonate?&bewit=…`: gives the client what it asked for, for the user. The browser gets no session,
/// so it is the user nowhere else.
struct ImpersonatedLogin: Sendable {
    let flow: AuthorizationFlow

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let text = try request.queryParameters()["bewit"]
        let visit = try await Visit(request, context)
        let bewit = try Bewit(opening: text, visit.settings, context)
        guard
            context.parameters.get("id").flatMap({ try? PercentEncoding.decode(pathSegment: $0) })
                == bewit.impersonatorID, !visit.settings.flag("disable_impersonation")
        else { throw PageError.transactionLost }
        return try await flow.judging(bewit.request, visit) { authorization in
            let events = AuthorizationEvents(facts: visit.facts, authorization: authorization)
            let issuance = try await AuthorizationIssuance(authorization, events: events, visit)
            let answer = try await visit.shard.write { db in
                guard try db.spentTransactions.spend(OpaqueSecret(text: text ?? ""), until: bewit.expiresAt),
                    let user = try db.users.find(bewit.userID), !user.isBlocked,
                    let impersonator = try db.users.find(bewit.impersonatorID), !impersonator.isBlocked
                else { throw PageError.transactionLost }
                // Never stored: it only says to the code who logged in when.
                let session = Session(
                    id: Session.newID(at: visit.now), userID: user.userID, connection: user.connection,
                    clientIDs: [], authenticatedAt: visit.now, createdAt: visit.now, usedAt: visit.now)
                return try issuance.prepare(
                    for: user, session,
                    impersonation: Impersonation(impersonatorID: impersonator.userID, email: impersonator.email),
                    in: db)
            } then: {
                try issuance.sign($0)
            }
            return answer.response(flow.pages, visit)
        }
    }
}
