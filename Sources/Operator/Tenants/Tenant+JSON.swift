import StrictJSON
import Tenancy

extension Tenant {
    /// The tenant as the operator sees it.
    func adminJSON(_ directory: Directory) -> JSONObject {
        var json: JSONObject = [
            "id": .string(id.value),
            "name": .string(name),
            "region": .string(region),
            "deployment": .string(deployment.rawValue),
            "state": .string(state.name),
            "domains": .array(directory.hosts(of: self).map { .string($0) }),
            "custom_domains": .array(customDomains.map { .object($0.adminJSON) }),
            "created_at": .string(createdAt.iso8601),
        ]
        if case .deleted(let moment) = state { json["purge_after"] = .string(moment.iso8601) }
        return json
    }
}

extension UndeletedTenant {
    /// The tenant with the domains it came back without, and who has them; an empty list where it has all of its own.
    func adminJSON(_ directory: Directory) -> JSONObject {
        var json = tenant.adminJSON(directory)
        json["lost_domains"] = .array(
            lostDomains.map { domain -> JSON in
                [
                    "host": .string(domain.host.name),
                    "tenant": .string(domain.owner.name),
                    "tenant_id": .string(domain.owner.id.value),
                ]
            })
        return json
    }
}

extension CustomDomain {
    /// The domain with what has to be published to prove it.
    var adminJSON: JSONObject {
        [
            "host": .string(host.name),
            "verified": .bool(isVerified),
            "verification": [
                "type": "TXT",
                "name": .string(verificationName),
                "value": .string(verificationToken),
            ],
        ]
    }

    /// Where the proof is published.
    var verificationName: String { "_gatehouse-challenge.\(host.name)" }
}

extension ManagementClient {
    var adminJSON: JSONObject {
        ["client_id": .string(clientID), "client_secret": .string(clientSecret)]
    }
}
