extension String {
    /// No more than so many characters from the start. Characters are only counted where there may be too many of them:
    /// each has one byte at least, and to tell them apart takes time.
    public func bounded(_ characters: Int) -> String {
        utf8.count <= characters ? self : String(prefix(characters))
    }
}
