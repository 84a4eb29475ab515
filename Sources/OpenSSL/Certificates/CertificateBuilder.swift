internal import COpenSSL

/// Puts a new certificate together; signing it makes it a ``Certificate``.
struct CertificateBuilder {
    private static let operation = "make a certificate"
    private let unsigned: Certificate
    private var x509: OpaquePointer { self.unsigned.x509 }

    /// The serial number is random, positive and shorter than 20 bytes as RFC 5280 §4.1.2.2 asks.
    init(commonName: String, key: PublicKey, validForDays days: Int) throws(OpenSSLError) {
        self.unsigned = Certificate(owning: try X509_new().orThrow(Self.operation))
        try X509_set_version(self.x509, 2).orThrow(Self.operation)
        var serial = SecureRandom.bytes(16)
        serial[0] = serial[0] & 0x7F | 0x40
        let number = try BN_bin2bn(serial, Int32(serial.count), nil).orThrow(Self.operation)
        defer { BN_free(number) }
        _ = try BN_to_ASN1_INTEGER(number, X509_get_serialNumber(self.x509)).orThrow(Self.operation)
        // An hour back, for clocks that run late.
        _ = try X509_gmtime_adj(X509_getm_notBefore(self.x509), -3600).orThrow(Self.operation)
        _ = try X509_gmtime_adj(X509_getm_notAfter(self.x509), days * 86_400).orThrow(Self.operation)
        try X509_set_pubkey(self.x509, key.evp).orThrow(Self.operation)
        let bytes = Array(commonName.utf8)
        // RFC 5280 bounds a common name to 64 characters; the alternative names carry the whole name.
        if bytes.count <= 64 {
            try X509_NAME_add_entry_by_NID(
                X509_get_subject_name(self.x509), NID_commonName, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0
            ).orThrow(Self.operation)
        }
    }

    /// Adds an extension whose value is a fixed text in the library's configuration syntax.
    func add(_ nid: Int32, _ value: StaticString, issuer: Certificate? = nil) throws(OpenSSLError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.x509 ?? self.x509, self.x509, nil, nil, 0)
        let addition = try X509V3_EXT_conf_nid(nil, &context, nid, value.description).orThrow(Self.operation)
        defer { X509_EXTENSION_free(addition) }
        try X509_add_ext(self.x509, addition, -1).orThrow(Self.operation)
    }

    /// Adds DNS names and addresses. They are not put through the configuration syntax, where a comma would begin
    /// another name.
    func add(dnsNames: [String]) throws(OpenSSLError) {
        let names = try OPENSSL_sk_new_null().orThrow(Self.operation)
        defer { GENERAL_NAMES_free(names) }
        for dnsName in dnsNames {
            guard let name = GENERAL_NAME_new() else { throw OpenSSLError.last(Self.operation) }
            do throws(OpenSSLError) {
                try Self.set(name, to: dnsName)
            } catch {
                GENERAL_NAME_free(name)
                throw error
            }
            guard OPENSSL_sk_push(names, name) > 0 else {
                GENERAL_NAME_free(name)
                throw OpenSSLError.last(Self.operation)
            }
        }
        try X509_add1_ext_i2d(self.x509, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0)
            .orThrow(Self.operation)
    }

    /// Clients look for an address among the addresses, never among the names (RFC 5280 §4.2.1.6).
    private static func set(
        _ name: UnsafeMutablePointer<GENERAL_NAME>, to text: String
    ) throws(OpenSSLError) {
        if let address = a2i_IPADDRESS(text) {
            GENERAL_NAME_set0_value(name, GEN_IPADD, address)
            return
        }
        // The text is no address; that was no failure.
        ERR_clear_error()
        let value = try ASN1_STRING_type_new(V_ASN1_IA5STRING).orThrow(Self.operation)
        let bytes = Array(text.utf8)
        guard ASN1_STRING_set(value, bytes, Int32(bytes.count)) == 1 else {
            ASN1_STRING_free(value)
            throw OpenSSLError.last(Self.operation)
        }
        GENERAL_NAME_set0_value(name, GEN_DNS, value)
    }

    /// Signs with the key of `issuer`, or with its own key if there is no issuer.
    consuming func signed(by key: PrivateKey, issuer: Certificate?) throws(OpenSSLError) -> Certificate {
        let issuerName = X509_get_subject_name(issuer?.x509 ?? self.x509)
        try X509_set_issuer_name(self.x509, issuerName).orThrow(Self.operation)
        try X509_sign(self.x509, key.evp, Algorithm.sha256.evp).orThrow(Self.operation)
        return self.unsigned
    }
}
