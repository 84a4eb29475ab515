import StrictJSON
import Tenancy

/// Moments inside what is sealed: milliseconds, as in the database.
extension JSON {
    init(_ moment: Timestamp) { self = .int(Int(moment.milliseconds)) }

    var timestamp: Timestamp? { int.map { Timestamp(milliseconds: Int64($0)) } }
}
