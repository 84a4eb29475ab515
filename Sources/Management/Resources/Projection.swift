import StrictJSON

/// Which properties of an object are shown: `fields` and `include_fields` (spec 03 §1). It works on what the caller
/// may see, so naming a hidden property shows nothing.
struct Projection: Sendable {
    /// Nil shows everything.
    let names: Set<String>?
    /// Whether `names` are what is shown, or what is left out.
    let includes: Bool
    /// Shown whatever is asked: a quirk of the contract.
    let kept: Set<String>

    init(_ query: JSONObject, kept: Set<String>) {
        let list = query["fields"]?.string?.split(separator: ",").map(String.init) ?? []
        names = list.isEmpty ? nil : Set(list)
        includes = query["include_fields"]?.bool ?? true
        self.kept = kept
    }

    func callAsFunction(_ document: JSONObject) -> JSONObject {
        guard let names else { return document }
        return JSONObject(
            document.filter { kept.contains($0.key) || names.contains($0.key) == includes }.map { ($0.key, $0.value) })
    }
}
