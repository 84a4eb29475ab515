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
        if let upload = route.upload {
            operation["requestBody"] = [
                "required": true, "content": [Upload.mediaType: ["schema": .object(upload.jsonSchema)]],
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
        for success in route.told {
            var response: JSONObject = ["description": .string(success.content?.description ?? "Done")]
            if let content = success.content {
                response["content"] = ["application/json": ["schema": .object(content.jsonSchema)]]
            }
            responses["\(success.status.code)"] = .object(response)
        }
        for status in OpenAPIDocument.refusals.keys {
            responses[status] = ["$ref": .string("#/components/responses/\(status)")]
        }
        return responses
    }
}

extension Upload {
    fileprivate var jsonSchema: JSONObject {
        var schema = fields.jsonSchema
        var properties = schema["properties"]?.object ?? [:]
        properties[file] = ["type": "string", "format": "binary", "description": "The file"]
        schema["properties"] = .object(properties)
        schema["required"] = .array((schema["required"]?.array ?? []) + [.string(file)])
        return schema
    }
}

extension Route {
    /// What the description tells of successes. A route that declares nothing is told in general terms; a deletion
    /// without words answers without a body, as nearly all do.
    var told: [Success] {
        guard successes.isEmpty else { return successes }
        guard method != .delete else { return [.noContent] }
        let statuses: [HTTPResponse.Status] = method == .get ? [.ok] : [.ok, .created, .accepted]
        let something = Schema.either("Something", [.map("An object"), .list("A list", of: .any(""))])
        return statuses.map { Success(status: $0, content: something) } + (method == .get ? [] : [.noContent])
    }
}
