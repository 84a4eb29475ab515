/// One of those a tenant has called when something has happened: a log stream, an application's logout endpoint.
public struct Receiver: Sendable, Hashable {
    public let tenant: TenantID
    /// Names it among the tenant's.
    public let id: String

    public init(tenant: TenantID, id: String) {
        self.tenant = tenant
        self.id = id
    }
}
