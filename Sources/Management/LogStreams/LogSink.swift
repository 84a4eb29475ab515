import OpenSSL
import StrictJSON
import Tenancy
import WebAddresses

/// A receiver of log events that is called by HTTP: what a stream's `sink` says, as requests.
struct LogSink {
    static let types = ["http", "datadog", "splunk", "sumo", "segment", "mixpanel", "eventbridge", "eventgrid"]

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
        /// `{"batch":[…]}` of events that Segment tracks.
        case segment
        /// An array of events that Mixpanel imports.
        case mixpanel
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
        case "segment":
            guard let key = text("segmentWriteKey") else { return nil }
            url = "https://api.segment.io/v1/batch"
            headers = ["Authorization: Basic \(Base64.encode(Array("\(key):".utf8)))"]
            contentType = "application/json"
            format = .segment
        case "mixpanel":
            guard let project = text("mixpanelProjectId"), let name = text("mixpanelServiceAccountUsername"),
                let password = text("mixpanelServiceAccountPassword")
            else { return nil }
            let host = text("mixpanelRegion") == "eu" ? "api-eu.mixpanel.com" : "api.mixpanel.com"
            url = URLBuilder.appending([("project_id", project)], to: "https://\(host)/import")
            headers = ["Authorization: Basic \(Base64.encode(Array("\(name):\(password)".utf8)))"]
            contentType = "application/json"
            format = .mixpanel
        // Event buses of clouds are written to by their own signed requests, which are not made here.
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
        case .segment:
            let tracked = wrapped.map { item -> JSON in
                [
                    "type": "track", "event": item["data"]?["type"] ?? "log", "properties": item["data"] ?? [:],
                    "anonymousId": item["data"]?["user_id"] ?? item["log_id"] ?? "", "messageId": item["log_id"] ?? "",
                    "timestamp": item["data"]?["date"] ?? .null,
                ]
            }
            return JSON.object(["batch": .array(tracked)]).bytes()
        case .mixpanel:
            let imported = wrapped.map { item -> JSON in
                var properties = item["data"]?.object ?? [:]
                properties["time"] = item["data"]?["date"]?.string.flatMap(Timestamp.init(iso8601:)).map {
                    .int(Int($0.milliseconds))
                }
                properties["distinct_id"] = item["data"]?["user_id"] ?? ""
                properties["$insert_id"] = item["log_id"] ?? ""
                return ["event": item["data"]?["type"] ?? "log", "properties": .object(properties)]
            }
            return JSON.array(imported).bytes()
        case .splunk: return Array(wrapped.map { JSON.object(["event": $0]).text() }.joined(separator: "\n").utf8)
        }
    }

    // MARK: What may be set

    static func schema(of type: String) -> Schema {
        switch type {
        case "http": http
        case "datadog": datadog
        case "splunk": splunk
        case "segment": segment
        case "mixpanel": mixpanel
        case "eventbridge": eventBridge
        case "eventgrid": eventGrid
        default: sumo
        }
    }

    /// A sink as it is stored: a receiver in a cloud gets the name by which that cloud knows the tenant, once.
    static func completed(_ sink: JSONObject, _ type: String, _ call: Call, known: JSONObject = [:]) -> JSONObject {
        switch type {
        case "eventbridge":
            let name = "awsPartnerEventSource"
            return sink.patched(shallow: [
                name: known[name] ?? .string(PartnerEventSource.new(call, "auth0.logs"))
            ])
        case "eventgrid":
            return sink.patched(shallow: [
                "azurePartnerTopic": known["azurePartnerTopic"]
                    ?? .string("\(call.shard.tenantName)-\(SecureRandom.uuid())")
            ])
        // Who is shown the mask and sends it back means what was there.
        case "mixpanel" where sink["mixpanelServiceAccountPassword"] == mask:
            return sink.patched(shallow: [
                "mixpanelServiceAccountPassword": known["mixpanelServiceAccountPassword"] ?? .null
            ])
        default: return sink
        }
    }

    private static let mask: JSON = "********"

    /// A sink as those see it who may set it.
    static func shown(_ sink: JSONObject) -> JSON {
        guard sink["mixpanelServiceAccountPassword"] != nil else { return .object(sink) }
        return .object(sink.patched(shallow: ["mixpanelServiceAccountPassword": mask]))
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

    private static let segment = Schema.object(
        "The Segment receiver",
        ["segmentWriteKey": .text("The write key", length: 1...255, format: .withoutControlCharacters)],
        required: ["segmentWriteKey"])

    private static let mixpanel = Schema.object(
        "The Mixpanel receiver",
        [
            "mixpanelRegion": .choice("The region", of: ["us", "eu"]),
            "mixpanelProjectId": .text("The project", length: 1...64, format: .withoutControlCharacters),
            "mixpanelServiceAccountUsername": .text(
                "The name of the account", length: 1...255, format: .withoutControlCharacters),
            "mixpanelServiceAccountPassword": .text(
                "The password of the account", length: 1...255, format: .withoutControlCharacters),
        ],
        required: [
            "mixpanelRegion", "mixpanelProjectId", "mixpanelServiceAccountUsername", "mixpanelServiceAccountPassword",
        ])

    private static let eventBridge = Schema.object(
        "The event bus of AWS",
        [
            "awsAccountId": .text("The account", length: 12...12, format: .digits),
            "awsRegion": .text("The region", length: 1...32, format: .withoutControlCharacters),
            "awsPartnerEventSource": .text("The name of the tenant there; told, never read", length: 0...512),
        ], required: ["awsAccountId", "awsRegion"])

    private static let eventGrid = Schema.object(
        "The event grid of Azure",
        [
            "azureSubscriptionId": .text("The subscription", length: 1...64, format: .withoutControlCharacters),
            "azureRegion": .text("The region", length: 1...64, format: .withoutControlCharacters),
            "azureResourceGroup": .text("The resource group", length: 1...90, format: .withoutControlCharacters),
            "azurePartnerTopic": .text("The name of the tenant there; told, never read", length: 0...512),
        ], required: ["azureSubscriptionId", "azureRegion", "azureResourceGroup"])

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
