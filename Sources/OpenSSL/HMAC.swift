internal import COpenSSL

/// Keyed-hash message authentication codes (RFC 2104).
public enum HMAC {
    public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        self.code(.sha256, key: key, message)
    }

    public static func sha1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        self.code(.sha1, key: key, message)
    }

    private static func code(_ algorithm: Algorithm, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.size) { output, count in
            // A null key means "the key of the last call" to the library, so an empty key still needs an address.
            let code = withUnsafePointer(to: UInt8(0)) { empty in
                key.withUnsafeBufferPointer { key in
                    COpenSSL.HMAC(
                        algorithm.evp, key.baseAddress ?? empty, Int32(key.count),
                        message, message.count, output.baseAddress, nil)
                }
            }
            precondition(code != nil, "libcrypto could not compute a message authentication code")
            count = algorithm.size
        }
    }
}
