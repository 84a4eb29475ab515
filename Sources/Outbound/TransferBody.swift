/// What a transfer sends.
public enum TransferBody: Sendable {
    case none
    case bytes([UInt8], type: String? = nil)
    case file(path: String, type: String)

    /// Its media type, where it has one.
    var type: String? {
        switch self {
        case .none: nil
        case .bytes(_, let type): type
        case .file(_, let type): type
        }
    }
}
