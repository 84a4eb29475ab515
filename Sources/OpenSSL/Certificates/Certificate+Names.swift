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

    /// Whether the certificate may be shown for a host name: alternative names alone, where an asterisk is the whole
    /// left-most label and stands for exactly one (RFC 9525 §6.3). A wildcard is covered by the same wildcard alone.
    ///
    /// Not asked of X509_check_host, which knows no wildcard right below a top-level domain, as `*.corp` is, and takes
    /// no wildcard as the name to look for.
    public func covers(host: String) -> Bool {
        let host = DNSLabels(host)
        return self.dnsNames.contains { DNSLabels($0).cover(host) }
    }
}

/// A name as its labels, in bytes: nothing is folded beyond ASCII case, so no look-alike equals another name.
private struct DNSLabels {
    /// Left to right; never none, because an empty name is one empty label.
    private let labels: [[UInt8]]

    init(_ name: String) {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let bytes: [UInt8] = name.utf8.map { capitals.contains($0) ? $0 | 0x20 : $0 }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        self.labels = parts.map { Array($0) }
    }

    /// Whether a certificate's name is good for a host.
    func cover(_ host: DNSLabels) -> Bool {
        guard self.labels.count == host.labels.count, self.labels[1...] == host.labels[1...],
            !host.labels.contains([])
        else { return false }
        let isWildcard = self.labels.count > 1 && self.labels[0] == [UInt8(ascii: "*")]
        return isWildcard || self.labels[0] == host.labels[0]
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
