import HTTPTypes
import Hummingbird

/// The cookies of a request, by name, in the order they came.
public struct RequestCookies: Sendable {
    private let values: [String: [String]]

    public init(_ headers: HTTPFields) {
        var values: [String: [String]] = [:]
        for header in headers[values: .cookie] {
            // By bytes: an accent behind a semicolon is no part of it.
            for pair in header.utf8.split(separator: UInt8(ascii: ";")) {
                let trimmed = pair.drop { $0 == UInt8(ascii: " ") }
                guard let separator = trimmed.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let value = trimmed[trimmed.index(after: separator)...]
                values[String(Substring(trimmed[..<separator])), default: []].append(String(Substring(value)))
            }
        }
        self.values = values
    }

    /// The value of a cookie. Two different cookies of one name (one of them planted from a sibling domain, say) mean
    /// none: which is the true one cannot be known (spec 08 L9).
    public subscript(name: String) -> String? {
        guard let found = values[name], Set(found).count == 1 else { return nil }
        return found[0]
    }
}

/// A host-only, Secure, HttpOnly cookie: it is never sent to another host, so a tenant's cookies stay its own.
public struct ResponseCookie: Sendable {
    /// Whether the cookie goes with requests from other sites' pages.
    public enum SameSite: String, Sendable {
        /// Wanted by silent authentication, which runs in an iframe of the application (spec 09).
        case none = "None"
        case lax = "Lax"
    }

    public let name: String
    public let value: String
    /// Seconds; nil for a cookie that ends with the browser, 0 to delete.
    public let maxAge: Int?
    public let sameSite: SameSite

    public init(name: String, value: String, maxAge: Int?, sameSite: SameSite) {
        self.name = name
        self.value = value
        self.maxAge = maxAge
        self.sameSite = sameSite
    }

    public var headerValue: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return "\(name)=\(value); Path=/\(age); Secure; HttpOnly; SameSite=\(sameSite.rawValue)"
    }
}
