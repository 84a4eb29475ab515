import Tenancy
import TenantHTTP
import WebAddresses

/// A form of a login transaction that came from a page of ours in this browser.
struct LoginForm: Sendable {
    let fields: FormParameters
    /// The sealed transaction, as the page carried it.
    let transaction: String

    /// Throws ``PageError/forgedForm`` for any other form (spec 08 L1).
    init(_ fields: FormParameters, _ visit: Visit) throws(PageError) {
        let transaction = fields["state"] ?? ""
        guard visit.browser.accepts(csrf: fields["_csrf"], for: transaction, key: visit.settings.transactionKey)
        else { throw .forgedForm }
        self.fields = fields
        self.transaction = transaction
    }

    /// A line of text without the spaces a hurried hand leaves around it.
    func line(_ name: String) -> String? {
        guard let value = fields[name] else { return nil }
        let trimmed = value.drop { $0 == " " }
        let end = trimmed.lastIndex { $0 != " " }.map(trimmed.index(after:)) ?? trimmed.startIndex
        return trimmed[..<end].isEmpty ? nil : String(trimmed[..<end])
    }
}

extension Visit {
    func csrfToken(for transaction: String) -> String {
        browser.csrfToken(for: transaction, key: settings.transactionKey)
    }
}
