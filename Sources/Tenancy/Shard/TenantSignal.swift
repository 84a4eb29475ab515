import Foundation
import Synchronization

/// Which tenants have something that waits (messages, logout notices, log streams): told to whoever delivers it as soon as
/// it is committed, and kept on disk, so that after a restart only those tenants are looked at and ten thousand idle ones
/// cost nothing.
///
/// The mark is an empty file `FOLDER/ID`. It is made before the first row is committed and removed after a transaction that
/// found none, before the tenant's next one begins. A tenant's writes run one after the other, so no row is ever committed
/// without its mark; a mark without a row costs one look.
public final class TenantSignal: Sendable {
    private struct State {
        var marked: Set<TenantID> = []
        var woken: Set<TenantID> = []
    }

    /// Yields when ``takeWoken()`` has something.
    public let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let state: Mutex<State>
    /// One of them is held while a tenant's file comes or goes, so that it is there as long as the tenant is marked. Many,
    /// because making one durable takes a while.
    private let locks = (0..<64).map { _ in Lock() }
    private let folder: String

    private final class Lock: Sendable {
        let mutex = Mutex(())
    }

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let marked = Set(try FileManager.default.contentsOfDirectory(atPath: folder).map(TenantID.init))
        state = Mutex(State(marked: marked, woken: marked))
        // One signal is enough for any number of tenants.
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        if !marked.isEmpty { wake.yield() }
    }

    /// The tenants that have got something since the last call; after a start, those that had something before.
    public func takeWoken() -> Set<TenantID> {
        state.withLock { state in
            defer { state.woken = [] }
            return state.woken
        }
    }

    /// Called inside the transaction that enqueues, before it commits, and by whoever finds something that waits.
    public func mark(_ id: TenantID) throws {
        guard !isMarked(id) else { return }
        try lock(of: id).mutex.withLock { _ in
            guard !isMarked(id) else { return }
            let descriptor = open(path(of: id), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
            close(descriptor)
            // The file's name must be as durable as the row.
            let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if directory >= 0 {
                fsync(directory)
                close(directory)
            }
            state.withLock { _ = $0.marked.insert(id) }
        }
    }

    private func lock(of id: TenantID) -> Lock { locks[Int(id.hashValue.magnitude % UInt(locks.count))] }

    private func isMarked(_ id: TenantID) -> Bool { state.withLock { $0.marked.contains(id) } }

    /// Called after the commit.
    func fire(_ id: TenantID) {
        state.withLock { _ = $0.woken.insert(id) }
        wake.yield()
    }

    /// Called after the commit of what matters only where somebody waits for it.
    func fireIfMarked(_ id: TenantID) {
        let isNews = state.withLock { state in state.marked.contains(id) && state.woken.insert(id).inserted }
        if isNews { wake.yield() }
    }

    /// Called after the commit of a transaction that found nothing left, or for a tenant that is gone.
    public func clear(_ id: TenantID) {
        lock(of: id).mutex.withLock { _ in
            state.withLock { _ = $0.marked.remove(id) }
            unlink(path(of: id))
        }
    }

    private func path(of id: TenantID) -> String { "\(folder)/\(id.value)" }
}
