import ArgumentParser
import Foundation
import StrictJSON

struct TenantBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a consistent copy of a running tenant to a file.",
        discussion: "The file holds everything of the tenant, its keys too: keep it as secret as they are.")

    @OptionGroup var tenant: TenantArgument

    @Argument(help: "The file to write. (default: TENANT.gatehouse)", completion: .file())
    var file: String?

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let path = file ?? "\(tenant.tenant).gatehouse"
        try admin.client().download(["tenants", tenant.tenant, "backup"], to: path)
        if admin.json {
            Show.json(["tenant": .string(tenant.tenant), "file": .string(path)])
        } else {
            print("\(tenant.tenant) is saved in \(path)")
        }
    }
}
