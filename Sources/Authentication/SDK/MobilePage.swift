import Hummingbird
import Tenancy
import TenantHTTP

/// `GET /mobile`: where a native app's login ends when its callback is the tenant itself (spec 02 §13). The app reads
/// the address of its web view; the page only tells the person that it is over.
struct MobilePage: HostedPage {
    var template: PageTemplate { .mobile }
    var values: PageValues { [:] }
}

extension HostedPages {
    func mobile(_ request: Request, _ context: TenantContext) async throws -> Response {
        response(MobilePage(), brand: try await PageBrand(request, context.shard))
    }
}
