import StrictJSON

extension JSONObject {
    /// This object changed by a PATCH: objects merge at every depth, everything else is replaced, and `null` removes
    /// (spec 07 §0, PATCH semantics of clients).
    func patched(deep patch: JSONObject) -> JSONObject {
        var result = self
        for (name, value) in patch {
            switch value {
            case .null: result.removeValue(forKey: name)
            case .object(let changes): result[name] = .object((result[name]?.object ?? [:]).patched(deep: changes))
            default: result[name] = value
            }
        }
        return result
    }

    /// This object with the members of a PATCH in place of its own; `null` removes.
    func patched(shallow patch: JSONObject) -> JSONObject {
        var result = self
        for (name, value) in patch {
            if value.isNull { result.removeValue(forKey: name) } else { result[name] = value }
        }
        return result
    }

    /// This object with the members of a PATCH in place of its own; `null` removes at every depth.
    func patched(replacing patch: JSONObject) -> JSONObject {
        patched(
            shallow: JSONObject(
                patch.map { name, value in
                    (name, value.object.map { .object(JSONObject().patched(deep: $0)) } ?? value)
                }))
    }

    /// This object with defaults where it has nothing.
    func filled(with defaults: JSONObject) -> JSONObject {
        var result = self
        for (name, value) in defaults where result[name] == nil { result[name] = value }
        return result
    }
}
