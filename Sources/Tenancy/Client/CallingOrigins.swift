import WebAddresses

/// The origins whose pages may call the service for some client of the tenant (spec 01 §3), each once: what a CORS
/// preflight is held against, whose client is unknown. One look-up decides, however many clients there are.
public struct CallingOrigins: Sendable {
    /// Serialized origins, and whether a client of the tenant's own is among those that allow each.
    private var exact: [String: Bool] = [:]
    /// The same of those with a wildcard.
    private var patterns: [String: (list: URLList, isFirstParty: Bool)] = [:]

    init(_ clients: [Client]) {
        for client in clients { add(client) }
    }

    /// Those of all clients, of which only one is held at a time.
    init(_ clients: ClientStore) throws { try clients.each { add($0) } }

    private mutating func add(_ client: Client) {
        for origin in client.effectiveOrigins.origins {
            if origin.utf8.contains(UInt8(ascii: "*")) {
                let isKnown = patterns[origin]?.isFirstParty == true
                patterns[origin] = (URLList([origin], .origins), isKnown || client.isFirstParty)
            } else {
                exact[origin] = exact[origin] == true || client.isFirstParty
            }
        }
    }

    /// - Parameter firstPartyOnly: whether only what the tenant's own clients allow counts.
    public func allow(_ origin: WebOrigin, firstPartyOnly: Bool = false) -> Bool {
        if let isFirstParty = exact[origin.serialized], isFirstParty || !firstPartyOnly { return true }
        return patterns.values.contains { ($0.isFirstParty || !firstPartyOnly) && $0.list.allows(origin: origin) }
    }
}

extension Client {
    /// Where pages that call the service for this client may come from.
    public var effectiveOrigins: URLList {
        .effectiveOrigins(callbacks: callbacks, allowedOrigins: allowedOrigins)
    }
}
