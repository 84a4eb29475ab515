import HTTPTypes
import Hummingbird
import NIOCore
import OpenSSL
import Tenancy
import TenantHTTP

/// The style sheet, scripts and icon of the pages, under `/assets/`.
struct PageAssets: Sendable {
    private struct Asset: Sendable {
        let contentType: String
        let bytes: ByteBuffer
        let version: String
    }

    /// The tenant's own colours and font.
    static let brandStyle = "brand.css"

    private let assets: [String: Asset]

    init() {
        var assets: [String: Asset] = [:]
        for (name, contentType, bytes) in Self.files {
            let version = String(Hex.encode(Digest.sha256(bytes)).prefix(16))
            assets[name] = Asset(contentType: contentType, bytes: ByteBuffer(bytes: bytes), version: version)
        }
        self.assets = assets
    }

    /// Adds each asset's version to the links of a template.
    func versioningLinks(in template: String) -> String {
        var text = template
        for (name, asset) in assets {
            text = text.replacing("/assets/\(name)\"", with: "/assets/\(name)?v=\(asset.version)\"")
        }
        return text
    }

    func response(to request: Request, name: String, of shard: Shard) async throws -> Response {
        let asset = name == Self.brandStyle ? try await brandStyle(of: shard) : assets[name]
        guard let asset else { return .text("Not found", status: .notFound) }
        let tag = "\"\(asset.version)\""
        let isVersioned = request.uri.query == "v=\(asset.version)"
        var headers: HTTPFields = [
            .eTag: tag,
            .cacheControl: isVersioned ? "public, max-age=31536000, immutable" : "public, max-age=300",
        ]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = asset.contentType
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: asset.bytes))
    }

    private func brandStyle(of shard: Shard) async throws -> Asset? {
        try await shard.pageAppearance().styleSheet.map {
            Asset(contentType: "text/css; charset=utf-8", bytes: ByteBuffer(string: $0.text), version: $0.version)
        }
    }

    private static let files: [(name: String, contentType: String, bytes: [UInt8])] = [
        ("pages.css", "text/css; charset=utf-8", PackageResources.pages_css),
        ("icon.svg", "image/svg+xml", PackageResources.icon_svg),
        ("login.js", "text/javascript; charset=utf-8", PackageResources.login_js),
        ("security_key.js", "text/javascript; charset=utf-8", PackageResources.security_key_js),
        ("co_verifier.js", "text/javascript; charset=utf-8", PackageResources.co_verifier_js),
        ("form_post.js", "text/javascript; charset=utf-8", PackageResources.form_post_js),
        ("popup.js", "text/javascript; charset=utf-8", PackageResources.popup_js),
        ("popup_login.js", "text/javascript; charset=utf-8", PackageResources.popup_login_js),
        ("relay.js", "text/javascript; charset=utf-8", PackageResources.relay_js),
        ("web_message.js", "text/javascript; charset=utf-8", PackageResources.web_message_js),
    ]
}
