import ArgumentParser

struct CertificateReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the service read its installed certificates again.",
        discussion: "Ends with 1 if it refused any; what was in use for the name stays in use.")

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["certificates", "reload"])
        let refused = answer["refused"]?.array ?? []
        if admin.json {
            Show.json(answer)
        } else {
            print("\(answer["installed"]?.int ?? 0) certificates are in use.")
            for one in refused {
                print("Not taken: \(one["host"]?.string ?? ""): \(one["message"]?.string ?? "")")
            }
        }
        guard refused.isEmpty else {
            let number = refused.count == 1 ? "one certificate was" : "\(refused.count) certificates were"
            throw CommandFailure(.refused, "\(number) not taken into use")
        }
    }
}
