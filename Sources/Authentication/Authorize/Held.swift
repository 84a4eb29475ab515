/// A value of many members behind one reference. It is passed on far more often than it is changed, and each copy of the
/// bare value would count every reference in it up and down; whoever changes a held one gets a value of their own.
@propertyWrapper
struct Held<Value: Sendable>: Sendable {
    private final class Storage: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    init(wrappedValue: Value) { storage = Storage(wrappedValue) }

    var wrappedValue: Value {
        get { storage.value }
        set { storage = Storage(newValue) }
    }
}
