import ArgumentParser

struct TenantUndeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete",
        abstract: "Bring a deleted tenant back, while its time lasts and its name is free.",
        discussion: """
            Of several deleted tenants with one name the id says which is meant: see `gatehouse tenant list --state \
            deleted`. Custom domains that another tenant has by now stay there; the answer names them.
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["tenants", tenant.tenant, "undelete"])
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
