import OpenSSL
import Testing

@Suite struct EncodingTests {
    @Test(
        "Base 64 has the vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let unpadded = String(encoded.prefix { $0 != "=" })
        #expect(Base64URL.encode(Array(plain.utf8)) == unpadded)
        #expect(Base64URL.decode(unpadded) == Array(plain.utf8))
        var longer = Array("before.".utf8)
        Base64URL.append(Array(plain.utf8), to: &longer)
        #expect(longer == Array("before.\(unpadded)".utf8))
    }

    @Test("the URL alphabet has no characters that need escaping")
    func urlAlphabet() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xBF]) == "-_-_")
        #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    }

    @Test("a spelling nobody writes is refused", arguments: ["Zg==", "Zh", "Z", "Zg\n", "Z+8", " Zg", "Zm9v="])
    func strictness(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test("hexadecimal is written in lower case and read in either")
    func hex() {
        #expect(Hex.encode([0x00, 0xAB, 0xFF]) == "00abff")
        #expect(Hex.decode("00AbfF") == [0x00, 0xAB, 0xFF])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }
}
