import Hummingbird
import Tenancy
import TenantHTTP

/// `/activate/confirm`: whose device it is and what it wants, before anybody logs in for it. Somebody who was sent a
/// link with a stranger's code can still turn back here (RFC 8628 §5.4).
struct DeviceConfirmationEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let confirmation = try DeviceConfirmation(opening: state, visit)
        let wanted = AuthorizeRequest(try await device(of: confirmation, visit))
        return try await flow.judging(wanted, visit) { authorization in
            let transaction = state ?? ""
            let page = DeviceConfirmationPage(
                client: authorization.client, api: authorization.api, userCode: confirmation.userCode,
                scope: authorization.scope, transaction: transaction, csrf: visit.csrfToken(for: transaction))
            return flow.pages.response(page, brand: visit.brand)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let device = try await device(of: try DeviceConfirmation(opening: form.transaction, visit), visit)
        switch form.fields["decision"] {
        case "accept":
            let (browser, now) = (visit.browser.fingerprint, visit.now)
            let isOurs = try await visit.shard.write {
                try $0.deviceAuthorizations.claim(device.id, browser: browser, at: now)
            }
            guard isOurs else { throw PageError.deviceGone }
            return try await flow.begin(AuthorizeRequest(device), visit)
        case "deny": return try await DeviceDenial(flow: flow).deny(device.id, of: device.clientID, visit)
        default: throw PageError.badRequest("Missing required parameter: decision")
        }
    }

    private func device(of confirmation: DeviceConfirmation, _ visit: Visit) async throws -> DeviceAuthorization {
        let device = try await visit.shard.read { try $0.deviceAuthorizations.find(id: confirmation.deviceID) }
        guard let device, device.isOpen(at: visit.now) else { throw PageError.deviceGone }
        return device
    }
}
