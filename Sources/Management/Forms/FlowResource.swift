import HTTPTypes
import StrictJSON
import Tenancy

/// What happens behind a form: `/api/v2/flows`. Kept as it is drawn.
struct FlowResource: DocumentResource {
    typealias Item = Flow

    static let routes: [Route] = {
        let resource = FlowResource()
        return [
            resource.listRoute(access: ["read:flows"]), resource.createRoute(access: ["create:flows"]),
            resource.showRoute(access: ["read:flows"]), resource.changeRoute(access: ["update:flows"]),
            resource.deleteRoute(access: ["delete:flows"]),
        ] + VaultConnectionResource.routes
    }()

    let names = ResourceNames(
        path: "flows", plural: "flows", singular: "a flow", missing: .flow, idFormat: .id("flow-id"))
    let listing = Schema.listing([
        "hydrate": .list("What is told beside", of: .text("", length: 1...32)),
        "synchronous": .flag("Whether to list flows that are waited for, or others"),
    ])
    let creation = properties.acceptingNull(except: ["name"])
    let change = properties.change(stay: ["name"])
    let isStamped = true
    let isDeletionIdempotent = false

    private static let properties = Schema.object(
        "The flow",
        [
            "name": .text("The name of the flow", length: 1...150, format: .withoutMarkup),
            "description": .text("What the flow is for", length: 0...1_024),
            "synchronous": .flag("Whether the form waits for it"),
            "actions": .list("Steps of the flow", of: .map("A step"), atMost: 200),
            "triggers": .map("What else begins it"), "security": .map("How often it may run"),
        ],
        required: ["name"])

    func store(_ db: TenantDatabase) -> DocumentStore<Flow> { db.flows }

    func lists(_ flow: Flow, _ call: Call) -> Bool {
        call.query["synchronous"]?.bool.map { $0 == (flow.document["synchronous"]?.bool ?? false) } ?? true
    }
}

/// Accounts at services that flows call: `/api/v2/flows/vault/connections`. What opens them is sealed and shown to nobody.
struct VaultConnectionResource: DocumentResource {
    typealias Item = VaultConnection

    static let routes: [Route] = {
        let resource = VaultConnectionResource()
        return [
            resource.listRoute(access: ["read:flows_vault_connections"]),
            resource.createRoute(access: ["create:flows_vault_connections"]),
            resource.showRoute(access: ["read:flows_vault_connections"]),
            resource.changeRoute(access: ["update:flows_vault_connections"]),
            resource.deleteRoute(access: ["delete:flows_vault_connections"]),
        ]
    }()

    let names = ResourceNames(
        path: "flows/vault/connections", plural: "connections", singular: "a vault connection",
        missing: .vaultConnection, idFormat: .id("vault-connection-id"))
    let listing = Schema.listing()
    let creation = properties.acceptingNull(except: ["name", "app_id"])
    let change = properties.change(immutable: ["app_id"], stay: ["name"])
    let creationStatus = HTTPResponse.Status.ok
    let isStamped = true
    let isDeletionIdempotent = false

    private static let services = [
        "ACTIVECAMPAIGN", "AIRTABLE", "AUTH0", "BIGQUERY", "CLEARBIT", "DOCUSIGN", "GOOGLE_SHEETS", "HTTP", "HUBSPOT",
        "JWT", "MAILCHIMP", "MAILJET", "PIPEDRIVE", "SALESFORCE", "SENDGRID", "SLACK", "STRIPE", "TELEGRAM", "TWILIO",
        "WHATSAPP", "ZAPIER",
    ]

    private static let properties = Schema.object(
        "The vault connection",
        [
            "name": .text("The name of the connection", length: 1...150, format: .withoutMarkup),
            "app_id": .choice("The service", of: services),
            "setup": .map("What opens the account"),
            "account_name": .text("The name of the account", length: 0...255),
        ],
        required: ["name", "app_id"])

    var shown: Schema {
        document.showing(
            always: [
                "refreshed_at": .moment("When its keys were last renewed by themselves").nullable,
                "ready": .flag("Whether there is anything to open the account with"),
                "fingerprint": .text("What tells one set of keys from another"),
            ]
        ).named(names.component)
    }

    func store(_ db: TenantDatabase) -> DocumentStore<VaultConnection> { db.vaultConnections }

    /// Whether there is anything to open the account with, and what tells one set of keys from another.
    func completed(
        _ document: JSONObject, of connection: VaultConnection?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        var document = document.filled(with: ["refreshed_at": nil])
        document["ready"] = .bool(document["setup"] != nil)
        if connection == nil || call.body["setup"] != nil {
            document["fingerprint"] = .string(VaultFingerprint.random())
        }
        if document["account_name"] == nil, let setup = document["setup"]?.object {
            document["account_name"] = VaultFingerprint.accountName(setup).map(JSON.string)
        }
        return document
    }
}
