/// Looks up what the owner of a domain has published.
public protocol DomainVerifier: Sendable {
    /// The TXT records of a name; none if there is no such name.
    func texts(at name: String) async throws -> [String]
}
