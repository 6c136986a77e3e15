#include "emulators/sql/value/tid.h"

#include <inttypes.h>

#include "common/hash.h"
#include "common/reader.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/type_io.h"

#define TID_BYTES 6

static bool make(struct arena *arena, uint32_t block, uint16_t offset, struct datum *out)
{
    uint8_t *bytes = arena_alloc(arena, TID_BYTES);
    if (!bytes)
        return false;
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(block >> (24 - 8 * i));
    bytes[4] = (uint8_t)(offset >> 8);
    bytes[5] = (uint8_t)offset;
    *out = datum_bytes(slice_of(bytes, TID_BYTES));
    return true;
}

static uint32_t block_of(struct datum tid)
{
    return (uint32_t)tid.ptr[0] << 24 | (uint32_t)tid.ptr[1] << 16 | (uint32_t)tid.ptr[2] << 8 |
           tid.ptr[3];
}

static uint16_t offset_of(struct datum tid)
{
    return (uint16_t)(tid.ptr[4] << 8 | tid.ptr[5]);
}

bool sql_tid_make(struct arena *arena, uint64_t position, struct datum *out)
{
    return make(arena, sql_position_block(position), sql_position_offset(position), out);
}

uint64_t sql_tid_position(struct datum tid)
{
    return sql_position(block_of(tid), offset_of(tid));
}

/* A decimal number up to `max`, followed by `end`. */
static bool read_part(struct slice *text, uint64_t max, uint8_t end, uint64_t *out)
{
    uint64_t value = 0;
    size_t at = 0;
    for (; at < text->len && text->ptr[at] >= '0' && text->ptr[at] <= '9'; at++) {
        value = value * 10 + (uint64_t)(text->ptr[at] - '0');
        if (value > max)
            return false;
    }
    if (at == 0 || at == text->len || text->ptr[at] != end)
        return false;
    *text = slice_from(*text, at + 1);
    *out = value;
    return true;
}

static bool tid_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)typmod;
    struct slice rest = text;
    uint64_t block, offset;
    while (rest.len && rest.ptr[0] == ' ')
        rest = slice_from(rest, 1);
    if (rest.len == 0 || rest.ptr[0] != '(')
        goto malformed;
    rest = slice_from(rest, 1);
    if (!read_part(&rest, UINT32_MAX, ',', &block) || !read_part(&rest, UINT16_MAX, ')', &offset))
        goto malformed;
    return make(call->arena, (uint32_t)block, (uint16_t)offset, out) ||
           sql_fail_memory(call->env->error);
malformed:
    return sql_fail(call->env->error, "22P02",
                    "invalid input syntax for type " SLICE_FMT ": \"" SLICE_FMT "\"",
                    SLICE_ARG(type->name), SLICE_ARG(text));
}

static bool tid_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    sql_bytes_printf(out, "(%" PRIu32 ",%u)", block_of(value), offset_of(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool tid_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    if (bytes.len != TID_BYTES)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    return sql_give_copy(call, out, bytes);
}

static bool tid_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

static int tid_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    (void)call;
    (void)type;
    return memcmp(a.ptr, b.ptr, TID_BYTES);
}

static uint64_t tid_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return hash_bytes(datum_slice(value));
}

static bool tid_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                           struct sql_bytes *out)
{
    return tid_send(call, type, value, out);
}

const struct sql_type_ops sql_tid_ops = {
    tid_input, tid_output, tid_receive, tid_send, tid_compare, tid_hash, tid_encode_key,
};

const struct sql_builtin sql_tid_builtins[] = {
    {"tidin",          sql_call_input},
    {"tidout",                sql_call_output},
    {"tidrecv",sql_call_receive},
    {"tidsend",        sql_call_send},
    {"tideq",                sql_call_eq},
    {"tidne",sql_call_ne},
    {"tidlt",          sql_call_lt},
    {"tidle",                sql_call_le},
    {"tidgt",          sql_call_gt},
    {"tidge",          sql_call_ge},
    {"bttidcmp",                sql_call_cmp},
    {"tidlarger",sql_call_larger},
    {"tidsmaller",          sql_call_smaller},
    {0               },
};
