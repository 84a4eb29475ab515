import ArgumentParser

struct DomainListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the custom domains of a tenant, with the records that prove them.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("GET", ["tenants", tenant.tenant, "domains"])
        admin.json ? Show.json(answer) : Show.domains(answer.array ?? [])
    }
}
