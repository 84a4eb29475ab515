import StrictJSON
import Tenancy

/// Tokens that count for nothing from now on: `/api/v2/blacklists/tokens` (spec 03 §9). Wherever a token of the audience
/// is verified here, one on the list is refused.
enum BlacklistResource {
    static let routes = [list, add]

    private static let path = "/blacklists/tokens"

    private static let list = Route.read(
        path, access: ["blacklist:tokens"],
        query: .query(
            [("aud", .text("Audience of the tokens", length: 1...600))] + Schema.pagingParameters, required: []),
        successes: [
            .ok(
                .list(
                    "The tokens",
                    of: .shown("A token", always: ["aud": .text("Its audience"), "jti": .text("Its id")]), atMost: .max)
            )
        ]
    ) { call, db in
        let audience = call.query["aud"]?.string ?? call.managementAudience
        // Always an array, of which a page is a part (spec 07 §0, listing).
        let paging = try Paging(call.query, unpagedLimit: .max, shape: .bare)
        guard case .position = paging.start else { throw ManagementError.unknownCheckpoint }
        let ids = try db.blacklistedTokens.tokenIDs(audience: audience, offset: paging.offset, limit: paging.limit)
        return .ok(ids.map { ["aud": .string(audience), "jti": .string($0)] })
    }

    private static let add = Route.write(
        .post, path, access: ["blacklist:tokens"],
        body: .object(
            "The token",
            [
                "aud": .text("The token's audience", length: 1...600, format: .audience),
                "jti": .text("The token's id", length: 1...255),
            ], required: ["jti"]),
        operation: "Blacklist a token", successes: [.noContent]
    ) { call, db in
        try db.blacklistedTokens.add(
            call.body["jti"]?.string ?? "", audience: call.body["aud"]?.string ?? call.managementAudience,
            at: call.now)
        return .deleted
    }
}
