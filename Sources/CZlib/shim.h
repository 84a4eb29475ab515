#pragma once

#include <string.h>
#include <zlib.h>

/// Begins a gzip stream (RFC 1952); zlib's own call is a macro, which Swift does not see.
static inline int gzip_begin(z_stream *stream) {
    memset(stream, 0, sizeof *stream);
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
