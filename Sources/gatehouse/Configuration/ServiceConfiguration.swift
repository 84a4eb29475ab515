import Foundation
import Logging
import Messaging
import Outbound
import Tenancy
import TenantHTTP
import WebAddresses

/// Where an installation stands (spec 01 R54).
enum DeploymentKind: String, CaseIterable, Sendable {
    case managedCloud = "managed_cloud"
    case customerCloud = "customer_cloud"
    case onPremises = "on_premises"

    /// In an installation of its own a tenant is alone, so it may have domains of its own.
    var defaultDeployment: Deployment { self == .managedCloud ? .shared : .dedicated }
}

/// The configuration, understood and checked.
struct ServiceConfiguration: Sendable {
    let dataDirectory: String
    let bindAddress: ListenAddress
    let httpsPort: Int
    let httpPort: Int
    let adminPort: Int
    let adminBindAddress: ListenAddress
    /// Names of the admin port beside those of loopback and of the address it is bound to.
    let adminHosts: [CanonicalHost]
    let publicPort: Int?
    let baseDomains: [CanonicalHost]
    let regions: [String]
    let deployment: DeploymentKind
    let issuesDevelopmentCertificates: Bool
    let openShards: Int
    let spareKeys: Int
    let passwordCost: Int
    let deletionGraceDays: Int
    let rateLimiting: RateLimiting
    let logLevel: Logger.Level
    let readyFile: String?
    let mailServer: SMTPServer?
    let mailAuthorityFile: String?
    let mailSender: MailAddress
    let egress: EgressPolicy
    let egressAuthorityFile: String?
    let breachedPasswordsFile: String?
    let commonPasswordsFile: String?

    init(_ settings: EffectiveSettings) throws(ConfigurationError) {
        dataDirectory = try settings.text(.data)
        bindAddress = try settings.listenAddress(.bind)
        httpsPort = try settings.number(.httpsPort, in: 0...65_535)
        httpPort = try settings.number(.httpPort, in: 0...65_535)
        adminPort = try settings.number(.adminPort, in: 0...65_535)
        adminBindAddress = try settings.listenAddress(.adminBind)
        adminHosts = try settings.adminHosts()
        publicPort = settings[.publicPort].texts.isEmpty ? nil : try settings.number(.publicPort, in: 1...65_535)
        baseDomains = try settings.baseDomains()
        regions = try settings.regions()
        deployment = try settings.choice(.deployment)
        issuesDevelopmentCertificates = try settings.flag(.developmentCertificates)
        openShards = try settings.number(.openShards, in: 1...1_000_000)
        spareKeys = try settings.number(.spareKeys, in: 0...10_000)
        passwordCost = try settings.number(.passwordCost, in: 4...16)
        deletionGraceDays = try settings.number(.deletionGrace, in: 0...3_650)
        rateLimiting = try settings.choice(.rateLimits)
        logLevel = try settings.choice(.logLevel)
        readyFile = try settings.optionalText(.readyFile)
        mailServer = try settings.mailServer()
        mailAuthorityFile = try settings.optionalText(.smtpCAFile)
        mailSender = try settings.mailSender(domain: baseDomains[0])
        egressAuthorityFile = try settings.optionalText(.egressCAFile)
        egress = EgressPolicy(
            exceptions: try settings.openedHosts(), proxy: try settings.egressProxy(),
            authorityFile: egressAuthorityFile)
        breachedPasswordsFile = try settings.optionalText(.breachedPasswords)
        commonPasswordsFile = try settings.commonPasswordsFile()
        try checkPorts(settings)
    }

    /// Two listeners on one address cannot share a port.
    private func checkPorts(_ settings: EffectiveSettings) throws(ConfigurationError) {
        let ports: [(setting: Setting, number: Int)] = [
            (.httpsPort, httpsPort), (.httpPort, httpPort), (.adminPort, adminPort),
        ]
        for (index, port) in ports.enumerated() where port.number != 0 {
            guard let same = ports[..<index].first(where: { $0.number == port.number }) else { continue }
            throw ConfigurationError(
                port.setting, settings[port.setting], "\(same.setting.rawValue) has the same port")
        }
    }
}

extension EffectiveSettings {
    fileprivate func text(_ setting: Setting) throws(ConfigurationError) -> String {
        let value = self[setting]
        guard value.texts.count == 1, let text = value.texts.first, !text.isEmpty else {
            throw ConfigurationError(setting, value, "it takes one value")
        }
        return text
    }

    fileprivate func optionalText(_ setting: Setting) throws(ConfigurationError) -> String? {
        self[setting].texts.isEmpty ? nil : try text(setting)
    }

    /// The file of the default need not be there.
    fileprivate func commonPasswordsFile() throws(ConfigurationError) -> String? {
        guard let path = try optionalText(.commonPasswords) else { return nil }
        let isAsked = self[.commonPasswords].origin != .standard
        return isAsked || FileManager.default.fileExists(atPath: path) ? path : nil
    }

    fileprivate func mailServer() throws(ConfigurationError) -> SMTPServer? {
        guard let url = try optionalText(.smtpURL) else { return nil }
        guard let server = SMTPServer(url: url) else {
            throw ConfigurationError(
                .smtpURL, self[.smtpURL],
                "it is smtps://USER:PASSWORD@HOST:PORT, smtp:// or, without a password, smtp+plain://")
        }
        return server
    }

    fileprivate func mailSender(domain: CanonicalHost) throws(ConfigurationError) -> MailAddress {
        let text = try optionalText(.mailFrom)
        // A base domain of one label, as `localhost`, is no mail domain.
        let standard = "no-reply@" + (domain.name.contains(".") ? domain.name : "\(domain.name).localdomain")
        guard let sender = MailAddress(parsing: text ?? standard) else {
            throw ConfigurationError(.mailFrom, self[.mailFrom], "it is ADDRESS or NAME <ADDRESS>")
        }
        return sender
    }

    fileprivate func number(_ setting: Setting, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let number = Int(try text(setting)), range.contains(number) else {
            throw ConfigurationError(
                setting, self[setting], "it is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    fileprivate func flag(_ setting: Setting) throws(ConfigurationError) -> Bool {
        switch try text(setting) {
        case "true": return true
        case "false": return false
        default: throw ConfigurationError(setting, self[setting], "it is true or false")
        }
    }

    fileprivate func choice<Choice>(_ setting: Setting) throws(ConfigurationError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let choice = Choice(rawValue: try text(setting)) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(setting, self[setting], "it is one of \(known)")
        }
        return choice
    }

    fileprivate func baseDomains() throws(ConfigurationError) -> [CanonicalHost] {
        let value = self[.baseDomain]
        guard !value.texts.isEmpty else { throw ConfigurationError(.baseDomain, value, "it takes at least one name") }
        var hosts: [CanonicalHost] = []
        for text in value.texts {
            do throws(HostError) {
                let host = try CanonicalHost(parsing: text)
                guard !host.isIPAddress else { throw HostError.malformedAddress }
                if !hosts.contains(host) { hosts.append(host) }
            } catch {
                throw ConfigurationError(.baseDomain, value, "\"\(text)\" is no domain: \(error)")
            }
        }
        return hosts
    }

    fileprivate func listenAddress(_ setting: Setting) throws(ConfigurationError) -> ListenAddress {
        guard let address = ListenAddress(parsing: try text(setting)) else {
            throw ConfigurationError(
                setting, self[setting], "it is an IP address of this machine, or 0.0.0.0 (for IPv6 ::) for all of them")
        }
        return address
    }

    fileprivate func adminHosts() throws(ConfigurationError) -> [CanonicalHost] {
        let value = self[.adminHost]
        var hosts: [CanonicalHost] = []
        for text in value.texts {
            do throws(HostError) {
                hosts.append(try CanonicalHost(configured: text))
            } catch {
                throw ConfigurationError(
                    .adminHost, value, "\"\(text)\" is no name or address without a port: \(error)")
            }
        }
        return hosts
    }

    fileprivate func openedHosts() throws(ConfigurationError) -> [String] {
        let value = self[.allowEgress]
        var hosts: [String] = []
        for text in value.texts {
            do throws(HostError) {
                hosts.append(try CanonicalHost(parsing: text).name)
            } catch {
                throw ConfigurationError(.allowEgress, value, "\"\(text)\" is no host: \(error)")
            }
        }
        return hosts
    }

    fileprivate func egressProxy() throws(ConfigurationError) -> EgressProxy? {
        guard let url = try optionalText(.egressProxy) else { return nil }
        guard let proxy = EgressProxy(url: url) else {
            throw ConfigurationError(
                .egressProxy, self[.egressProxy], "it is http://USER:PASSWORD@HOST:PORT or https://, with its port")
        }
        return proxy
    }

    fileprivate func regions() throws(ConfigurationError) -> [String] {
        let value = self[.region]
        for text in value.texts {
            let isLabel = !text.isEmpty && text.count <= 20 && text.allSatisfy { "a"..."z" ~= $0 || "0"..."9" ~= $0 }
            guard isLabel else {
                throw ConfigurationError(.region, value, "a region consists of lower-case letters and digits")
            }
        }
        guard value.texts.contains(Directory.unlabelledRegion) else {
            throw ConfigurationError(
                .region, value, "\"\(Directory.unlabelledRegion)\", whose hosts have no region label, must be there")
        }
        return value.texts
    }
}
