import HTTPTypes
import Hummingbird
import WebAddresses

/// What the `Origin` header of a request says.
public enum RequestOrigin: Sendable {
    /// No header: not a browser's cross-origin request, nothing to check.
    case none
    /// The tenant's own pages.
    case own(String)
    /// A web page of somebody.
    case page(WebOrigin)
    /// Two headers, `null`, or nothing a browser would call the origin of a web page: allowed nowhere.
    case unacceptable(String)

    public init(_ request: Request, _ context: TenantContext) {
        let values = request.headers[values: .origin]
        guard let text = values.first else {
            self = .none
            return
        }
        guard values.count == 1 else {
            self = .unacceptable(values.joined(separator: ", "))
            return
        }
        if text == context.ownOrigin {
            self = .own(text)
        } else if let origin = try? WebOrigin(parsing: text), origin.serialized == text {
            // Browsers send the serialized form alone; accepting others would mean reflecting them.
            self = .page(origin)
        } else {
            self = .unacceptable(text)
        }
    }

    /// The header's text; nil without one.
    public var text: String? {
        switch self {
        case .none: nil
        case .own(let text), .unacceptable(let text): text
        case .page(let origin): origin.serialized
        }
    }
}
