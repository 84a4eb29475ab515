import StrictJSON
import WebAddresses

extension Client {
    /// `application` in templates (spec 05 §6).
    public var templateVariables: JSONObject {
        let callback = URLList(callbacks, .callbacks).firstURL
        let origin = callback.flatMap { try? ParsedURL(parsing: $0) }?.origin
        return [
            "name": .string(name), "clientID": .string(clientID), "callback_url": .string(callback ?? ""),
            "callback_domain": .string(origin?.serialized ?? ""),
        ]
    }
}
