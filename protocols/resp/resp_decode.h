/* Decodes Redis requests: RESP arrays of bulk strings and inline commands.
 * Source: the Redis serialization protocol specification, and what redis-server 7.0 does with
 * malformed input (texts and limits are its own). One difference: a NUL in a line is a byte like any
 * other here, while redis-server waits for ever for the end of such a line.
 *
 * The decoder never owns input bytes: arguments borrow from the buffer given to the call that
 * returned RESP_COMMAND. Inline arguments with escapes are unquoted into the decoder's own scratch
 * memory, valid until the next call. One decoder per connection. */
#ifndef PARLEL_PROTOCOLS_RESP_DECODE_H
#define PARLEL_PROTOCOLS_RESP_DECODE_H

#include "common/slice.h"

#define RESP_ARGS_MAX         INT32_MAX
#define RESP_INLINE_BYTES_MAX (64 * 1024) /* an inline command or a count line */
#define RESP_BULK_BYTES_MAX   (512LL * 1024 * 1024)

enum resp_status {
    RESP_NEED_MORE, /* call again with more bytes after the same ones */
    RESP_COMMAND,   /* argv[0..argc) is a command, *used bytes of the input were it */
    RESP_EMPTY,     /* *used bytes were an empty line or "*0": skip them */
    RESP_MALFORMED /* d->error is the text after "-ERR Protocol error: "; the connection must be closed */
};

struct resp_decoder {
    /* limits, changed by the session: */
    int64_t bulk_max;   /* proto-max-bulk-len */
    bool authenticated; /* before it: at most 10 arguments of 16 KiB each */
    /* result: */
    struct slice *argv;
    uint32_t argc;
    const char *error;
    /* the rest is the decoder's own */
    struct resp_mark {
        size_t at, len;
    } * mark;       /* offsets of the arguments seen so far */
    uint32_t room;  /* of argv and mark */
    int64_t want;   /* arguments still to come */
    int64_t number; /* the count being read */
    size_t scanned; /* bytes of the input that need not be read again */
    size_t skip;    /* opaque payload bytes still to come */
    size_t line_at; /* where the line being read, or the next one, begins */
    int cs;
    bool complete;
    uint8_t *scratch; /* unquoted inline arguments */
    char error_text[64];
};

void resp_decoder_init(struct resp_decoder *d);
void resp_decoder_done(struct resp_decoder *d);

/* Decodes at most one request. `in` starts at the request's first byte and, after RESP_NEED_MORE,
 * holds at least the bytes it held before (it may have moved). */
enum resp_status resp_decode(struct resp_decoder *d, struct slice in, size_t *used);

/* Forgets what was decoded: the next call begins with the first byte of a request. */
void resp_decoder_restart(struct resp_decoder *d);

/* Of the `len` bytes that the last call, which needs more, was given: those not understood yet, a
 * value in part or a line in part. Those before them are arguments. */
size_t resp_decoder_unparsed(const struct resp_decoder *d, size_t len);

/* Bytes still missing from the bulk being received, so that a reader may size its buffer. */
size_t resp_decoder_missing(const struct resp_decoder *d);

#endif
