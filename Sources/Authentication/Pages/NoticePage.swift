/// The end of something: a sentence, and nothing to do.
struct NoticePage: HostedPage {
    let title: String
    let message: String

    var template: PageTemplate { .notice }
    var values: PageValues { ["title": title, "message": message] }
}
