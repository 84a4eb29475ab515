internal import COpenSSL

/// The families of keys the service works with.
public enum KeyKind: String, Sendable, Hashable, CaseIterable {
    case rsa
    case ec

    init(of key: OpaquePointer, _ operation: String) throws(OpenSSLError) {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: self = .rsa
        case EVP_PKEY_EC: self = .ec
        default: throw OpenSSLError(operation: operation, reason: "only RSA and elliptic curve keys are supported")
        }
    }
}
