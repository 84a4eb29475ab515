import OpenSSL
import Tenancy

/// A page that everybody is shown alike but for the proofs in its forms. It is made once and kept with gaps for them
/// (ARCHITECTURE, decision 90).
protocol SharedPage: HostedPage {
    /// The sealed transaction that forms and links carry.
    var transaction: String { get set }
    /// The token of the forms.
    var csrf: String { get set }
    /// Whether the page shows what belongs to one visit alone: what somebody typed, what was wrong with it,
    /// a challenge.
    var isOfOneVisit: Bool { get }
    /// All that the rest of the page is made of.
    var sources: [any PreparedPages.Source] { get }
}

extension HostedPages {
    /// What stands in prepared pages for the proofs. Nobody outside knows it, so no name or text of a tenant's own can
    /// hold them.
    struct Marks: Sendable {
        let transaction = SecureRandom.base64URL(byteCount: 18)
        let csrf = SecureRandom.base64URL(byteCount: 18)
    }

    /// A page that many are shown; nil where it is of this visit, or what the tenant wrote has a part in it: that may say
    /// something else each time.
    func prepared(_ page: some SharedPage, _ brand: PageBrand) -> RenderedPage? {
        let appearance = brand.appearance
        guard !page.isOfOneVisit, page.ownPage(brand) == nil, appearance.layout == nil,
            appearance.partials[page.screen.id] == nil, page.transaction.isPlainInPages, page.csrf.isPlainInPages
        else { return nil }
        let language = PageWording.language(page.screen, brand, catalogue)
        let prepared = appearance.preparedPages.page(page.template.rawValue, in: language, of: page.sources) {
            var common = page
            common.transaction = marks.transaction
            common.csrf = marks.csrf
            return PreparedPage(rendered(common, brand).bytes, marks: [marks.transaction, marks.csrf])
        }
        return RenderedPage(bytes: prepared.filled(with: [page.transaction, page.csrf]))
    }
}

extension String {
    /// Whether a text stands in markup and in links as it is: base64url.
    fileprivate var isPlainInPages: Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
