import HTTPTypes
import Hummingbird
import NIOCore
import TenantHTTP

extension HTTPField.Name {
    static let contentSecurityPolicy = HTTPField.Name("Content-Security-Policy")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
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
    /// The one origin that may frame the page; nil for nobody.
    var frameAncestor: String?

    var headers: HTTPFields {
        let targets = (["'self'"] + formTargets).joined(separator: " ")
        var headers: HTTPFields = [
            .contentSecurityPolicy:
                "\(content); "
                + (framed.map { "frame-src \($0); " } ?? "")
                + "form-action \(targets); frame-ancestors \(frameAncestor ?? "'none'"); base-uri 'none'",
            // The address of a page holds its transaction: no link may carry it elsewhere.
            .referrerPolicy: "no-referrer",
        ]
        if frameAncestor == nil { headers[.frameOptions] = "DENY" }
        return headers
    }
}

extension HostedPages {
    /// A page as an answer.
    func response(
        _ page: some HostedPage, brand: PageBrand, status: HTTPResponse.Status = .ok, policy: PagePolicy = PagePolicy()
    ) -> Response {
        .bytes(
            Array(html(page, brand: brand).utf8), status: status, contentType: "text/html; charset=utf-8",
            headers: policy.headers)
    }
}
