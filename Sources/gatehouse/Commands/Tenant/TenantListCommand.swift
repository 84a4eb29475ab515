import ArgumentParser
import StrictJSON

struct TenantListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List tenants.")

    @Option(name: .long, help: "active, suspended, deleted or all. (default: active and suspended)")
    var state: String?

    @OptionGroup var admin: AdminOptions

    private static let pageSize = 1_000

    func run() async throws {
        let client = try admin.client()
        var tenants: [JSON] = []
        var page = 0
        while true {
            var query = [("page", "\(page)"), ("per_page", "\(Self.pageSize)")]
            if let state { query.append(("state", state)) }
            let found = try client.call("GET", ["tenants"], query: query).array ?? []
            tenants += found
            if found.count < Self.pageSize { break }
            page += 1
        }
        admin.json ? Show.json(.array(tenants)) : Show.tenants(tenants)
    }
}
