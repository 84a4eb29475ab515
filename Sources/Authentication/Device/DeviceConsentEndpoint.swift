import Hummingbird
import Tenancy
import TenantHTTP

/// `/activate/consent`: the logged-in user gives the device what it asks for, or does not.
struct DeviceConsentEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let consent = try DeviceConsent(opening: state, visit)
        return try await flow.judging(consent.request, visit) { authorization in
            let live = try await session(of: consent, visit)
            let transaction = state ?? ""
            let page = ConsentPage(
                client: authorization.client, api: authorization.api, user: live.user, scope: consent.scope,
                transaction: transaction, csrf: visit.csrfToken(for: transaction), action: DevicePaths.consent)
            return flow.pages.response(page, brand: visit.brand)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let consent = try DeviceConsent(opening: form.transaction, visit)
        return try await flow.judging(consent.request, visit) { authorization in
            let live = try await session(of: consent, visit)
            switch form.fields["decision"] {
            case "accept": return try await approve(consent, authorization, live, visit)
            case "deny":
                return try await DeviceDenial(flow: flow).deny(
                    consent.deviceID, of: authorization.client.clientID, user: live.user, visit)
            default: throw PageError.badRequest("Missing required parameter: decision")
            }
        }
    }

    private func approve(
        _ consent: DeviceConsent, _ established: Authorization, _ live: LiveSession, _ visit: Visit
    ) async throws -> Response {
        var authorization = established
        authorization.scope = consent.scope.filter(established.scope.contains)
        let events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization,
            connection: try await visit.shard.connection(named: live.session.connection),
            prompts: consent.followsLogin ? [.login, .consent] : [.consent], initiatedAt: consent.initiatedAt)
        let approval = DeviceAuthorization.Approval(
            userID: live.user.userID, sessionID: live.session.id, connection: live.session.connection,
            scope: authorization.scope, authenticatedAt: live.session.authenticatedAt)
        let (now, granted) = (visit.now, authorization)
        let isDone = try await visit.shard.write { db in
            // It may have ended meanwhile, by a logout in another tab.
            guard let session = try db.sessions.find(id: live.session.id),
                try db.deviceAuthorizations.approve(consent.deviceID, by: approval, at: now)
            else { return false }
            try db.consents.allow(
                granted.scope, userID: live.user.userID, clientID: granted.client.clientID,
                audience: ConsentRule(authorization: granted).audience)
            try db.sessions.touch(session, clientID: granted.client.clientID, at: now)
            try db.logs.append(events.success(live.user, session))
            return true
        }
        guard isDone else { throw PageError.deviceGone }
        let page = NoticePage(
            heading: "Your device is connected",
            message: "\(authorization.client.name) now has access to your account. You can close this page and go on "
                + "at your device.")
        return flow.pages.response(page, brand: visit.brand)
    }

    /// The session the transaction is for, if the browser still has it (spec 08 T35).
    private func session(of consent: DeviceConsent, _ visit: Visit) async throws -> LiveSession {
        guard let live = try await visit.liveSession(), live.session.id == consent.sessionID else {
            throw PageError.transactionLost
        }
        return live
    }
}

/// The user said no, on whichever page: the device is told at its next poll.
struct DeviceDenial: Sendable {
    let flow: AuthorizationFlow

    func deny(
        _ deviceID: String, of clientID: String, user: User? = nil, _ visit: Visit
    ) async throws -> Response {
        let client = try await visit.shard.client(clientID)
        var event = visit.facts.event(.deviceActivationCancelled, "User cancelled the device confirmation")
        event.clientID = clientID
        event.clientName = client?.name
        event.userID = user?.userID
        event.userName = user.flatMap { $0.email ?? $0.username }
        let (cancelled, now) = (event, visit.now)
        let isDone = try await visit.shard.write { db in
            guard try db.deviceAuthorizations.deny(deviceID, at: now) else { return false }
            try db.logs.append(cancelled)
            return true
        }
        guard isDone else { throw PageError.deviceGone }
        let page = NoticePage(
            heading: "Your device was not connected",
            message: "The device gets no access to your account. You can close this page.")
        return flow.pages.response(page, brand: visit.brand)
    }
}
