import HTTPTypes
import Hummingbird
import NIOCore
import TenantHTTP

extension HTTPField.Name {
    static let contentSecurityPolicy = HTTPField.Name("Content-Security-Policy")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

/// What a page may load, where its forms may lead, and who may frame it.
struct PagePolicy: Sendable {
    /// Beside the tenant itself. Browsers apply `form-action` to the redirect that answers a form as well, so a page
    /// whose form ends at a client names the client's redirect URI here.
    var formTargets: [String] = []
    /// The origin of a page that this one shows in a frame.
    var framed: String?
    /// What a page that is not ours may load; ours load what comes from the tenant's host alone.
    var content = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: https:"
    /// The one font that is not ours, by its whole address.
    var font: String?
    /// The one origin that may frame the page; nil for nobody.
    var frameAncestor: String?

    var headers: HTTPFields {
        let targets = (["'self'"] + formTargets).joined(separator: " ")
        var headers: HTTPFields = [
            .contentSecurityPolicy:
                "\(content); "
                + (font.map { "font-src \($0); " } ?? "")
                + (framed.map { "frame-src \($0); " } ?? "")
                + "form-action \(targets); frame-ancestors \(frameAncestor ?? "'none'"); base-uri 'none'",
            // The address of a page holds its transaction: no link may carry it elsewhere.
            .referrerPolicy: "no-referrer",
        ]
        if frameAncestor == nil { headers[.frameOptions] = "DENY" }
        return headers
    }
}

extension PagePolicy {
    /// The headers of a page, or of a redirect, that needs nothing of its own.
    static let plainHeaders = PagePolicy().headers

    /// Of pages the tenant wrote, on which the tenant's scripts run.
    static let tenantsContent =
        "default-src 'self' https: data: blob:; script-src 'self' https: 'unsafe-inline' 'unsafe-eval'; "
        + "style-src 'self' https: 'unsafe-inline'"
}
