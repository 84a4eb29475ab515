import ArgumentParser

struct CertificateListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the installed certificates.")

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let answer = try admin.client().call("GET", ["certificates"])
        admin.json ? Show.json(answer) : Show.certificates(answer.array ?? [])
    }
}
