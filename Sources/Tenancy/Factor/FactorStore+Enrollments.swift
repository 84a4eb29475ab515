extension Factor {
    /// The id by which administrators know it: without the kind (spec 07 §0, `dev_…`).
    public var enrollmentID: String { id.split(separator: "|").last.map(String.init) ?? id }
}

extension FactorStore {
    /// Finds a factor, whosever it is, by its ``Factor/enrollmentID``.
    public func find(enrollment id: String) throws -> Factor? {
        guard id.isKey, id.hasPrefix("dev_") else { return nil }
        for kind in Factor.Kind.allCases {
            let full = Factor.id(kind, device: id)
            if let row = try sql.row("SELECT user_id FROM factors WHERE id = ?", [full]) {
                return try find(full, of: row[0])
            }
        }
        return nil
    }

    /// Forgets all factors of a user, or those of some kinds.
    public func deleteAll(of userID: String, kinds: [Factor.Kind] = Factor.Kind.allCases) throws {
        for factor in try list(of: userID) where kinds.contains(factor.kind) {
            _ = try delete(factor.id, of: userID)
        }
    }
}

extension TenantDatabase {
    /// Takes all second factors from a user who has lost them: the recovery code and remembered browsers go with them,
    /// so that the next login begins anew.
    public func resetFactors(of userID: String) throws {
        try factors.deleteAll(of: userID)
        try recoveryCodes.delete(of: userID)
        try rememberedBrowsers.deleteAll(of: userID)
        try pendingLogins.deleteAll(of: userID)
    }
}
