import StrictJSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
    @Test("an accessor answers for its own type only")
    func accessors() {
        let values: [JSON] = [nil, true, 1, 1.5, "1", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil, nil])
        #expect(values.map(\.int) == [nil, nil, 1, nil, nil, nil, nil])
        #expect(values.map(\.double) == [nil, nil, 1, 1.5, nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, nil, "1", nil, nil])
        #expect(values.map { $0.array?.count } == [nil, nil, nil, nil, nil, 1, nil])
        #expect(values.map { $0.object?.count } == [nil, nil, nil, nil, nil, nil, 1])
        #expect(
            values.map(\.typeName) == ["null", "boolean", "integer", "number", "string", "array", "object"])
        #expect(values[6]["a"] == 1)
        #expect(values[6]["b"] == nil)
        #expect(values[5]["a"] == nil)
        #expect(JSON.double(2).int == 2)
    }

    @Test("members keep their order while they are set, replaced and removed", arguments: [3, 12, 13, 40])
    func members(_ count: Int) {
        var object = JSONObject()
        for number in 0..<count { object["k\(number)"] = .int(number) }
        #expect(object.keys == (0..<count).map { "k\($0)" })
        object["k1"] = "changed"
        #expect(object.keys.firstIndex(of: "k1") == 1)
        object["k0"] = nil
        #expect(object["k0"] == nil)
        #expect(object.count == count - 1)
        #expect(object.removeValue(forKey: "k2") == 2)
        #expect(object.removeValue(forKey: "k2") == nil)
        for number in 3..<max(count, 3) { #expect(object["k\(number)"] == .int(number)) }
        object["k0"] = .null
        #expect(object.keys.last == "k0")
        #expect(object["k0"] == .null)
        #expect(object.map(\.key) == object.keys)
    }

    @Test("equality and hash do not look at the order of members")
    func equality() {
        let left: JSONObject = ["a": 1, "b": ["c": 2, "d": 3]]
        let right: JSONObject = ["b": ["d": 3, "c": 2], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "b": nil])
        #expect(JSON.array([1, 2]) != [2, 1])
    }

    @Test("merging goes into objects that both have and replaces everything else")
    func merging() {
        let base: JSONObject = ["a": ["x": 1, "y": ["z": 2]], "b": [1, 2], "c": 1, "d": ["e": 1]]
        let patch: JSONObject = ["a": ["y": ["w": 3], "v": 4], "b": [3], "c": ["n": 1], "d": nil, "f": 5]
        #expect(
            base.merging(deep: patch) == [
                "a": ["x": 1, "y": ["z": 2, "w": 3], "v": 4], "b": [3], "c": ["n": 1], "d": nil, "f": 5,
            ])
        #expect(base.merging(deep: [:]) == base)
    }
}
