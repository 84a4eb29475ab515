import ArgumentParser
import Foundation

/// The flags of the service, one a ``Setting``.
struct ServiceOptions: ParsableArguments {
    @Option(name: .long, help: "A YAML file with a line for each setting, named as the flags are.")
    var config: String?

    @Option(name: .long, help: "The data directory; made with mode 0700. (default: data)")
    var data: String?

    @Option(name: .long, help: "The address of the public listeners; 0.0.0.0 for all. (default: 127.0.0.1)")
    var bind: String?

    @Option(name: .long, help: "The port of HTTPS; 0 for any free one, as with every port. (default: 8443)")
    var httpsPort: String?

    @Option(name: .long, help: "The port of HTTP, which only redirects. (default: 8080)")
    var httpPort: String?

    @Option(name: .long, help: "The port of the operator. (default: 8444)")
    var adminPort: String?

    @Option(name: .long, help: "The address of the operator's port; 0.0.0.0 for all. (default: 127.0.0.1)")
    var adminBind: String?

    @Option(
        name: .long,
        help:
            "A name or address by which operators reach their port from elsewhere; its certificate is for it; repeatable. (default: none but loopback's and admin-bind)"
    )
    var adminHost: [String] = []

    @Option(name: .long, help: "The HTTPS port the public sees, if something in front maps it. (default: https-port)")
    var publicPort: String?

    @Option(
        name: .long,
        help:
            "Tenants live under this domain; repeatable, the first is the one they are known by. (default: auth0.com, localhost)"
    )
    var baseDomain: [String] = []

    @Option(name: .long, help: "A region; repeatable. \"us\" has no label in host names. (default: us, eu, au)")
    var region: [String] = []

    @Option(name: .long, help: "managed_cloud, customer_cloud or on_premises. (default: managed_cloud)")
    var deployment: String?

    @Option(
        name: .long,
        help: "Whether names without an installed certificate have one of the authority in DATA/ca.pem. (default: true)"
    )
    var developmentCertificates: String?

    @Option(name: .long, help: "How many tenant databases are held open at most. (default: 1000)")
    var openShards: String?

    @Option(name: .long, help: "How many signing keys are made ahead for new tenants. (default: 16)")
    var spareKeys: String?

    @Option(name: .long, help: "The cost of password hashes, as bcrypt counts it. (default: 10)")
    var passwordCost: String?

    @Option(name: .long, help: "For how many days a deleted tenant can be brought back. (default: 30)")
    var deletionGrace: String?

    @Option(
        name: .long,
        help: "on or off: whether an address that calls too often is refused for a moment. (default: on)"
    )
    var rateLimits: String?

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(name: .long, help: "A file that is written when the service is ready. (default: DATA/ready.json)")
    var readyFile: String?

    @Option(
        name: .long,
        help: "A host that tenants' configuration may lead to although it is inside; repeatable. (default: none)")
    var allowEgress: [String] = []

    @Option(
        name: .long,
        help:
            "The proxy by which the service calls receivers and identity providers: http://USER:PASSWORD@HOST:PORT or https://. (default: none)"
    )
    var egressProxy: String?

    @Option(
        name: .customLong("egress-ca-file"),
        help: "The authorities of receivers and identity providers. (default: the system's)")
    var egressCAFile: String?

    @Option(
        name: .customLong("smtp-url"),
        help:
            "The mail server of tenants without one: smtps://USER:PASSWORD@HOST:PORT, smtp:// (STARTTLS) or smtp+plain://. (default: none; mails go to DATA/outbox)"
    )
    var smtpURL: String?

    @Option(
        name: .customLong("smtp-ca-file"), help: "The authority of mail servers and gateways. (default: the system's)")
    var smtpCAFile: String?

    @Option(name: .long, help: "Who mails come from. (default: no-reply@ the first base domain)")
    var mailFrom: String?

    @Option(name: .long, help: "A file of SHA-1 hashes of leaked passwords, sorted, one a line. (default: none)")
    var breachedPasswords: String?

    @Option(name: .long, help: "A file of common passwords, one a line. (default: the list of Debian's python3-zxcvbn)")
    var commonPasswords: String?

    var layer: SettingLayer {
        let single: [(Setting, String?)] = [
            (.data, data), (.bind, bind), (.httpsPort, httpsPort), (.httpPort, httpPort), (.adminPort, adminPort),
            (.adminBind, adminBind), (.publicPort, publicPort), (.deployment, deployment),
            (.developmentCertificates, developmentCertificates), (.openShards, openShards), (.spareKeys, spareKeys),
            (.passwordCost, passwordCost), (.deletionGrace, deletionGrace), (.rateLimits, rateLimits),
            (.logLevel, logLevel),
            (.readyFile, readyFile), (.smtpURL, smtpURL), (.smtpCAFile, smtpCAFile), (.mailFrom, mailFrom),
            (.egressProxy, egressProxy), (.egressCAFile, egressCAFile),
            (.breachedPasswords, breachedPasswords), (.commonPasswords, commonPasswords),
        ]
        let lists: [(Setting, [String])] = [
            (.baseDomain, baseDomain), (.region, region), (.allowEgress, allowEgress), (.adminHost, adminHost),
        ]
        var layer: SettingLayer = [:]
        for (setting, text) in single {
            if let text { layer[setting] = SettingValue(texts: [text], origin: .flag(setting.flag)) }
        }
        for (setting, texts) in lists where !texts.isEmpty {
            layer[setting] = SettingValue(texts: texts, origin: .flag(setting.flag))
        }
        return layer
    }

    /// The settings of all sources together.
    func effective(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationError) -> EffectiveSettings {
        let file = config ?? environment["GATEHOUSE_CONFIG"]
        return EffectiveSettings(
            flags: layer, environment: SettingLayer(environment: environment),
            file: try file.map { path throws(ConfigurationError) in try ConfigurationFile.layer(path: path) } ?? [:])
    }
}
