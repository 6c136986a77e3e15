/* Frames of the PostgreSQL frontend/backend protocol, version 3, as a server receives them.
 *
 * Source: the PostgreSQL manual, "Frontend/Backend Protocol", "Message Formats". A frame is a type
 * byte, a length that counts itself, and a body; the first frames of a connection lack the type
 * byte. Bodies are taken apart by pg_message.h.
 *
 * Ownership: a frame borrows from the input. The decoder remembers offsets only, so the input may
 * move between two calls. Errors: PG_MALFORMED with `error` set; nothing can be decoded after that. */
#ifndef PARLEL_PROTOCOLS_POSTGRES_PG_DECODE_H
#define PARLEL_PROTOCOLS_POSTGRES_PG_DECODE_H

#include "common/slice.h"

/* Limits of the length fields, which are those of the real server. */
#define PG_STARTUP_MAX  10000u      /* of startup frames */
#define PG_SMALL_MAX    10000u      /* of frames that carry names at most */
#define PG_PASSWORD_MAX 65535u      /* of a password or SASL answer */
#define PG_LARGE_MAX    0x3ffffffeu /* of frames that carry statements or data */

enum pg_status { PG_NEED_MORE, PG_FRAME, PG_MALFORMED };

enum pg_decode_error {
    PG_DECODE_OK,
    PG_DECODE_BAD_TYPE,  /* no frontend message: `type` says which byte */
    PG_DECODE_BAD_LENGTH /* too short or too long for its type */
};

struct pg_frame {
    uint8_t type; /* 0: of the startup phase */
    struct slice body;
};

struct pg_decoder {
    int cs;
    bool startup;   /* the next frame has no type byte; set and cleared by the session */
    bool have_head; /* of the frame in hand */
    uint8_t type;
    uint32_t length, length_max;
    size_t scanned; /* bytes of the frame seen so far */
    size_t body_at; /* offset of the body once have_head is set */
    size_t skip;    /* bytes of the body still to come */
    enum pg_decode_error error;
};

void pg_decoder_init(struct pg_decoder *d);

/* Decodes at most one frame. `in` starts at its first byte and, after PG_NEED_MORE, holds at least
 * the bytes it held before (it may have moved). On PG_FRAME *used of its bytes were the frame. */
enum pg_status pg_decode(struct pg_decoder *d, struct slice in, struct pg_frame *out, size_t *used);

/* Bytes that the frame in hand still lacks, as far as is known. */
static inline size_t pg_decoder_missing(const struct pg_decoder *d)
{
    return d->have_head ? d->skip : 0;
}

#endif
