import StrictJSON
import Tenancy

/// The mail service a tenant sends by: `/api/v2/emails/provider` (spec 03 §8). What opens it is sealed and never shown.
enum EmailProviderResource {
    static let routes = [show, create, change, remove]

    private static let path = "/emails/provider"

    private static let show = Route.read(
        path, access: ["read:email_provider"], query: .single, successes: [.ok(EmailProviderSchema.shown.fields())]
    ) { call, db in
        guard let provider = try db.emailProvider.find() else { throw ManagementError.inexistent(.emailProvider) }
        let asked = Projection(call.query, kept: [])
        var document = EmailProviderSchema.shown(provider)
        // Credentials are shown to who names them (spec 07 §10).
        if !(asked.includes && asked.names?.contains("credentials") == true) { document["credentials"] = nil }
        return .ok(asked(document))
    }

    private static let create = Route.write(
        .post, path, access: ["create:email_provider"], body: EmailProviderSchema.creation,
        operation: "Create the email provider", successes: [.created(EmailProviderSchema.shown)]
    ) { call, db in
        guard try db.emailProvider.find() == nil else {
            throw ManagementError.taken("There is already an active email provider for this tenant.")
        }
        let provider = EmailProvider(
            document: JSONObject().patched(deep: call.body).filled(with: ["enabled": true]))
        try EmailProviderSchema.check(provider)
        try db.emailProvider.save(provider)
        return .created(EmailProviderSchema.shown(provider))
    }

    private static let change = Route.write(
        .patch, path, access: ["update:email_provider"], body: EmailProviderSchema.change,
        operation: "Update the email provider", successes: [.ok(EmailProviderSchema.shown)]
    ) { call, db in
        guard let provider = try db.emailProvider.find() else { throw ManagementError.inexistent(.emailProvider) }
        // Credentials come whole or not at all: a password never goes to another host or service than it was given for.
        // The settings of one service mean nothing to another.
        var kept = provider.document
        if let name = call.body["name"]?.string, name != provider.name {
            kept.removeValue(forKey: "credentials")
            kept.removeValue(forKey: "settings")
        }
        var document = kept.patched(deep: call.body)
        document["credentials"] = call.body["credentials"] ?? kept["credentials"]
        let changed = EmailProvider(document: document)
        try EmailProviderSchema.check(changed)
        try db.emailProvider.save(changed)
        return .ok(EmailProviderSchema.shown(changed))
    }

    private static let remove = Route.write(
        .delete, path, access: ["delete:email_provider"], operation: "Delete the email provider"
    ) { _, db in
        _ = try db.emailProvider.delete()
        return .deleted
    }
}
