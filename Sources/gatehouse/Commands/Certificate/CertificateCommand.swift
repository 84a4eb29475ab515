import ArgumentParser

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert",
        abstract: "Look after the certificates of the public listener.",
        subcommands: [
            CertificateInstallCommand.self, CertificateListCommand.self, CertificateRemoveCommand.self,
            CertificateReloadCommand.self,
        ])
}
