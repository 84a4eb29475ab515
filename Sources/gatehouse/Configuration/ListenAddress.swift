import WebAddresses

/// The address of this machine that a listener is bound to: an IP address, or `localhost`.
///
/// No other name: what it leads to may be another machine's, or several addresses of which one would be taken.
struct ListenAddress: Sendable, Equatable {
    /// As it stands in URLs and Host fields, an IPv6 address in brackets.
    let host: CanonicalHost

    init?(parsing text: String) {
        // The name may be that of ::1 too, and a listener has one address.
        let address = text.lowercased() == "localhost" ? "127.0.0.1" : text
        guard let host = try? CanonicalHost(configured: address), host.isIPAddress else { return nil }
        self.host = host
    }

    /// As the system's calls take it, an IPv6 address without brackets.
    var text: String { isIPv6 ? String(host.name.dropFirst().dropLast()) : host.name }

    var isIPv6: Bool { host.name.hasPrefix("[") }

    /// Whether it stands for all addresses of the machine, and so is none that a client could call.
    var isEvery: Bool { host.name == "0.0.0.0" || host.name == "[::]" }

    /// Where a client on this machine finds the listener.
    var reachableName: String {
        guard isEvery else { return host.name }
        return isIPv6 ? "[::1]" : "127.0.0.1"
    }
}

extension CanonicalHost {
    /// Reads a host as a configuration has it: without a port, so that an IPv6 address needs no brackets.
    init(configured text: String) throws(HostError) {
        let isBareIPv6 = !text.hasPrefix("[") && text.filter { $0 == ":" }.count > 1
        try self.init(parsing: isBareIPv6 ? "[\(text)]" : text)
    }
}
