import StrictJSON

/// How answers of the admin port are shown to people.
enum Show {
    static func json(_ json: JSON) { print(json.text()) }

    /// One tenant, line by line.
    static func tenant(_ tenant: JSON) {
        let table = lines(of: tenant)
        let width = table.map(\.0.count).max() ?? 0
        for (name, value) in table {
            print("\(name)\(String(repeating: " ", count: width - name.count + 3))\(value)")
        }
    }

    static func lines(of tenant: JSON) -> [(String, String)] {
        var table: [(String, String)] = [
            ("Name", text(tenant["name"])), ("Region", text(tenant["region"])),
            ("Deployment", text(tenant["deployment"])), ("State", text(tenant["state"])), ("Id", text(tenant["id"])),
            ("Created", text(tenant["created_at"])),
        ]
        if let moment = tenant["purge_after"]?.string { table.append(("Gone after", moment)) }
        for (index, host) in (tenant["domains"]?.array ?? []).enumerated() {
            table.append((index == 0 ? "Hosts" : "", text(host)))
        }
        for domain in tenant["custom_domains"]?.array ?? [] where domain["verified"]?.bool == false {
            table.append(("Unverified", text(domain["host"])))
        }
        for domain in tenant["lost_domains"]?.array ?? [] {
            let owner = "\(text(domain["tenant"])) (\(text(domain["tenant_id"])))"
            table.append(("Lost", "\(text(domain["host"]))   (attached to \(owner) meanwhile)"))
        }
        if let client = tenant["management_client"] {
            table.append(("Client id", text(client["client_id"])))
            table.append(("Client secret", "\(text(client["client_secret"]))   (shown this once)"))
        }
        return table
    }

    static func tenants(_ tenants: [JSON]) {
        guard !tenants.isEmpty else { return print("There is no tenant.") }
        print(table(of: tenants).text)
    }

    /// Deleted tenants may share a name: with one among them, the table has what tells them apart, and their end.
    static func table(of tenants: [JSON]) -> Table {
        let hasDeleted = tenants.contains { $0["purge_after"]?.string != nil }
        let heading = ["NAME", "REGION", "DEPLOYMENT", "STATE", "HOST", "CREATED"]
        var table = Table(heading + (hasDeleted ? ["GONE AFTER", "ID"] : []))
        for tenant in tenants {
            let row = [
                text(tenant["name"]), text(tenant["region"]), text(tenant["deployment"]), text(tenant["state"]),
                text(tenant["domains"]?.array?.first), text(tenant["created_at"]),
            ]
            table.add(row + (hasDeleted ? [text(tenant["purge_after"]), text(tenant["id"])] : []))
        }
        return table
    }

    static func domains(_ domains: [JSON]) {
        guard !domains.isEmpty else { return print("There is no custom domain.") }
        var table = Table(["HOST", "VERIFIED", "TXT RECORD", "VALUE"])
        for domain in domains {
            table.add([
                text(domain["host"]), domain["verified"]?.bool == true ? "yes" : "no",
                text(domain["verification"]?["name"]), text(domain["verification"]?["value"]),
            ])
        }
        print(table.text)
    }

    static func certificates(_ certificates: [JSON]) {
        guard !certificates.isEmpty else { return print("There is no installed certificate.") }
        var table = Table(["HOST", "KEY", "VALID UNTIL", "NAMES", "SHA-256"])
        for certificate in certificates {
            let names = (certificate["names"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
            table.add([
                text(certificate["host"]), text(certificate["key_type"]), text(certificate["not_after"]), names,
                text(certificate["sha256_thumbprint"]),
            ])
        }
        print(table.text)
    }

    static func keys(_ keys: [JSON]) {
        var table = Table(["KEY", "ALGORITHM", "SIGNS", "CREATED"])
        for key in keys {
            table.add([
                text(key["kid"]), text(key["algorithm"]), key["current"]?.bool == true ? "yes" : "no",
                text(key["created_at"]),
            ])
        }
        print(table.text)
    }

    private static func text(_ json: JSON?) -> String { json?.string ?? "-" }
}
