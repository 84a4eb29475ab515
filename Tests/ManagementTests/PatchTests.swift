import StrictJSON
import TenantTesting
import Testing

@testable import Management

@Suite("PATCH merging")
struct PatchTests {
    @Test(
        "objects merge, arrays replace, null removes",
        arguments: [
            (#"{"a":1}"#, #"{}"#, #"{"a":1}"#),
            (#"{"a":1}"#, #"{"b":2}"#, #"{"a":1,"b":2}"#),
            (#"{"a":1}"#, #"{"a":null}"#, #"{}"#),
            (#"{}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":3}}"#, #"{"a":{"x":3,"y":2}}"#),
            (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":null}}"#, #"{"a":{"y":2}}"#),
            (#"{"a":[1,2]}"#, #"{"a":[3]}"#, #"{"a":[3]}"#),
            (#"{"a":[1]}"#, #"{"a":{"x":1}}"#, #"{"a":{"x":1}}"#),
            (#"{"a":{"x":1}}"#, #"{"a":5}"#, #"{"a":5}"#),
            (#"{}"#, #"{"a":{"x":null,"y":{"z":null}}}"#, #"{"a":{"y":{}}}"#),
            (#"{"a":{"__proto__":1}}"#, #"{"a":{"constructor":2}}"#, #"{"a":{"__proto__":1,"constructor":2}}"#),
        ])
    func deep(_ base: String, _ patch: String, _ expected: String) throws {
        let result = try #require(JSON.parse(base).object).patched(deep: try #require(JSON.parse(patch).object))
        #expect(JSON.object(result) == (try JSON.parse(expected)))
    }

    @Test("properties of merging hold for random objects")
    func properties() {
        var random = SplitMix(state: 42)
        for _ in 0..<500 {
            let base = random.object(depth: 3, nulls: false)
            let patch = random.object(depth: 3, nulls: true)
            let once = base.patched(deep: patch)
            #expect(once.patched(deep: patch) == once, "a patch applied twice changes nothing more")
            #expect(base.patched(deep: [:]) == base, "an empty patch changes nothing")
            #expect(JSONObject().patched(deep: base) == base, "onto nothing, a patch without null is the result")
            #expect(!Self.holdsNull(.object(once)), "no null is ever stored")
            for (name, value) in base where patch[name] == nil { #expect(once[name] == value) }
            for (name, value) in base.patched(shallow: patch) {
                #expect(value == (patch[name] ?? base[name]))
            }
        }
    }

    @Test("user metadata merges on its first level, {} clears it, null removes it")
    func userMetadata() throws {
        let profile: JSONObject = [
            "email": "a@x.example", "email_verified": true,
            "user_metadata": ["a": ["x": 1], "b": 2],
        ]
        func apply(_ body: JSONObject) -> JSONObject {
            UserDraft(attributes: UserDraft.accepted(body)).applied(to: profile)
        }
        #expect(apply(["user_metadata": ["a": ["y": 2]]])["user_metadata"] == ["a": ["y": 2], "b": 2])
        #expect(apply(["user_metadata": ["b": nil]])["user_metadata"] == ["a": ["x": 1]])
        #expect(apply(["user_metadata": [:]])["user_metadata"] == [:])
        #expect(apply(["user_metadata": nil])["user_metadata"] == nil)
        #expect(apply(["app_metadata": ["blocked": true, "plan": "full"]])["app_metadata"] == ["plan": "full"])
        #expect(apply(["app_metadata": ["user_id": "x"]])["app_metadata"] == nil)
        #expect(apply(["email": "B@X.example"])["email"] == "b@x.example")
        #expect(apply(["email": "B@X.example"])["email_verified"] == false)
        #expect(apply(["email": "A@X.example"])["email_verified"] == true)
        #expect(apply(["password": "secret", "connection": "c"])["password"] == nil)
    }

    @Test("a projection shows what is asked, what is kept, and nothing that was hidden before")
    func projection() {
        let document: JSONObject = ["tenant": "t", "name": "n", "client_id": "i"]
        func keys(_ query: JSONObject) -> [String] { Projection(query, kept: ["tenant"])(document).keys }
        #expect(keys([:]) == ["tenant", "name", "client_id"])
        #expect(keys(["fields": "client_id"]) == ["tenant", "client_id"])
        #expect(keys(["fields": "client_id", "include_fields": true]) == ["tenant", "client_id"])
        #expect(keys(["fields": "client_id,tenant", "include_fields": false]) == ["tenant", "name"])
        #expect(keys(["fields": "client_secret"]) == ["tenant"])
        #expect(keys(["fields": ""]) == ["tenant", "name", "client_id"])
    }

    private static func holdsNull(_ value: JSON) -> Bool {
        switch value {
        case .null: true
        case .object(let members): members.contains { holdsNull($0.value) }
        default: false
        }
    }
}

extension SplitMix {
    fileprivate mutating func object(depth: Int, nulls: Bool) -> JSONObject {
        var object: JSONObject = [:]
        for _ in 0..<Int.random(in: 0...4, using: &self) {
            object[["a", "b", "c", "d", "e"].randomElement(using: &self)!] = value(depth: depth - 1, nulls: nulls)
        }
        return object
    }

    private mutating func value(depth: Int, nulls: Bool) -> JSON {
        switch Int.random(in: 0...4, using: &self) {
        case 0 where nulls: .null
        case 1 where depth > 0: .object(object(depth: depth, nulls: nulls))
        case 2: [1, 2]
        case 3: .string("s")
        default: .int(Int.random(in: 0...9, using: &self))
        }
    }
}
