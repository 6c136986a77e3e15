#include "emulators/redis/scan.h"

#include "emulators/redis/arguments.h"

/* Clients keep cursors in doubles as well as in integers, so 52 bits of the hash are shown. */
#define CURSOR_SHIFT 12

static int type_by_name(struct slice name)
{
    for (int type = 0; type < REDIS_TYPE_COUNT; type++)
        if (slice_is(name, redis_types[type]->name))
            return type;
    return -1;
}

bool redis_scan_options(struct redis_call *call, uint32_t at, bool with_type,
                        struct redis_scan *scan)
{
    for (uint32_t i = at; i < call->argc; i += 2) {
        bool more = i + 1 < call->argc;
        if (more && slice_is(call->argv[i], "COUNT")) {
            if (!redis_arg_int(call, i + 1, &scan->count))
                return false;
            if (scan->count < 1) {
                redis_reply_syntax(call->reply);
                return false;
            }
        } else if (more && slice_is(call->argv[i], "MATCH")) {
            scan->pattern = call->argv[i + 1];
            if (slice_eq_str(scan->pattern, "*"))
                scan->pattern = slice_of(NULL, 0);
        } else if (more && with_type && slice_is(call->argv[i], "TYPE")) {
            scan->type = type_by_name(call->argv[i + 1]);
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

/* strtoul's reading: a sign is allowed, blanks are not. */
static bool parse_cursor(struct slice text, uint64_t *out)
{
    bool negative = text.len && text.ptr[0] == '-';
    struct slice digits = text.len && (negative || text.ptr[0] == '+') ? slice_from(text, 1) : text;
    uint64_t value = 0;
    if (text.len && !digits.len)
        return false; /* a sign alone; but nothing at all reads as 0 */
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9' ||
            __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(digits.ptr[i] - '0'), &value))
            return false;
    }
    *out = negative ? 0 - value : value;
    return true;
}

bool redis_scan_begin(struct redis_call *call, uint32_t at, struct redis_scan *scan)
{
    *scan = (struct redis_scan){.call = call, .count = 10, .type = REDIS_ANY};
    if (!parse_cursor(call->argv[at], &scan->cursor)) {
        redis_reply_error(call->reply, "ERR invalid cursor");
        return false;
    }
    scan->cursor <<= CURSOR_SHIFT;
    scan->sink = (struct redis_reply){.out = &scan->elements, .resp = call->reply->resp};
    return true;
}

bool redis_scan_wants_more(const struct redis_scan *scan)
{
    bool showable = (scan->cursor & ((1u << CURSOR_SHIFT) - 1)) == 0;
    return !scan->done && (scan->visited < (uint64_t)scan->count || !showable);
}

void redis_scan_step(struct redis_scan *scan, uint64_t next_cursor)
{
    scan->cursor = next_cursor;
    scan->done = next_cursor == 0;
}

bool redis_scan_matches(struct redis_scan *scan, struct slice name)
{
    scan->visited++;
    return !scan->pattern.ptr || text_glob(scan->pattern, name, false);
}

void redis_scan_element(struct redis_scan *scan, struct slice element)
{
    if (!redis_scan_matches(scan, element))
        return;
    redis_reply_bulk(&scan->sink, element);
    scan->returned++;
}

void redis_scan_pair(struct redis_scan *scan, struct slice name, struct slice value)
{
    if (!redis_scan_matches(scan, name))
        return;
    redis_reply_bulk(&scan->sink, name);
    redis_reply_bulk(&scan->sink, value);
    scan->returned += 2;
}

void redis_scan_end(struct redis_scan *scan, bool absent)
{
    struct redis_reply *reply = scan->call->reply;
    char cursor[TEXT_INT_MAX];
    size_t len = text_from_u64(cursor, absent ? 0 : scan->cursor >> CURSOR_SHIFT);
    redis_reply_array(reply, 2);
    redis_reply_bulk(reply, slice_of(cursor, len));
    redis_reply_array(reply, scan->returned);
    outq_append(reply->out, &scan->elements);
    outq_done(&scan->elements);
}
