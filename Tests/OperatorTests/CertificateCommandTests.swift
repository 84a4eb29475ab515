import Testing

@testable import gatehouse

@Suite("The command that installs certificates")
struct CertificateCommandTests {
    @Test(
        "files that do not make a certificate are refused with the usage of this very command",
        arguments: [
            ["--key", "rsa.key"], ["--certificate", "rsa.crt"], ["--chain", "rsa.crt", "--key", "rsa.key"], [],
            ["--pkcs12", "login.pfx", "--key", "rsa.key"], ["--pkcs12", "login.pfx", "--chain", "chain.pem"],
        ])
    func refusals(files: [String]) throws {
        let error = #expect(throws: (any Error).self) {
            _ = try GatehouseCommand.parseAsRoot(["cert", "install", "login.acme.test"] + files)
        }
        let message = GatehouseCommand.fullMessage(for: try #require(error))
        #expect(message.contains("Usage: gatehouse cert install"), "\(message)")
    }

    @Test(
        "certificate and key, with or without a chain, or a PKCS #12 file are taken",
        arguments: [
            ["--certificate", "rsa.crt", "--key", "rsa.key"], ["--pfx", "login.pfx", "--key-password-file", "secret"],
            ["--cert", "rsa.crt", "--chain", "chain.pem", "--key", "rsa.key"],
        ])
    func accepted(files: [String]) throws {
        let command = try GatehouseCommand.parseAsRoot(["cert", "install", "login.acme.test"] + files)
        #expect(command is CertificateInstallCommand)
    }
}
