import Foundation

/// The operator's proxy, by which HTTP leaves to wherever tenants' configuration leads (CONNECT, RFC 9110 §9.3.6): behind
/// it TLS is still spoken with the receiver itself.
public struct EgressProxy: Sendable, Equatable {
    /// As libcurl takes it: with name and password, where it asks for them.
    let url: String

    /// `http://HOST:PORT` or `https://HOST:PORT`, with `USER:PASSWORD@` before the host where the proxy wants to know who
    /// comes; nil for anything else.
    public init?(url text: String) {
        guard let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
            let host = url.host, !host.isEmpty, let port = url.port, (1...65_535).contains(port),
            url.path.isEmpty || url.path == "/", url.query == nil, url.fragment == nil
        else { return nil }
        self.url = text
    }
}
