import CResolver
import Tenancy

/// Asks the name servers of the machine (`/etc/resolv.conf`).
public struct ResolverDomainVerifier: DomainVerifier {
    /// Why there is no answer.
    public enum Failure: Error, Sendable, CustomStringConvertible {
        case noAnswer

        public var description: String { "it does not exist, or no name server could be reached" }
    }

    /// A query blocks its thread for seconds when no server answers.
    private let pool = BoundedPool(name: "resolver", threads: 1, queue: 16)

    public init() {}

    public func texts(at name: String) async throws -> [String] {
        try await pool.run { try Self.query(name) }
    }

    private static func query(_ name: String) throws -> [String] {
        var answer = [UInt8](repeating: 0, count: 65_535)
        let length = resolver_query_txt(name, &answer, Int32(answer.count))
        guard length > 0 else { throw Failure.noAnswer }
        return (0..<max(0, resolver_record_count(answer, length))).compactMap { index in
            var size: Int32 = 0
            return answer.withUnsafeBufferPointer { answer -> String? in
                guard let data = resolver_txt_data(answer.baseAddress, length, index, &size) else { return nil }
                return text(UnsafeBufferPointer(start: data, count: Int(size)))
            }
        }
    }

    /// A TXT record is a list of strings, each after its length (RFC 1035 §3.3.14); together they are the text.
    private static func text(_ data: UnsafeBufferPointer<UInt8>) -> String {
        var rest = data[...]
        var bytes: [UInt8] = []
        while let length = rest.popFirst() {
            bytes += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
