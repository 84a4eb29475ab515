import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy

extension HTTPField.Name {
    /// SDK telemetry (spec 02 §1).
    public static let auth0Client = HTTPField.Name("Auth0-Client")!
}

/// What every event of one request has in common.
public struct RequestFacts: Sendable {
    public let ip: String
    public let userAgent: String?
    public let hostname: String
    public let auth0Client: JSON?
    public let date: Timestamp

    public init(_ request: Request, _ context: TenantContext, telemetry: String? = nil) {
        ip = context.clientAddress
        // A user agent is kept as it came, but bounded: it is written for every event.
        userAgent = request.headers.value(of: .userAgent).map { $0.bounded(512) }
        hostname = context.host.name
        auth0Client = Self.decode(telemetry ?? request.headers[.auth0Client])
        date = context.now
    }

    /// Starts an event with these facts.
    public func event(_ type: LogType, _ description: String? = nil) -> LogEvent {
        var event = LogEvent(type, at: date)
        event.description = description
        event.ip = ip
        event.userAgent = userAgent
        event.hostname = hostname
        event.auth0Client = auth0Client
        return event
    }

    private static func decode(_ telemetry: String?) -> JSON? {
        guard let telemetry, telemetry.utf8.count <= 2048,
            let bytes = Base64.decode(telemetry) ?? Base64URL.decode(telemetry), let json = try? JSON.parse(bytes),
            json.object != nil
        else { return nil }
        return json
    }
}
