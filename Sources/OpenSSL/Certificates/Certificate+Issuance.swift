internal import COpenSSL

extension Certificate {
    /// Whether `issuer` is the authority that signed this certificate: its name, its key identifier, its right to sign
    /// certificates (RFC 5280 §4.2.1.1, §4.2.1.3 and §4.2.1.9), and the signature itself.
    ///
    /// Says nothing about their validity in time, nor about trust.
    public func isIssued(by issuer: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard X509_check_issued(issuer.x509, self.x509) == X509_V_OK, X509_check_ca(issuer.x509) > 0,
            let key = X509_get0_pubkey(issuer.x509)
        else { return false }
        return X509_verify(self.x509, key) == 1
    }
}
