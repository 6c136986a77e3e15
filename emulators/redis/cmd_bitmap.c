/* Bitmaps: bits of strings. Source: the Redis command reference, group "bitmap". BITFIELD is in
 * cmd_bitfield.c. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/bits.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

bool redis_arg_bit_offset(struct redis_call *call, struct slice text, bool hash, int bits,
                          uint64_t *out)
{
    bool scaled = hash && text.len && text.ptr[0] == '#';
    int64_t offset;
    uint64_t max = (uint64_t)call->redis->config.proto_max_bulk_len;
    if (!text_to_i64(scaled ? slice_from(text, 1) : text, &offset) || offset < 0 ||
        (scaled && __builtin_mul_overflow(offset, (int64_t)bits, &offset)) ||
        ((uint64_t)offset >> 3) >= max) {
        redis_reply_error(call->reply, "ERR bit offset is not an integer or out of range");
        return false;
    }
    *out = (uint64_t)offset;
    return true;
}

bool redis_bytes_for_read(struct redis_call *call, struct slice key, char scratch[TEXT_INT_MAX],
                          struct slice *out, bool *exists)
{
    struct redis_entry *entry = redis_lookup(call, key);
    if (entry && entry->type != REDIS_STRING) {
        redis_reply_wrongtype(call->reply);
        return false;
    }
    *exists = entry != NULL;
    *out = entry ? redis_entry_string(entry, scratch) : slice_of("", 0);
    return true;
}

static bool bit_at(struct slice bytes, uint64_t offset)
{
    uint64_t byte = offset >> 3;
    return byte < bytes.len && bytes.ptr[byte] >> (7 - (offset & 7)) & 1;
}

static void setbit(struct redis_call *call)
{
    struct slice bytes, key = call->argv[1];
    char scratch[TEXT_INT_MAX];
    uint64_t offset;
    int64_t bit;
    bool exists;
    if (!redis_arg_bit_offset(call, call->argv[2], false, 0, &offset) ||
        !redis_arg_int_in(call, 3, 0, 1, "ERR bit is not an integer or out of range", &bit) ||
        !redis_check_type(call, key, REDIS_STRING) ||
        !redis_bytes_for_read(call, key, scratch, &bytes, &exists))
        return;
    bool old = bit_at(bytes, offset);
    size_t len = (size_t)(offset >> 3) + 1;
    bool longer = len > bytes.len;
    struct redis_raw *raw = redis_edit_string(call, key, longer ? len : bytes.len);
    if (!raw)
        return;
    uint8_t mask = (uint8_t)(1u << (7 - (offset & 7)));
    raw->bytes[offset >> 3] =
        (uint8_t)(bit ? raw->bytes[offset >> 3] | mask : raw->bytes[offset >> 3] & ~mask);
    if (longer || old != (bit != 0))
        redis_changed(call, key, REDIS_NOTIFY_STRING, "setbit");
    redis_reply_int(call->reply, old);
}

static void getbit(struct redis_call *call)
{
    struct slice bytes;
    char scratch[TEXT_INT_MAX];
    uint64_t offset;
    bool exists;
    if (redis_arg_bit_offset(call, call->argv[2], false, 0, &offset) &&
        redis_bytes_for_read(call, call->argv[1], scratch, &bytes, &exists))
        redis_reply_int(call->reply, bit_at(bytes, offset));
}

/* ---- BITCOUNT and BITPOS */

struct bit_range {
    int64_t start, end; /* in bits, inclusive, after clamping */
    bool has_end;
};

static bool parse_unit(struct redis_call *call, uint32_t at, bool *bits)
{
    *bits = slice_is(call->argv[at], "BIT");
    if (*bits || slice_is(call->argv[at], "BYTE"))
        return true;
    redis_reply_syntax(call->reply);
    return false;
}

/* Clamps as GETRANGE does, in the unit given, then turns it into bits; false: nothing is left. */
static bool clamp(struct bit_range *range, int64_t total_bytes, bool bits)
{
    int64_t total = bits ? total_bytes * 8 : total_bytes;
    if (range->start < 0 && range->end < 0 && range->start > range->end)
        return false;
    range->start += range->start < 0 ? total : 0;
    range->end += range->end < 0 ? total : 0;
    range->start = range->start < 0 ? 0 : range->start;
    range->end = range->end < 0 ? 0 : range->end;
    range->end = range->end >= total ? total - 1 : range->end;
    if (!bits) {
        range->start *= 8;
        range->end = range->end * 8 + 7;
    }
    return range->start <= range->end;
}

static uint64_t count_bytes(const uint8_t *bytes, size_t len)
{
    uint64_t count = 0, word;
    for (; len >= 8; len -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        count += (uint64_t)__builtin_popcountll(word);
    }
    while (len--)
        count += (uint64_t)__builtin_popcount(*bytes++);
    return count;
}

static uint64_t count_range(struct slice bytes, const struct bit_range *range)
{
    size_t first = (size_t)range->start >> 3, last = (size_t)range->end >> 3;
    uint8_t head = (uint8_t)(0xFFu >> (range->start & 7));
    uint8_t tail = (uint8_t)(0xFFu << (7 - (range->end & 7)));
    if (first == last)
        return (uint64_t)__builtin_popcount(bytes.ptr[first] & head & tail);
    return (uint64_t)__builtin_popcount(bytes.ptr[first] & head) +
           (uint64_t)__builtin_popcount(bytes.ptr[last] & tail) +
           count_bytes(bytes.ptr + first + 1, last - first - 1);
}

static void bitcount(struct redis_call *call)
{
    struct bit_range range = {0, -1, true};
    struct slice bytes;
    char scratch[TEXT_INT_MAX];
    bool bits = false, exists;
    if (!redis_bytes_for_read(call, call->argv[1], scratch, &bytes, &exists))
        return;
    if (!exists) { /* the other arguments are never looked at */
        redis_reply_int(call->reply, 0);
        return;
    }
    if (call->argc == 4 || call->argc == 5) {
        if (!redis_arg_int(call, 2, &range.start) || !redis_arg_int(call, 3, &range.end) ||
            (call->argc == 5 && !parse_unit(call, 4, &bits)))
            return;
    } else if (call->argc != 2) {
        redis_reply_syntax(call->reply);
        return;
    }
    bool some = bytes.len && clamp(&range, (int64_t)bytes.len, bits);
    redis_reply_int(call->reply, some ? (int64_t)count_range(bytes, &range) : 0);
}

/* The first bit of that value within the range, -1 if there is none. */
static int64_t find_bit(struct slice bytes, bool value, const struct bit_range *range)
{
    uint8_t none = value ? 0 : 0xFF;
    for (int64_t at = range->start; at <= range->end;) {
        if ((at & 7) == 0 && range->end - at >= 7 && bytes.ptr[at >> 3] == none)
            at += 8;
        else if (bit_at(bytes, (uint64_t)at) == value)
            return at;
        else
            at++;
    }
    return -1;
}

static void bitpos(struct redis_call *call)
{
    struct bit_range range = {0, -1, false};
    struct slice bytes;
    char scratch[TEXT_INT_MAX];
    int64_t bit;
    bool bits = false, exists;
    if (!redis_arg_int(call, 2, &bit))
        return;
    if (bit != 0 && bit != 1) {
        redis_reply_error(call->reply, "ERR The bit argument must be 1 or 0.");
        return;
    }
    if (!redis_bytes_for_read(call, call->argv[1], scratch, &bytes, &exists))
        return;
    if (!exists) {
        redis_reply_int(call->reply, bit ? -1 : 0);
        return;
    }
    if (call->argc > 6) {
        redis_reply_syntax(call->reply);
        return;
    }
    range.has_end = call->argc >= 5;
    if ((call->argc >= 4 && !redis_arg_int(call, 3, &range.start)) ||
        (call->argc == 6 && !parse_unit(call, 5, &bits)) ||
        (call->argc >= 5 && !redis_arg_int(call, 4, &range.end)))
        return;
    bool some = bytes.len && clamp(&range, (int64_t)bytes.len, bits);
    int64_t at = some ? find_bit(bytes, bit, &range) : -1;
    /* Behind the string everything is zero, unless an end was named. */
    if (at == -1 && some && !bit && !range.has_end)
        at = (int64_t)bytes.len * 8;
    redis_reply_int(call->reply, at);
}

/* ---- BITOP */

enum bitop { OP_AND, OP_OR, OP_XOR, OP_NOT };

static bool parse_op(struct redis_call *call, enum bitop *out)
{
    static const char *const names[] = {"AND", "OR", "XOR", "NOT"};
    for (int i = 0; i < 4; i++)
        if (slice_is(call->argv[1], names[i])) {
            *out = (enum bitop)i;
            return true;
        }
    redis_reply_syntax(call->reply);
    return false;
}

static void combine(enum bitop op, uint8_t *to, struct slice from, size_t len)
{
    size_t both = from.len < len ? from.len : len;
    for (size_t i = 0; i < both; i++)
        to[i] = (uint8_t)(op == OP_AND  ? to[i] & from.ptr[i]
                          : op == OP_OR ? to[i] | from.ptr[i]
                                        : to[i] ^ from.ptr[i]);
    if (op == OP_AND && both < len)
        memset(to + both, 0, len - both);
}

static bool read_sources(struct redis_call *call, struct slice *sources, size_t *longest)
{
    *longest = 0;
    for (uint32_t i = 3; i < call->argc; i++) {
        char *scratch = arena_alloc(call->arena, TEXT_INT_MAX);
        bool exists;
        if (!scratch ||
            !redis_bytes_for_read(call, call->argv[i], scratch, &sources[i - 3], &exists))
            return false;
        if (sources[i - 3].len > *longest)
            *longest = sources[i - 3].len;
    }
    return true;
}

static void bitop(struct redis_call *call)
{
    enum bitop op;
    size_t len;
    struct slice target = call->argv[2];
    if (!parse_op(call, &op))
        return;
    if (op == OP_NOT && call->argc != 4) {
        redis_reply_error(call->reply, "ERR BITOP NOT must be called with a single source key.");
        return;
    }
    struct slice *sources = arena_array(call->arena, call->argc, sizeof(*sources));
    if (!sources || !read_sources(call, sources, &len))
        return;
    if (len == 0) {
        if (redis_delete(call, target, false))
            redis_changed(call, target, REDIS_NOTIFY_GENERIC, "del");
        redis_reply_int(call->reply, 0);
        return;
    }
    struct redis_raw *raw = redis_raw_create(call->db->heap, len, len);
    if (!raw) {
        redis_reply_oom(call->reply);
        return;
    }
    memcpy(raw->bytes, sources[0].ptr, sources[0].len);
    memset(raw->bytes + sources[0].len, 0, len - sources[0].len);
    for (size_t i = 0; op == OP_NOT && i < len; i++)
        raw->bytes[i] = (uint8_t)~raw->bytes[i];
    for (uint32_t i = 1; i < call->argc - 3; i++)
        combine(op, raw->bytes, sources[i], len);
    if (!redis_put_value(call, target, &raw->base))
        return;
    redis_changed(call, target, REDIS_NOTIFY_STRING, "set");
    redis_reply_int(call->reply, (int64_t)len);
}

const struct redis_command redis_bitmap_commands[] = {
    {"setbit",   setbit  },
    {"getbit",   getbit  },
    {"bitcount", bitcount},
    {"bitpos",   bitpos  },
    {"bitop",    bitop   },
    {NULL,       NULL    },
};
