import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// A refusal of one area of the API in the shape of the OAuth family: `{"error","error_description"}` (spec 02 §1).
/// An area keeps its table in one enumeration; it is rendered here.
protocol OAuthShaped: HTTPResponseError {
    var row: (status: HTTPResponse.Status, code: String, message: String) { get }
}

extension OAuthShaped {
    var status: HTTPResponse.Status { row.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        .json(
            ["error": .string(row.code), "error_description": .string(row.message)], status: row.status,
            contentType: "application/json")
    }
}
