import StrictJSON
import Tenancy

/// An authorization that waits for somebody to say to which organization they will log in. Sealed for that page alone: a
/// login that has begun is not taken back to it, where a session made before might do (spec 08 T16), nor does the login
/// page take one whose organization is yet to be named.
struct OrganizationNameTransaction: SealedTransaction {
    static let purpose = SealedState.Purpose.organizationName

    let request: AuthorizeRequest
    let initiatedAt: Timestamp
    /// The ids of the organizations that were shown to choose from; none where a name is to be typed.
    let offered: [String]

    init(request: AuthorizeRequest, initiatedAt: Timestamp, offered: [String] = []) {
        self.request = request
        self.initiatedAt = initiatedAt
        self.offered = offered
    }

    init?(payload: JSONObject) {
        guard let request = payload["request"]?.object, let initiatedAt = payload["initiated_at"]?.timestamp else {
            return nil
        }
        self.init(
            request: AuthorizeRequest(request), initiatedAt: initiatedAt,
            offered: payload["offered"]?.array?.compactMap(\.string) ?? [])
    }

    var payload: JSONObject {
        [
            "request": .object(request.document), "initiated_at": JSON(initiatedAt),
            "offered": .array(offered.map(JSON.string)),
        ]
    }
}
