import Tenancy
import TenantHTTP

/// Holds an address that brings subject tokens which are no good to the limit of its stage (spec 05 §7,
/// `pre-custom-token-exchange`). Only where the tenant has set one: behind the address of a back end are many people.
struct ExchangeThrottle: Sendable {
    private let subject: ShieldSubject
    private let address: String
    private let limit: ShieldSettings.Bucket
    private let shield: ShieldSettings.Shield
    private let exchange: TokenExchange

    /// Nil where the tenant has set no limit, or trusts the address.
    init?(_ exchange: TokenExchange, _ settings: ShieldSettings) {
        address = exchange.audit.forwardedAddress ?? exchange.context.clientAddress
        guard let limit = settings.exchanges, settings.suspiciousAddress.watches(address) else { return nil }
        subject = .exchanges(from: address)
        self.limit = limit
        shield = settings.suspiciousAddress
        self.exchange = exchange
    }

    /// Throws `too_many_attempts` where there were too many.
    func admit() async throws {
        guard shield.blocks else { return }
        let level = try await exchange.shard.read { db in
            try db.shields.level(subject, forgiving: limit.forgiveness, at: exchange.context.now)
        }
        guard level < limit.size else { throw PasswordRefusal.Reason.addressBlocked.oauthError }
    }

    /// Counts a token that was no good.
    func countFailure() async throws {
        let now = exchange.context.now
        try await exchange.shard.write { db in
            let level = try db.shields.countAddressFailure(subject, forgiving: limit.forgiveness, at: now)
            guard level == limit.size else { return }
            let description = "Too many failed token exchanges from \(address)"
            try db.logs.append(exchange.audit.success(.blockedAddress, description, details: LogDetails()))
            if shield.notifiesAdministrators { try db.tellAdministrators(.suspiciousAddress(address), at: now) }
        }
    }
}
