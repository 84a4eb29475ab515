import ArgumentParser
import Foundation

/// The program: the service itself, and the operator's client of it.
@main
struct GatehouseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "An identity service for many tenants.",
        discussion: """
            Start the service with `gatehouse serve`. The other commands operate a running service through its \
            admin port.

            Exit codes: \(ExitStatus.table)
            """,
        subcommands: [
            ServeCommand.self, ConfigCommand.self, TenantCommand.self, DomainCommand.self, CertificateCommand.self,
            KeysCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("gatehouse: \(failure.message)\n".utf8))
            Foundation.exit(failure.status.rawValue)
        } catch let error as ConfigurationError {
            FileHandle.standardError.write(Data("gatehouse: \(error)\n".utf8))
            Foundation.exit(ExitStatus.configuration.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
