import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import WebAddresses

/// Why a request cannot be read. Each API renders it in its own contract's shape.
public enum RequestBodyError: Error, Sendable {
    /// 413
    case tooLarge
    /// 415
    case unsupportedMediaType(String?)
    /// 400, with what was wrong
    case malformed(String)
    /// 400: the names given more than once (RFC 6749 §3.2)
    case duplicates([String])
}

extension Request {
    /// Largest body any handler reads, in bytes.
    public static let largestBody = 1_048_576

    /// The media type without parameters, in lower case.
    public var mediaType: String? {
        headers.value(of: .contentType).map { value in
            // What nearly every request says, as it is.
            if value == "application/json" || value == "application/x-www-form-urlencoded" { return value }
            return value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
    }

    /// The whole body, bounded.
    public func bodyBytes() async throws(RequestBodyError) -> [UInt8] {
        var bytes: [UInt8] = []
        // By hand: `for await`, and `collect(upTo:)` above it, reach the body through a witness of any sequence.
        var parts = body.makeAsyncIterator()
        do {
            while let part = try await parts.next() {
                guard part.readableBytes <= Self.largestBody - bytes.count else { throw RequestBodyError.tooLarge }
                bytes += part.readableBytesView
            }
        } catch let error as RequestBodyError {
            throw error
        } catch {
            throw .malformed("the body could not be read")
        }
        return bytes
    }

    /// The body as JSON; throws for any other media type.
    public func jsonBody() async throws(RequestBodyError) -> JSON {
        guard mediaType == "application/json" else { throw .unsupportedMediaType(mediaType) }
        return try Self.json(await bodyBytes())
    }

    /// The query of the request, each name once.
    public func queryParameters() throws(RequestBodyError) -> FormParameters {
        guard let query = uri.query, !query.isEmpty else { return .none }
        return try Self.parameters { () throws(FormParametersError) in try FormParameters(parsing: query) }
    }

    /// The fields of an HTML form.
    public func formParameters() async throws(RequestBodyError) -> FormParameters {
        guard mediaType == "application/x-www-form-urlencoded" else { throw .unsupportedMediaType(mediaType) }
        let bytes = try await bodyBytes()
        return try Self.parameters { () throws(FormParametersError) in try FormParameters(parsing: bytes) }
    }

    /// The parameters of an Authentication API call: a form or a flat JSON object, equally (spec 02 §1). Values that
    /// are not text, and parameters that stand in the query as well, are refused (spec 08 T22).
    public func apiParameters() async throws(RequestBodyError) -> APIParameters {
        switch mediaType {
        case "application/x-www-form-urlencoded":
            return APIParameters(try await formParameters())
        case "application/json":
            let bytes = try await bodyBytes()
            guard let object = try Self.json(bytes).object else { throw .malformed("the body must be a JSON object") }
            return APIParameters(object)
        default:
            // Where there is no body there is no type to name; what is missing is then told parameter by parameter.
            guard mediaType == nil, try await bodyBytes().isEmpty else { throw .unsupportedMediaType(mediaType) }
            return APIParameters(JSONObject())
        }
    }

    private static func json(_ bytes: [UInt8]) throws(RequestBodyError) -> JSON {
        do {
            return try JSON.parse(bytes)
        } catch {
            throw .malformed("the body is not valid JSON: \(error.reason)")
        }
    }

    private static func parameters(
        _ parse: () throws(FormParametersError) -> FormParameters
    ) throws(RequestBodyError) -> FormParameters {
        do {
            return try parse()
        } catch {
            if !error.duplicates.isEmpty { throw .duplicates(error.duplicates) }
            throw .malformed("\(error)")
        }
    }
}

/// Parameters that came as a form or as JSON.
public struct APIParameters: Sendable {
    private let values: JSONObject

    init(_ form: FormParameters) {
        var values: JSONObject = [:]
        for item in form.items { values[item.name] = .string(item.value) }
        self.values = values
    }

    init(_ object: JSONObject) { self.values = object }

    public var names: [String] { values.map(\.key) }

    /// A value as it came, of whatever type: for the endpoints whose parameters are objects.
    /// A `null`, which SDKs send for what they were not given, is no value. (A `nil` inside an expression of type `JSON`
    /// would be `null` again.)
    public subscript(json name: String) -> JSON? {
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }

    /// A text parameter; nil where it is absent. Throws where it is something else (spec 08 T22).
    public func text(_ name: String) throws(RequestBodyError) -> String? {
        guard let value = self[json: name] else { return nil }
        guard let text = value.string else { throw .malformed("\(name) must be a string") }
        return text
    }
}
