import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// The metadata an application registers itself with (spec 02 §11). Everything else it sends is ignored (RFC 7591 §2):
/// it does not choose its id, does not become a first party and brings no picture (spec 08 T31).
struct RegistrationRequest: Sendable {
    let name: String
    let redirectURIs: [String]
    let authMethod: TokenEndpointAuthMethod

    init(_ request: Request) async throws {
        guard let body = try await request.jsonBody().object else {
            throw OAuthError.invalidClientMetadata("The body must be a JSON object")
        }
        name = try Self.name(body["client_name"])
        redirectURIs = try Self.redirectURIs(body["redirect_uris"])
        authMethod = try Self.authMethod(body["token_endpoint_auth_method"])
    }

    /// Shown to users in the consent dialog, so it is one line without markup.
    private static func name(_ value: JSON?) throws(OAuthError) -> String {
        guard let name = value?.string, (1...512).contains(name.utf8.count),
            !name.unicodeScalars.contains(where: { $0 == "<" || $0 == ">" || $0.value < 0x20 || $0.value == 0x7F })
        else { throw .invalidClientMetadata("client_name must be a line of 1 to 512 bytes without markup") }
        return name
    }

    /// As the Management API takes callbacks, but each a whole URL: what strangers register matches by every byte
    /// (RFC 9700 §2.1).
    private static func redirectURIs(_ value: JSON?) throws(OAuthError) -> [String] {
        let texts = value?.array?.compactMap(\.string) ?? []
        guard !texts.isEmpty, texts.count == value?.array?.count, texts.count <= URLList.maximumEntries else {
            throw .invalidRedirectURI("redirect_uris must be an array of 1 to \(URLList.maximumEntries) URLs")
        }
        for text in texts {
            guard !text.contains("*"), (try? ParsedURL(parsing: text)) != nil,
                (try? URLList.validate(entry: text, purpose: .callbacks)) != nil
            else { throw .invalidRedirectURI("\(text.prefix(256)) cannot be a redirect URI") }
        }
        return texts
    }

    private static func authMethod(_ value: JSON?) throws(OAuthError) -> TokenEndpointAuthMethod {
        guard let value, !value.isNull else { return .post }
        guard let method = value.string.flatMap(TokenEndpointAuthMethod.init(rawValue:)),
            method == .none || method == .post
        else {
            throw .invalidClientMetadata("token_endpoint_auth_method must be none or client_secret_post")
        }
        return method
    }
}
