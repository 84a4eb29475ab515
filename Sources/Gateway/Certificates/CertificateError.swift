/// Why a certificate is not taken into use. No case carries anything of a private key.
public enum CertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidName(String)
    case unreadable(String)
    case unreadableKey(String)
    case keyDoesNotMatch
    case doesNotCover(name: String, names: [String])
    case expired(at: Int)
    case notYetValid(from: Int)
    /// A certificate of the chain, counted from the leaf's 1, did not sign the one before it.
    case brokenChain(position: Int, name: String, before: String)
    case tooLarge
    case notWritable(path: String, reason: String)

    public var description: String {
        switch self {
        case .invalidName(let name): "\"\(name)\" is no host name, nor a wildcard like *.example.com"
        case .unreadable(let reason): "the certificate cannot be read: \(reason)"
        case .unreadableKey(let reason): "the private key cannot be read: \(reason)"
        case .keyDoesNotMatch: "the private key belongs to another certificate"
        case .doesNotCover(let name, let names) where names.isEmpty:
            "the certificate does not cover \(name): it has no DNS name among its alternative names"
        case .doesNotCover(let name, let names):
            "the certificate does not cover \(name), only \(names.joined(separator: ", "))"
        case .expired(let time): "the certificate expired at \(HTTPDate.format(time))"
        case .notYetValid(let time): "the certificate is not valid before \(HTTPDate.format(time))"
        case .brokenChain(let position, let name, let before):
            "certificate \(position) of the chain (\(name)) is not the authority that signed the one before it "
                + "(\(before))"
        case .tooLarge: "the certificate is larger than any real one"
        case .notWritable(let path, let reason): "cannot write \(path): \(reason)"
        }
    }
}
