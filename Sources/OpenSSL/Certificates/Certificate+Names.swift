internal import COpenSSL

extension Certificate {
    /// The common name of the subject, or an empty text.
    public var subjectCommonName: String { self.subjectText(NID_commonName) }
    /// Two letters, or an empty text.
    public var subjectCountry: String { self.subjectText(NID_countryName) }
    public var subjectOrganization: String { self.subjectText(NID_organizationName) }
    public var subjectStateOrProvince: String { self.subjectText(NID_stateOrProvinceName) }
    public var subjectLocality: String { self.subjectText(NID_localityName) }

    private func subjectText(_ type: Int32) -> String {
        guard let subject = X509_get_subject_name(self.x509) else { return "" }
        let index = X509_NAME_get_index_by_NID(subject, type, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(subject, index) else { return "" }
        var text: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry))
        guard length >= 0, let text else {
            ERR_clear_error()
            return ""
        }
        defer { CRYPTO_free(text, #file, #line) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }

    /// The DNS names among the subject's alternative names, in their order.
    public var dnsNames: [String] {
        guard let names = X509_get_ext_d2i(self.x509, NID_subject_alt_name, nil, nil) else { return [] }
        let stack = OpaquePointer(names)
        defer { GENERAL_NAMES_free(stack) }
        return (0..<OPENSSL_sk_num(stack)).compactMap { index in
            guard let name = OPENSSL_sk_value(stack, index)?.assumingMemoryBound(to: GENERAL_NAME.self) else {
                return nil
            }
            var type: Int32 = 0
            guard let value = GENERAL_NAME_get0_value(name, &type), type == GEN_DNS else { return nil }
            let text = OpaqueASN1String(value)
            return String(decoding: text.bytes, as: UTF8.self)
        }
    }

    /// Whether the certificate may be shown for a host name (RFC 6125: alternative names alone, whole-label wildcards).
    public func covers(host: String) -> Bool {
        let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        defer { ERR_clear_error() }
        return X509_check_host(self.x509, host, host.utf8.count, flags, nil) == 1
    }
}

/// Bytes of an ASN.1 string that somebody else owns.
private struct OpaqueASN1String {
    let bytes: UnsafeBufferPointer<UInt8>

    init(_ value: UnsafeMutableRawPointer) {
        let string = value.assumingMemoryBound(to: ASN1_STRING.self)
        self.bytes = UnsafeBufferPointer(
            start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    }
}
