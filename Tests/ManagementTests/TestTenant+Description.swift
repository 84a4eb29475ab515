import HTTPTypes
import StrictJSON
import Testing

@testable import Management

extension TestTenant {
    /// Every answer any test gets has to be one that the API's description tells of.
    func expectDescribed(_ reply: Reply, of method: HTTPRequest.Method, _ path: String) {
        guard let route = Route.at(method, path) else { return }
        guard (200...299).contains(reply.status) else {
            let names = Set(reply.body.object?.keys ?? [])
            #expect(names.isSuperset(of: ["statusCode", "error", "message"]), "\(method) \(path): \(reply.body)")
            #expect(OpenAPIDocument.refusals["\(reply.status)"] != nil, "\(method) \(path) answers \(reply.status)")
            return
        }
        guard let success = route.told.first(where: { $0.status.code == reply.status }) else {
            Issue.record("\(method) \(path) answers \(reply.status), which its description does not know")
            return
        }
        guard let content = success.content else {
            #expect(reply.body.isNull, "\(method) \(path) answers with a body: \(reply.body)")
            return
        }
        do throws(Violation) {
            try content.check(reply.body)
        } catch {
            Issue.record("\(method) \(path) is not as described: \(error.text) in \(reply.body.text().prefix(2_000))")
        }
    }
}

extension Route {
    /// The route of a request: of those that fit, the one that captures least.
    static func at(_ method: HTTPRequest.Method, _ path: String) -> Route? {
        let segments = path.prefix { $0 != "?" }.split(separator: "/")
        return managementRoutes.filter { route in
            guard route.method == method else { return false }
            let pattern = route.path.split(separator: "/")
            return pattern.count == segments.count
                && zip(pattern, segments).allSatisfy { $0.first == ":" || $0 == $1 }
        }.min { $0.captures < $1.captures }
    }

    private var captures: Int { path.count { $0 == ":" } }
}
