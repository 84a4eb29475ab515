import HTTPTypes
import StrictJSON

/// One route as an OpenAPI Operation Object.
struct OperationObject {
    private let route: Route

    init(_ route: Route) { self.route = route }

    var json: JSONObject {
        var operation: JSONObject = [
            "operationId": .string(identifier), "summary": .string(summary), "tags": [.string(route.tag)],
            "security": .array(
                (route.access.scopes + route.access.ownScopes).map { ["access_token": [.string($0)]] }),
        ]
        let parameters = pathParameters + queryParameters
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = route.body {
            operation["requestBody"] = [
                "required": .bool(body.isRequired),
                "content": ["application/json": ["schema": .object(body.jsonSchema)]],
            ]
        }
        operation["responses"] = .object(responses)
        return operation
    }

    /// Like `patch_clients_id`.
    private var identifier: String {
        ([route.method.rawValue.lowercased()] + words).joined(separator: "_").replacing("-", with: "_")
    }

    private var words: [String] { route.path.split(separator: "/").map { String($0.drop { $0 == ":" }) } }

    private var summary: String {
        route.operation ?? "Read \(words.joined(separator: " "))"
    }

    private var pathParameters: [JSON] {
        route.path.split(separator: "/").filter { $0.first == ":" }.map { segment in
            [
                "name": .string(String(segment.dropFirst())), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
            ]
        }
    }

    private var queryParameters: [JSON] {
        guard case .object(let rule)? = route.query?.shape else { return [] }
        return rule.properties.map { property in
            [
                "name": .string(property.name), "in": "query",
                "required": .bool(rule.required.contains(property.name)),
                "description": .string(property.schema.description), "schema": .object(property.schema.jsonSchema),
            ]
        }
    }

    private var responses: JSONObject {
        var responses: JSONObject = [:]
        for status in route.successes {
            responses["\(status.code)"] =
                status == .noContent
                ? ["description": "Done"]
                : [
                    "description": "Done",
                    "content": ["application/json": ["schema": .object(route.answerSchema)]],
                ]
        }
        for status in OpenAPIDocument.refusals.keys {
            responses[status] = ["$ref": .string("#/components/responses/\(status)")]
        }
        return responses
    }
}

extension Route {
    /// What a success answers with: the statuses of the method, unless the route says otherwise.
    var successes: [HTTPResponse.Status] {
        switch method {
        case .post: [.ok, .created, .accepted, .noContent]
        case .delete: [.ok, .accepted, .noContent]
        default: [.ok]
        }
    }

    /// What a success says. Listings come in three shapes (spec 03 §1).
    var answerSchema: JSONObject {
        ["type": ["object", "array", "number"]]
    }
}
