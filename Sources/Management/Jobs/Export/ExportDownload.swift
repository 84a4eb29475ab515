import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import OpenSSL
import Tenancy
import TenantHTTP

/// The file of an export, at an address that nobody can guess and that is good for a minute (spec 03 §9): the job's id, the
/// moment it ends, and a code over both that only the tenant can make. Each look at the job makes a new one.
struct ExportDownload: Sendable {
    let files: JobFiles

    /// Seconds an address is good.
    private static let lifetime: Int64 = 60
    private static let chunk = 256 << 10

    static func location(of job: Job, issuer: String, key: [UInt8], at now: Timestamp) -> String {
        let expiry = now.adding(seconds: lifetime).seconds
        return "\(issuer)jobs/exports/\(job.id).\(expiry).\(code(job.id, expiry, key))"
    }

    private static func code(_ job: String, _ expiry: Int64, _ key: [UInt8]) -> String {
        Hex.encode(HMAC.sha256(key: key, Array("export\n\(job)\n\(expiry)".utf8)))
    }

    func addRoute(to router: Router<TenantContext>) {
        router.get("/jobs/exports/:ticket") { _, context in
            // Whatever is wrong, the answer is the same (spec 08 M4).
            try await response(context) ?? ManagementError.unknownEndpoint.response
        }
    }

    private func response(_ context: TenantContext) async throws -> Response? {
        let parts = (context.parameters.get("ticket") ?? "").split(separator: ".").map(String.init)
        guard parts.count == 3, Format.jobID.accepts(parts[0]), let expiry = Int64(parts[1]),
            expiry > context.now.seconds
        else { return nil }
        let key = try await context.shard.settings().transactionKey
        guard constantTimeEqual(parts[2], Self.code(parts[0], expiry, key)) else { return nil }
        let path = files.export(parts[0], of: context.shard.tenantID)
        let pool = context.shard.pools.database
        guard let size = try await pool.run({ Self.size(of: path) }) else { return nil }
        var response = Response(status: .ok, body: Self.body(path, size: size, pool: pool))
        response.headers[.contentType] = "application/gzip"
        response.headers[.contentDisposition] = "attachment; filename=\"\(parts[0]).gz\""
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func body(_ path: String, size: Int, pool: BoundedPool) -> ResponseBody {
        ResponseBody(contentLength: size) { writer in
            var offset = 0
            while offset < size {
                let position = offset
                let bytes = try await pool.run { try read(path, at: position) }
                guard bytes.readableBytes > 0 else { throw CocoaError(.fileReadUnknown) }
                offset += bytes.readableBytes
                try await writer.write(bytes)
            }
            try await writer.finish(nil)
        }
    }

    private static func read(_ path: String, at position: Int) throws -> ByteBuffer {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw CocoaError(.fileReadUnknown) }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: chunk)
        let count = pread(file, &buffer, buffer.count, off_t(position))
        guard count >= 0 else { throw CocoaError(.fileReadUnknown) }
        return ByteBuffer(bytes: buffer.prefix(count))
    }
}
