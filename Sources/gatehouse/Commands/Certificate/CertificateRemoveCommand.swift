import ArgumentParser

struct CertificateRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove the certificates of a host, and their files.")

    @Argument(help: "The host or wildcard they were installed for.")
    var host: String

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        try admin.client().call("DELETE", ["certificates", host])
        if !admin.json { print("There is no certificate for \(host) any more.") }
    }
}
