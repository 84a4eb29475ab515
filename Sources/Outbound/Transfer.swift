import CCurl

/// One HTTP request, of which the answer alone is of interest. Redirects are never followed: who may be called is
/// decided before, and not by whoever is called.
public struct Transfer {
    let method: String
    let url: String
    /// Beside the bearer token and what every request says.
    public var headers: [String] = []
    /// For the service that is called alone.
    public var token: String?
    public var login: TransferLogin?
    /// The only authority to trust; that of the egress policy where there is none.
    public var authorityFile: String?
    public var body = TransferBody.none
    /// Where the answer goes, if it is not to be kept in memory.
    public var outputFile: String?
    /// Most bytes of an answer that are kept in memory; a longer one fails.
    public var longestAnswer = Int.max
    /// Seconds for everything; nil where a big file may take its time.
    public var timeout: Int?
    /// Where a tenant's configuration chose the URL: whom it may lead to.
    public var egress: EgressPolicy?

    public init(method: String, url: String) {
        self.method = method
        self.url = url
    }

    public func perform() throws(TransferError) -> HTTPAnswer {
        let gate = try egress.map { policy throws(TransferError) in try SocketGate(policy, url: url) }
        let sink = try AnswerSink(file: outputFile, limit: longestAnswer)
        let curl = try CurlTransfer(
            url: url, protocols: gate?.isOpen == true ? "https,http" : "https", body: body, sink: sink, gate: gate)
        curl.set(CURLOPT_CUSTOMREQUEST, method)
        curl.trust(authorityFile ?? egress?.authorityFile)
        if let proxy = gate?.proxy { curl.tunnel(through: proxy, authorityFile: egress?.authorityFile) }
        curl.logIn(login)
        if let timeout { curl.set(CURLOPT_TIMEOUT, timeout) }
        curl.set(CURLOPT_HTTPHEADER, list: headers + standing)
        return HTTPAnswer(status: try curl.perform(), body: sink.bytes)
    }

    /// What every request says.
    private var standing: [String] {
        var headers = ["Accept: application/json", "User-Agent: gatehouse", "Expect:"]
        if let token { headers.append("Authorization: Bearer \(token)") }
        if let type = body.type { headers.append("Content-Type: \(type)") }
        return headers
    }
}
