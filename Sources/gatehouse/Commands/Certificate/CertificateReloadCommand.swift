import ArgumentParser

struct CertificateReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the service read its installed certificates again.")

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("POST", ["certificates", "reload"])
        if admin.json { return Show.json(answer) }
        print("\(answer["installed"]?.int ?? 0) certificates are in use.")
        for refused in answer["refused"]?.array ?? [] {
            print("Not taken: \(refused["host"]?.string ?? ""): \(refused["message"]?.string ?? "")")
        }
    }
}
