import ArgumentParser

struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a tenant a new key to sign with.",
        discussion: """
            New tokens are signed with it from now on, and the one to follow it is published. The key before stays \
            published, so tokens it has signed stay good until they expire; of earlier ones at most three do, and the \
            oldest is revoked.
            """)

    @OptionGroup var tenant: TenantArgument
    @Option(help: "Which key: of RS256, PS256 or ES256.")
    var algorithm = "RS256"

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call(
            "POST", ["tenants", tenant.tenant, "keys", "rotate"], query: [("algorithm", algorithm)])
        admin.json ? Show.json(answer) : Show.keys(answer.array ?? [])
    }
}
