import Tenancy

extension ClientStore {
    /// All clients at once, of which a test has few.
    public func all() throws -> [Client] {
        var clients: [Client] = []
        try each { clients.append($0) }
        return clients
    }
}
