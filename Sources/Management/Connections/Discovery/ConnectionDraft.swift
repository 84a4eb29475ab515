import StrictJSON
import Tenancy

/// What is prepared before the transaction that stores a connection.
struct ConnectionDraft: Sendable {
    var body: JSONObject
    /// What its provider says of itself, in a document that was brought along, or where it was asked and has answered.
    var facts: ProviderFacts?

    /// The properties of a new connection, and what its provider says.
    static func creating(_ body: JSONObject, strategy: String, _ call: Call) async throws -> ConnectionDraft {
        let options = body["options"]?.object ?? [:]
        var draft = ConnectionDraft(body: body, facts: try await facts(for: options, strategy, call))
        try await draft.readBrought(strategy, call)
        return draft
    }

    /// A change. Where options lead to another document than before, that one is asked, and what they repeat of the
    /// former does not count against it; the same one is asked again where they leave something open, so that new
    /// certificates come in. Who does not answer changes nothing.
    static func changing(
        _ body: JSONObject, stored: JSONObject, strategy: String, _ call: Call
    ) async throws -> ConnectionDraft {
        var draft = try await asking(body, stored: stored, strategy: strategy, call)
        try await draft.readBrought(strategy, call)
        return draft
    }

    private static func asking(
        _ body: JSONObject, stored: JSONObject, strategy: String, _ call: Call
    ) async throws -> ConnectionDraft {
        guard let options = body["options"]?.object,
            let document = ProviderDocument(of: options, strategy: strategy)
        else { return ConnectionDraft(body: body) }
        var draft = ConnectionDraft(body: body)
        if document == ProviderDocument(of: stored, strategy: strategy) {
            draft.facts = try await facts(for: options, strategy, call)
            guard draft.facts == nil, ProviderDocument.isNeeded(by: options, strategy: strategy) else { return draft }
            draft.body["options"] = .object(LearntOptions.kept(in: options, from: stored, strategy: strategy))
        } else {
            let bare = LearntOptions.removed(from: options, repeating: stored, strategy: strategy)
            draft.facts = try await facts(for: bare, strategy, call)
            if draft.facts != nil { draft.body["options"] = .object(bare) }
        }
        return draft
    }

    /// A document that options bring along counts before a fetched one. It may be long: understanding it keeps neither
    /// the tenant's other writes waiting nor the threads that answer requests.
    private mutating func readBrought(_ strategy: String, _ call: Call) async throws {
        guard let options = body["options"]?.object, ProviderFacts.mayBe(in: options) else { return }
        let brought = try await call.shard.pools.searching.run(for: call.shard.tenantID) {
            ProviderFacts(in: options, strategy: strategy)
        }
        facts = brought ?? facts
    }

    private static func facts(
        for options: JSONObject, _ strategy: String, _ call: Call
    ) async throws -> ProviderFacts? {
        guard ProviderDocument.isNeeded(by: options, strategy: strategy) else { return nil }
        return try await call.services.discovery.facts(
            ProviderDocument(of: options, strategy: strategy), for: call.shard.tenantID)
    }
}
