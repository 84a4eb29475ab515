import OpenSSL
import Synchronization
import WebAddresses

/// Which host leads to which tenant. It is loaded into memory whole, so that routing costs one or two hash
/// look-ups at any number of tenants, and an unknown host costs nothing (ARCHITECTURE, decision 4).
public final class Directory: Sendable {
    /// The region whose hosts carry no region label (spec 01 R51).
    public static let unlabelledRegion = "us"

    /// Base domains in canonical form; the first is the one new tenants are known by.
    public let baseDomains: [CanonicalHost]
    public let regions: [String]
    private let file: DirectoryFile
    private let clock: Clock
    private let index: Mutex<Index>
    /// Held for a whole change, commit included, so that `index` is locked only for moments: routing on the event
    /// loops reads it and must never wait for a disk.
    private let changing = Mutex(())

    /// Opens (or makes) the directory file and reads all of it. Throws ``DirectoryFileError``.
    public init(
        path: String, baseDomains: [CanonicalHost], regions: [String], clock: Clock = .system
    ) throws {
        self.baseDomains = baseDomains
        self.regions = regions
        self.clock = clock
        let (file, tenants) = try DirectoryFile.open(path: path)
        self.file = file
        self.index = Mutex(Index(tenants: tenants))
    }

    // MARK: Routing

    /// The tenant that lives at a host, whatever its state; nil where nobody does. Deleted tenants are gone.
    public func tenant(for host: CanonicalHost) -> Tenant? { tenant(at: place(of: host)) }

    /// The tenant that lives at a place; see ``tenant(for:)``.
    public func tenant(at place: Place) -> Tenant? {
        switch place.kind {
        case .account(let account): index.withLock { $0.byAccount[account] }
        case .customDomain(let name): index.withLock { $0.byCustomDomain[name] }
        }
    }

    /// Where a host leads to, whoever lives there: what is read off its name once.
    public struct Place: Sendable {
        fileprivate enum Kind: Sendable {
            case account(Account)
            case customDomain(String)
        }

        fileprivate let kind: Kind
    }

    /// The place a host names. It follows from the name alone.
    public func place(of host: CanonicalHost) -> Place {
        Place(kind: account(of: host).map { .account($0) } ?? .customDomain(host.name))
    }

    /// Account and region named by a host under a base domain.
    private func account(of host: CanonicalHost) -> Account? {
        let name = host.name.utf8
        for base in baseDomains {
            let suffix = base.name.utf8
            guard name.count > suffix.count + 1, name.reversed().starts(with: suffix.reversed()) else { continue }
            let dot = name.index(name.endIndex, offsetBy: -suffix.count - 1)
            guard name[dot] == UInt8(ascii: ".") else { continue }
            let prefix = host.name[..<dot]
            let labels = prefix.split(separator: ".", omittingEmptySubsequences: false)
            switch labels.count {
            case 1: return Account(name: String(labels[0]), region: Self.unlabelledRegion)
            case 2 where labels[1] != Self.unlabelledRegion && regions.contains(String(labels[1])):
                return Account(name: String(labels[0]), region: String(labels[1]))
            default: return Account(name: "", region: "")
            }
        }
        return nil
    }

    /// Every host name that leads to a tenant, the primary one first.
    public func hosts(of tenant: Tenant) -> [String] {
        let label = tenant.region == Self.unlabelledRegion ? tenant.name : "\(tenant.name).\(tenant.region)"
        let custom = tenant.customDomains.filter(\.isVerified).map(\.host.name)
        return custom + baseDomains.map { "\(label).\($0.name)" }
    }

    // MARK: Listing

    /// All tenants, deleted ones included, by name and region; those of one name by their age, the oldest first.
    public func tenants() -> [Tenant] {
        index.withLock { Array($0.byID.values) }.sorted {
            ($0.name, $0.region, $0.createdAt, $0.id.value) < ($1.name, $1.region, $1.createdAt, $1.id.value)
        }
    }

    public func tenant(id: TenantID) -> Tenant? { index.withLock { $0.byID[id] } }

    /// Finds a living tenant by what an operator types: `acme`, `acme.eu`, a full host name, or an id.
    public func tenant(named text: String) throws(DirectoryError) -> Tenant {
        if let found = living(text) { return found }
        throw .unknownTenant(text)
    }

    /// Finds a deleted, still restorable tenant by what an operator types, as ``tenant(named:)`` does.
    ///
    /// Deleted tenants may share a name with one another: then only an id says which is meant.
    public func deletedTenant(named text: String) throws(DirectoryError) -> Tenant {
        if let found = tenant(id: TenantID(text)), found.isDeleted { return found }
        let host = try? CanonicalHost(parsing: text)
        let account = host.flatMap { self.account(of: $0) } ?? Account(operatorText: text)
        let candidates = tenants().filter { tenant in
            guard tenant.isDeleted else { return false }
            return Account(tenant) == account || tenant.customDomains.contains { $0.isVerified && $0.host == host }
        }
        guard let found = candidates.first else {
            throw living(text) == nil
                ? DirectoryError.unknownTenant(text) : DirectoryError.wrongState(text, needed: "deleted")
        }
        guard candidates.count == 1 else { throw .ambiguous(text, candidates: candidates) }
        return found
    }

    /// Finds a tenant by what an operator types, whether it lives or is deleted; where both are, the living one.
    public func knownTenant(named text: String) throws(DirectoryError) -> Tenant {
        if let found = living(text) { return found }
        return try deletedTenant(named: text)
    }

    private func living(_ text: String) -> Tenant? {
        let account = Account(operatorText: text)
        let found = index.withLock { $0.byAccount[account] ?? $0.byID[TenantID(text)] }
        if let found, !found.isDeleted { return found }
        guard let host = try? CanonicalHost(parsing: text) else { return nil }
        return tenant(for: host)
    }

    public var count: Int { index.withLock { $0.byAccount.count } }

    // MARK: Changes (each is durable before it is visible)

    /// Checks a wanted name and region; throws what is wrong with them.
    public func validate(name: String, region: String) throws(DirectoryError) {
        guard regions.contains(region) else { throw .unknownRegion(region, known: regions) }
        do {
            _ = try AccountName(parsing: name, regions: Set(regions))
        } catch {
            throw .invalidName(name, reason: "\(error)")
        }
        if index.withLock({ $0.byAccount[Account(name: name, region: region)] != nil }) { throw .nameTaken(name) }
    }

    /// Enters a tenant whose shard is already complete on disk.
    func enter(_ tenant: Tenant) throws {
        try changing.withLock { _ in
            guard index.withLock({ $0.byAccount[Account(tenant)] == nil }) else {
                throw DirectoryError.nameTaken(tenant.name)
            }
            try file.insert(tenant)
            index.withLock { $0.put(tenant) }
        }
    }

    /// Suspends, resumes, deletes or restores.
    public func setState(_ state: TenantState, of tenant: Tenant) throws -> Tenant {
        try replace(tenant.id) { current in
            Tenant(
                id: current.id, name: current.name, region: current.region, deployment: current.deployment,
                state: state, customDomains: current.customDomains, createdAt: current.createdAt)
        }
    }

    /// Brings a deleted tenant back, without the domains that others attached meanwhile: their owners keep them
    /// (spec 08 H18). Its name must still be free.
    func undelete(_ tenant: Tenant) throws -> UndeletedTenant {
        var lost: [LostDomain] = []
        let back = try replace(tenant.id) { current in
            guard current.isDeleted else { throw DirectoryError.wrongState(current.name, needed: "deleted") }
            lost = current.customDomains.compactMap { domain in
                self.owner(of: domain.host).map { LostDomain(host: domain.host, owner: $0) }
            }
            return Tenant(
                id: current.id, name: current.name, region: current.region, deployment: current.deployment,
                state: .active,
                customDomains: current.customDomains.filter { domain in
                    !lost.contains { $0.host == domain.host }
                }, createdAt: current.createdAt)
        }
        return UndeletedTenant(tenant: back, lostDomains: lost)
    }

    /// The living tenant that a domain is attached to, verified or not.
    private func owner(of host: CanonicalHost) -> Tenant? {
        index.withLock { index in index.domainOwner[host.name].flatMap { index.byID[$0] } }
    }

    /// Attaches a custom domain, unverified, to a dedicated tenant (spec 01 R53).
    public func addDomain(_ text: String, to tenant: Tenant) throws -> Tenant {
        guard tenant.deployment == .dedicated else {
            throw DirectoryError.sharedTenantHasNoCustomDomain(tenant.name)
        }
        let host = try customHost(text)
        let domain = CustomDomain(
            host: host, isVerified: false, verificationToken: SecureRandom.base64URL(byteCount: 24))
        return try replaceDomains(of: tenant.id) { domains in
            guard index.withLock({ $0.domainOwner[host.name] == nil }) else {
                throw DirectoryError.domainTaken(host.name)
            }
            return domains + [domain]
        }
    }

    /// Marks a custom domain as proven; from now on it routes.
    public func verifyDomain(_ text: String, of tenant: Tenant) throws -> Tenant {
        try changeDomain(text, of: tenant) {
            CustomDomain(host: $0.host, isVerified: true, verificationToken: $0.verificationToken)
        }
    }

    public func removeDomain(_ text: String, of tenant: Tenant) throws -> Tenant {
        try changeDomain(text, of: tenant) { _ in nil }
    }

    private func changeDomain(
        _ text: String, of tenant: Tenant, _ change: (CustomDomain) -> CustomDomain?
    ) throws -> Tenant {
        guard let host = try? CanonicalHost(parsing: text) else { throw DirectoryError.unknownDomain(text) }
        return try replaceDomains(of: tenant.id) { domains in
            guard domains.contains(where: { $0.host == host }) else { throw DirectoryError.unknownDomain(host.name) }
            return domains.compactMap { $0.host == host ? change($0) : $0 }
        }
    }

    /// Forgets a deleted tenant for good; its file is the shard pool's to remove.
    func purge(_ id: TenantID) throws {
        try changing.withLock { _ in
            try file.delete(id)
            index.withLock { $0.remove(id) }
        }
    }

    private func customHost(_ text: String) throws(DirectoryError) -> CanonicalHost {
        let host: CanonicalHost
        do {
            host = try CanonicalHost(parsing: text)
        } catch {
            throw .invalidDomain(text, reason: "\(error)")
        }
        guard !host.isIPAddress, host.name.contains(".") else {
            throw .invalidDomain(text, reason: "a custom domain is a full DNS name")
        }
        let inside = baseDomains.contains { host == $0 || host.name.hasSuffix(".\($0.name)") }
        guard !inside else { throw .invalidDomain(text, reason: "names under a base domain belong to the service") }
        return host
    }

    private func replaceDomains(
        of id: TenantID, _ change: ([CustomDomain]) throws -> [CustomDomain]
    ) throws -> Tenant {
        try replace(id) { current in
            Tenant(
                id: current.id, name: current.name, region: current.region, deployment: current.deployment,
                state: current.state, customDomains: try change(current.customDomains), createdAt: current.createdAt)
        }
    }

    private func replace(_ id: TenantID, _ change: (Tenant) throws -> Tenant) throws -> Tenant {
        try changing.withLock { _ in
            guard let current = index.withLock({ $0.byID[id] }) else { throw DirectoryError.unknownTenant(id.value) }
            let next = try change(current)
            if current.isDeleted, !next.isDeleted { try index.withLock { try $0.checkRoom(for: next) } }
            try file.update(next)
            index.withLock { $0.put(next) }
            return next
        }
    }
}

extension Tenant {
    var isDeleted: Bool {
        if case .deleted = state { return true }
        return false
    }
}

/// Name and region: what makes a tenant's host under every base domain.
struct Account: Hashable, Sendable {
    let name: String
    let region: String

    init(name: String, region: String) {
        self.name = name
        self.region = region
    }

    init(_ tenant: Tenant) {
        self.init(name: tenant.name, region: tenant.region)
    }

    /// `acme` or `acme.eu`.
    init(operatorText text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            name: String(parts.first ?? ""),
            region: parts.count == 2 ? String(parts[1]) : Directory.unlabelledRegion)
    }
}

/// The directory in memory.
private struct Index: Sendable {
    private(set) var byID: [TenantID: Tenant] = [:]
    /// Living tenants only.
    private(set) var byAccount: [Account: Tenant] = [:]
    /// Verified domains of living tenants: what routing reads.
    private(set) var byCustomDomain: [String: Tenant] = [:]
    /// Every attached domain, verified or not, so that none is attached twice (spec 08 H18).
    private(set) var domainOwner: [String: TenantID] = [:]

    init(tenants: [Tenant]) {
        byID.reserveCapacity(tenants.count)
        byAccount.reserveCapacity(tenants.count)
        for tenant in tenants { put(tenant) }
    }

    mutating func put(_ tenant: Tenant) {
        remove(tenant.id)
        byID[tenant.id] = tenant
        guard !tenant.isDeleted else { return }
        byAccount[Account(tenant)] = tenant
        for domain in tenant.customDomains {
            domainOwner[domain.host.name] = tenant.id
            if domain.isVerified { byCustomDomain[domain.host.name] = tenant }
        }
    }

    /// Whether others took the name or a domain of a tenant while it was deleted.
    func checkRoom(for tenant: Tenant) throws(DirectoryError) {
        guard byAccount[Account(tenant)] == nil else { throw .nameTaken(tenant.name) }
        for domain in tenant.customDomains where domainOwner[domain.host.name] != nil {
            throw .domainTaken(domain.host.name)
        }
    }

    mutating func remove(_ id: TenantID) {
        guard let old = byID.removeValue(forKey: id), !old.isDeleted else { return }
        byAccount[Account(old)] = nil
        for domain in old.customDomains {
            domainOwner[domain.host.name] = nil
            byCustomDomain[domain.host.name] = nil
        }
    }
}
