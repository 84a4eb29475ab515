import ArgumentParser

struct TenantSuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Take a tenant off the net; nothing of it is lost.")

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["tenants", tenant.tenant, "suspend"])
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
