import ArgumentParser

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Create and look after tenants.",
        discussion: """
            A tenant is named as `acme`, as `acme.eu` outside the region us, by any of its hosts, or by its id.
            """,
        subcommands: [
            TenantCreateCommand.self, TenantListCommand.self, TenantShowCommand.self, TenantSuspendCommand.self,
            TenantResumeCommand.self, TenantDeleteCommand.self, TenantUndeleteCommand.self, TenantBackupCommand.self,
            TenantRestoreCommand.self, TenantForkCommand.self,
        ])
}

/// The argument that says which tenant is meant.
struct TenantArgument: ParsableArguments {
    @Argument(help: "The tenant: a name, name.region, host or id.")
    var tenant: String
}
