import ArgumentParser
import StrictJSON

struct TenantForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Make a consistent copy of a running tenant under another name.",
        discussion: """
            The copy has new keys, and no sessions or tokens, so that nothing issued by the one is good at the other.
            """)

    @OptionGroup var tenant: TenantArgument

    @Argument(help: "The name of the copy.")
    var new: String

    @Option(name: .long, help: "The region of the copy. (default: that of the tenant)")
    var region: String?

    @Flag(name: .long, help: "The copy has the keys of the tenant.")
    var keepKeys = false

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        var body: JSONObject = ["name": .string(new), "keep_keys": .bool(keepKeys)]
        if let region { body["region"] = .string(region) }
        let answer = try admin.client().call("POST", ["tenants", tenant.tenant, "fork"], body: body)
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
