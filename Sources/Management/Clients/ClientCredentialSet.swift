import OpenSSL
import StrictJSON
import Tenancy

/// The keys and certificates of a client. Each is an object of its own that outlives the setting that names it:
/// `private_key_jwt` and its like list those that count, the others wait beside them.
struct ClientCredentialSet {
    /// The hidden property of a client's document with the credentials that no setting names.
    static let spareProperty = "spare_credentials"
    static let mostCredentials = 20

    /// Where a client's document names credentials, by the path of the list, and what they have to be there.
    private static let settings: [(path: [String], kind: Kind)] = [
        (["client_authentication_methods", "private_key_jwt"], .publicKey),
        (["client_authentication_methods", "self_signed_tls_client_auth"], .certificate),
        (["client_authentication_methods", "tls_client_auth"], .certificateSubject),
        (["signed_request_object"], .publicKey),
    ]

    /// What is known of a credential beside its id, by the contract's `credential_type`.
    enum Kind: String {
        case publicKey = "public_key"
        case certificate = "x509_cert"
        case certificateSubject = "cert_subject_dn"
    }

    private(set) var used: [[JSONObject]]
    private(set) var spare: [JSONObject]

    /// The credentials of a client's document as it lies in the database.
    init(of document: JSONObject) {
        used = Self.settings.map { Self.list(in: document, at: $0.path) }
        spare = document[Self.spareProperty]?.array?.compactMap(\.object) ?? []
    }

    var all: [JSONObject] { used.flatMap { $0 } + spare }

    func find(_ id: String) -> JSONObject? { all.first { $0["id"]?.string == id } }
    func isUsed(_ id: String) -> Bool { used.joined().contains { $0["id"]?.string == id } }

    /// The credential that holds the key or certificate of an item already: the one the item names, or else the first.
    private func holder(of item: JSONObject, _ kind: Kind) -> JSONObject? {
        guard item["pem"] != nil || item["jwk"] != nil else { return nil }
        let holders = all.filter { known in
            (known["credential_type"]?.string ?? Kind.publicKey.rawValue) == kind.rawValue
                && known["pem"] == item["pem"] && known["jwk"] == item["jwk"]
        }
        guard let id = item["id"] else { return holders.first }
        return holders.first { $0["id"] == id }
    }

    /// Whether a body brings keys or certificates of its own, beside ids of such as there are.
    static func bringsKeys(_ body: JSONObject) -> Bool {
        settings.contains { path, _ in
            list(in: body, at: path).contains { $0["pem"] != nil || $0["jwk"] != nil }
        }
    }

    // MARK: Changing

    /// A client's document whose lists may hold new credentials, and ids of such as the client had before; answers it with
    /// every credential whole. A key the client has already stays the credential it is, so that the same change made twice
    /// is one change.
    static func completed(_ document: JSONObject, before: JSONObject, at now: Timestamp) throws -> JSONObject {
        let known = ClientCredentialSet(of: before)
        var document = document
        var named: Set<String> = []
        for (path, kind) in settings {
            let items = list(in: document, at: path)
            guard !items.isEmpty else { continue }
            let completed = try items.enumerated().map { index, item in
                let place = "\(path.joined(separator: ".")).credentials[\(index)]"
                if let credential = known.holder(of: item, kind) {
                    return try refreshed(credential, by: item, kind, at: now, place)
                }
                guard item["pem"] == nil, item["jwk"] == nil, let id = item["id"]?.string else {
                    return try new(item, kind, at: now, place)
                }
                guard let credential = known.find(id) else {
                    throw ManagementError.badRequest("The credential \(id) does not exist")
                }
                return credential
            }
            var once: Set<String> = []
            let distinct = completed.filter { $0["id"]?.string.map { once.insert($0).inserted } ?? true }
            named.formUnion(once)
            document = set(distinct, in: document, at: path)
        }
        let spare = known.all.filter { credential in credential["id"]?.string.map { !named.contains($0) } ?? false }
        // Whoever has more from earlier times may still change everything else.
        guard named.count + spare.count <= max(mostCredentials, known.all.count) else {
            throw ManagementError.badRequest(
                "A client has at most \(mostCredentials) credentials; delete some first.")
        }
        document[spareProperty] = spare.isEmpty ? nil : .array(spare.map(JSON.object))
        return document
    }

    /// A known credential that is sent again. What is not said stays: an end that was set for it too.
    private static func refreshed(
        _ credential: JSONObject, by item: JSONObject, _ kind: Kind, at now: Timestamp, _ place: String
    ) throws -> JSONObject {
        if credential["id"] != nil, item.allSatisfy({ credential[$0.key] == $0.value }) { return credential }
        var changed = credential
        for (name, value) in item { changed[name] = value }
        changed["updated_at"] = nil
        return try new(changed, kind, at: now, place)
    }

    /// A credential as it is stored: with its id, and what can be read out of it.
    static func new(_ item: JSONObject, _ kind: Kind? = nil, at now: Timestamp, _ place: String) throws -> JSONObject {
        let type = item["credential_type"]?.string.flatMap(Kind.init(rawValue:)) ?? kind ?? .publicKey
        guard kind == nil || kind == type else {
            throw Violation(
                reason: "No enum match for: \(type.rawValue)", property: "\(place).credential_type",
                description: "The type of the credential")
        }
        var credential = item
        credential["parse_expiry_from_cert"] = nil
        credential["id"] = credential["id"] ?? .string("cred_" + SecureRandom.alphanumeric(22))
        credential["credential_type"] = .string(type.rawValue)
        let stamp = JSON.string(now.iso8601)
        credential = credential.filled(with: ["created_at": stamp, "updated_at": stamp])
        if let expiry = item["expires_at"]?.string { credential["expires_at"] = .string(try moment(expiry, place)) }
        switch type {
        case .publicKey:
            guard let key = ClientKey(credential) else {
                throw Violation(
                    reason: "Object didn't pass validation for format public-key", property: place,
                    description: "The client's public keys")
            }
            if item["parse_expiry_from_cert"]?.bool == true, let certificate = certificate(of: item) {
                credential["expires_at"] = .string(Timestamp(seconds: Int64(certificate.notAfter)).iso8601)
            }
            // A public key of a client is shown by its name alone, and needs one.
            if key.kid == nil, let thumbprint = key.key.thumbprint { credential["thumbprint"] = .string(thumbprint) }
            credential["first_alg"] = SignatureAlgorithm.allCases.first(where: key.verifies).map {
                .string($0.rawValue)
            }
        case .certificate, .certificateSubject:
            guard let certificate = certificate(of: item) else {
                throw Violation(
                    reason: "Object didn't pass validation for format x509-certificate", property: place,
                    description: "The client's certificates")
            }
            if type == .certificate {
                credential["thumbprint_sha256"] = .string(Base64URL.encode(certificate.sha256Thumbprint))
                credential["expires_at"] = .string(Timestamp(seconds: Int64(certificate.notAfter)).iso8601)
            } else {
                credential["subject_dn"] = .string(certificate.subjectLines)
            }
        }
        return credential
    }

    static func moment(_ text: String, _ place: String) throws(Violation) -> String {
        guard let moment = Timestamp(iso8601: text) else {
            throw Violation(
                reason: "Object didn't pass validation for format date-time", property: "\(place).expires_at",
                description: "When it stops proving anything")
        }
        return moment.iso8601
    }

    private static func certificate(of item: JSONObject) -> Certificate? {
        item["pem"]?.string.flatMap { try? Certificate(pem: $0) }
    }

    /// The document with a change to one credential, wherever it lies; nil takes it away.
    static func replacing(_ id: String, with credential: JSONObject?, in document: JSONObject) -> JSONObject {
        func changed(_ items: [JSONObject]) -> [JSONObject] {
            items.compactMap { $0["id"]?.string == id ? credential : $0 }
        }
        var document = document
        for (path, _) in settings {
            let items = list(in: document, at: path)
            if items.contains(where: { $0["id"]?.string == id }) {
                document = set(changed(items), in: document, at: path)
            }
        }
        let spare = changed(document[spareProperty]?.array?.compactMap(\.object) ?? [])
        document[spareProperty] = spare.isEmpty ? nil : .array(spare.map(JSON.object))
        return document
    }

    // MARK: Showing

    /// A client's document without the keys themselves.
    static func shown(_ document: JSONObject) -> JSONObject {
        var document = document
        document[spareProperty] = nil
        for (path, _) in settings {
            let items = list(in: document, at: path)
            if !items.isEmpty { document = set(items.map(shown(credential:)), in: document, at: path) }
        }
        return document
    }

    static func shown(credential: JSONObject) -> JSONObject {
        var shown = credential
        for hidden in ["pem", "jwk", "thumbprint", "first_alg"] { shown[hidden] = nil }
        guard credential["credential_type"]?.string ?? Kind.publicKey.rawValue == Kind.publicKey.rawValue else {
            return shown
        }
        shown["kid"] = shown["kid"] ?? credential["jwk"]?["kid"] ?? credential["thumbprint"]
        return shown.filled(with: ["alg": credential["jwk"]?["alg"] ?? credential["first_alg"] ?? "RS256"])
    }

    // MARK: Lists in documents

    private static func list(in document: JSONObject, at path: [String]) -> [JSONObject] {
        var place: JSON? = .object(document)
        for name in path + ["credentials"] { place = place?[name] }
        return place?.array?.compactMap(\.object) ?? []
    }

    private static func set(_ items: [JSONObject], in document: JSONObject, at path: [String]) -> JSONObject {
        var patch: JSONObject = ["credentials": .array(items.map(JSON.object))]
        for name in path.reversed() { patch = JSONObject([(name, .object(patch))]) }
        return document.patched(deep: patch)
    }
}

extension Certificate {
    /// The subject's distinguished name, a part a line: `C=JP`, `ST=Tokyo` …
    fileprivate var subjectLines: String {
        let parts: KeyValuePairs<String, String> = [
            "C": subjectCountry, "ST": subjectStateOrProvince, "L": subjectLocality, "O": subjectOrganization,
            "CN": subjectCommonName,
        ]
        return parts.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }
}
