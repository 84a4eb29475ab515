import OpenSSL
import Tenancy

/// Where a listing goes on: `from`, as `next` of the page before told it (spec 03 §1, Lists). Callers keep it, and anybody
/// can write one: what is in it is compared with, and opens nothing.
enum Checkpoint: Sendable, Equatable {
    /// Behind an object, wherever that stands by now, and whether it is still there.
    case behind(ListPlace)
    /// Behind so many objects. For a listing without a key: users in order of anything but age. The others take it too,
    /// because every listing once told positions: who holds one goes on where it pointed to, and is told a place from there
    /// on. It costs nothing, as the numbers of pages are positions anyway.
    case position(Int)

    /// The furthest position there can be: anybody can write one, and positions are added up.
    private static let mostSkipped = 100_000_000
    /// Characters of the longest token: base64url of a number, and of an id of up to 3,000 bytes. The longest ids are
    /// those of users, of 1,024.
    static let longestToken = 4_096

    private static let placeMark = "k"
    private static let positionMark = "p"

    /// As the caller is given it: base64url of `kRANK:ID`, or of `pPOSITION`.
    var token: String {
        switch self {
        case .behind(let place): Base64URL.encode(Array("\(Self.placeMark)\(place.rank):\(place.id)".utf8))
        case .position(let position): Base64URL.encode(Array("\(Self.positionMark)\(position)".utf8))
        }
    }

    init(_ token: String) throws(ManagementError) {
        // What would be spelled otherwise was not told by us: `01` for a number, or an id that is no UTF-8.
        guard token.utf8.count <= Self.longestToken, let bytes = Base64URL.decode(token),
            let checkpoint = Self.parsed(bytes), checkpoint.token == token
        else { throw .unknownCheckpoint }
        self = checkpoint
    }

    /// By bytes: an id may begin with a mark that Swift takes for a part of the character before it.
    private static func parsed(_ bytes: [UInt8]) -> Checkpoint? {
        let value = bytes.dropFirst()
        if bytes.starts(with: positionMark.utf8) {
            guard let position = Int(text(value)), (0...mostSkipped).contains(position) else { return nil }
            return .position(position)
        }
        guard bytes.starts(with: placeMark.utf8), let colon = value.firstIndex(of: UInt8(ascii: ":")),
            let rank = Int64(text(value[..<colon]))
        else { return nil }
        let id = value[(colon + 1)...]
        // SQLite reads a bound text up to its first NUL.
        guard !id.isEmpty, !id.contains(0) else { return nil }
        return .behind(ListPlace(rank: rank, id: text(id)))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension ManagementError {
    /// `from` is nothing that a page of the listing has told.
    static let unknownCheckpoint = ManagementError.invalidQuery(
        "Query validation error: 'Object didn't pass validation for format checkpoint' on property from "
            + "(Id of the entry to start after).")
}
