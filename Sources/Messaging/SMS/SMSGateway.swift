import Outbound
import StrictJSON
import Tenancy
import WebAddresses

/// The HTTP gateway of an SMS connection, spoken to as Twilio is: a form with `To`, `From` and `Body`.
struct SMSGateway: Sendable {
    /// Seconds; shorter than the service has to end in order, because a transfer cannot be interrupted.
    private static let patience = 20

    let url: String
    let host: String
    let user: String?
    let password: String?
    /// `From` or `MessagingServiceSid` with its value.
    let sender: (name: String, value: String)?

    /// Nil for a connection that names no gateway. Throws ``DeliveryFailure`` for one that cannot be used.
    init?(_ connection: Connection, _ egress: EgressPolicy) throws(DeliveryFailure) {
        func option(_ name: String) -> String? { connection.options[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        let account = option("twilio_sid")
        let twilio = account.map {
            "https://api.twilio.com/2010-04-01/Accounts/\(PercentEncoding.encode(queryComponent: $0))/Messages.json"
        }
        guard let text = option("gateway_url") ?? twilio else { return nil }
        guard let parsed = try? ParsedURL(parsing: text), let host = parsed.host?.name else {
            throw .temporary("gateway_url is no URL")
        }
        // Codes travel encrypted, except to a host of the operator's own.
        guard parsed.scheme == "https" || egress.isOpened(host: host) else {
            throw .temporary("gateway_url must be https")
        }
        url = text
        self.host = host
        user = account
        password = option("twilio_token")
        if let service = option("messaging_service_sid") {
            sender = ("MessagingServiceSid", service)
        } else {
            sender = option("from").map { ("From", $0) }
        }
    }

    /// Returns when the gateway has accepted the message. Throws ``DeliveryFailure``.
    func send(_ text: String, to number: String, _ egress: EgressPolicy, authorityFile: String?) throws {
        guard number.wholeMatch(of: /\+[0-9]{1,15}/) != nil else {
            throw DeliveryFailure.permanent("the recipient is no telephone number")
        }
        let fields = [("To", number), ("Body", text)] + (sender.map { [($0.name, $0.value)] } ?? [])
        let form = fields.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
        var transfer = Transfer(method: "POST", url: url)
        transfer.body = .bytes(Array(form.utf8), type: "application/x-www-form-urlencoded")
        transfer.login = user.map { TransferLogin(user: $0, password: password ?? "") }
        transfer.authorityFile = authorityFile
        transfer.egress = egress
        transfer.timeout = Self.patience
        transfer.longestAnswer = 65_536
        let answer: HTTPAnswer
        do {
            answer = try transfer.perform()
        } catch {
            throw DeliveryFailure.temporary(error.reason)
        }
        try Self.check(answer.status, answer.body)
    }

    /// Twilio says what is wrong with a number by 400 and a code; everything else may pass.
    private static func check(_ status: Int, _ answer: [UInt8]) throws(DeliveryFailure) {
        guard !(200...299).contains(status) else { return }
        let told = (try? JSON.parse(answer))?["message"]?.string.map { ": \($0.prefix(200))" } ?? ""
        let reason = "the gateway answered \(status)\(told)"
        throw status == 400 ? .permanent(reason) : .temporary(reason)
    }
}
