/* Decodes HTTP/1.0 and 1.1 messages, requests and responses (RFC 9112).
 *
 * One decoder for each direction of a connection; messages follow one another in it. A message
 * comes as events: HTTP_HEAD, HTTP_BODY as often as there are pieces, HTTP_END. The body is handed
 * over as it comes, so that its size costs no memory here; whoever wants it whole collects it.
 * Strict where leniency has let requests be smuggled: a bare LF, a folded field, blanks before a
 * colon, two lengths, a length beside chunks are refused. Chunk extensions and trailer fields are
 * checked and dropped (RFC 9112 7.1.1, 7.1.2).
 *
 * Ownership: what events hand out borrows from the `in` of that call and from the decoder, until
 * the decoder's next call. The decoder allocates nothing.
 *
 * Errors: HTTP_ERROR is final; error.status is the status that a server answers with, error.text
 * says what is wrong, and where or with which limit. Limits hold to the byte, however the input is
 * cut. */
#ifndef PARLEL_PROTOCOLS_HTTP_DECODE_H
#define PARLEL_PROTOCOLS_HTTP_DECODE_H

#include "protocols/http/http_head.h"

enum http_event {
    HTTP_NEED_MORE, /* nothing more to be said of what there is */
    HTTP_HEAD,      /* d->head */
    HTTP_BODY,      /* d->body: a piece, never empty */
    HTTP_END,       /* the message is complete */
    HTTP_ERROR      /* d->error; the connection cannot go on */
};

/* Changed by the caller as it likes before a message; body_max also when HTTP_HEAD was reported. */
struct http_limits {
    size_t line_max;     /* bytes of one line, its end included; at least 32 */
    size_t head_max;     /* bytes of a head, or of the trailer */
    uint32_t fields_max; /* at most HTTP_FIELDS_MAX; of a head, or of the trailer */
    uint64_t body_max;
};

struct http_limits http_default_limits(void); /* 8 KiB, 64 KiB, 100, 16 MiB */

enum http_part {
    HTTP_PART_HEAD,       /* or what is before it */
    HTTP_PART_LENGTH,     /* a body of known length */
    HTTP_PART_CHUNK_SIZE, /* the line before a chunk */
    HTTP_PART_CHUNK,      /* its bytes */
    HTTP_PART_TRAILER,
    HTTP_PART_UNTIL_CLOSE, /* a body that the connection's end ends */
    HTTP_PART_BROKEN
};

enum http_refusal {
    HTTP_REFUSES_NOTHING,
    HTTP_REFUSES_VERSION,
    HTTP_REFUSES_FOLD,
    HTTP_REFUSES_COUNT
};

struct http_decoder {
    struct http_limits limits;
    /* Set by a client before each response: it answers a HEAD, or a CONNECT, and has no body. */
    bool bodiless;
    /* results: */
    struct http_head head;
    struct slice body;
    struct {
        enum http_status status;
        char text[128];
    } error;
    /* the rest is the decoder's own */
    bool is_request;
    enum http_part part;
    uint64_t left;       /* of the body, or of the chunk */
    uint64_t body_bytes; /* in all chunks so far */
    /* of the head, chunk size line or trailer being read, whose first byte is in[0]: */
    int cs;
    size_t scanned;            /* bytes that need not be read again */
    size_t line_at;            /* where the line being read begins */
    const char *doing;         /* what it is */
    enum http_refusal refusal; /* what an action has found */
    bool complete;
    struct http_mark {
        size_t at, len;
    } method, target, reason;
    uint32_t field_count;
    struct http_field_mark {
        struct http_mark name, value;
    } marks[HTTP_FIELDS_MAX];
    struct http_field fields[HTTP_FIELDS_MAX];
};

void http_decoder_init(struct http_decoder *d, bool is_request);

/* The next event. `in` starts at the first byte that was not used yet and, after HTTP_NEED_MORE,
 * holds at least the bytes it held before (it may have moved). *used of its bytes are done with,
 * after any event but HTTP_ERROR; they are valid until the next call. To be called until
 * HTTP_NEED_MORE, also when `in` is empty. */
enum http_event http_decode(struct http_decoder *d, struct slice in, size_t *used);

/* The peer closed after the input. HTTP_END: that was the end of a body without a length;
 * HTTP_NEED_MORE: nothing was under way; HTTP_ERROR: a message was cut off. */
enum http_event http_decode_close(struct http_decoder *d);

/* A message has begun and is not complete. */
bool http_decoder_busy(const struct http_decoder *d);

#endif
