import ArgumentParser

struct DomainRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Detach a custom domain from its tenant.")

    @OptionGroup var tenant: TenantArgument

    @Argument(help: "The host.")
    var host: String

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("DELETE", ["tenants", tenant.tenant, "domains", host])
        admin.json ? Show.json(answer) : Show.domains(answer["custom_domains"]?.array ?? [])
    }
}
