import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// What a one-use address of an impersonation carries, sealed: who acts as whom, and for which authorization.
struct Bewit: Sendable {
    /// Seconds.
    static let lifetime: Int64 = 300

    let userID: String
    let impersonatorID: String
    let request: AuthorizeRequest
    let expiresAt: Timestamp

    func sealed(_ settings: TenantSettings, _ context: TenantContext) throws -> String {
        let payload: JSON = [
            "user": .string(userID), "impersonator": .string(impersonatorID), "request": .object(request.document),
            "expires_at": .int(Int(expiresAt.milliseconds)),
        ]
        return Base64URL.encode(
            try AESGCM.seal(
                payload.bytes(), key: settings.transactionKey, associatedData: Self.associatedData(context)))
    }

    init(userID: String, impersonatorID: String, request: AuthorizeRequest, expiresAt: Timestamp) {
        self.userID = userID
        self.impersonatorID = impersonatorID
        self.request = request
        self.expiresAt = expiresAt
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ settings: TenantSettings, _ context: TenantContext) throws(PageError) {
        guard let text, let sealed = Base64URL.decode(text),
            let bytes = try? AESGCM.open(
                sealed, key: settings.transactionKey, associatedData: Self.associatedData(context)),
            let payload = try? JSON.parse(bytes), let userID = payload["user"]?.string,
            let impersonatorID = payload["impersonator"]?.string, let request = payload["request"]?.object,
            let end = payload["expires_at"]?.int
        else { throw .transactionLost }
        self.init(
            userID: userID, impersonatorID: impersonatorID, request: AuthorizeRequest(request),
            expiresAt: Timestamp(milliseconds: Int64(end)))
        guard context.now < expiresAt else { throw .transactionLost }
    }

    private static func associatedData(_ context: TenantContext) -> [UInt8] {
        Array("impersonation\n\(context.shard.tenantID)".utf8)
    }
}
