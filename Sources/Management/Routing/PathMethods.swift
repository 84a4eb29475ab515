import HTTPTypes
import Hummingbird
import TenantHTTP

/// The methods one path answers, and the answer to all others (RFC 9110 §9.1, §15.5.6).
struct PathMethods: Sendable {
    private static let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    /// In alphabetical order, beside `OPTIONS`.
    let answered: [HTTPRequest.Method]

    /// - Parameter declared: those that have a handler; GET answers HEAD as well.
    init(declared: [HTTPRequest.Method]) {
        let methods = declared.contains(.get) ? declared + [.head] : declared
        answered = methods.sorted { $0.rawValue < $1.rawValue }
    }

    /// The value of `Allow` in parts (RFC 9110 §10.2.1). Every path answers `OPTIONS`.
    var allowed: [String] { answered.map(\.rawValue) + ["OPTIONS"] }

    /// Answers 405 to the methods the path does not have.
    func refuseOthers(at path: RouterPath, in router: Router<TenantContext>) {
        let others = Self.known.filter { !answered.contains($0) }
        Self.answer(others, at: path, in: router, with: .methodNotAllowed(allowed))
    }

    /// Gives one refusal to every method.
    static func answerAll(at path: RouterPath, in router: Router<TenantContext>, with refusal: ManagementError) {
        answer(known, at: path, in: router, with: refusal)
    }

    private static func answer(
        _ methods: [HTTPRequest.Method], at path: RouterPath, in router: Router<TenantContext>,
        with refusal: ManagementError
    ) {
        for method in methods {
            router.on(path, method: method) { _, _ in
                method == .head ? refusal.response.headOnly : refusal.response
            }
        }
    }
}
