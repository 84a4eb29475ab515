import ArgumentParser
import StrictJSON

struct DomainVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Accept a custom domain as the tenant's own; from then on it leads there.",
        discussion: "Without --dns you vouch for it; with --dns the TXT record must be published.")

    @OptionGroup var tenant: TenantArgument

    @Argument(help: "The host.")
    var host: String

    @Flag(name: .long, help: "Look up the TXT record first.")
    var dns = false

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call(
            "POST", ["tenants", tenant.tenant, "domains", host, "verify"],
            body: ["check": dns ? "dns" : "operator"])
        admin.json ? Show.json(answer) : Show.domains(answer["custom_domains"]?.array ?? [])
    }
}
