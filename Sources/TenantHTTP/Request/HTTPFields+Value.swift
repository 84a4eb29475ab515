import HTTPTypes

extension HTTPFields {
    /// The value of a field, as by the subscript, which makes a new text of the values even where there is only one.
    public func value(of name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }
}
