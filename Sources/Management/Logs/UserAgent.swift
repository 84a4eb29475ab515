/// Browser and operating system read from a `User-Agent` header, as log lists show them:
/// `Chrome 56.0.2924 / Mac OS X 10.12.3`, and `Other 0.0.0 / Other 0.0.0` where nothing is recognised.
struct UserAgent: Sendable, CustomStringConvertible {
    let browser: String
    let system: String
    let isMobile: Bool

    var description: String { "\(browser) / \(system)" }

    init(_ header: String) {
        browser = Self.first(of: Self.browsers, in: header)
        system = Self.first(of: Self.systems, in: header)
        isMobile = ["Mobile", "Android", "iPhone", "iPad", "iPod"].contains(where: header.contains)
    }

    /// What is looked for, the name it means, and what stands before the version where that is elsewhere.
    private struct Sign {
        let mark: String
        let name: String
        var versionMark: String?
    }

    /// In order: most browsers name others as well, so the most particular comes first.
    private static let browsers = [
        Sign(mark: "Edg/", name: "Edge"),
        Sign(mark: "Edge/", name: "Edge"),
        Sign(mark: "OPR/", name: "Opera"),
        Sign(mark: "Opera/", name: "Opera", versionMark: "Version/"),
        Sign(mark: "SamsungBrowser/", name: "Samsung Internet"),
        Sign(mark: "FxiOS/", name: "Firefox iOS"),
        Sign(mark: "Firefox/", name: "Firefox"),
        Sign(mark: "CriOS/", name: "Chrome Mobile iOS"),
        Sign(mark: "HeadlessChrome/", name: "HeadlessChrome"),
        Sign(mark: "Chrome/", name: "Chrome"),
        Sign(mark: "Mobile/", name: "Mobile Safari", versionMark: "Version/"),
        Sign(mark: "Safari/", name: "Safari", versionMark: "Version/"),
        Sign(mark: "MSIE ", name: "IE"),
        Sign(mark: "Trident/", name: "IE", versionMark: "rv:"),
    ]

    private static let systems = [
        Sign(mark: "Windows Phone ", name: "Windows Phone"),
        Sign(mark: "Windows NT 10.0", name: "Windows 10"),
        Sign(mark: "Windows NT 6.3", name: "Windows 8.1"),
        Sign(mark: "Windows NT 6.2", name: "Windows 8"),
        Sign(mark: "Windows NT 6.1", name: "Windows 7"),
        Sign(mark: "Windows NT ", name: "Windows"),
        Sign(mark: "iPhone OS ", name: "iOS"),
        Sign(mark: "CPU OS ", name: "iOS"),
        Sign(mark: "Android ", name: "Android"),
        Sign(mark: "Mac OS X ", name: "Mac OS X"),
        Sign(mark: "CrOS ", name: "Chrome OS"),
        Sign(mark: "Ubuntu", name: "Ubuntu"),
        Sign(mark: "Linux", name: "Linux"),
    ]

    private static func first(of signs: [Sign], in header: String) -> String {
        guard let sign = signs.first(where: { header.contains($0.mark) }) else { return "Other 0.0.0" }
        // "Windows 10" already says its version; what is missing of one is zero.
        if let last = sign.name.last, last.isNumber {
            return sign.name + (sign.name.contains(".") ? ".0" : ".0.0")
        }
        return "\(sign.name) \(version(after: sign.versionMark ?? sign.mark, in: header))"
    }

    /// Three numbers after a mark, as `56.0.2924` of `56.0.2924.87` or `10.12.3` of `10_12_3`.
    private static func version(after mark: String, in header: String) -> String {
        guard let start = header.firstRange(of: mark)?.upperBound else { return "0.0.0" }
        let text = header[start...].prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
        var numbers = text.split { $0 == "." || $0 == "_" }.prefix(3).map(String.init)
        while numbers.count < 3 { numbers.append("0") }
        return numbers.joined(separator: ".")
    }
}
