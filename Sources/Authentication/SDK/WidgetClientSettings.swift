import StrictJSON
import Tenancy
import TenantHTTP

/// The argument of `Auth0.setClient`: a client with the connections its users log in by.
struct WidgetClientSettings: Sendable {
    let client: Client
    let connections: [Connection]
    let context: TenantContext

    var json: JSON {
        let strategies = connections.map(\.strategy).reduce(into: [String]()) { names, name in
            if !names.contains(name) { names.append(name) }
        }
        return [
            "id": .string(client.clientID), "tenant": .string(context.shard.tenantName), "subscription": "enterprise",
            "authorize": .string(context.issuer + "authorize"), "callback": .string(client.callbacks.first ?? ""),
            "hasAllowedOrigins": .bool(!client.allowedOrigins.isEmpty),
            "strategies": .array(
                strategies.map { name in
                    [
                        "name": .string(name),
                        "connections": .array(connections.filter { $0.strategy == name }.map(shown)),
                    ]
                }),
        ]
    }

    private func shown(_ connection: Connection) -> JSON {
        var shown: JSONObject = ["name": .string(connection.name)]
        switch connection.strategyType {
        case .database:
            shown["passwordPolicy"] = .string(connection.passwordPolicy)
            shown["showSignup"] = .bool(connection.allowsSignUp)
            shown["showForgot"] = true
            shown["requires_username"] = .bool(connection.requiresUsername)
            if connection.requiresUsername { shown["validation"] = connection.widgetValidation }
            for name in ["signup_url", "forgot_password_url"] { shown[name] = connection.options[name] }
        case .enterprise:
            shown["domain"] = connection.options["tenant_domain"] ?? connection.options["domain"]
            shown["domain_aliases"] = connection.options["domain_aliases"]
        case .social:
            shown["scope"] = connection.options["scope"]
        case .passwordless: break
        }
        return .object(shown)
    }
}

/// The argument of `Auth0.setTenant`: every connection by kind, and which client uses which.
struct WidgetTenantSettings: Sendable {
    let connections: [Connection]
    let defaultDirectory: String?

    var json: JSON {
        var kinds: JSONObject = [:]
        for kind in [StrategyType.database, .social, .enterprise, .passwordless] {
            kinds[kind.rawValue] = .array(connections.filter { $0.strategyType == kind }.map(Self.shown))
        }
        var clients: JSONObject = [:]
        for connection in connections {
            for client in connection.enabledClients {
                clients[client] = .array((clients[client]?.array ?? []) + [.string(connection.name)])
            }
        }
        var settings: JSONObject = ["connections": .object(kinds), "clientsConnections": .object(clients)]
        if let defaultDirectory { settings["defaultDirectory"] = .string(defaultDirectory) }
        return .object(settings)
    }

    private static func shown(_ connection: Connection) -> JSON {
        var shown: JSONObject = ["name": .string(connection.name), "strategy": .string(connection.strategy)]
        switch connection.strategyType {
        case .database:
            shown["allowSignup"] = .bool(connection.allowsSignUp)
            shown["allowForgot"] = true
            shown["requiresUsername"] = .bool(connection.requiresUsername)
            if connection.requiresUsername { shown["validation"] = connection.widgetValidation }
        case .enterprise:
            let domain = connection.options["tenant_domain"] ?? connection.options["domain"]
            shown["domains"] = .array(
                (domain.map { [$0] } ?? []) + (connection.options["domain_aliases"]?.array ?? []))
        case .social, .passwordless: break
        }
        return .object(shown)
    }
}

extension Connection {
    fileprivate var widgetValidation: JSON {
        let bounds = options["validation"]?["username"]
        return ["username": ["min": .int(bounds?["min"]?.int ?? 1), "max": .int(bounds?["max"]?.int ?? 15)]]
    }
}
