import Foundation
import Gateway
import Logging
import Operator
import Synchronization

/// Waits until every listener is open; then the service is ready, and says so.
final class Announcer: Sendable {
    private struct State {
        var ports: Gateway.Ports?
        var adminPort: Int?
        var announcement: Announcement?
    }

    private let state = Mutex(State())
    private let configuration: ServiceConfiguration
    private let data: DataDirectory
    private let readiness: Readiness
    private let logger: Logger

    init(configuration: ServiceConfiguration, data: DataDirectory, readiness: Readiness, logger: Logger) {
        self.configuration = configuration
        self.data = data
        self.readiness = readiness
        self.logger = logger
    }

    func publicListenersOpened(_ ports: Gateway.Ports) {
        state.withLock { $0.ports = ports }
        announceIfReady()
    }

    func adminListenerOpened(port: Int) {
        state.withLock { $0.adminPort = port }
        announceIfReady()
    }

    private func announceIfReady() {
        let announcement = state.withLock { state -> Announcement? in
            guard state.announcement == nil, let ports = state.ports, let adminPort = state.adminPort else {
                return nil
            }
            state.announcement = Announcement(
                configuration: configuration, data: data, httpsPort: ports.https, httpPort: ports.http ?? 0,
                adminPort: adminPort)
            return state.announcement
        }
        guard let announcement else { return }
        readiness.enter(.ready)
        do {
            try announcement.write()
        } catch {
            logger.error("the ready file cannot be written", metadata: ["error": "\(error)"])
        }
        FileHandle.standardOutput.write(Data("\(announcement.text)\n".utf8))
    }

    /// Nobody is to be led to a service that has ended.
    func withdraw() {
        state.withLock { $0.announcement }?.remove()
    }
}
