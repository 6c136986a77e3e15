/* Ids as arguments and in replies. Source: the Redis manual, "Redis Streams", section "Entry IDs". */
#include "common/text.h"
#include "emulators/redis/cmd_stream.h"

#define ID_TEXT_MAX 127

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As C's strtoull takes it: blanks, a sign (minus counts down from 2^64) and leading zeros. */
static bool parse_loosely(struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    size_t at = 0;
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    bool negative = at < text.len && text.ptr[at] == '-';
    if (negative || (at < text.len && text.ptr[at] == '+'))
        at++;
    if (at == text.len)
        return false;
    for (; at < text.len; at++) {
        unsigned digit = text.ptr[at] - (unsigned)'0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? 0 - value : value;
    return true;
}

/* redis-server refuses what it knows to be a negative number, but reads "-01" as strtoull does. */
static bool parse_half(struct slice text, uint64_t *out)
{
    int64_t value;
    if (!text_to_i64(text, &value))
        return parse_loosely(text, out);
    *out = (uint64_t)value;
    return value >= 0;
}

/* seq_given: NULL where "ms-*" is no id. redis-server reads a C string: a NUL ends the id. */
static bool parse_id(struct slice text, uint64_t missing_seq, struct redis_stream_id *out,
                     bool *seq_given)
{
    struct redis_stream_id id = {0, missing_seq};
    if (text.len > ID_TEXT_MAX)
        return false;
    const uint8_t *end = text.len ? memchr(text.ptr, 0, text.len) : NULL;
    if (end)
        text.len = (size_t)(end - text.ptr);
    const uint8_t *dash = text.len ? memchr(text.ptr, '-', text.len) : NULL;
    if (!parse_half(dash ? slice_of(text.ptr, (size_t)(dash - text.ptr)) : text, &id.ms))
        return false;
    if (seq_given)
        *seq_given = true;
    if (dash) {
        struct slice seq = slice_from(text, (size_t)(dash + 1 - text.ptr));
        if (seq_given && slice_eq_str(seq, "*")) {
            *seq_given = false;
            id.seq = 0;
        } else if (!parse_half(seq, &id.seq)) {
            return false;
        }
    }
    *out = id;
    return true;
}

static bool invalid_id(struct redis_call *call)
{
    redis_reply_error(call->reply, "ERR Invalid stream ID specified as stream command argument");
    return false;
}

bool redis_stream_read_id(struct slice arg, struct redis_stream_id *out)
{
    return parse_id(arg, 0, out, NULL);
}

bool redis_stream_arg_id(struct redis_call *call, struct slice arg, uint64_t missing_seq,
                         struct redis_stream_id *out)
{
    return parse_id(arg, missing_seq, out, NULL) || invalid_id(call);
}

bool redis_stream_arg_any_id(struct redis_call *call, struct slice arg, uint64_t missing_seq,
                             struct redis_stream_id *out)
{
    if (slice_eq_str(arg, "-"))
        *out = REDIS_STREAM_ID_MIN;
    else if (slice_eq_str(arg, "+"))
        *out = REDIS_STREAM_ID_MAX;
    else
        return redis_stream_arg_id(call, arg, missing_seq, out);
    return true;
}

bool redis_stream_arg_new_id(struct redis_call *call, struct slice arg, struct redis_stream_id *out,
                             bool *seq_given)
{
    return parse_id(arg, 0, out, seq_given) || invalid_id(call);
}

static bool is_open(struct slice arg)
{
    return arg.len > 1 && arg.ptr[0] == '(';
}

bool redis_stream_arg_start(struct redis_call *call, struct slice arg, struct redis_stream_id *out)
{
    if (!is_open(arg))
        return redis_stream_arg_any_id(call, arg, 0, out);
    if (!redis_stream_arg_id(call, slice_from(arg, 1), 0, out))
        return false;
    if (redis_stream_id_increment(out))
        return true;
    redis_reply_error(call->reply, "ERR invalid start ID for the interval");
    return false;
}

bool redis_stream_arg_end(struct redis_call *call, struct slice arg, struct redis_stream_id *out)
{
    if (!is_open(arg))
        return redis_stream_arg_any_id(call, arg, UINT64_MAX, out);
    if (!redis_stream_arg_id(call, slice_from(arg, 1), UINT64_MAX, out))
        return false;
    if (redis_stream_id_decrement(out))
        return true;
    redis_reply_error(call->reply, "ERR invalid end ID for the interval");
    return false;
}

struct redis_stream_id *redis_stream_arg_ids(struct redis_call *call, uint32_t at)
{
    struct redis_stream_id *ids = arena_array(call->arena, call->argc - at, sizeof(*ids));
    if (!ids)
        redis_reply_oom(call->reply);
    for (uint32_t i = at; ids && i < call->argc; i++)
        if (!redis_stream_arg_id(call, call->argv[i], 0, &ids[i - at]))
            return NULL;
    return ids;
}

/* ---- replies */

void redis_stream_reply_id(struct redis_reply *reply, struct redis_stream_id id)
{
    char text[2 * TEXT_INT_MAX + 1];
    size_t len = text_from_u64(text, id.ms);
    text[len++] = '-';
    len += text_from_u64(text + len, id.seq);
    redis_reply_bulk(reply, slice_of(text, len));
}

void redis_stream_reply_entry(struct redis_reply *reply, const struct redis_stream_item *item)
{
    const uint8_t *at = item->entry->bytes;
    uint64_t strings = (uint64_t)item->entry->fields * 2;
    redis_reply_array(reply, 2);
    redis_stream_reply_id(reply, item->id);
    redis_reply_array(reply, strings);
    while (strings--)
        redis_reply_bulk(reply, redis_stream_read_string(&at));
}

uint64_t redis_stream_reply_range(struct redis_reply *reply, struct redis_stream_iter *iter,
                                  uint64_t count)
{
    const struct redis_stream_item *item;
    struct outq_mark mark = redis_reply_later(reply);
    uint64_t sent = 0;
    while ((!count || sent < count) && (item = redis_stream_iter_next(iter))) {
        redis_stream_reply_entry(reply, item);
        sent++;
    }
    redis_reply_array_at(reply, mark, sent);
    return sent;
}
