import Tenancy

/// A path whose answer may be left with the shard (``EdgeAnswer``): one below ``folder``, because it cannot be made
/// otherwise. So the gateway knows by the first bytes of a path that there is no such answer, and reads no further.
public struct ReadyMadePath: Sendable {
    public static let folder: StaticString = "/.well-known/"

    public let text: String

    /// - Parameter name: what follows the folder, of letters, digits and `/ . - _`.
    public init(_ name: StaticString) { text = "\(Self.folder)\(name)" }

    /// Whether a path may be one.
    public static func mayBe(_ path: String) -> Bool {
        folder.withUTF8Buffer { path.utf8.starts(with: $0) }
    }
}

extension TenantContext {
    /// Leaves an answer where the gateway finds it for whoever asks this host next. Handlers use this one way alone.
    public func publish(_ answer: EdgeAnswer, at path: ReadyMadePath) {
        shard.edgeAnswers.publish(answer, domain: domain, path: path.text)
    }
}
