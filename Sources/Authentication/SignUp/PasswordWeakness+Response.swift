import StrictJSON
import Tenancy

extension PasswordWeakness {
    /// `invalid_password` as the database endpoints answer it (spec 02 §8); for a weak one with the rules.
    var contractError: JSONObject {
        var error: JSONObject = [
            "name": .string(name), "code": "invalid_password", "statusCode": 400, "message": .string(message),
            "description": .string(message),
        ]
        if case .tooWeak(let rules) = self {
            error["description"] = [
                "rules": .array(rules.lines.map { ["message": .string($0)] }), "verified": false,
            ]
            error["policy"] = .string(rules.lines.map { "* " + $0 }.joined(separator: "\n"))
        }
        return error
    }
}
