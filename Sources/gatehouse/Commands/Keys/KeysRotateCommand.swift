import ArgumentParser

struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a tenant a new key to sign with.",
        discussion: """
            New tokens are signed with it from now on. The key before stays published, so tokens it has signed stay good \
            until they expire.
            """)

    @OptionGroup var tenant: TenantArgument
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["tenants", tenant.tenant, "keys", "rotate"])
        admin.json ? Show.json(answer) : Show.keys(answer.array ?? [])
    }
}
