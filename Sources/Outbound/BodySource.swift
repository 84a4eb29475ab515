import CCurl
import Foundation

/// Gives libcurl the body piece by piece.
final class BodySource {
    /// Nil where nothing is sent.
    let size: curl_off_t?
    private(set) var failure: String?
    private var bytes: ArraySlice<UInt8> = []
    private var file: FileHandle?

    init(_ body: TransferBody) throws(TransferError) {
        switch body {
        case .none:
            size = nil
        case .bytes(let bytes, _):
            self.bytes = bytes[...]
            size = curl_off_t(bytes.count)
        case .file(let path, _):
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
