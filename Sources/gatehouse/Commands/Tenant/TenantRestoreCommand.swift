import ArgumentParser

struct TenantRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a tenant from a backup, or put the backup in the place of an existing tenant's data.")

    @Argument(help: "The name of the new tenant; with --replace, the tenant whose data is replaced.")
    var tenant: String

    @Argument(help: "The file that `gatehouse tenant backup` wrote.", completion: .file())
    var file: String

    @Option(name: .long, help: "The region of the new tenant.")
    var region: String?

    @Flag(name: .long, help: "The new tenant is a dedicated one.")
    var dedicated = false

    @Flag(name: .long, help: "Replace the data of the tenant, which is there already.")
    var replace = false

    @OptionGroup var admin: AdminOptions

    func validate() throws {
        guard !replace || (region == nil && !dedicated) else {
            throw ValidationError("--region and --dedicated are for new tenants, --replace for existing ones.")
        }
    }

    func run() async throws {
        let client = try admin.client()
        if replace {
            let answer = try client.upload("PUT", ["tenants", tenant, "restore"], file: file)
            return admin.json ? Show.json(answer) : Show.tenant(answer)
        }
        var query = [("name", tenant)]
        if let region { query.append(("region", region)) }
        if dedicated { query.append(("deployment", "dedicated")) }
        let answer = try client.upload("POST", ["tenants", "restore"], query: query, file: file)
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
