import StrictJSON
import Tenancy
import TenantHTTP

/// An authorization request that a client has sent ahead of its user (RFC 9126): the browser carries only its name.
enum PushedRequest {
    /// RFC 9126 §2.2. The only `request_uri` that means anything here; nothing is ever fetched (spec 08 T32).
    private static let scheme = "urn:ietf:params:oauth:request_uri:"

    /// Seconds until the browser must have brought the name back.
    static let lifetime: Int64 = 300

    /// Keeps a request that has passed the rules; returns its `request_uri`.
    static func store(
        _ request: AuthorizeRequest, of client: Client, _ context: TenantContext
    ) async throws -> String {
        let secret = OpaqueSecret.random()
        let (document, now) = (request.pushedDocument, context.now)
        try await context.shard.write {
            try $0.pushedRequests.insert(
                document, clientID: client.clientID, secret: secret, expiresAt: now.adding(seconds: lifetime),
                at: now)
        }
        return scheme + secret.text
    }

    /// What a browser brings to /authorize: the pushed request where it names one. Parameters beside the name do not
    /// count (RFC 9101 §6.3), so that nothing the client did not send itself gets in.
    static func resolve(_ request: AuthorizeRequest, _ visit: Visit) async throws -> AuthorizeRequest {
        guard let uri = request.requestObjectURI, uri.hasPrefix(scheme), request.requestObject == nil,
            let clientID = request.clientID
        else { return request }
        let (secret, now) = (OpaqueSecret(text: String(uri.dropFirst(scheme.count))), visit.now)
        let document = try await visit.shard.write {
            try $0.pushedRequests.take(secret, clientID: clientID, at: now)
        }
        guard let document else { throw PageError.pushedRequestGone }
        return AuthorizeRequest(document)
    }
}

extension AuthorizeRequest {
    /// With what matters only for the moment it is begun, too.
    fileprivate var pushedDocument: JSONObject {
        var document = document
        if let idTokenHint { document["id_token_hint"] = .string(idTokenHint) }
        return document
    }
}

extension PageError {
    /// Nobody is known to whom a redirect would be safe.
    fileprivate static let pushedRequestGone = PageError(
        status: .badRequest,
        message: "The login link has expired or was used before. Go back to the application and log in again.",
        code: "invalid_request_uri", title: "Please start again", event: .failedLogin)
}
