import Testing

@testable import gatehouse

@Suite("Configuration")
struct ConfigurationTests {
    private func settings(
        flags: [String] = [], environment: [String: String] = [:], file: String = ""
    ) throws -> EffectiveSettings {
        EffectiveSettings(
            flags: try ServiceOptions.parse(flags).layer, environment: SettingLayer(environment: environment),
            file: try ConfigurationFile.layer(text: file, path: "gatehouse.yaml"))
    }

    struct Precedence: Sendable {
        let flags: [String]
        let environment: [String: String]
        let file: String
        let value: [String]
        let origin: SettingOrigin
    }

    @Test(
        "a flag goes before the environment, that before the file, that before the default",
        arguments: [
            Precedence(flags: [], environment: [:], file: "", value: ["8443"], origin: .standard),
            Precedence(
                flags: [], environment: [:], file: "data: x\nhttps-port: 1", value: ["1"],
                origin: .file("gatehouse.yaml", line: 2)),
            Precedence(
                flags: [], environment: ["GATEHOUSE_HTTPS_PORT": "2"], file: "https-port: 1", value: ["2"],
                origin: .environment("GATEHOUSE_HTTPS_PORT")),
            Precedence(
                flags: ["--https-port", "3"], environment: ["GATEHOUSE_HTTPS_PORT": "2"], file: "https-port: 1",
                value: ["3"], origin: .flag("--https-port")),
            Precedence(
                flags: ["--https-port", "3"], environment: [:], file: "", value: ["3"], origin: .flag("--https-port")),
        ])
    func precedence(row: Precedence) throws {
        let value = try settings(flags: row.flags, environment: row.environment, file: row.file)[.httpsPort]
        #expect(value == SettingValue(texts: row.value, origin: row.origin))
    }

    @Test("every setting has a flag, a variable and a line")
    func everySetting() throws {
        for setting in Setting.allCases {
            let flags = try ServiceOptions.parse([setting.flag, "x"]).layer
            #expect(flags[setting]?.texts == ["x"], "\(setting)")
            #expect(SettingLayer(environment: [setting.environmentName: "x"])[setting]?.texts == ["x"])
            #expect(try ConfigurationFile.layer(text: "\(setting.rawValue): x", path: "f")[setting]?.texts == ["x"])
        }
    }

    @Test("lists come as repeated flags, with commas, and as YAML lists; the first base domain leads")
    func lists() throws {
        let expected = ["a.test", "b.test"]
        #expect(
            try settings(flags: ["--base-domain", "a.test", "--base-domain", "b.test"])[.baseDomain].texts == expected)
        #expect(try settings(environment: ["GATEHOUSE_BASE_DOMAIN": "a.test, b.test"])[.baseDomain].texts == expected)
        #expect(try settings(file: "base-domain: [a.test, b.test]")[.baseDomain].texts == expected)
        let configuration = try ServiceConfiguration(settings(file: "base-domain:\n  - a.test\n  - b.test"))
        #expect(configuration.baseDomains.map(\.name) == expected)
    }

    @Test(
        "what cannot be is refused, and the refusal says where it stands",
        arguments: [
            ("https-port: eighty", "line 1"), ("https-port: 65536", "0 to 65535"), ("data: x\nhttps_port: 1", "line 2"),
            ("https-port: [1, 2]", "one value"), ("- a\n- b", "setting: value"), ("region: [eu]", "us"),
            ("region: [us, E U]", "lower-case"), ("base-domain: []", "at least one"),
            ("base-domain: [\"a b\"]", "no domain"), ("base-domain: 127.0.0.1", "no domain"),
            ("deployment: moon", "managed_cloud"), ("log-level: loud", "critical"), ("password-cost: 3", "4 to 16"),
            ("https-port: 9\nhttp-port: 9", "same port"), ("development-certificates: maybe", "true or false"),
            ("data: ''", "one value"), ("https-port: 1\nhttps-port: 2", "gatehouse.yaml"), ("a: [", "gatehouse.yaml"),
            ("rate-limits: sometimes", "on, off"),
            ("egress-proxy: proxy.example:3128", "http://USER:PASSWORD@HOST:PORT"),
            ("bind: nonsense", "IP address"), ("bind: gatehouse.example", "IP address"),
            ("bind: 127.0.0.1:8443", "IP address"), ("bind: 127.1", "IP address"), ("bind: 1.2.3.256", "IP address"),
            ("https-port: 1\nadmin-bind: '::1::'", "admin-bind is"), ("admin-host: ['a b']", "\"a b\" is no name"),
            ("admin-host: gatehouse.internal:8444", "without a port"),
        ])
    func refusals(file: String, hint: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            _ = try ServiceConfiguration(settings(file: file))
        }
        #expect(error?.description.contains(hint) == true, "\(error?.description ?? "")")
    }

    @Test(
        "listeners have an address, as URLs and as the system write it",
        arguments: [
            ("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1", "127.0.0.1", "127.0.0.1"),
            ("0.0.0.0", "0.0.0.0", "0.0.0.0", "127.0.0.1"), ("::", "[::]", "::", "[::1]"),
            ("[::1]", "[::1]", "::1", "[::1]"), ("2001:DB8:0::1", "[2001:db8::1]", "2001:db8::1", "[2001:db8::1]"),
            ("192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.2"),
        ])
    func listenAddress(written: String, host: String, text: String, reachable: String) throws {
        let configuration = try ServiceConfiguration(settings(flags: ["--admin-bind", written]))
        let address = configuration.adminBindAddress
        #expect(address.host.name == host)
        #expect(address.text == text)
        #expect(address.reachableName == reachable)
        #expect(address.isEvery == ["0.0.0.0", "::"].contains(text))
    }

    @Test("the admin port has the names it is given, none by default")
    func adminHosts() throws {
        #expect(try ServiceConfiguration(settings()).adminHosts.isEmpty)
        let expected = ["gatehouse.internal", "192.0.2.2", "[2001:db8::1]"]
        let written = ["Gatehouse.Internal", "192.0.2.2", "2001:db8::1"]
        let flags = written.flatMap { ["--admin-host", $0] }
        #expect(try ServiceConfiguration(settings(flags: flags)).adminHosts.map(\.name) == expected)
        let environment = ["GATEHOUSE_ADMIN_HOST": written.joined(separator: ",")]
        #expect(try ServiceConfiguration(settings(environment: environment)).adminHosts.map(\.name) == expected)
        let file = "admin-host:\n" + written.map { "  - '\($0)'\n" }.joined()
        #expect(try ServiceConfiguration(settings(file: file)).adminHosts.map(\.name) == expected)
    }

    @Test("in an installation of its own a tenant is dedicated unless the operator says otherwise")
    func deployment() throws {
        #expect(try ServiceConfiguration(settings()).deployment.defaultDeployment == .shared)
        #expect(
            try ServiceConfiguration(settings(file: "deployment: on_premises")).deployment.defaultDeployment
                == .dedicated)
    }
}
