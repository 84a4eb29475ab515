import Liquid
import StrictJSON
import WebAddresses

/// The mails about a person's account, each put into the outbox in the transaction of what it is about, with the ticket
/// its link carries.
public struct AccountMail: Sendable {
    /// A leaked password is told once a day, however often it is tried.
    private static let leakNotice: Int64 = 86_400

    /// `https://DOMAIN/` of the request: the host is one of the tenant's own, or the request would not have come here.
    public let issuer: String
    public let client: Client?
    public let connection: String?

    public init(issuer: String, client: Client?, connection: String?) {
        self.issuer = issuer
        self.client = client
        self.connection = connection
    }

    /// False where the tenant sends no such mail.
    public func sendVerification(to user: User, in db: TenantDatabase, at now: Timestamp) throws -> Bool {
        try sendLink(.verifyEmail, .verifyEmail, to: user, in: db, at: now)
    }

    public func sendPasswordReset(to user: User, in db: TenantDatabase, at now: Timestamp) throws -> Bool {
        // A mailbox is not to be flooded by whoever knows its address.
        guard try db.shields.admitMail(.notice(.resetEmail, userID: user.userID), at: now) else { return false }
        return try sendLink(.resetEmail, .changePassword, to: user, in: db, at: now)
    }

    public func sendWelcome(to user: User, in db: TenantDatabase, at now: Timestamp) throws {
        try send(.welcomeEmail, to: user, values: [:], in: db, at: now)
    }

    /// What follows a sign-up: the mail to verify, or the welcome where the tenant asks for no verification. Returns
    /// whether a verification is under way.
    public func greet(_ user: User, in db: TenantDatabase, at now: Timestamp) throws -> Bool {
        if try sendVerification(to: user, in: db, at: now) { return true }
        try sendWelcome(to: user, in: db, at: now)
        return false
    }

    /// Wrong passwords have blocked the account from an address.
    public func sendBlocked(to user: User, address: String, in db: TenantDatabase, at now: Timestamp) throws {
        _ = try sendLink(
            .blockedAccount, .unblock, to: user, values: ["user": ["source_ip": .string(address)]], in: db, at: now)
    }

    /// The password that was used is a leaked one.
    public func sendLeaked(to user: User, in db: TenantDatabase, at now: Timestamp) throws {
        let notice = ShieldSubject.notice(.stolenCredentials, userID: user.userID)
        guard try db.shields.admitNotice(notice, every: Self.leakNotice, at: now) else { return }
        _ = try sendLink(.stolenCredentials, .changePassword, to: user, in: db, at: now)
    }

    /// Something that matters has been done to the account: a mail to know of it by, without a link that anybody could
    /// imitate. Nothing is sent to who has no address.
    public func sendNotice(
        _ kind: OutgoingMessage.Kind, to user: User, in db: TenantDatabase, at now: Timestamp
    ) throws {
        try send(kind, to: user, values: [:], in: db, at: now)
    }

    /// Hands a person the link to add a second factor by.
    /// - Parameter address: where to; the user's own address where nothing is said.
    public func sendEnrolment(
        _ link: String, to user: User, at address: String?, in db: TenantDatabase, at now: Timestamp
    )
        throws
    {
        guard let address = address ?? user.email else { return }
        try db.outbox.enqueue(
            OutgoingMessage(
                .enrollmentEmail, by: .email, to: address, values: ["url": .string(link)], userID: user.userID,
                clientID: client?.clientID, connection: connection),
            at: now)
    }

    /// `https://DOMAIN/lo/…?ticket=T#`: the `#` keeps what mail programs add to a link out of the ticket
    /// (spec 02 §3).
    public func link(_ secret: OpaqueSecret, _ purpose: Ticket.Purpose) -> String {
        let page =
            switch purpose {
            case .verifyEmail: "lo/verify_email"
            case .changePassword: "lo/reset"
            case .unblock: "lo/unblock"
            case .enrollFactor: "mfa/enrollment"
            }
        return "\(issuer)\(page)?ticket=\(secret.text)#"
    }

    private func sendLink(
        _ kind: OutgoingMessage.Kind, _ purpose: Ticket.Purpose, to user: User, values: JSONObject = [:],
        in db: TenantDatabase, at now: Timestamp
    ) throws -> Bool {
        let template = try db.emailTemplates.find(kind)
        guard user.email != nil, template?.isEnabled ?? true else { return false }
        let secret = Ticket.newSecret()
        let ticket = Ticket(
            purpose, userID: user.userID, email: user.email, clientID: client?.clientID,
            resultURL: resultURL(template), marksEmailVerified: false,
            expiresAt: now.adding(seconds: template?.linkLifetime ?? EmailTemplate.standardLifetime))
        try db.tickets.issue(ticket, secret: secret)
        var values = values
        values["url"] = .string(link(secret, purpose))
        try send(kind, to: user, values: values, in: db, at: now)
        return true
    }

    private func send(
        _ kind: OutgoingMessage.Kind, to user: User, values: JSONObject, in db: TenantDatabase, at now: Timestamp
    ) throws {
        guard let email = user.email, try db.emailTemplates.find(kind)?.isEnabled ?? true else { return }
        try db.outbox.enqueue(
            OutgoingMessage(
                kind, by: .email, to: email, values: values, userID: user.userID, clientID: client?.clientID,
                connection: connection),
            at: now)
    }

    /// Where the template sends the browser afterwards: only to what the client may be called back at (spec 08 L8).
    private func resultURL(_ template: EmailTemplate?) -> String? {
        guard let client, let source = template?.resultURL,
            let url = try? LiquidTemplate(source).render(
                ["application": .object(client.templateVariables)], as: .text),
            let parsed = try? ParsedURL(parsing: url), parsed.isWeb,
            URLList(client.callbacks, .callbacks).allows(parsed)
        else { return nil }
        return url
    }
}
