import ArgumentParser
import StrictJSON

struct DomainAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Attach a custom domain to a dedicated tenant.",
        discussion: "It leads there once it is verified.")

    @OptionGroup var tenant: TenantArgument

    @Argument(help: "The host, such as login.example.com.")
    var host: String

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call(
            "POST", ["tenants", tenant.tenant, "domains"], body: ["host": .string(host)])
        if admin.json { return Show.json(answer) }
        Show.domains(answer["custom_domains"]?.array ?? [])
        print(
            "\nPublish the TXT record and run `gatehouse domain verify --dns`, or vouch for the domain without --dns.")
    }
}
