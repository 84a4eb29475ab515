import ArgumentParser

struct TenantResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Bring a suspended tenant back.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["tenants", tenant.tenant, "resume"])
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
