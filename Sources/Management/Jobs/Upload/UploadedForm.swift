import Foundation
import Hummingbird
import Tenancy
import TenantHTTP

/// A form with one file, which goes to disk as it arrives.
struct UploadedForm: Sendable {
    /// The largest file that is taken.
    static let largestFile = 1 << 30

    private(set) var fields: [String: String] = [:]
    private(set) var hasFile = false

    /// - Parameters:
    ///   - name: the field of the file.
    ///   - path: where it goes. What is there after a throw is the caller's to remove.
    init(_ request: Request, file name: String, to path: String, pool: BoundedPool) async throws {
        guard request.mediaType == Upload.mediaType,
            var reader = MultipartReader(contentType: request.headers[.contentType] ?? "")
        else { throw ManagementError.unsupportedMediaType(expected: Upload.mediaType) }
        var size = 0
        var isWanted = false
        do {
            for try await part in request.body {
                for event in try reader.read(part.readableBytesView) {
                    switch event {
                    case .field(let name, let value): fields[name] = value
                    case .fileBegins(let field):
                        isWanted = field == name && !hasFile
                        hasFile = hasFile || isWanted
                        // An empty file is a file too.
                        if isWanted { try await pool.run { try Self.append([], to: path) } }
                    case .fileBytes(let bytes) where isWanted:
                        size += bytes.count
                        guard size <= Self.largestFile else { throw ManagementError.tooLarge }
                        try await pool.run { try Self.append(bytes, to: path) }
                    case .fileBytes, .fileEnds: break
                    }
                }
            }
        } catch MultipartReader.Failure.malformed(let reason) {
            throw ManagementError.invalidBody("Payload validation error: '\(reason)'.")
        }
        guard reader.isComplete else {
            throw ManagementError.invalidBody("Payload validation error: 'the last boundary is missing'.")
        }
    }

    private static func append(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { throw CocoaError(.fileWriteUnknown) }
                rest = rest.dropFirst(count)
            }
        }
    }
}
