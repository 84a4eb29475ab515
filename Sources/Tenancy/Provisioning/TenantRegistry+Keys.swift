import OpenSSL

extension TenantRegistry {
    /// The keys of a tenant, the one that signs first.
    public func signingKeys(of tenant: Tenant) async throws -> SigningKeys {
        try await shards.shard(for: tenant).signingKeys()
    }

    /// Gives a tenant a new key to sign with. The one before stays published: tokens it has signed are good until they
    /// expire, and relying parties that have not fetched the keys again go on verifying.
    public func rotateSigningKey(of tenant: Tenant) async throws -> SigningKeys {
        let shard = try await shards.shard(for: tenant)
        let key = try await spareKeys.take()
        let (domain, now) = (directory.hosts(of: tenant)[0], shards.clock.now)
        try await shard.write { db in
            try db.signingKeys.setCurrent(try SigningKey.make(key: key, domain: domain, at: now))
        }
        return try await shard.signingKeys()
    }
}
