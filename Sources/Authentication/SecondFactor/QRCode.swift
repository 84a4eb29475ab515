internal import CQREncode
import OpenSSL

/// A text as a QR code, drawn as SVG.
struct QRCode {
    /// The width of the empty border, in modules, that readers need.
    private static let border = 4

    let svg: String

    /// Nil for texts too long for any QR code.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard let modules = code.pointee.data else { return nil }
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                // The lowest bit of each module says whether it is dark.
                while column < width, modules[row * width + column] & 1 == 1 { column += 1 }
                if column > start {
                    path += "M\(start + Self.border) \(row + Self.border)h\(column - start)v1h-\(column - start)z"
                } else {
                    column += 1
                }
            }
        }
        let size = width + 2 * Self.border
        svg =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size) \(size)\" shape-rendering=\"crispEdges\">"
            + "<path fill=\"#fff\" d=\"M0 0h\(size)v\(size)H0z\"/><path d=\"\(path)\"/></svg>"
    }

    /// For the `src` of an image: the pages allow `data:`.
    var dataURL: String { "data:image/svg+xml;base64," + Base64.encode(Array(svg.utf8)) }
}
