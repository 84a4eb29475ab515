import StrictJSON

/// The authorization response by `response_mode=form_post`.
struct FormPostPage: HostedPage {
    let clientName: String
    let redirectURI: String
    let parameters: [(String, String)]

    var template: PageTemplate { .formPost }

    var values: PageValues {
        var values: PageValues = ["redirect_uri": redirectURI]
        values["fields"] = parameters.map { ["name": $0, "value": $1] as PageValues }
        values.put("client_name", clientName)
        return values
    }
}

/// The authorization response by `response_mode=web_message`: the script of the page reads it from data attributes,
/// so nothing in it is ever parsed as script (spec 08 U13).
struct WebMessagePage: HostedPage {
    let targetOrigin: String
    let parameters: [(String, String)]

    var template: PageTemplate { .webMessage }

    var values: PageValues {
        var response: JSONObject = [:]
        for (name, value) in parameters { response[name] = .string(value) }
        let message: JSON = ["type": "authorization_response", "response": .object(response)]
        return ["target_origin": targetOrigin, "message": message.text()]
    }
}

/// The authorization response in a popup (`owp`): the page's script answers the opener, as the library of the SDKs of
/// the era expects it.
struct PopupPage: HostedPage {
    let targetOrigin: String
    let parameters: [(String, String)]

    var template: PageTemplate { .popup }

    var values: PageValues {
        var response: JSONObject = [:]
        for (name, value) in parameters { response[name] = .string(value) }
        return ["target_origin": targetOrigin, "message": JSON.object(response).text()]
    }
}
