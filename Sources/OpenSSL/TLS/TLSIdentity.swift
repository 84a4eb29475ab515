/// What a server proves its name with: a certificate, those that lead to its authority, and the certificate's key.
public struct TLSIdentity: Sendable {
    /// The leaf first.
    public let chain: [Certificate]
    public let key: PrivateKey

    public var leaf: Certificate { self.chain[0] }

    /// - Throws: if the chain is empty, or the key is of another certificate.
    public init(chain: [Certificate], key: PrivateKey) throws(OpenSSLError) {
        guard let leaf = chain.first else {
            throw OpenSSLError(operation: "use a certificate", reason: "there is none")
        }
        guard leaf.matches(key) else {
            throw OpenSSLError(operation: "use a certificate", reason: "the key is of another certificate")
        }
        self.chain = chain
        self.key = key
    }
}
