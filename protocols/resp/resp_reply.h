/* Reads RESP2/RESP3 replies: what scripts see of redis.call, what parlel's own client reads.
 *
 * A pull parser over one complete reply: each call gives the next item; aggregates announce their
 * number of elements (for maps and attributes 2 * pairs), the elements follow. */
#ifndef PARLEL_PROTOCOLS_RESP_REPLY_H
#define PARLEL_PROTOCOLS_RESP_REPLY_H

#include "common/slice.h"

enum resp_kind {
    RESP_SIMPLE = '+',
    RESP_ERROR = '-',
    RESP_INT = ':',
    RESP_BULK = '$',
    RESP_ARRAY = '*',
    RESP_NULL = '_',
    RESP_BOOL = '#',
    RESP_DOUBLE = ',',
    RESP_BIG_NUMBER = '(',
    RESP_VERBATIM = '=',
    RESP_BULK_ERROR = '!',
    RESP_MAP = '%',
    RESP_SET = '~',
    RESP_PUSH = '>',
    RESP_ATTRIBUTE = '|'
};

struct resp_item {
    enum resp_kind kind;
    bool null;          /* "$-1", "*-1" */
    int64_t number;     /* int, bool; element count of aggregates */
    struct slice bytes; /* simple, error, bulk, double's text, big number; borrowed */
};

struct resp_reader {
    const uint8_t *at, *end;
};

enum resp_reply_status { RESP_REPLY_ITEM, RESP_REPLY_MORE, RESP_REPLY_MALFORMED };

static inline struct resp_reader resp_reader_of(struct slice reply)
{
    return (struct resp_reader){reply.ptr, reply.ptr + reply.len};
}

/* The next item; on RESP_REPLY_MORE nothing was consumed and the input ends within the item. */
enum resp_reply_status resp_read(struct resp_reader *reader, struct resp_item *out);

/* Length in bytes of the one whole reply at the start of `in`, 0 when it is not complete yet,
 * -1 when it is malformed. Nesting is bounded by RESP_DEPTH_MAX. */
#define RESP_DEPTH_MAX 128
int64_t resp_reply_length(struct slice in);

#endif
