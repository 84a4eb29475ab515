import CCurl
import Foundation
import Outbound

/// One transfer of libcurl from start to end, on a thread that may wait.
final class CurlTransfer {
    /// What libcurl says went wrong.
    struct Failure: Error {
        let code: CURLcode
        let reason: String
        /// The last answer's status: of SMTP or HTTP; 0 where none came.
        let status: Int
    }

    /// Of an answer no more is read than could be of use in an error message.
    private static let longestAnswer = 65_536
    /// libcurl has to be told once before any thread uses it.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var body: ArraySlice<UInt8> = []
    private(set) var answer: [UInt8] = []
    private var egress: EgressPolicy?
    private var wasRefused = false

    init?(url: String, protocols: String) {
        guard Self.isInitialised, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        // Shorter than the service has to end in order: a transfer cannot be interrupted.
        set(CURLOPT_CONNECTTIMEOUT, 10)
        set(CURLOPT_TIMEOUT, 20)
        // Redirects are never followed: libcurl's default, said aloud because it guards the inside.
        set(CURLOPT_FOLLOWLOCATION, 0)
        curl_set_writer(handle, Self.takeAnswer, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
    }

    func set(_ option: CURLoption, _ text: String) { curl_set_text(handle, option, text) }
    func set(_ option: CURLoption, _ number: Int) { curl_set_number(handle, option, number) }

    func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return }
        lists.append(list)
        curl_set_pointer(handle, option, list)
    }

    /// Sends these bytes.
    func upload(_ bytes: [UInt8]) {
        body = bytes[...]
        set(CURLOPT_UPLOAD, 1)
        curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(bytes.count))
        curl_set_reader(handle, Self.giveBody, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Connects only to addresses the policy allows.
    func obey(_ policy: EgressPolicy) {
        egress = policy
        curl_set_socket_opener(handle, Self.openSocket, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The status of the answer; throws ``Failure``.
    func perform() throws(Failure) -> Int {
        let code = curl_easy_perform(handle)
        var status = 0
        curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
        guard code == CURLE_OK else {
            let reason = wasRefused ? "the address is not open to tenants" : String(cString: curl_easy_strerror(code))
            throw Failure(code: code, reason: reason, status: status)
        }
        return status
    }

    // MARK: What libcurl calls back, always during perform()

    private static func transfer(_ pointer: UnsafeMutableRawPointer) -> CurlTransfer {
        Unmanaged<CurlTransfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    private static let giveBody: curl_read_callback = { buffer, size, count, source in
        guard let buffer, let source else { return 0 }
        let transfer = transfer(source)
        let piece = transfer.body.prefix(size * count)
        transfer.body = transfer.body.dropFirst(piece.count)
        piece.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress {
                UnsafeMutableRawPointer(buffer).copyMemory(from: base, byteCount: bytes.count)
            }
        }
        return piece.count
    }

    private static let takeAnswer: curl_write_callback = { buffer, size, count, target in
        guard let buffer, let target else { return 0 }
        let transfer = transfer(target)
        guard transfer.answer.count + size * count <= longestAnswer else { return 0 }
        transfer.answer += UnsafeRawBufferPointer(start: buffer, count: size * count)
        return size * count
    }

    private static let openSocket: curl_opensocket_callback = { source, _, address in
        guard let source, let address else { return -1 }
        let transfer = transfer(source)
        let family = address.pointee.family
        let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
        let raw = UnsafeRawPointer(address).advanced(by: start)
        // sockaddr_in has its address after family and port, sockaddr_in6 after the flow label as well.
        let (offset, length) = family == AF_INET6 ? (8, 16) : (4, 4)
        let bytes = [UInt8](UnsafeRawBufferPointer(start: raw.advanced(by: offset), count: length))
        guard family == AF_INET || family == AF_INET6, transfer.egress?.allows(address: bytes) ?? true else {
            transfer.wasRefused = true
            return -1
        }
        return socket(family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.`protocol`)
    }
}
