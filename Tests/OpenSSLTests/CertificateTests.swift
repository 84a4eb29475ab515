import OpenSSL
import Testing

@Suite struct CertificateTests {
    @Test("a tenant's signing certificate is its own issuer and carries its key")
    func selfSigned() throws {
        let key = try PrivateKey.generateP256()
        let certificate = try Certificate.selfSigned(commonName: "acme.auth0.com", key: key, validForDays: 10)
        #expect(certificate.subjectCommonName == "acme.auth0.com")
        #expect(certificate.matches(key))
        #expect(!certificate.matches(try PrivateKey.generateP256()))
        #expect(certificate.notAfter - certificate.notBefore == 10 * 86_400 + 3600)
        #expect(certificate.sha1Thumbprint == Digest.sha1(certificate.der))
        #expect(certificate.sha1Thumbprint.count == 20)
        #expect(try Certificate(pem: certificate.pem()).der == certificate.der)
        #expect(try Certificate(der: certificate.der).subjectCommonName == "acme.auth0.com")
        let signature = try key.sign(sha256: [1])
        #expect(try certificate.publicKey.verify(sha256: [1], signature: signature))
        let pkcs7 = try certificate.pkcs7PEM()
        #expect(pkcs7.hasPrefix("-----BEGIN PKCS7-----"))
        #expect(pkcs7.hasSuffix("-----END PKCS7-----\n"))
    }

    @Test("an issued certificate covers its names, whole labels for wildcards, and nothing else")
    func names() throws {
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        let key = try PrivateKey.generateP256()
        let names = ["*.auth0.com", "auth0.com", "a,DNS:evil.example"]
        let certificate = try authority.issue(dnsNames: names, key: key, validForDays: 90)
        #expect(certificate.dnsNames == names)
        #expect(certificate.covers(host: "acme.auth0.com"))
        #expect(certificate.covers(host: "ACME.auth0.com"))
        #expect(certificate.covers(host: "auth0.com"))
        #expect(!certificate.covers(host: "acme.eu.auth0.com"))
        #expect(!certificate.covers(host: "evil.example"))
        #expect(throws: OpenSSLError.self) { try authority.issue(dnsNames: [], key: key, validForDays: 1) }
    }

    @Test("a chain is read in its order")
    func chain() throws {
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        let leaf = try authority.issue(dnsNames: ["a.test"], key: .generateP256(), validForDays: 1)
        let chain = try Certificate.chain(pem: leaf.pem() + authority.certificate.pem())
        #expect(chain.map(\.subjectCommonName) == ["a.test", "Test CA"])
        #expect(throws: OpenSSLError.self) {
            try Certificate.chain(pem: leaf.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        }
    }

    @Test("an authority needs its own key")
    func foreignKey() throws {
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        #expect(throws: OpenSSLError.self) {
            try CertificateAuthority(certificate: authority.certificate, key: .generateP256())
        }
    }
}
