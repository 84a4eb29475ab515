import StrictJSON

/// What one page hands to the next by way of the browser, sealed for one purpose. A conforming type says what it keeps;
/// that it can be neither read, altered, taken elsewhere nor kept for long is ``SealedState``'s.
protocol SealedTransaction: Sendable {
    /// What it is good for; one is never taken for another.
    static var purpose: SealedState.Purpose { get }

    /// What is sealed.
    var payload: JSONObject { get }

    /// Nil for a payload that lacks something.
    init?(payload: JSONObject)
}

extension SealedTransaction {
    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        guard let opened = Self(payload: try SealedState.open(text, for: Self.purpose, visit)) else {
            throw .transactionLost
        }
        self = opened
    }

    func sealed(_ visit: Visit) throws -> String { try SealedState.seal(payload, for: Self.purpose, visit) }
}
