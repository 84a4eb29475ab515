import Hummingbird
import Tenancy
import TenantHTTP

/// `/activate/consent`: the logged-in user gives the device what it asks for, or does not.
struct DeviceConsentEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let device = try DeviceConsent(opening: state, visit)
        return try await flow.judging(device.consent.request, visit) { authorization in
            let live = try await device.consent.session(visit)
            let transaction = state ?? ""
            let page = ConsentPage(
                client: authorization.client, api: authorization.api, user: live.user, scope: device.consent.scope,
                transaction: transaction, csrf: visit.csrfToken(for: transaction), action: DevicePaths.consent)
            return flow.pages.response(page, brand: visit.brand)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let device = try DeviceConsent(opening: form.transaction, visit)
        return try await flow.judging(device.consent.request, visit) { authorization in
            let live = try await device.consent.session(visit)
            switch form.fields["decision"] {
            case "accept": return try await approve(device, authorization, live, visit)
            case "deny":
                return try await DeviceDenial(flow: flow).deny(
                    device.deviceID, of: authorization.client.clientID, user: live.user, visit)
            default: throw PageError.badRequest("Missing required parameter: decision")
            }
        }
    }

    private func approve(
        _ device: DeviceConsent, _ established: Authorization, _ live: LiveSession, _ visit: Visit
    ) async throws -> Response {
        let granted = device.consent.shown(of: established)
        let consent = ConsentElsewhere(
            granted: granted, events: try await device.consent.events(granted, live, visit), live: live, visit: visit)
        let now = visit.now
        let isDone = try await consent.give { approval, db in
            guard try db.deviceAuthorizations.approve(device.deviceID, by: approval, at: now) else { return false }
            try db.allow(granted, userID: live.user.userID)
            return true
        }
        guard isDone else { throw PageError.deviceGone }
        let page = NoticePage(
            heading: "Your device is connected",
            message: "\(granted.client.name) now has access to your account. You can close this page and go on "
                + "at your device.")
        return flow.pages.response(page, brand: visit.brand)
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
