import Foundation
import StrictJSON

/// Where the listeners turned out to be, for people, scripts and the operator's commands.
struct Announcement: Sendable {
    let configuration: ServiceConfiguration
    let data: DataDirectory
    let httpsPort: Int
    let httpPort: Int
    let adminPort: Int

    private var publicPort: Int { configuration.publicPort ?? httpsPort }

    var adminURL: String { "https://\(configuration.adminBindAddress.reachableName):\(adminPort)" }

    /// The friendly lines.
    var text: String {
        let domain = configuration.baseDomains.first { $0.name == "localhost" } ?? configuration.baseDomains[0]
        let port = publicPort == 443 ? "" : ":\(publicPort)"
        return """

              Gatehouse is ready.

                Tenants      https://NAME.\(domain)\(port)/
                HTTP         port \(httpPort), redirects to HTTPS
                Admin port   \(adminURL)   (token in \(data.adminTokenFile))
                Data         \(data.path)
                CA           \(data.authorityFile)

              Make a tenant with: gatehouse tenant create NAME --data \(data.path)

            """
    }

    private var json: JSON {
        [
            "pid": .int(Int(getpid())),
            "https_port": .int(httpsPort),
            "http_port": .int(httpPort),
            "admin_port": .int(adminPort),
            "public_port": .int(publicPort),
            "admin_url": .string(adminURL),
            "base_domains": .array(configuration.baseDomains.map { .string($0.name) }),
            "data": .string(data.path),
            "admin_token_file": .string(data.adminTokenFile),
            "ca_file": .string(data.authorityFile),
        ]
    }

    /// The files that say so: the one the operator's commands look for, and the one that was asked for.
    var files: [String] {
        let asked = configuration.readyFile.map { URL(fileURLWithPath: $0).path }
        return [data.readyFile] + (asked.map { $0 == data.readyFile ? [] : [$0] } ?? [])
    }

    /// Writes the files; whoever watches them finds none or a whole one.
    func write() throws {
        for path in files {
            let temporary = "\(path).\(getpid()).new"
            try (json.text() + "\n").write(toFile: temporary, atomically: false, encoding: .utf8)
            guard rename(temporary, path) == 0 else {
                throw CommandFailure(.unwritableOutput, "cannot write \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    func remove() {
        for path in files { unlink(path) }
    }
}
