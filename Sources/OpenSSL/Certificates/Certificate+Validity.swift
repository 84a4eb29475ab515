internal import COpenSSL
internal import Glibc

extension Certificate {
    /// When the certificate becomes valid, in seconds since 1970.
    public var notBefore: Int { Self.seconds(X509_get0_notBefore(self.x509)) }

    /// When the certificate expires, in seconds since 1970.
    public var notAfter: Int { Self.seconds(X509_get0_notAfter(self.x509)) }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else {
            ERR_clear_error()
            return 0
        }
        return timegm(&parts)
    }
}
