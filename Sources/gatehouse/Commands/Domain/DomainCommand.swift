import ArgumentParser

struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain",
        abstract: "Look after the custom domains of dedicated tenants.",
        subcommands: [
            DomainAddCommand.self, DomainVerifyCommand.self, DomainRemoveCommand.self, DomainListCommand.self,
        ])
}
