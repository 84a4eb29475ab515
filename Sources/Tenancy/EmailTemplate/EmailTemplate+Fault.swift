import Liquid

extension EmailTemplate {
    /// What a template cannot be rendered for.
    public struct Fault: Sendable {
        public let property: String
        public let reason: String
    }

    /// The first text that is no Liquid; found when it is saved, not when a mail is waiting for it.
    public var fault: Fault? {
        for property in ["body", "from", "subject", "resultUrl"] {
            guard let text = document[property]?.string else { continue }
            do {
                _ = try LiquidTemplate(text)
            } catch {
                return Fault(property: property, reason: "\(error)")
            }
        }
        return nil
    }
}
