import Logging

/// Replaces the keys of session tickets from time to time: whoever learns a key reads the TLS 1.2 connections that
/// were resumed under it (RFC 5077 §5.5).
///
/// Clients that hold a ticket of an old key do a full handshake once.
struct TicketKeyRotation {
    let certificates: CertificateStore
    let logger: Logger
    var interval = Duration.seconds(24 * 60 * 60)

    /// Rotates until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: self.interval)) != nil {
            do {
                try self.certificates.rotateTicketKeys()
            } catch {
                self.logger.error("session ticket keys not rotated", metadata: ["error": "\(error)"])
            }
        }
    }
}
