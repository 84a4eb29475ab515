import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Actions, their versions and their triggers")
struct ActionTests {
    private static func action(_ name: String) -> JSON {
        [
            "name": .string(name), "supported_triggers": [["id": "post-login", "version": "v3"]],
            "code": "exports.onExecutePostLogin = async () => {}", "runtime": "node18",
            "secrets": [["name": "KEY", "value": "Hidden-1"]],
        ]
    }

    @Test("the values of secrets are sealed, shown to nobody, and stay where only the name comes back")
    func secrets() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, "/actions/actions", Self.action("first"))
        #expect(made.status == 201 && made.body["status"] == "pending", "\(made.body)")
        #expect(!made.body.text().contains("Hidden-1") && made.body["secrets"]?.array?.first?["name"] == "KEY")
        let id = try #require(made.body["id"]?.string)
        let read = try await tenant.send(.get, "/actions/actions/\(id)")
        #expect(read.body["status"] == "built" && read.body["all_changes_deployed"] == false)
        let kept = try await tenant.send(.patch, "/actions/actions/\(id)", ["secrets": [["name": "KEY"]]])
        #expect(kept.status == 200, "\(kept.body)")
        let stored = try await tenant.shard.read { try $0.actions.find(id)?.document["secret_values"] }
        #expect(stored?["KEY"] == "Hidden-1")
        let unknown = try await tenant.send(.patch, "/actions/actions/\(id)", ["secrets": [["name": "NEW"]]])
        #expect(unknown.status == 400)
        #expect(try await tenant.lastEvent("sapi").map { JSON.object($0).text().contains("Hidden-1") } == false)
    }

    @Test("a version is what was deployed, whatever becomes of the action, and can be gone back to")
    func versions() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/actions/actions", Self.action("first"))
        let path = "/actions/actions/\(id)"
        let first = try await tenant.send(.post, "\(path)/deploy")
        #expect(first.status == 200 && first.body["number"] == 1 && first.body.at("action", "id")?.string == id)
        let version = try #require(first.body["id"]?.string)
        #expect(try await tenant.send(.get, path).body["all_changes_deployed"] == true)
        _ = try await tenant.send(.patch, path, ["code": "changed"])
        #expect(try await tenant.send(.get, path).body["all_changes_deployed"] == false)
        #expect(try await tenant.send(.post, "\(path)/deploy").body["code"] == "changed")
        let shown = try await tenant.send(.get, "\(path)/versions/\(version)")
        #expect(shown.body["deployed"] == false && shown.body["code"] != "changed")
        #expect(!shown.body.text().contains("Hidden-1"))
        let again = try await tenant.send(.post, "\(path)/versions/\(version)/deploy", [:])
        #expect(again.body["number"] == 3 && again.body["code"] == shown.body["code"])
        let list = try await tenant.send(.get, "\(path)/versions?per_page=2")
        #expect(list.body["total"] == 3 && list.body["versions"]?.array?.count == 2 && list.body["per_page"] == 2)
        #expect(list.body["versions"]?.array?.first?["deployed"] == true)
        let other = try await tenant.make("/actions/actions", Self.action("other"))
        #expect(try await tenant.send(.get, "/actions/actions/\(other)/versions/\(version)").status == 404)
    }

    @Test("the newest fifty versions are kept, and no number comes twice")
    func forgottenVersions() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/actions/actions", Self.action("first"))
        let path = "/actions/actions/\(id)"
        for _ in 0..<51 { #expect(try await tenant.send(.post, "\(path)/deploy").status == 200) }
        #expect(try await tenant.send(.post, "\(path)/deploy").body["number"] == 52)
        let list = try await tenant.send(.get, "\(path)/versions?per_page=50").body
        #expect(list["total"] == 50)
        #expect(list["versions"]?.array?.first?["number"] == 52 && list["versions"]?.array?.last?["number"] == 3)
    }

    @Test("only what is deployed is bound, and what is bound is not deleted unless that is asked for")
    func bindings() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make("/actions/actions", Self.action("first"))
        let path = "/actions/triggers/post-login/bindings"
        let binding: JSON = ["bindings": [["ref": ["type": "action_name", "value": "first"], "display_name": "One"]]]
        #expect(try await tenant.send(.patch, path, binding).status == 400)
        _ = try await tenant.send(.post, "/actions/actions/\(id)/deploy")
        let bound = try await tenant.send(.patch, path, binding)
        #expect(bound.status == 200, "\(bound.body)")
        #expect(bound.body["bindings"]?.array?.first?["display_name"] == "One")
        #expect(bound.body["bindings"]?.array?.first?.at("action", "deployed_version", "number") == 1)
        #expect(try await tenant.send(.get, path).body["total"] == 1)
        #expect(try await tenant.send(.patch, "/actions/triggers/credentials-exchange/bindings", binding).status == 400)
        #expect(try await tenant.send(.get, "/actions/triggers/unheard-of/bindings").errorCode == "invalid_uri")
        #expect(try await tenant.send(.delete, "/actions/actions/\(id)").status == 409)
        #expect(try await tenant.send(.delete, "/actions/actions/\(id)?force=true").status == 204)
        #expect(try await tenant.send(.get, path).body["bindings"] == [])
        let gone = try await tenant.send(.delete, "/actions/actions/\(id)")
        #expect(gone.status == 404 && gone.message == "That action does not exist.")
        #expect(try await tenant.send(.get, "/actions/executions/x").message == "That execution does not exist.")
    }

    @Test("actions are found by name and trigger, and refused without one")
    func listing() async throws {
        let tenant = try await TestTenant()
        _ = try await tenant.make("/actions/actions", Self.action("first"))
        _ = try await tenant.make("/actions/actions", Self.action("second"))
        let found = try await tenant.send(.get, "/actions/actions?actionName=second&triggerId=post-login")
        #expect(found.body["total"] == 1 && found.body["actions"]?.array?.first?["name"] == "second")
        #expect(try await tenant.send(.get, "/actions/actions?deployed=true").body["total"] == 0)
        #expect(try await tenant.send(.post, "/actions/actions", Self.action("first")).status == 409)
        #expect(
            try await tenant.send(.post, "/actions/actions", ["name": "x", "supported_triggers": []]).status == 400)
        #expect(
            try await tenant.send(.post, "/actions/actions", ["name": "x", "supported_triggers": [["id": "never"]]])
                .status == 400)
    }
}
