import OpenSSL
import Testing

@Suite("Base 32")
struct Base32Tests {
    @Test(
        "RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func vectors(_ text: String, _ encoded: String) {
        #expect(Base32.encode(Array(text.utf8)) == encoded)
    }

    @Test("digits are digits, as many as were asked for, and spread evenly")
    func digits() {
        let text = SecureRandom.digits(20_000)
        #expect(text.utf8.count == 20_000 && text.utf8.allSatisfy { (48...57).contains($0) })
        for digit in "0123456789" { #expect((1_700...2_300).contains(text.count { $0 == digit })) }
    }
}
