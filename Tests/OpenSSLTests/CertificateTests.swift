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

    @Test("a wildcard stands for one whole label, below a domain of one label too, and is covered by itself alone")
    func wildcards() throws {
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        func covers(_ name: String, _ host: String) throws -> Bool {
            try authority.issue(dnsNames: [name], key: .generateP256(), validForDays: 1).covers(host: host)
        }
        #expect(try covers("*.corp", "acme.corp"))
        #expect(try covers("*.Corp", "acme.corp"))
        #expect(try covers("*.corp", "*.corp"))
        #expect(try !covers("acme.corp", "*.corp"))
        #expect(try !covers("*.corp", "corp"))
        #expect(try !covers("*.corp", "eu.acme.corp"))
        #expect(try !covers("*.corp", ".corp"))
        #expect(try !covers("*", "localhost"))
        #expect(try !covers("a*.corp", "acme.corp"))
        #expect(try !covers("acme.*", "acme.corp"))
        #expect(try !covers("*.*.corp", "eu.acme.corp"))
        // KELVIN SIGN, which Unicode folds to a k.
        #expect(try !covers("\u{212A}.corp", "k.corp"))
    }

    @Test("a certificate is issued by the authority that signed it, not by one of the same name or without the right")
    func issuance() throws {
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        let key = try PrivateKey.generateP256()
        let leaf = try authority.issue(dnsNames: ["a.test"], key: key, validForDays: 1)
        #expect(leaf.isIssued(by: authority.certificate))
        #expect(authority.certificate.isIssued(by: authority.certificate))
        #expect(!authority.certificate.isIssued(by: leaf))
        #expect(try !leaf.isIssued(by: CertificateAuthority.create(commonName: "Test CA").certificate))
        #expect(try !leaf.isIssued(by: CertificateAuthority.create(commonName: "Other CA").certificate))
        // Names alone fit here: only the signature tells.
        let own = try Certificate.selfSigned(commonName: "a.test", key: key, validForDays: 1)
        let namesake = try Certificate.selfSigned(commonName: "a.test", key: .generateP256(), validForDays: 1)
        #expect(own.isIssued(by: own))
        #expect(!own.isIssued(by: namesake))
        // A server's certificate signs no other.
        let server = try CertificateAuthority(certificate: leaf, key: key)
        let below = try server.issue(dnsNames: ["b.test"], key: .generateP256(), validForDays: 1)
        #expect(!below.isIssued(by: leaf))
    }

    @Test("a renewed authority has its name and key, so certificates of the one are of the other")
    func renewal() throws {
        let first = try CertificateAuthority.create(commonName: "Test CA")
        let renewed = try CertificateAuthority.create(commonName: "Test CA", key: first.key)
        #expect(renewed.certificate.der != first.certificate.der)
        let leaf = try renewed.issue(dnsNames: ["a.test"], key: .generateP256(), validForDays: 1)
        #expect(leaf.isIssued(by: first.certificate))
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
