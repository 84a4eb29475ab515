import Foundation

/// Opens every listener for a moment before anything else begins: a start that cannot succeed ends in one sentence
/// about the listener that fails, and not in those of all the parts that have to stop with it.
struct ListenerCheck {
    /// One listener, and the settings that say where it is.
    struct Listener {
        /// What it serves, such as "HTTPS".
        let name: String
        let address: ListenAddress
        let addressSetting: Setting
        /// 0 for any free one.
        let port: Int
        let portSetting: Setting
    }

    let listeners: [Listener]

    init(_ configuration: ServiceConfiguration) {
        listeners = [
            Listener(
                name: "HTTPS", address: configuration.bindAddress, addressSetting: .bind,
                port: configuration.httpsPort, portSetting: .httpsPort),
            Listener(
                name: "HTTP", address: configuration.bindAddress, addressSetting: .bind,
                port: configuration.httpPort, portSetting: .httpPort),
            Listener(
                name: "the admin port", address: configuration.adminBindAddress, addressSetting: .adminBind,
                port: configuration.adminPort, portSetting: .adminPort),
        ]
    }

    /// - Throws: what is wrong with the first listener that cannot be opened.
    func run() throws(CommandFailure) {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        // All are held to the end, so that one in the way of another shows.
        for listener in listeners { opened.append(try open(listener)) }
    }

    private func open(_ listener: Listener) throws(CommandFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(listener.address.text, String(listener.port), &hints, &first) == 0, let found = first else {
            throw Self.failure(listener, EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        let target = found.pointee
        let descriptor = socket(
            target.ai_family, target.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), target.ai_protocol)
        guard descriptor >= 0 else { throw Self.failure(listener, errno) }
        // As the listener itself does: what is left of a service that ended just now is in nobody's way.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, target.ai_addr, target.ai_addrlen) == 0, listen(descriptor, 1) == 0 else {
            let code = errno
            close(descriptor)
            throw Self.failure(listener, code)
        }
        return descriptor
    }

    /// A port that is taken may be free at the next try; an address or a port nobody may have needs another
    /// configuration.
    static func failure(_ listener: Listener, _ code: Int32) -> CommandFailure {
        let setting = listener.portSetting.rawValue
        let status: ExitStatus
        let advice: String
        switch code {
        case EADDRINUSE:
            status = .failed
            advice = "end what listens there, or choose another port by the setting \(setting)"
        case EACCES:
            status = .configuration
            advice = "choose a port from 1024 on by the setting \(setting), or give the service CAP_NET_BIND_SERVICE"
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            status = .configuration
            advice = "the setting \(listener.addressSetting.rawValue) must name an address of this machine"
        default:
            status = .failed
            advice = "it is the port of the setting \(setting)"
        }
        return CommandFailure(
            status,
            "cannot listen on \(listener.address.host):\(listener.port) for \(listener.name): "
                + "\(String(cString: strerror(code))); \(advice)")
    }
}
