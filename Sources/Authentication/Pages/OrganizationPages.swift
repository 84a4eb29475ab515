import Tenancy

/// The page where the organization is named before the login.
struct OrganizationPage: HostedPage {
    let client: Client
    let transaction: String
    let csrf: String
    /// What was typed into it before.
    var typed: String?
    var error: String?

    var template: PageTemplate { .organization }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.organization
        values["transaction"] = transaction
        values["csrf"] = csrf
        values.put("typed", typed)
        values.put("error", error)
        switch client.organizationDiscovery {
        case [.email]: values["is_email"] = true
        case [.name]: values["is_name"] = true
        default: values["is_either"] = true
        }
        if client.organizationUsage == .allow { values["has_personal"] = true }
        return values
    }
}

/// The page where one of several organizations is chosen.
struct OrganizationPickerPage: HostedPage {
    let client: Client
    let organizations: [Organization]
    let action: String
    let transaction: String
    let csrf: String

    var template: PageTemplate { .organizationPicker }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = action
        values["transaction"] = transaction
        values["csrf"] = csrf
        let names = Dictionary(grouping: organizations, by: \.shownName).mapValues(\.count)
        values["organizations"] = organizations.map { organization in
            var item: PageValues = ["id": organization.id, "name": organization.shownName]
            item.put("logo", PageBrand.image(organization.document["branding"]?["logo_url"]?.string))
            // Two may be called the same; the names they are registered by differ.
            if names[organization.shownName, default: 0] > 1 { item["hint"] = organization.name }
            return item
        }
        if client.organizationUsage == .allow { values["has_personal"] = true }
        return values
    }
}

extension Organization {
    /// As people see it.
    fileprivate var shownName: String {
        document["display_name"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? name
    }
}
