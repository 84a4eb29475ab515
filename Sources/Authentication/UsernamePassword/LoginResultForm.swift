/// The HTML /usernamepassword/login answers. SDKs put it into an element of their page and submit its first child,
/// so the form comes first and nothing else is needed; where it is opened as a page, the script submits it.
enum LoginResultForm {
    static func html(action: String, fields: [(name: String, value: String)], scriptOrigin: String) -> String {
        let text = PageText()
        let inputs = fields.map {
            "<input type=\"hidden\" name=\"\($0.name)\" value=\"\(text.escapeText($0.value))\">\n"
        }.joined()
        return """
            <form method="post" name="hiddenform" action="\(text.escapeText(action))" data-autosubmit>
            \(inputs)<noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit"></noscript>
            </form>
            <script type="module" src="\(text.escapeText(scriptOrigin))/assets/form_post.js"></script>
            """
    }
}
