import NIOCore
import NIOHTTP2

/// How much HTTP/2 lets a client ask for without ever reading an answer (spec 08 P8, P9).
enum HTTP2Limits {
    static func configuration(_ limits: HTTPLimits) -> NIOHTTP2Handler.Configuration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
            // The size of a header list counts 32 bytes a field besides its text (RFC 9113 §6.5.2).
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.fields),
            HTTP2Setting(parameter: .initialWindowSize, value: 65_535),
        ]
        // CVE-2019-9518: frames without data, one after another.
        connection.maximumSequentialEmptyDataFrames = 1
        // CVE-2019-9512, 9515: PING and SETTINGS whose answers nobody reads.
        connection.maximumBufferedControlFrames = 200
        // VU#421644: CONTINUATION without end.
        connection.maximumSequentialContinuationFrames = 5
        connection.maximumConnectionGlitches = 100
        connection.controlFrameRateLimit.maximumCount = 200
        connection.controlFrameRateLimit.windowLength = .seconds(10)
        var stream = NIOHTTP2Handler.StreamConfiguration()
        // CVE-2023-44487, rapid reset.
        stream.streamResetFrameRateLimit.maximumCount = 200
        stream.streamErrorRateLimit.maximumCount = 100
        stream.outboundBufferSizeHighWatermark = 64 << 10
        stream.outboundBufferSizeLowWatermark = 16 << 10
        return NIOHTTP2Handler.Configuration(connection: connection, stream: stream)
    }
}
