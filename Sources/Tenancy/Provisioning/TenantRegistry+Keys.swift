import OpenSSL

extension TenantRegistry {
    /// The keys of a tenant, the one that signs first.
    public func signingKeys(of tenant: Tenant) async throws -> SigningKeys {
        try await shards.shard(for: tenant).signingKeys()
    }

    /// Gives a tenant another key to sign with by an algorithm: the one published as the next, or a new one. The one
    /// before stays published: tokens it has signed are good until they expire, and relying parties that have not fetched
    /// the keys again go on verifying.
    /// - Returns: nil where the tenant has never signed by the algorithm.
    public func rotateSigningKey(
        of tenant: Tenant, _ algorithm: SignatureAlgorithm = .rs256
    ) async throws -> SigningKeys? {
        let shard = try await shards.shard(for: tenant)
        let (domain, now) = (directory.hosts(of: tenant)[0], shards.clock.now)
        let spares = (try await spareKey(algorithm, domain, now), try await spareKey(algorithm, domain, now))
        let current = try await shard.write { try $0.signingKeys.rotate(algorithm, spares, at: now) }
        return current == nil ? nil : try await shard.signingKeys()
    }

    private func spareKey(
        _ algorithm: SignatureAlgorithm, _ domain: String, _ now: Timestamp
    ) async throws -> SigningKey {
        let key = algorithm.keyKind == .rsa ? try await spareKeys.take() : try PrivateKey.generate(for: algorithm)
        return try SigningKey.make(key: key, algorithm, domain: domain, at: now)
    }
}
