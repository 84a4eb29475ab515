import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Tenancy
import TenantHTTP

/// One endpoint: who may use it, what it accepts, what it does. ``Pipeline`` runs every route in the same order.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// Below `/api/v2`, with the object's own id as `:id`.
    let path: String
    let access: Access
    /// What the id of the path must look like.
    var idFormat: Format?
    /// The captured segments beside it: of objects within the object.
    var innerIDs: [(name: String, format: Format)] = []
    /// The parameters of the query; nil where a query is ignored, as it is for changes (spec 07 §0).
    var query: Schema?
    /// The body; nil where none is read.
    var body: Schema?
    /// What the audit trail calls a write, like "Create a client"; nil for reads.
    var operation: String?
    /// Whether everything in body and answer is a secret, which the audit trail masks whatever it is called.
    var isConfidential = false
    /// What a refusal is told as beside `fapi`, by the body that was refused; not where the caller may not do this at all.
    var failures: (@Sendable (JSONObject) -> [(type: LogType, description: String)])?
    /// What it answers with when all goes well, for the description of the API.
    var successes: [Success] = []
    /// The fields of the form that the handler reads for itself, as its file comes in.
    var upload: Upload?
    let handle: @Sendable (Call) async throws -> Answer
}

/// A form with one file.
struct Upload: Sendable {
    static let mediaType = "multipart/form-data"

    /// The name of the file's field.
    let file: String
    /// The fields beside it.
    let fields: Schema
}

/// What a route answers when all goes well.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    /// Nil where there is none, and for a listing, which comes as text.
    let body: JSON?
    /// A body that is JSON already, or begins it.
    private let text: ByteBuffer?
    private let rest: Rest?

    /// What is still to be read of an answer while its beginning is sent.
    struct Rest: Sendable {
        let read: @Sendable () async throws -> (text: ByteBuffer, rest: Rest?)
    }

    init(status: HTTPResponse.Status, body: JSON?) {
        self.status = status
        self.body = body
        text = nil
        rest = nil
    }

    init(status: HTTPResponse.Status, text: ByteBuffer, rest: Rest? = nil) {
        self.status = status
        body = nil
        self.text = text
        self.rest = rest
    }

    static func ok(_ object: JSONObject) -> Answer { Answer(status: .ok, body: .object(object)) }
    static func ok(_ elements: [JSON]) -> Answer { Answer(status: .ok, body: .array(elements)) }
    static func created(_ object: JSONObject) -> Answer { Answer(status: .created, body: .object(object)) }
    static let deleted = Answer(status: .noContent, body: nil)

    /// - Parameter reportFailure: told of what goes wrong once the answer is under way; its peer sees it end too soon.
    func response(reportingFailure reportFailure: @escaping @Sendable (any Error) -> Void) -> Response {
        if let body { return .json(body, status: status) }
        guard let text else { return Response(status: status) }
        guard let rest else { return .json(body: ResponseBody(byteBuffer: text), status: status) }
        return .json(body: Self.body(text, rest, reportFailure), status: status)
    }

    private static func body(
        _ text: ByteBuffer, _ rest: Rest, _ reportFailure: @escaping @Sendable (any Error) -> Void
    ) -> ResponseBody {
        ResponseBody { writer in
            var (text, rest) = (text, Optional(rest))
            try await writer.write(text)
            while let more = rest {
                do {
                    (text, rest) = try await more.read()
                } catch {
                    reportFailure(error)
                    throw error
                }
                try await writer.write(text)
            }
            try await writer.finish(nil)
        }
    }
}
