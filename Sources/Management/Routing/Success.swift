import HTTPTypes

/// One way in which a route answers when all goes well. Handlers are not held to it at run time; tests hold every
/// answer they get to it, and schemathesis does so from outside.
struct Success: Sendable {
    let status: HTTPResponse.Status
    /// The body; nil where there is none.
    let content: Schema?

    static func ok(_ content: Schema) -> Success { Success(status: .ok, content: content) }
    static func created(_ content: Schema) -> Success { Success(status: .created, content: content) }
    static func accepted(_ content: Schema) -> Success { Success(status: .accepted, content: content) }
    static let noContent = Success(status: .noContent, content: nil)
}
