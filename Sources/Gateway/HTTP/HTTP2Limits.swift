import NIOCore
import NIOHTTP2

/// How much HTTP/2 lets a client ask for without ever reading an answer (spec 08 P8, P9).
enum HTTP2Limits {
    /// The longest header list that is decoded (RFC 9113 §6.5.2: its text and 32 bytes a field; 128 KiB by default).
    ///
    /// Beyond it the frame layer can only end the connection, for a block that is not decoded leaves the two tables
    /// of HPACK different. So it is far above what a request may have: what is merely too large is decoded and
    /// refused on its stream (``RequestRules/sizeRefusal(_:limits:)``), and only what means harm ends the connection.
    ///
    /// Memory: a connection has one header block at a time in the making (RFC 9113 §6.10), which is no longer than
    /// this as it arrives and no longer than this when decoded, whatever it repeats out of the table
    /// (CVE-2016-6581); with the 32 bytes it has at most 4096 fields. All its forms together stay below 1 MiB, for
    /// the moment until its stream has refused it. A stream keeps no more than ``HTTPLimits/fields`` of its head.
    static func headerList(_ limits: HTTPLimits) -> Int { 4 * limits.fields }

    /// RFC 9113 §4.2: the largest frame as long as no other size is announced, and none is.
    private static let frameSize = 16 << 10

    static func configuration(_ limits: HTTPLimits) -> NIOHTTP2Handler.Configuration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: self.headerList(limits)),
            HTTP2Setting(parameter: .initialWindowSize, value: 65_535),
        ]
        // CVE-2019-9518: frames without data, one after another.
        connection.maximumSequentialEmptyDataFrames = 1
        // CVE-2019-9512, 9515: PING and SETTINGS whose answers nobody reads.
        connection.maximumBufferedControlFrames = 200
        // VU#421644: CONTINUATION without end. Whole frames of the longest header list are let through.
        connection.maximumSequentialContinuationFrames = self.headerList(limits) / self.frameSize
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
