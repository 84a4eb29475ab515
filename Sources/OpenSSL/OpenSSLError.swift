internal import COpenSSL

/// A refusal by the OpenSSL library: what was tried, and the library's own reason.
public struct OpenSSLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was being done, in a few words ("read a private key").
    public let operation: String
    /// The library's reason text, or ours where the library gave none.
    public let reason: String

    public init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "could not \(self.operation): \(self.reason)" }

    /// Takes the reason from this thread's error queue and empties the queue.
    ///
    /// The newest entry is the outermost one, but the oldest names the cause, which is what a reader wants.
    static func last(_ operation: String) -> OpenSSLError {
        var cause: UInt = 0
        while case let code = ERR_get_error(), code != 0 {
            if cause == 0 { cause = code }
        }
        let reason = ERR_reason_error_string(cause).map { String(cString: $0) }
        return OpenSSLError(operation: operation, reason: reason ?? "unknown reason")
    }
}

extension Int32 {
    /// Most functions of the library answer 1 for success and 0 or a negative number otherwise.
    func orThrow(_ operation: @autoclosure () -> String) throws(OpenSSLError) {
        guard self > 0 else { throw OpenSSLError.last(operation()) }
    }
}

extension Optional where Wrapped: ~Copyable {
    /// Constructors of the library answer a null pointer for failure.
    consuming func orThrow(_ operation: @autoclosure () -> String) throws(OpenSSLError) -> Wrapped {
        guard let value = self else { throw OpenSSLError.last(operation()) }
        return value
    }
}
