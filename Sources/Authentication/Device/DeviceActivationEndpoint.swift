import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// `/activate` (RFC 8628 §3.3): the user enters the code that the device shows.
struct DeviceActivationEndpoint: Sendable {
    /// What the form's token is bound to beside the browser: there is no transaction yet.
    private static let form = "activate"

    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let visit = try await Visit(request, context)
        // A login that was refused on the way comes back here; what the address says of it is anybody's text.
        let error = query["error"] == nil ? nil : "The login did not succeed. Your device was not connected."
        return page(visit, userCode: query["user_code"], error: error)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        guard form.transaction == Self.form else { throw PageError.forgedForm }
        let typed = form.line("user_code") ?? ""
        switch try await lookUp(typed, visit) {
        case .found(let deviceID, let code):
            let confirmation = DeviceConfirmation(deviceID: deviceID, userCode: code)
            return .found(
                LoginPaths.link(DevicePaths.confirm, try confirmation.sealed(visit)), headers: PagePolicy.plainHeaders)
        case .unknown:
            return page(
                visit, userCode: typed, status: .badRequest,
                error: "This code is not valid. Check it, or ask your device for a new one.")
        case .tooManyAttempts:
            return page(
                visit, userCode: nil, status: .tooManyRequests,
                error: "There were too many wrong codes. Wait a quarter of an hour and try again.")
        }
    }

    private enum Lookup: Sendable {
        case found(deviceID: String, code: String)
        case unknown
        case tooManyAttempts
    }

    private func lookUp(_ typed: String, _ visit: Visit) async throws -> Lookup {
        let (facts, key, now) = (visit.facts, visit.settings.transactionKey, visit.now)
        return try await visit.shard.write { db in
            guard try db.userCodeAttempts.mayTry(from: facts.ip, at: now) else {
                try db.logs.append(facts.event(.failedDeviceActivation, "Too many wrong user codes"))
                return .tooManyAttempts
            }
            if let code = UserCode(typed: typed) {
                let device = try db.deviceAuthorizations.find(userCode: code.digest(key: key))
                if let device, device.isOpen(at: now) { return .found(deviceID: device.id, code: code.text) }
                // Only what could have been a code is a guess.
                try db.userCodeAttempts.noteFailure(from: facts.ip, at: now)
            }
            try db.logs.append(facts.event(.failedDeviceActivation, "Invalid or expired user code"))
            return .unknown
        }
    }

    private func page(
        _ visit: Visit, userCode: String?, status: HTTPResponse.Status = .ok, error: String? = nil
    ) -> Response {
        let page = DeviceCodePage(
            transaction: Self.form, csrf: visit.csrfToken(for: Self.form),
            userCode: userCode.map { $0.bounded(32) }, error: error)
        var response = pages.response(page, brand: visit.brand, status: status)
        if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
        return response
    }
}
