import CCrypt
import OpenSSL

/// Why a password cannot be hashed.
public enum PasswordHashError: Error, Sendable {
    /// bcrypt reads at most 72 bytes: a longer password would be silently cut, so it is refused (spec 08 L10).
    case tooLong
    case containsNUL
    case failed
}

/// bcrypt through libxcrypt, off the event loops and off every other pool (ARCHITECTURE, decision 7).
public struct PasswordHasher: Sendable {
    /// Longest password in UTF-8 bytes.
    public static let longestPassword = 72

    /// Passwords nobody is to have.
    public let lists: PasswordLists
    private let cost: Int
    private let pool: BoundedPool
    /// Whose passwords they are, so that no tenant's logins wait for another's (see ``BoundedPool``).
    private var tenant: TenantID?
    /// Compared against when there is no such user, so that the answer takes as long (spec 08 L4).
    private let decoy: String

    /// - Parameter cost: bcrypt's logarithmic work factor, 4 to 31; the contract's is 10.
    public init(cost: Int = 10, pool: BoundedPool, lists: PasswordLists = .none) throws {
        self.lists = lists
        self.cost = cost
        self.pool = pool
        self.decoy = try Self.crypt("decoy", setting: Self.newSetting(cost: cost))
    }

    /// The same for the passwords of one tenant.
    public func serving(_ tenant: TenantID) -> PasswordHasher {
        var hasher = self
        hasher.tenant = tenant
        return hasher
    }

    /// Hashes a new password; throws ``PasswordHashError`` or ``BoundedPool/Full``.
    public func hash(_ password: String) async throws -> String {
        guard password.utf8.count <= Self.longestPassword else { throw PasswordHashError.tooLong }
        guard !password.utf8.contains(0) else { throw PasswordHashError.containsNUL }
        return try await pool.run(for: tenant) { [cost] in
            try Self.crypt(password, setting: Self.newSetting(cost: cost))
        }
    }

    /// Whether a password fits the hash of a user, or, where there is no user (nil), false after the same work.
    public func verify(_ password: String, against hash: String?) async throws -> Bool {
        if let hash, let imported = ImportedHash(hash) {
            return try await pool.run(for: tenant) { imported.fits(password) }
        }
        let isAcceptable = password.utf8.count <= Self.longestPassword && !password.utf8.contains(0)
        let candidate = isAcceptable ? password : ""
        // A hash from elsewhere may be of any cost; one too costly to compute fits nothing (spec 08 M9).
        let expected = hash.flatMap { Self.isAffordable($0) ? $0 : nil } ?? decoy
        let matches = try await pool.run(for: tenant) {
            constantTimeEqual(try Self.crypt(candidate, setting: expected), expected)
        }
        return matches && isAcceptable && hash == expected
    }

    /// Whether a hash is to be replaced by one of ours as soon as its password is known: it is of another kind.
    public func wantsUpgrade(_ hash: String) -> Bool { ImportedHash(hash) != nil }

    /// Whether a hash from elsewhere is one that passwords can be checked against.
    public static func canVerify(_ hash: String) -> Bool {
        if let imported = ImportedHash(hash) { return imported.isAffordable }
        // `$2b$10$`, 22 letters of salt and 31 of hash.
        return isAffordable(hash) && hash.utf8.count == 60
    }

    /// Whether a password is in the operator's collection of leaked ones; reads from disk, where it disturbs nobody.
    public func isBreached(_ password: String) async throws -> Bool {
        guard let breached = lists.breached else { return false }
        return try await pool.run(for: tenant) { breached.contains(password) }
    }

    /// bcrypt up to cost 15, some two seconds: `$2b$COST$…`.
    private static func isAffordable(_ hash: String) -> Bool {
        let fields = hash.split(separator: "$")
        return fields.count == 3 && fields[0].hasPrefix("2") && (4...15).contains(Int(fields[1]) ?? 0)
    }

    private static func newSetting(cost: Int) throws -> String {
        var output = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let salt = SecureRandom.bytes(16).map { CChar(bitPattern: $0) }
        guard crypt_gensalt_rn("$2b$", UInt(cost), salt, Int32(salt.count), &output, Int32(output.count)) != nil else {
            throw PasswordHashError.failed
        }
        return text(output)
    }

    private static func crypt(_ password: String, setting: String) throws -> String {
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            // The scratch space has held the password.
            explicit_bzero(scratch, size)
            scratch.deallocate()
        }
        guard let result = crypt_rn(password, setting, scratch, Int32(size)) else { throw PasswordHashError.failed }
        return String(cString: result)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
