import HTTPTypes

extension RequestRules {
    /// Whether a request's head is larger than it may be: its target (414), or its fields by their number, one of
    /// them, or all of them with the target (431, RFC 6585 §5).
    ///
    /// For a head that is read as a whole, as HTTP/2 reads it. The parser of HTTP/1.1 has to stop earlier, so it is
    /// given the same limits (``HTTP1Pipeline``), and both count alike: the bytes of the target, the names and the
    /// values, with Host, which is `:authority` here, as one of the fields.
    ///
    /// - Returns: why the request is refused, or nil.
    static func sizeRefusal(_ request: HTTPRequest, limits: HTTPLimits) -> Refusal? {
        let target = request.path?.utf8.count ?? 0
        guard target <= limits.target else { return .targetTooLong }
        let authority = request.authority?.utf8.count ?? 0
        guard request.headerFields.count < limits.fieldCount, authority <= limits.field else {
            return .fieldsTooLarge
        }
        var total = target + "host".utf8.count + authority
        for field in request.headerFields {
            let (name, value) = (field.name.rawName.utf8.count, field.value.utf8.count)
            guard name <= limits.field, value <= limits.field else { return .fieldsTooLarge }
            total += name + value
        }
        return total <= limits.fields ? nil : .fieldsTooLarge
    }
}
