import OpenSSL
import StrictJSON
import Tenancy

/// The keys that sign the tenant's tokens: `/api/v2/keys/signing` (spec 03 §9). Private keys never leave the service.
enum SigningKeyResource {
    static let routes = [list, show, rotate, revoke]

    private static let path = "/keys/signing"
    private static let idFormat = Format.id("signing-key-id")

    private static let key = Schema.shown(
        "The signing key",
        always: [
            "kid": .text("The id"), "cert": .text("The certificate in PEM"), "pkcs7": .text("And in PKCS #7"),
            "current": .flag("Whether it signs"), "next": .flag("Whether it signs after the next rotation"),
            "previous": .flag("Whether it signed and still verifies"), "revoked": .flag("Whether it verifies no more"),
            "fingerprint": .text("SHA-1 of the certificate, in pairs"), "thumbprint": .text("And without colons"),
        ],
        sometimes: [
            "current_since": .moment("When it began to sign"), "revoked_at": .moment("When it was revoked"),
        ]
    ).named("SigningKey")

    private static let list = Route.read(
        path, access: ["read:signing_keys"], successes: [.ok(.list("The keys", of: key, atMost: .max))]
    ) { _, db in
        .ok(try db.signingKeys.listed().map { .object(try shown($0)) })
    }

    private static let show = Route.read(
        "\(path)/:id", access: ["read:signing_keys"], idFormat: idFormat, successes: [.ok(key)]
    ) { call, db in
        .ok(try shown(try found(call, db)))
    }

    private static let rotate = Route(
        method: .post, path: "\(path)/rotate", access: ["create:signing_keys", "update:signing_keys"],
        query: .query(
            [
                (
                    "algorithm",
                    .choice(
                        "Whose key is rotated; RS256 unless said otherwise",
                        of: SignatureAlgorithm.allCases.map(\.rawValue))
                )
            ], required: []),
        operation: "Rotate the signing keys", successes: [.created(key)]
    ) { call in
        let domain = String(call.issuer.dropFirst("https://".count).prefix { $0 != "/" && $0 != ":" })
        let algorithm = call.query["algorithm"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) ?? .rs256
        // Making keys takes time; the transaction only stores them.
        let spares = try await call.shard.pools.hashing.run { [now = call.now] in
            (
                try SigningKey.make(key: .generate(for: algorithm), algorithm, domain: domain, at: now),
                try SigningKey.make(key: .generate(for: algorithm), algorithm, domain: domain, at: now)
            )
        }
        return try await call.commit { db in
            guard let current = try db.signingKeys.rotate(algorithm, spares, at: call.now) else {
                throw ManagementError.badRequest(
                    "The tenant has no key of \(algorithm.rawValue): it has never signed by it")
            }
            return .created(try shown(current))
        }
    }

    private static let revoke = Route.write(
        .put, "\(path)/:id/revoke", access: ["update:signing_keys"], idFormat: idFormat,
        operation: "Revoke a signing key", successes: [.ok(key)]
    ) { call, db in
        guard let revoked = try db.signingKeys.revoke(try found(call, db), at: call.now) else {
            throw ManagementError.badRequest("Only a previous key can be revoked; rotate the keys first")
        }
        return .ok(try shown(revoked))
    }

    private static func found(_ call: Call, _ db: TenantDatabase) throws -> ListedSigningKey {
        guard let key = try db.signingKeys.listed(kid: call.id) else { throw ManagementError.inexistent(.signingKey) }
        return key
    }

    private static func shown(_ listed: ListedSigningKey) throws -> JSONObject {
        let certificate = listed.key.certificate
        let thumbprint = Hex.encode(certificate.sha1Thumbprint).uppercased()
        let pairs = stride(from: 0, to: thumbprint.utf8.count, by: 2).map { thumbprint.dropFirst($0).prefix(2) }
        var document: JSONObject = [
            "kid": .string(listed.key.kid), "cert": .string(try certificate.pem()),
            "pkcs7": .string(try certificate.pkcs7PEM()), "current": .bool(listed.state == .current),
            "next": .bool(listed.state == .next), "previous": .bool(listed.state == .previous),
            "fingerprint": .string(pairs.joined(separator: ":")), "thumbprint": .string(thumbprint),
            "revoked": .bool(listed.state == .revoked),
        ]
        let since = (listed.stateSince ?? listed.key.createdAt).iso8601
        switch listed.state {
        case .current: document["current_since"] = .string(since)
        case .revoked: document["revoked_at"] = .string(since)
        case .next, .previous: break
        }
        return document
    }
}
