internal import COpenSSL

/// A certificate with its key and chain in one file under a password (RFC 7292), as Windows tools export it (`.pfx`).
public struct PKCS12: Sendable {
    /// Leaf first, then each one's issuer as far as the file has it, then what else there is.
    public let chain: [Certificate]
    public let key: PrivateKey

    /// Throws ``OpenSSLError`` for a wrong password, a damaged file, and one without certificate or key.
    public init(der: [UInt8], password: String) throws(OpenSSLError) {
        let operation = "read a PKCS #12 file"
        let bundle = try der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var cursor = bytes.baseAddress
            return d2i_PKCS12(nil, &cursor, bytes.count)
        }.orThrow(operation)
        defer { PKCS12_free(bundle) }
        var key: OpaquePointer?
        var leaf: OpaquePointer?
        var others: OpaquePointer?
        try PKCS12_parse(bundle, password, &key, &leaf, &others).orThrow(operation)
        let certificate = leaf.map { Certificate(owning: $0) }
        var rest: [Certificate] = []
        if let others {
            // The stack comes in reverse (OpenSSL 3.0), and each certificate is taken over.
            while let certificate = COpenSSL_X509_pop(others) { rest.append(Certificate(owning: certificate)) }
            COpenSSL_X509_stack_free(others)
        }
        guard let key else { throw OpenSSLError(operation: operation, reason: "there is no private key in it") }
        self.key = try PrivateKey(taking: key)
        guard let certificate else {
            throw OpenSSLError(operation: operation, reason: "there is no certificate in it")
        }
        self.chain = Self.ordered(certificate, rest)
    }

    /// The order in such a file means nothing, and tools differ; servers send each certificate before its issuer.
    private static func ordered(_ leaf: Certificate, _ others: [Certificate]) -> [Certificate] {
        var (chain, rest) = ([leaf], others)
        while let last = chain.last, let next = rest.firstIndex(where: { last.isIssued(by: $0) }) {
            chain.append(rest.remove(at: next))
        }
        return chain + rest
    }
}
