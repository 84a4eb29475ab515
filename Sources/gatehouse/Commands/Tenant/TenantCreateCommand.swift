import ArgumentParser
import StrictJSON

struct TenantCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a tenant.")

    @Argument(help: "The account name: 3 to 63 lower-case letters, digits and hyphens; the first label of its host.")
    var name: String

    @Option(name: .long, help: "The region.")
    var region: String?

    @Flag(name: .long, help: "A dedicated tenant, which may have domains of its own.")
    var dedicated = false

    @Flag(name: .long, help: "Also make a client for every scope of the Management API; its secret is shown once.")
    var managementClient = false

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        var body: JSONObject = ["name": .string(name), "management_client": .bool(managementClient)]
        if let region { body["region"] = .string(region) }
        if dedicated { body["deployment"] = "dedicated" }
        let tenant = try admin.client().call("POST", ["tenants"], body: body)
        admin.json ? Show.json(tenant) : Show.tenant(tenant)
    }
}
