import CCurl

/// One transfer of libcurl from start to end, whatever its protocol: the only place where libcurl is met. It blocks its
/// thread and cannot be interrupted. No proxy of the environment and no redirect changes who is talked to; of TLS
/// servers the certificate is checked, behind a proxy as well.
final class CurlTransfer {
    /// libcurl has to be told once before any thread uses it.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let handle: UnsafeMutableRawPointer
    private let gate: SocketGate?
    private let source: BodySource
    private let sink: AnswerSink
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    /// - Parameters:
    ///   - protocols: those the URL may have.
    ///   - gate: where a tenant's configuration chose the URL.
    init(
        url: String, protocols: String, body: TransferBody, sink: AnswerSink, gate: SocketGate?
    ) throws(TransferError) {
        guard Self.isInitialised, let handle = curl_easy_init() else { throw .connection("libcurl cannot start") }
        self.handle = handle
        self.gate = gate
        self.sink = sink
        do {
            source = try BodySource(body)
        } catch {
            curl_easy_cleanup(handle)
            throw error
        }
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECTTIMEOUT, 10)
        // libcurl's default, said aloud because it guards the inside.
        set(CURLOPT_FOLLOWLOCATION, 0)
        if let size = source.size {
            set(CURLOPT_UPLOAD, 1)
            curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, size)
        }
        curl_set_reader(handle, BodySource.read, Unmanaged.passUnretained(source).toOpaque())
        curl_set_writer(handle, AnswerSink.write, Unmanaged.passUnretained(sink).toOpaque())
        if let gate { curl_set_socket_opener(handle, SocketGate.open, Unmanaged.passUnretained(gate).toOpaque()) }
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
    }

    func set(_ option: CURLoption, _ text: String?) { curl_set_text(handle, option, text) }
    func set(_ option: CURLoption, _ number: Int) { curl_set_number(handle, option, number) }

    func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return }
        lists.append(list)
        curl_set_pointer(handle, option, list)
    }

    /// The only authority to trust; that of the system where there is none.
    func trust(_ authorityFile: String?) {
        guard let authorityFile else { return }
        set(CURLOPT_CAINFO, authorityFile)
        set(CURLOPT_CAPATH, nil)
    }

    /// Leaves by the operator's proxy, for every host and through a tunnel: it sees where the transfer goes and nothing of it.
    func tunnel(through proxy: EgressProxy, authorityFile: String?) {
        set(CURLOPT_PROXY, proxy.url)
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_HTTPPROXYTUNNEL, 1)
        if let authorityFile { set(CURLOPT_PROXY_CAINFO, authorityFile) }
    }

    func logIn(_ login: TransferLogin?) {
        guard let login else { return }
        set(CURLOPT_USERNAME, login.user)
        set(CURLOPT_PASSWORD, login.password)
    }

    /// The status of the answer.
    func perform() throws(TransferError) -> Int {
        let code = withExtendedLifetime(self) { curl_easy_perform(handle) }
        var status = 0
        curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
        guard code == CURLE_OK else { throw gate?.hasRefused == true ? .refused : error(code, status) }
        return status
    }

    private func error(_ code: CURLcode, _ status: Int) -> TransferError {
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return .certificate(reason)
        case CURLE_LOGIN_DENIED: return .login(reason)
        case CURLE_WRITE_ERROR: return .output(sink.failure ?? reason)
        case CURLE_READ_ERROR, CURLE_ABORTED_BY_CALLBACK: return .input(source.failure ?? reason)
        default: return .connection(reason, status: status)
        }
    }
}
