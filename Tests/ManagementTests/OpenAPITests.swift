import HTTPTypes
import StrictJSON
import Testing

@testable import Management

@Suite("The API's description of itself")
struct OpenAPITests {
    private let document = OpenAPIDocument(managementRoutes)

    @Test("every operation tells what it answers; deletions may leave it to the rule")
    func nothingIsGeneric() {
        let silent = managementRoutes.filter { $0.successes.isEmpty && $0.method != .delete }
        #expect(silent.map { "\($0.method) \($0.path)" } == [])
    }

    @Test("a name means one thing")
    func names() {
        #expect(document.ambiguousComponents == [])
    }

    @Test("every reference leads somewhere")
    func references() {
        let known = Set((JSON.object(document.json)["components"]?["schemas"]?.object ?? [:]).keys)
        let referred = Set(
            Self.references(in: .object(document.json)).compactMap { reference in
                reference.hasPrefix("#/components/schemas/") ? String(reference.dropFirst(21)) : nil
            })
        #expect(referred.subtracting(known) == [])
        #expect(known.subtracting(referred) == [], "a component that nothing refers to")
        #expect(known.isSuperset(of: ["User", "Identity", "Client", "Connection", "LogEvent", "Role", "Error"]))
    }

    @Test("where fields may be left out none is promised but those that no projection takes away")
    func projections() {
        let kept: Set<String> = [
            "tenant", "is_domain_connection", "_id", "sandbox_version", "sandbox_versions_available",
        ]
        for route in managementRoutes where route.query?.hasProperty("fields") == true {
            for success in route.told {
                #expect(Self.promised(success.content).isSubset(of: kept), "\(route.method) \(route.path)")
            }
        }
    }

    @Test("a resource declared without a word about answers is told by what may be set")
    func derivation() throws {
        let rule = RuleResource().shown
        #expect(rule.component == "Rule")
        try rule.check([
            "id": "rul_1", "name": "n", "script": "s", "enabled": true, "order": 1, "stage": "login_success",
        ])
        let missing = #expect(throws: Violation.self) { try rule.check(["id": "rul_1", "name": "n", "script": "s"]) }
        #expect(missing?.reason == "Missing required property: enabled")
        let unknown = #expect(throws: Violation.self) {
            try rule.fields().check(["secret": "x"])
        }
        #expect(unknown?.reason == "Additional properties not allowed: secret")
        #expect(throws: Violation.self) { try rule.fields().check(["name": nil]) }
    }

    @Test("what is sent of an object and what is shown of it are two things")
    func secrets() {
        let shown = UserSchema.shown
        #expect(!shown.hasProperty("password") && !shown.hasProperty("verify_email"))
        #expect(RoleResource().shown.hasProperty("id") && !RoleResource().creation.hasProperty("id"))
    }

    @Test("the document is read by GET and HEAD; other methods are told so")
    func methods() async throws {
        let tenant = try await TestTenant()
        let whole = try await tenant.exchange(.get, "/openapi.json", headers: [:])
        let head = try await tenant.exchange(.head, "/openapi.json", headers: [:])
        #expect(whole.status == 200 && head.status == 200 && head.text.isEmpty)
        #expect(head.headers[.contentType] == whole.headers[.contentType])
        #expect(head.headers[.contentLength] == String(whole.text.utf8.count))
        let asked = try await tenant.exchange(.options, "/openapi.json", headers: [:])
        #expect(asked.status == 204 && asked.headers[.allow] == "GET, HEAD, OPTIONS")
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            let refused = try await tenant.send(method, "/openapi.json", authorization: [])
            #expect(refused.status == 405 && refused.headers[.allow] == "GET, HEAD, OPTIONS", "\(method)")
            #expect(refused.body["statusCode"] == 405)
        }
    }

    /// The properties of the objects a schema describes that are certain to be there, lists and pages looked into.
    private static func promised(_ schema: Schema?) -> Set<String> {
        guard let schema else { return [] }
        switch schema.shape {
        case .list(let element, _): return promised(element)
        case .either(let schemas):
            // What is promised by all.
            return schemas.dropFirst().reduce(promised(schemas.first)) { $0.intersection(promised($1)) }
        case .object(let rule):
            // A page is an object about its elements.
            if let page = rule.properties.first(where: { if case .list = $0.schema.shape { true } else { false } }),
                rule.required.contains(page.name),
                rule.properties.contains(where: { ["total", "next"].contains($0.name) })
            {
                return promised(page.schema)
            }
            return Set(rule.required)
        case .text, .integer, .number, .boolean, .any: return []
        }
    }

    private static func references(in value: JSON) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { $0.key == "$ref" ? [$0.value.string ?? ""] : references(in: $0.value) }
        default: []
        }
    }
}

extension Schema {
    fileprivate func hasProperty(_ name: String) -> Bool {
        guard case .object(let rule) = shape else { return false }
        return rule.properties.contains { $0.name == name }
    }
}
