import Tenancy

/// Asks identity providers what they publish about themselves, so that a connection needs little more than an address
/// (spec 05 §1). It is asked before the transaction that stores the connection, on threads of its own.
public struct ProviderDiscovery: Sendable {
    /// Reads and understands a document. What is behind it owns the network: who may be called, and for how long.
    private let read: @Sendable (ProviderDocument, TenantID) async throws -> ProviderFacts

    public init(read: @escaping @Sendable (ProviderDocument, TenantID) async throws -> ProviderFacts) {
        self.read = read
    }

    /// Asks nobody.
    public static let none = ProviderDiscovery { _, _ throws(DiscoveryError) in throw .unreachable("nobody is asked") }

    /// What a document says; nil where it cannot be had or is not to be used. A provider that is out of reach keeps
    /// nobody from configuring it: the connection has then what was given, as recorded of the original. Only our own
    /// being busy is passed on, which the caller can cure by waiting.
    func facts(_ document: ProviderDocument?, for tenant: TenantID) async throws -> ProviderFacts? {
        guard let document else { return nil }
        do {
            return try await read(document, tenant)
        } catch is DiscoveryError {
            return nil
        }
    }
}
