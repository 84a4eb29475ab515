import OpenSSL
import Synchronization

/// A certificate in the forms that the Management API shows with every client.
public struct CertificateTexts: Sendable {
    public let pem: String
    public let pkcs7: String
    public let subject: String

    init(_ certificate: Certificate) throws {
        pem = try certificate.pem()
        pkcs7 = try certificate.pkcs7PEM()
        subject = "/CN=\(certificate.subjectCommonName)"
    }
}

/// What is made once, when it is first asked for.
final class Kept<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func callAsFunction(_ make: () throws -> Value) rethrows -> Value {
        try value.withLock { kept in
            if let kept { return kept }
            let made = try make()
            kept = made
            return made
        }
    }
}
