import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the service.",
        discussion: """
            Each flag is also an environment variable (GATEHOUSE_HTTPS_PORT for --https-port, lists with commas) and \
            a line of the file named by --config; `gatehouse config` shows what holds. SIGTERM and SIGINT end the \
            service in order, SIGHUP makes it read its certificates again.
            """)

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        // Request handlers hop between the event loops and Swift's own threads unless these are the same
        // (ARCHITECTURE, decision 1).
        let hasOneExecutor = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        let configuration = try ServiceConfiguration(options.effective())
        let level = configuration.logLevel
        LoggingSystem.bootstrap { _ in ReadableLogHandler(level: level) }
        if !hasOneExecutor {
            Logger(label: "gatehouse").warning("Swift's tasks have threads of their own: every connection costs more")
        }
        // Nothing the service writes is for others to read.
        umask(0o077)
        let data = try DataDirectory(path: configuration.dataDirectory)
        do {
            try await GatehouseService(
                configuration: configuration, data: data, logger: Logger(label: "gatehouse")
            ).run()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "the service cannot go on: \(error)")
        }
    }
}
