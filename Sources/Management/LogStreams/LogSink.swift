import StrictJSON
import Tenancy

/// A receiver of log events that is called by HTTP: what a stream's `sink` says, as requests.
struct LogSink {
    static let types = ["http", "datadog", "splunk", "sumo"]

    let url: String
    let headers: [String]
    let contentType: String
    private let format: Format

    private enum Format {
        /// One event a line.
        case lines
        case array
        /// `{"logs":[…]}`
        case object
        /// Objects in a row, as Splunk's collector takes them.
        case splunk
    }

    /// Nil where the sink is not complete.
    init?(_ stream: LogStream) {
        let sink = stream.sink
        func text(_ name: String) -> String? { sink[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        switch stream.type {
        case "http":
            guard let endpoint = text("httpEndpoint") else { return nil }
            url = endpoint
            contentType = text("httpContentType") ?? "application/json"
            let authorization = text("httpAuthorization").map { ["Authorization: \($0)"] } ?? []
            let custom = sink["httpCustomHeaders"]?.array?.compactMap { item -> String? in
                guard let name = item["header"]?.string, let value = item["value"]?.string else { return nil }
                return "\(name): \(value)"
            }
            headers = authorization + (custom ?? [])
            switch text("httpContentFormat") {
            case "JSONARRAY": format = .array
            case "JSONOBJECT": format = .object
            default: format = .lines
            }
        case "datadog":
            guard let key = text("datadogApiKey") else { return nil }
            let region = text("datadogRegion") ?? "us"
            let domain = ["us": "datadoghq.com", "eu": "datadoghq.eu"][region] ?? "\(region).datadoghq.com"
            url = "https://http-intake.logs.\(domain)/api/v2/logs"
            headers = ["DD-API-KEY: \(key)"]
            contentType = "application/json"
            format = .array
        case "splunk":
            guard let domain = text("splunkDomain"), let token = text("splunkToken") else { return nil }
            let scheme = sink["splunkSecure"]?.bool == false ? "http" : "https"
            url = "\(scheme)://\(domain):\(text("splunkPort") ?? "8088")/services/collector/event"
            headers = ["Authorization: Splunk \(token)"]
            contentType = "application/json"
            format = .splunk
        case "sumo":
            guard let address = text("sumoSourceAddress") else { return nil }
            url = address
            headers = []
            contentType = "application/json"
            format = .lines
        default: return nil
        }
    }

    /// The body that carries some events.
    func body(of events: [JSONObject]) -> [UInt8] {
        let wrapped = events.map { event -> JSON in
            ["log_id": event["log_id"] ?? .null, "data": .object(event)]
        }
        switch format {
        case .lines: return Array((wrapped.map { $0.text() }.joined(separator: "\n") + "\n").utf8)
        case .array: return JSON.array(wrapped).bytes()
        case .object: return JSON.object(["logs": .array(wrapped)]).bytes()
        case .splunk: return Array(wrapped.map { JSON.object(["event": $0]).text() }.joined(separator: "\n").utf8)
        }
    }

    // MARK: What may be set

    static func schema(of type: String) -> Schema {
        switch type {
        case "http": http
        case "datadog": datadog
        case "splunk": splunk
        default: sumo
        }
    }

    private static let http = Schema.object(
        "The HTTP receiver",
        [
            "httpEndpoint": .text("The URL events are sent to", length: 1...2_048, format: .webURL),
            "httpAuthorization": .text(
                "The Authorization header", length: 0...4_096, format: .withoutControlCharacters),
            "httpContentType": .text("The Content-Type header", length: 1...255, format: .withoutControlCharacters),
            "httpContentFormat": .choice(
                "How events are put together", of: ["JSONLINES", "JSONARRAY", "JSONOBJECT"]),
            "httpCustomHeaders": .list(
                "More headers",
                of: .object(
                    "A header",
                    [
                        "header": .text("The name", length: 1...255, format: .headerName),
                        "value": .text("The value", length: 0...4_096, format: .withoutControlCharacters),
                    ], required: ["header", "value"]), atMost: 20),
        ], required: ["httpEndpoint"])

    private static let datadog = Schema.object(
        "The Datadog receiver",
        [
            "datadogApiKey": .text("The API key", length: 1...255, format: .withoutControlCharacters),
            "datadogRegion": .choice("The region", of: ["us", "eu", "us3", "us5"]),
        ], required: ["datadogApiKey", "datadogRegion"])

    private static let splunk = Schema.object(
        "The Splunk receiver",
        [
            "splunkDomain": .text("The host of the collector", length: 1...255, format: .hostName),
            "splunkPort": .text("The port of the collector", length: 1...5, format: .digits),
            "splunkToken": .text("The token of the collector", length: 1...255, format: .withoutControlCharacters),
            "splunkSecure": .flag("Whether the collector is called by TLS"),
        ], required: ["splunkDomain", "splunkToken"])

    private static let sumo = Schema.object(
        "The Sumo Logic receiver",
        ["sumoSourceAddress": .text("The URL of the source", length: 1...2_048, format: .webURL)],
        required: ["sumoSourceAddress"])
}

extension Format {
    /// RFC 9110 §5.1 `field-name`.
    static let headerName = Format("header-name") { text in
        text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    static let hostName = Format("host-name") { text in
        text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                || byte == 46
        }
    }

    /// A date and time with its offset from UTC (RFC 3339).
    static let moment = Format("date-time") { Timestamp(iso8601: $0) != nil }

    static let digits = Format("digits") { $0.utf8.allSatisfy { (48...57).contains($0) } }
}
