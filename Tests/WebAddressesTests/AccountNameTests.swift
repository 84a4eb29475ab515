import Testing
import WebAddresses

@Suite("Account names")
struct AccountNameTests {
    private let regions: Set<String> = ["us", "eu", "au", "west-2"]

    @Test(
        "a DNS label of 3 to 63 lower-case characters is a name",
        arguments: ["acme", "globex", "a1b", "123", "my-company", "a--b", "x" + String(repeating: "y", count: 62)]
    )
    func accepted(_ name: String) throws {
        #expect(try AccountName(parsing: name, regions: regions).value == name)
    }

    @Test(
        "H15: names that could leave the shard's folder, clash or deceive are refused",
        arguments: [
            ("", AccountNameError.length),
            ("ab", .length),
            (String(repeating: "a", count: 64), .length),
            (".", .length),
            ("..", .length),
            ("../B", .invalidCharacter),
            ("a/b", .invalidCharacter),
            ("a\\b", .invalidCharacter),
            ("a%2fb", .invalidCharacter),
            ("a..b", .invalidCharacter),
            ("a\u{0}b", .invalidCharacter),
            ("a b", .invalidCharacter),
            ("abc\n", .invalidCharacter),
            ("CON", .invalidCharacter),
            ("Acme", .invalidCharacter),
            ("sqlite_", .invalidCharacter),
            ("bücher", .invalidCharacter),
            ("аcme", .invalidCharacter),
            ("acme٣", .invalidCharacter),
            ("-acme", .misplacedHyphen),
            ("acme-", .misplacedHyphen),
            ("---", .misplacedHyphen),
            ("xn--a", .encodedLabel),
            ("xn--cme-7cd", .encodedLabel),
            ("ab--cd", .encodedLabel),
            ("login", .reserved),
            ("admin", .reserved),
            ("cdn", .reserved),
            ("www", .reserved),
            ("manage", .reserved),
            ("con", .reserved),
            ("lpt1", .reserved),
            ("localhost", .reserved),
            ("west-2", .reserved),
        ]
    )
    func refused(_ name: String, _ error: AccountNameError) {
        #expect(throws: error) { try AccountName(parsing: name, regions: regions) }
    }
}
