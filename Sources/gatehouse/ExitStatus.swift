/// What a command tells the shell, after sysexits.h where that has a number.
enum ExitStatus: Int32, CaseIterable {
    case refused = 1
    case usage = 64
    case unreadableInput = 66
    case unreachable = 69
    case failed = 70
    case unwritableOutput = 73
    case unauthorized = 77
    case configuration = 78

    private var meaning: String {
        switch self {
        case .refused: "the service refused"
        case .usage: "wrong usage"
        case .unreadableInput: "a file cannot be read"
        case .unreachable: "the service cannot be reached"
        case .failed: "the service failed"
        case .unwritableOutput: "a file cannot be written"
        case .unauthorized: "the token is missing or wrong"
        case .configuration: "the configuration is wrong"
        }
    }

    /// All of them, for the help.
    static var table: String {
        "0 done, " + allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: ", ") + "."
    }
}

/// Why a command ends early: a sentence for people, a number for scripts.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
