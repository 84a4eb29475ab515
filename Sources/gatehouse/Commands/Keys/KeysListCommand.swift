import ArgumentParser

struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys a tenant publishes.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("GET", ["tenants", tenant.tenant, "keys"])
        admin.json ? Show.json(answer) : Show.keys(answer.array ?? [])
    }
}
