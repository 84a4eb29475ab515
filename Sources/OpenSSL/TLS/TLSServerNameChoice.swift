/// What a listener does with the server name a client asks for (RFC 6066 §3).
public enum TLSServerNameChoice: Sendable {
    /// Goes on with the certificates of this context.
    case use(TLSContext)
    /// Ends the handshake with the alert `unrecognized_name`.
    case refuse
}
