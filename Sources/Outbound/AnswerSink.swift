import CCurl
import Foundation

/// Takes the answer from libcurl.
final class AnswerSink {
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
