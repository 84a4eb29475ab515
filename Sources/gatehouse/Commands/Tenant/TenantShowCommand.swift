import ArgumentParser

struct TenantShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one tenant, also a deleted one.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("GET", ["tenants", tenant.tenant])
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
