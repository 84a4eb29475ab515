/// Something is done, and there is nothing more to do.
struct NoticePage: HostedPage {
    let heading: String
    let message: String
    var backURL: String?

    var template: PageTemplate { .notice }

    var values: PageValues {
        var values: PageValues = ["heading": heading, "message": message]
        values.put("back_url", backURL)
        return values
    }
}
