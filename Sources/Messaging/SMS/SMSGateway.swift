import CCurl
import Foundation
import Outbound
import StrictJSON
import Tenancy
import WebAddresses

/// The HTTP gateway of an SMS connection, spoken to as Twilio is: a form with `To`, `From` and `Body`.
struct SMSGateway: Sendable {
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
        guard let transfer = CurlTransfer(url: url, protocols: "https,http") else {
            throw DeliveryFailure.temporary("libcurl cannot start")
        }
        let fields = [("To", number), ("Body", text)] + (sender.map { [($0.name, $0.value)] } ?? [])
        let form = fields.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
        if let authorityFile { transfer.set(CURLOPT_CAINFO, authorityFile) }
        if let user {
            transfer.set(CURLOPT_USERNAME, user)
            transfer.set(CURLOPT_PASSWORD, password ?? "")
        }
        transfer.upload(Array(form.utf8))
        transfer.set(CURLOPT_CUSTOMREQUEST, "POST")
        transfer.set(
            CURLOPT_HTTPHEADER,
            list: ["Content-Type: application/x-www-form-urlencoded", "Expect:", "Transfer-Encoding:"])
        if !egress.isOpened(host: host) { transfer.obey(egress) }
        let status: Int
        do {
            status = try transfer.perform()
        } catch {
            throw DeliveryFailure.temporary(error.reason)
        }
        try Self.check(status, transfer.answer)
    }

    /// Twilio says what is wrong with a number by 400 and a code; everything else may pass.
    private static func check(_ status: Int, _ answer: [UInt8]) throws(DeliveryFailure) {
        guard !(200...299).contains(status) else { return }
        let told = (try? JSON.parse(answer))?["message"]?.string.map { ": \($0.prefix(200))" } ?? ""
        let reason = "the gateway answered \(status)\(told)"
        throw status == 400 ? .permanent(reason) : .temporary(reason)
    }
}
