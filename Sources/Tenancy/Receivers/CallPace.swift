/// How long a receiver may take for its answer, and with how many others it shares the turns. Those that answered promptly
/// the last time, or are new, have one pace, all others another: those that are known not to answer wait for each other.
public struct CallPace: Sendable {
    /// An answer that takes no longer shows that a receiver keeps up.
    public static let promptness = Duration.seconds(1)

    /// Seconds a receiver has for its answer.
    public let patience: Int
    public let slots: FairSlots

    /// - Parameters:
    ///   - slots: calls at once.
    ///   - share: how many of them may be one tenant's.
    public init(patience: Int, slots: Int, share: Int) {
        self.patience = patience
        self.slots = FairSlots(slots, share: share)
    }

    /// Whether an attempt that brought no answer was ended by our patience, rather than by the receiver.
    public static func isUsedUp(_ patience: Int, by took: Duration) -> Bool { took >= .milliseconds(patience * 900) }
}
