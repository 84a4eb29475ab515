/// What the parser accepts before it refuses a text, so that no input costs more than its sender paid for it.
public struct JSONLimits: Sendable, Hashable {
    /// How deep arrays and objects may nest; the parser recurses, so this also bounds the stack.
    public var maximumDepth: Int
    /// The longest text, in bytes.
    public var maximumBytes: Int
    /// The most values in one text, counting every array, object and scalar.
    public var maximumValues: Int
    /// The longest member name, in bytes of its decoded form.
    public var maximumNameBytes: Int

    public init(
        maximumDepth: Int = 64,
        maximumBytes: Int = 8 << 20,
        maximumValues: Int = 200_000,
        maximumNameBytes: Int = 4096
    ) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
        self.maximumValues = maximumValues
        self.maximumNameBytes = maximumNameBytes
    }

    /// Depth 64, 8 MiB, 200,000 values, names up to 4 KiB.
    public static let `default` = JSONLimits()
}
