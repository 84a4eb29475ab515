import Synchronization

/// What is known of a connection, by its handshake and by its requests so far.
final class ConnectionInfo: Sendable {
    let serverName: String?
    let clientAddress: String
    /// Of the last request. Hardly any connection is for several hosts.
    private let lastNames = Mutex<(authority: String, names: HostRouter.Names)?>(nil)

    init(serverName: String?, clientAddress: String) {
        self.serverName = serverName
        self.clientAddress = clientAddress
    }

    /// The names of a request with this Host or `:authority`.
    func names(authority: String, by router: HostRouter) throws(Refusal) -> HostRouter.Names {
        // By their bytes: to Swift the Kelvin sign (U+212A) is equal to K, and as a Host it is refused.
        if let last = self.lastNames.withLock({ $0 }), last.authority.utf8.elementsEqual(authority.utf8) {
            return last.names
        }
        let names = try router.names(authority: authority, serverName: self.serverName)
        self.lastNames.withLock { $0 = (authority, names) }
        return names
    }
}
