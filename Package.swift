// swift-tools-version: 6.1
import PackageDescription

/// Rooms of the house, lowest first. Upper targets import lower ones, never the reverse; see ARCHITECTURE.md.
let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"])
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "COpenSSL",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CArgon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CResolver"),
        .systemLibrary(name: "CScheduling"),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CQREncode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "OpenSSL", dependencies: ["COpenSSL"]),
        .target(name: "StrictJSON"),
        .target(name: "WebAddresses"),
        .target(name: "Liquid", dependencies: ["StrictJSON", "WebAddresses"]),
        .target(
            name: "Tenancy",
            dependencies: [
                "OpenSSL", "COpenSSL", "StrictJSON", "WebAddresses", "Liquid", "CCrypt", "CArgon2",
                "CScheduling", "CSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .target(name: "Outbound", dependencies: ["CCurl", "WebAddresses"]),
        .target(
            name: "Messaging",
            dependencies: [
                "Tenancy", "StrictJSON", "WebAddresses", "Liquid", "OpenSSL", "Outbound",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Templates/Defaults")]
        ),
        .target(
            name: "TenantHTTP",
            dependencies: [
                "Tenancy", "StrictJSON", "WebAddresses", "OpenSSL",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "Authentication",
            dependencies: [
                "TenantHTTP", "Tenancy", "StrictJSON", "WebAddresses", "OpenSSL", "Liquid", "CQREncode",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [
                .embedInCode("Pages/Templates"), .embedInCode("Pages/Assets"), .embedInCode("Pages/Texts"),
            ]
        ),
        .target(
            name: "Management",
            dependencies: [
                "TenantHTTP", "Tenancy", "StrictJSON", "WebAddresses", "OpenSSL", "Liquid", "CZlib",
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "TenantHTTP", "Tenancy", "WebAddresses", "OpenSSL", "COpenSSL",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .target(
            name: "Operator",
            dependencies: [
                "Gateway", "TenantHTTP", "Tenancy", "StrictJSON", "WebAddresses", "OpenSSL", "CResolver",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "Gateway", "Operator", "Management", "Authentication", "Messaging", "TenantHTTP", "Tenancy",
                "StrictJSON", "WebAddresses", "OpenSSL", "Outbound",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(
            name: "TenantTesting",
            dependencies: [
                "Tenancy", "OpenSSL", "StrictJSON", "WebAddresses", .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/TenantTesting"
        ),
        .testTarget(
            name: "TenancyTests",
            dependencies: [
                "Tenancy", "TenantTesting", "OpenSSL", "StrictJSON", "WebAddresses",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "OperatorTests",
            dependencies: [
                "Operator", "gatehouse", "Gateway", "Tenancy", "TenantTesting", "OpenSSL", "StrictJSON", "WebAddresses",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(
            name: "AuthenticationTests",
            dependencies: [
                "Authentication", "TenantHTTP", "Tenancy", "TenantTesting", "OpenSSL", "StrictJSON", "WebAddresses",
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        ),
        .testTarget(
            name: "MessagingTests",
            dependencies: ["Messaging", "Outbound", "Liquid", "Tenancy", "TenantTesting", "OpenSSL", "StrictJSON"]
        ),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"]),
        .testTarget(name: "WebAddressesTests", dependencies: ["WebAddresses"]),
        .testTarget(name: "OutboundTests", dependencies: ["Outbound", "WebAddresses"]),
        .testTarget(name: "OpenSSLTests", dependencies: ["OpenSSL"]),
        .testTarget(
            name: "ManagementTests",
            dependencies: [
                "Management", "TenantHTTP", "Tenancy", "TenantTesting", "StrictJSON", "WebAddresses", "OpenSSL",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "TenantHTTP", "Tenancy", "TenantTesting", "OpenSSL",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// An async function of these runs where its caller runs: on the event loop of the request it serves, without the runtime's
// looking for an executor at each call.
for target in package.targets
where ["Tenancy", "TenantHTTP", "Authentication", "Management", "Gateway"].contains(target.name) {
    target.swiftSettings = (target.swiftSettings ?? []) + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
}
