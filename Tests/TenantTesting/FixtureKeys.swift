import OpenSSL
import Synchronization

/// RSA keys for the tenants of one fixture, no two the same; other fixtures are given the same ones again. Making a key
/// costs more than most tests do.
final class FixtureKeys: Sendable {
    private static let made = Mutex<[PrivateKey]>([])
    private let given = Mutex(0)

    func next() throws -> PrivateKey {
        let number = given.withLock { given in
            defer { given += 1 }
            return given
        }
        return try Self.made.withLock { made in
            while made.count <= number { made.append(try .generateRSA(bits: 2048)) }
            return made[number]
        }
    }
}
