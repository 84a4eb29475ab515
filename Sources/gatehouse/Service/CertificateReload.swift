import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the installed certificates again at SIGHUP, for those who replace the files themselves.
struct CertificateReload: Service {
    let certificates: CertificateStore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                do {
                    try certificates.reload()
                    logger.info("certificates reloaded", metadata: ["installed": "\(certificates.installed.count)"])
                } catch {
                    logger.error("certificates not reloaded", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
