/// A path whose answer may be left with the shard (``EdgeAnswers``): one below ``folder``, because it cannot be made
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
