import ArgumentParser
import Foundation

struct TenantDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a tenant; `undelete` brings it back while its time lasts.",
        discussion: "At a terminal it asks first, unless --yes is given.")

    @OptionGroup var tenant: TenantArgument

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let client = try admin.client()
        if !yes, isatty(STDIN_FILENO) == 1 {
            let question = "Delete \(tenant.tenant)? Nobody can log in there any more. [y/N] "
            FileHandle.standardOutput.write(Data(question.utf8))
            guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
                throw CommandFailure(.refused, "nothing was deleted")
            }
        }
        let answer = try client.call("DELETE", ["tenants", tenant.tenant])
        admin.json ? Show.json(answer) : Show.tenant(answer)
    }
}
