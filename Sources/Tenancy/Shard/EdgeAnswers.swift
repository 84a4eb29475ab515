import Synchronization

/// A response that is the same for everyone who asks: its bytes are made once and written from the event loop
/// before any `async` hop (ARCHITECTURE, decision 1).
public struct EdgeAnswer: Sendable {
    public let contentType: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(contentType: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// The ready-made answers of one open shard, by domain and path. They live and die with the shard, so nothing of
/// one tenant is found under another's name.
public final class EdgeAnswers: Sendable {
    private struct Key: Hashable {
        let domain: String
        let path: String
    }

    private let answers = Mutex<[Key: EdgeAnswer]>([:])

    /// - Parameters:
    ///   - domain: host and, where it is not 443, public port, as in the issuer.
    ///   - path: the path of the request, without query.
    public func answer(domain: String, path: String) -> EdgeAnswer? {
        answers.withLock { $0[Key(domain: domain, path: path)] }
    }

    /// Keeps an answer for the next request. The hosts of a tenant are few, so the table stays small.
    public func publish(_ answer: EdgeAnswer, domain: String, path: ReadyMadePath) {
        answers.withLock { $0[Key(domain: domain, path: path.text)] = answer }
    }

    /// Forgets everything: a signing key or a setting that shows in the answers has changed.
    func drop() {
        answers.withLock { $0.removeAll() }
    }
}
