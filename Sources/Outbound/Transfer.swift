import CCurl
import Foundation

/// What came back.
public struct HTTPAnswer: Sendable {
    public let status: Int
    public let body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Why nothing came back.
public enum TransferError: Error, Sendable {
    case connection(String)
    case certificate(String)
    case input(String)
    case output(String)
    /// The egress policy keeps us from going there.
    case refused
}

/// One request through libcurl, which checks the server's certificate. It blocks its thread. Redirects are never
/// followed: who may be called is decided before, and not by whoever is called.
public struct Transfer {
    public enum Body {
        case none
        case bytes([UInt8], type: String)
        case file(path: String, type: String)
    }

    let method: String
    let url: String
    /// Beside the bearer token and what every request says.
    public var headers: [String] = []
    /// For the service that is called alone.
    public var token: String?
    /// The only authority to trust; that of the system where there is none.
    public var authorityFile: String?
    public var body = Body.none
    /// Where the answer goes, if it is not to be kept in memory.
    public var outputFile: String?
    /// Most bytes of an answer that are kept in memory; a longer one fails.
    public var longestAnswer = Int.max
    /// Seconds for everything; nil where a big file may take its time.
    public var timeout: Int?
    /// Where a tenant's configuration chose the URL: whom it may lead to.
    public var egress: EgressPolicy?

    /// libcurl has to be told once before any thread uses it.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    public init(method: String, url: String) {
        self.method = method
        self.url = url
    }

    public func perform() throws(TransferError) -> HTTPAnswer {
        let gate = try egress.map { policy throws(TransferError) in try SocketGate(policy, url: url) }
        guard Self.isInitialised, let curl = curl_easy_init() else { throw .connection("libcurl cannot start") }
        defer { curl_easy_cleanup(curl) }
        let source = try BodySource(body)
        let sink = try AnswerSink(file: outputFile, limit: longestAnswer)
        curl_set_text(curl, CURLOPT_URL, url)
        curl_set_text(curl, CURLOPT_PROTOCOLS_STR, gate?.isOpen == true ? "https,http" : "https")
        curl_set_number(curl, CURLOPT_FOLLOWLOCATION, 0)
        curl_set_text(curl, CURLOPT_CUSTOMREQUEST, method)
        // The token is for the service alone, whatever proxy the environment names.
        curl_set_text(curl, CURLOPT_PROXY, "")
        curl_set_number(curl, CURLOPT_NOSIGNAL, 1)
        curl_set_number(curl, CURLOPT_CONNECTTIMEOUT, 10)
        if let authorityFile {
            curl_set_text(curl, CURLOPT_CAINFO, authorityFile)
            curl_set_text(curl, CURLOPT_CAPATH, nil)
        }
        if let timeout { curl_set_number(curl, CURLOPT_TIMEOUT, timeout) }
        var headers = headers + ["Accept: application/json", "User-Agent: gatehouse", "Expect:"]
        if let token { headers.append("Authorization: Bearer \(token)") }
        if let type = source.type {
            headers.append("Content-Type: \(type)")
            curl_set_number(curl, CURLOPT_UPLOAD, 1)
            curl_set_size(curl, CURLOPT_INFILESIZE_LARGE, source.size)
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for header in headers { list = curl_slist_append(list, header) }
        defer { curl_slist_free_all(list) }
        curl_set_pointer(curl, CURLOPT_HTTPHEADER, list)
        curl_set_reader(curl, BodySource.read, Unmanaged.passUnretained(source).toOpaque())
        curl_set_writer(curl, AnswerSink.write, Unmanaged.passUnretained(sink).toOpaque())
        if let gate { curl_set_socket_opener(curl, SocketGate.open, Unmanaged.passUnretained(gate).toOpaque()) }
        let result = withExtendedLifetime((source, sink, gate)) { curl_easy_perform(curl) }
        guard result == CURLE_OK else {
            throw gate?.hasRefused == true ? .refused : Self.error(result, source, sink)
        }
        var status = 0
        curl_get_number(curl, CURLINFO_RESPONSE_CODE, &status)
        return HTTPAnswer(status: status, body: sink.bytes)
    }

    private static func error(_ code: CURLcode, _ source: BodySource, _ sink: AnswerSink) -> TransferError {
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return .certificate(reason)
        case CURLE_WRITE_ERROR: return .output(sink.failure ?? reason)
        case CURLE_READ_ERROR, CURLE_ABORTED_BY_CALLBACK: return .input(source.failure ?? reason)
        default: return .connection(reason)
        }
    }
}

/// Gives libcurl the body piece by piece.
private final class BodySource {
    let type: String?
    let size: curl_off_t
    private(set) var failure: String?
    private var bytes: ArraySlice<UInt8> = []
    private var file: FileHandle?

    init(_ body: Transfer.Body) throws(TransferError) {
        switch body {
        case .none:
            type = nil
            size = 0
        case .bytes(let bytes, let type):
            self.type = type
            self.bytes = bytes[...]
            size = curl_off_t(bytes.count)
        case .file(let path, let type):
            self.type = type
            guard let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd(),
                (try? file.seek(toOffset: 0)) != nil
            else { throw .input("\(path) cannot be read") }
            self.file = file
            size = curl_off_t(end)
        }
    }

    static let read: curl_read_callback = { buffer, size, count, source in
        guard let buffer, let source else { return 0 }
        let body = Unmanaged<BodySource>.fromOpaque(source).takeUnretainedValue()
        return body.next(size * count) { UnsafeMutableRawPointer(buffer).copyMemory(from: $0, byteCount: $1) }
    }

    private func next(_ limit: Int, copy: (UnsafeRawPointer, Int) -> Void) -> Int {
        let piece: ArraySlice<UInt8>
        if let file {
            do {
                piece = Array(try file.read(upToCount: limit) ?? Data())[...]
            } catch {
                failure = error.localizedDescription
                return Int(CURL_READFUNC_ABORT)
            }
        } else {
            piece = bytes.prefix(limit)
            bytes = bytes.dropFirst(piece.count)
        }
        piece.withUnsafeBytes { if let base = $0.baseAddress { copy(base, $0.count) } }
        return piece.count
    }
}

/// Takes the answer from libcurl.
private final class AnswerSink {
    private(set) var bytes: [UInt8] = []
    private(set) var failure: String?
    private var file: FileHandle?
    private let limit: Int

    init(file path: String?, limit: Int) throws(TransferError) {
        self.limit = limit
        guard let path else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .output("cannot write \(path): \(String(cString: strerror(errno)))") }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    static let write: curl_write_callback = { buffer, size, count, target in
        guard let buffer, let target else { return 0 }
        let sink = Unmanaged<AnswerSink>.fromOpaque(target).takeUnretainedValue()
        return sink.take(UnsafeRawBufferPointer(start: buffer, count: size * count))
    }

    private func take(_ piece: UnsafeRawBufferPointer) -> Int {
        guard let file else {
            guard bytes.count + piece.count <= limit else {
                failure = "the answer is too long"
                return 0
            }
            bytes += piece
            return piece.count
        }
        do {
            try file.write(contentsOf: Data(piece))
            return piece.count
        } catch {
            failure = error.localizedDescription
            return 0
        }
    }
}
