import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// The description of the Management API for programs (OpenAPI 3.1), made from the same declarations that requests
/// are checked by, so that the two cannot tell different stories.
struct OpenAPIDocument {
    static let path: RouterPath = "/api/v2/openapi.json"

    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes }

    var json: JSONObject {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Management API", "version": "2.0",
                "description": "Everything of one tenant: its applications, APIs, connections, users and settings.",
            ],
            "servers": [["url": "/api/v2", "description": "The tenant whose host name is asked"]],
            "tags": .array(tags.map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "responses": .object(Self.refusals),
                "securitySchemes": ["access_token": securityScheme],
            ],
        ]
    }

    // MARK: Paths

    private var tags: [String] { Set(routes.map(\.tag)).sorted() }

    private var paths: JSONObject {
        let byPath = Dictionary(grouping: routes, by: \.templatedPath)
        var paths: JSONObject = [:]
        for path in byPath.keys.sorted() {
            var item: JSONObject = [:]
            for route in byPath[path] ?? [] {
                item[route.method.rawValue.lowercased()] = .object(OperationObject(route).json)
            }
            paths[path] = .object(item)
        }
        return paths
    }

    // MARK: Components

    /// What operations refer to, by name. Where an object and a part of it are both referred to, they have their
    /// properties in common, and differ in what is certain to be there.
    private var schemas: JSONObject {
        var components: [String: [Schema]] = [:]
        for schema in routes.flatMap(\.schemas) { schema.collectComponents(into: &components) }
        var schemas: JSONObject = ["Error": Self.error]
        for (name, same) in components.sorted(by: { $0.key < $1.key }) {
            guard let schema = same.first else { continue }
            let part = name + Schema.partSuffix
            if components[part] != nil, case .object(let rule) = schema.shape {
                var whole = Schema.reference(part)
                whole["required"] = .array(rule.required.map(JSON.string))
                schemas[name] = .object(whole)
            } else {
                schemas[name] = .object(schema.notNull.definition)
            }
        }
        return schemas
    }

    /// Names that mean more than one thing: none, or the description tells something false.
    var ambiguousComponents: [String] {
        var components: [String: [Schema]] = [:]
        for schema in routes.flatMap(\.schemas) { schema.collectComponents(into: &components) }
        return components.filter { Set($0.value.map { JSON.object($0.notNull.definition) }).count > 1 }.keys.sorted()
    }

    private var securityScheme: JSON {
        var scopes: JSONObject = [:]
        for scope in Set(routes.flatMap { $0.access.scopes + $0.access.ownScopes }).sorted() {
            scopes[scope] = .string(scope.replacing(":", with: " ").replacing("_", with: " "))
        }
        return [
            "type": "oauth2",
            "description":
                "An access token for the audience https://DOMAIN/api/v2/; any one of an operation's scopes suffices.",
            "flows": ["clientCredentials": ["tokenUrl": "/oauth/token", "scopes": .object(scopes)]],
        ]
    }

    private static let error: JSON = [
        "type": "object",
        "description": "What was wrong, for programs and for people",
        "required": ["statusCode", "error", "message"], "additionalProperties": false,
        "properties": [
            "statusCode": ["type": "integer"], "error": ["type": "string"], "message": ["type": "string"],
            "errorCode": ["type": "string"], "attributes": ["type": "object"],
        ],
    ]

    /// What any operation may be refused with, by status.
    static let refusals: JSONObject = {
        var responses: JSONObject = [:]
        for (status, description, tellers) in [
            (HTTPResponse.Status.badRequest, "Path, query, body or a rule between them is wrong", Tellers.both),
            (.unauthorized, "There is no valid access token", .api),
            (.forbidden, "The token lacks the scope, or the object must not be changed", .both),
            (.notFound, "There is no such object", .both),
            (.methodNotAllowed, "The path does not know this method", .both),
            (.requestTimeout, "The request took too long", .front),
            (.conflict, "Something with this identity exists already", .api),
            (.contentTooLarge, "The body is too large", .both),
            (.uriTooLong, "The query is too long", .both),
            (.unsupportedMediaType, "The body is not of the type that is read here", .api),
            (.tooManyRequests, "Too many requests; the headers tell when to come back", .both),
            (.requestHeaderFieldsTooLarge, "The header fields are too large", .front),
            (.serviceUnavailable, "The tenant or the service cannot answer at the moment", .both),
        ] {
            var content: JSONObject = [:]
            if tellers != .front {
                content["application/json"] = ["schema": ["$ref": "#/components/schemas/Error"]]
            }
            if tellers != .api { content["text/plain"] = ["schema": ["type": "string"]] }
            responses["\(status.code)"] = ["description": .string(description), "content": .object(content)]
        }
        return responses
    }()

    /// Who refuses. What the front server refuses before it knows which API is meant is told in plain words.
    private enum Tellers {
        case api, front, both
    }
}

extension Route {
    /// Every schema that is told of the route.
    var schemas: [Schema] { [query, body].compactMap { $0 } + told.compactMap(\.content) }

    /// `/clients/:id` as OpenAPI writes it.
    var templatedPath: String {
        path.split(separator: "/").map { $0.first == ":" ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
    }

    /// The family the route belongs to, as its path begins.
    var tag: String { path.split(separator: "/").first.map(String.init) ?? "" }
}
