import TenantHTTP

/// What the grants of a second factor add to a token request (spec 02 §5).
struct SecondFactorParameters: Sendable {
    let token: String?
    /// The handle of a code that was sent.
    let oobCode: String?
    /// The code itself.
    let bindingCode: String?
    let recoveryCode: String?

    init(_ parameters: APIParameters) throws {
        func text(_ name: String) throws -> String? { try parameters.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        token = try text("mfa_token")
        oobCode = try text("oob_code")
        bindingCode = try text("binding_code")
        recoveryCode = try text("recovery_code")
    }
}
