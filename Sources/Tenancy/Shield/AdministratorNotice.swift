import StrictJSON

/// What the shields tell the tenant's own people by mail: at the address the tenant has given for support.
public enum AdministratorNotice: Sendable {
    /// Too many failed logins or sign-ups come from an address.
    case suspiciousAddress(String)
    /// Somebody used, or chose, a password that others know.
    case leakedPassword(Set<Frequency>)

    /// How often there may be a mail: at once, though not in floods, or once in a period, with what it has seen.
    public enum Frequency: String, Sendable, CaseIterable {
        case immediately, daily, weekly, monthly

        /// Days that a mail speaks of, and until the next one.
        fileprivate var days: Int64 {
            switch self {
            case .immediately, .daily: 1
            case .weekly: 7
            case .monthly: 30
            }
        }
    }
}

extension TenantDatabase {
    /// An address is told of once in this time, however much comes from it.
    private static var addressPause: Int64 { 3_600 }

    /// Puts into the outbox what is due of a notice, in the transaction of what it is about. Nothing where the tenant has
    /// given no address.
    public func tellAdministrators(_ notice: AdministratorNotice, at now: Timestamp) throws {
        guard let recipient = try settings.load()?.document["support_email"]?.string, !recipient.isEmpty else { return }
        switch notice {
        case .suspiciousAddress(let address):
            let network = ClientNetwork(of: address).description
            let once = ShieldSubject.administratorNotice("address:\(network)")
            guard try shields.admitNotice(once, every: Self.addressPause, at: now),
                // Many addresses are no more mails.
                try shields.admitMail(.administratorNotice("addresses"), at: now)
            else { return }
            try enqueue(.suspiciousAddress, to: recipient, ["source_ip": .string(address)], at: now)
        case .leakedPassword(let frequencies):
            for frequency in frequencies {
                let subject = ShieldSubject.administratorNotice("leaked:\(frequency.rawValue)")
                let isDue =
                    frequency == .immediately
                    ? try shields.admitMail(subject, at: now)
                    : try shields.admitNotice(subject, every: frequency.days * 86_400, at: now)
                guard isDue else { continue }
                let first = now.adding(seconds: -(frequency.days - 1) * 86_400).day
                let count = try dailyCounts.days(from: first, to: now.day).map(\.leakedPasswords).reduce(0, +)
                try enqueue(
                    .leakedPasswords, to: recipient, ["count": .int(max(1, count)), "days": .int(Int(frequency.days))],
                    at: now)
            }
        }
    }

    private func enqueue(
        _ kind: OutgoingMessage.Kind, to recipient: String, _ values: JSONObject, at now: Timestamp
    ) throws {
        try outbox.enqueue(OutgoingMessage(kind, by: .email, to: recipient, values: values), at: now)
    }
}
