/// Bytes on their way between the network and the library: written at one end, read at the other.
///
/// Lives in memory with a fixed address, so that C callbacks reach it without reference counting. Not for several
/// threads: it belongs to the thread of its connection.
struct ByteQueue: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var head = 0
    private var tail = 0

    deinit { self.memory?.deallocate() }

    var count: Int { self.tail - self.head }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.memory.map { $0 + self.head }, count: self.count)
    }

    mutating func append(_ source: UnsafeRawPointer, count: Int) {
        if self.capacity - self.tail < count { self.makeRoom(for: count) }
        (self.memory.unsafelyUnwrapped + self.tail).copyMemory(from: source, byteCount: count)
        self.tail += count
    }

    /// Moves up to `count` bytes out of the queue.
    mutating func read(into target: UnsafeMutableRawPointer, count: Int) -> Int {
        let taken = min(count, self.count)
        guard taken > 0 else { return 0 }
        target.copyMemory(from: self.memory.unsafelyUnwrapped + self.head, byteCount: taken)
        self.head += taken
        if self.head == self.tail { self.removeAll() }
        return taken
    }

    /// Empties the queue. Memory for one large record stays, more is given back: idle connections are many.
    mutating func removeAll() {
        self.head = 0
        self.tail = 0
        if self.capacity > 20_480 {
            self.memory?.deallocate()
            self.memory = nil
            self.capacity = 0
        }
    }

    private mutating func makeRoom(for count: Int) {
        let needed = self.count + count
        if needed <= self.capacity, let memory = self.memory {
            memory.copyMemory(from: memory + self.head, byteCount: self.count)
        } else {
            let capacity = max(2048, needed.nextPowerOfTwo)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            if let memory = self.memory {
                larger.copyMemory(from: memory + self.head, byteCount: self.count)
                memory.deallocate()
            }
            self.memory = larger
            self.capacity = capacity
        }
        self.tail -= self.head
        self.head = 0
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int {
        1 << (Int.bitWidth - Swift.max(0, self - 1).leadingZeroBitCount)
    }
}
