import GRDB
import StrictJSON

/// That everything of a token family was issued to somebody who acts as the user (spec 02 §13).
public struct Impersonation: Sendable {
    public let impersonatorID: String
    public let email: String?

    public init(impersonatorID: String, email: String?) {
        self.impersonatorID = impersonatorID
        self.email = email
    }

    /// Who acts: the `act` claim of whatever token comes of it (RFC 8693 §4.1).
    public var actor: JSONObject { ["sub": .string(impersonatorID)] }

    /// What the profile says of it.
    public var claims: JSONObject {
        var impersonator: JSONObject = ["user_id": .string(impersonatorID)]
        if let email { impersonator["email"] = .string(email) }
        return ["impersonated": true, "impersonator": .object(impersonator)]
    }
}

public struct ImpersonationStore {
    let sql: SQL

    public func insert(_ impersonation: Impersonation, familyID: String) throws {
        try sql.run(
            "INSERT INTO impersonations (family_id, impersonator_id, email) VALUES (?, ?, ?)",
            [familyID, impersonation.impersonatorID, impersonation.email])
    }

    public func find(familyID: String) throws -> Impersonation? {
        try sql.row("SELECT impersonator_id, email FROM impersonations WHERE family_id = ?", [familyID])
            .map { Impersonation(impersonatorID: $0[0], email: $0[1]) }
    }
}
