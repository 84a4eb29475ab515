import Hummingbird
import StrictJSON
import TenantHTTP

/// The members of a request's JSON object, read by name and type; unknown ones are refused, because a misspelt
/// member that is silently ignored is a surprise later.
struct AdminBody: Sendable {
    private let members: JSONObject

    /// - Parameter known: the members this request may have.
    init(_ request: Request, known: Set<String>) async throws {
        let bytes = try await request.bodyBytes()
        guard !bytes.isEmpty else {
            members = [:]
            return
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw AdminError.malformed("The body is not valid JSON: \(error.reason).")
        }
        guard let object = json.object else { throw AdminError.malformed("The body must be a JSON object.") }
        if let unknown = object.keys.first(where: { !known.contains($0) }) {
            let list = known.sorted().joined(separator: ", ")
            throw AdminError.invalid(unknown, "There is no member \"\(unknown)\" here; there are: \(list).")
        }
        members = object
    }

    func text(_ name: String) throws(AdminError) -> String? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let text = value.string else {
            throw .invalid(name, "\(name) must be a string, not \(value.typeName).")
        }
        return text
    }

    func requiredText(_ name: String) throws(AdminError) -> String {
        guard let text = try text(name) else { throw .invalid(name, "\(name) is missing.") }
        return text
    }

    func flag(_ name: String) throws(AdminError) -> Bool {
        guard let value = members[name], !value.isNull else { return false }
        guard let flag = value.bool else {
            throw .invalid(name, "\(name) must be true or false, not \(value.typeName).")
        }
        return flag
    }
}
