import Tenancy

/// Something that a link in a mail does once its page's button is pressed.
struct TicketAction: Sendable {
    let purpose: Ticket.Purpose
    let path: String
    let heading: String
    /// - Parameter email: whose mailbox the link was sent to.
    let lead: @Sendable (_ email: String?) -> String
    let button: String
    /// The event of a link that is no longer good.
    let failure: LogType
    let doneHeading: String
    let doneMessage: String
    /// What is done, in the transaction that spends the ticket; false where the ticket has lost its meaning.
    let perform: @Sendable (Use, TenantDatabase) throws -> Bool

    /// A ticket in use.
    struct Use: Sendable {
        let ticket: Ticket
        let user: User
        let client: Client?
        let audit: TicketAudit
        let issuer: String
        let now: Timestamp
    }
}
