import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Look after the keys that sign a tenant's tokens.",
        subcommands: [KeysListCommand.self, KeysRotateCommand.self])
}
