/* Functions of byte strings and UUIDs. Positions count bytes from 1, as those of text do. */
#include <limits.h>

#include "common/random.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/call.h"

static int order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return slice_compare(datum_slice(args[0]), datum_slice(args[1]));
}

SQL_COMPARISONS(bytea, order)

static bool bytea_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, args[0].len);
}

static bool bytea_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice both =
        arena_concat(call->arena, datum_slice(args[0]), datum_slice(args[1]), (struct slice){0});
    if (!both.ptr || both.len > SQL_BYTES_MAX)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, both);
}

static bool fail_negative_length(struct sql_call *call)
{
    return sql_fail(call->env->error, "22011", "negative substring length not allowed");
}

/* Bytes start .. start+len-1, as far as they exist. */
static bool substring(struct sql_call *call, struct slice bytes, int64_t start, int64_t len,
                      struct datum *out)
{
    if (len < 0)
        return fail_negative_length(call);
    int64_t end = start + len;
    if (start < 1)
        start = 1;
    if (end > (int64_t)bytes.len + 1)
        end = (int64_t)bytes.len + 1;
    if (end <= start)
        return sql_give_slice(out, slice_of(bytes.ptr, 0));
    return sql_give_slice(out, slice_of(bytes.ptr + start - 1, (size_t)(end - start)));
}

static bool bytea_substr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return substring(call, datum_slice(args[0]), args[1].i, args[2].i, out);
}

static bool bytea_substr_rest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return substring(call, datum_slice(args[0]), args[1].i, INT_MAX, out);
}

/* `count` bytes from `start` on replaced. */
static bool overlay(struct sql_call *call, const struct datum *args, int64_t count,
                    struct datum *out)
{
    int64_t start = args[2].i;
    if (start <= 0)
        return fail_negative_length(call);
    if (start + count > INT_MAX)
        return sql_fail(call->env->error, "22003", "integer out of range");
    struct datum head, tail;
    struct slice all = datum_slice(args[0]);
    if (!substring(call, all, 1, start - 1, &head) ||
        !substring(call, all, start + count, INT_MAX, &tail))
        return false;
    struct slice made =
        arena_concat(call->arena, datum_slice(head), datum_slice(args[1]), datum_slice(tail));
    if (!made.ptr)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, made);
}

static bool bytea_overlay(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, args[3].i, out);
}

static bool bytea_overlay_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, args[1].len, out);
}

static bool bytea_position(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct slice all = datum_slice(args[0]);
    struct slice part = datum_slice(args[1]);
    for (size_t at = 0; at + part.len <= all.len; at++)
        if (part.len == 0 || memcmp(all.ptr + at, part.ptr, part.len) == 0)
            return sql_give_int(out, (int64_t)at + 1);
    return sql_give_int(out, 0);
}

static bool fail_index(struct sql_call *call, int64_t index, int64_t count)
{
    return sql_fail(call->env->error, "2202E", "index %lld out of valid range, 0..%lld",
                    (long long)index, (long long)count - 1);
}

static bool get_byte(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i < 0 || args[1].i >= args[0].len)
        return fail_index(call, args[1].i, args[0].len);
    return sql_give_int(out, args[0].ptr[args[1].i]);
}

static bool get_bit(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t at = args[1].i;
    if (at < 0 || at >= (int64_t)args[0].len * 8)
        return fail_index(call, at, (int64_t)args[0].len * 8);
    return sql_give_int(out, args[0].ptr[at / 8] >> (at % 8) & 1);
}

/* A copy of args[0] whose byte at `at` can be changed. */
static uint8_t *copy_for_change(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint8_t *bytes = arena_alloc(call->arena, args[0].len);
    if (!bytes) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    memcpy(bytes, args[0].ptr, args[0].len);
    sql_give_slice(out, slice_of(bytes, args[0].len));
    return bytes;
}

static bool set_byte(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i < 0 || args[1].i >= args[0].len)
        return fail_index(call, args[1].i, args[0].len);
    uint8_t *bytes = copy_for_change(call, args, out);
    if (bytes)
        bytes[args[1].i] = (uint8_t)args[2].i;
    return bytes;
}

static bool set_bit(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t at = args[1].i;
    if (at < 0 || at >= (int64_t)args[0].len * 8)
        return fail_index(call, at, (int64_t)args[0].len * 8);
    if (args[2].i != 0 && args[2].i != 1)
        return sql_fail(call->env->error, "22023", "new bit must be 0 or 1");
    uint8_t *bytes = copy_for_change(call, args, out);
    if (!bytes)
        return false;
    uint8_t mask = (uint8_t)(1u << (at % 8));
    bytes[at / 8] = (uint8_t)(args[2].i ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
    return true;
}

static bool bit_count(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    int64_t count = 0;
    for (uint32_t i = 0; i < args[0].len; i++)
        count += __builtin_popcount(args[0].ptr[i]);
    return sql_give_int(out, count);
}

/* Bytes of `set` cut off at the ends asked for. */
static bool trim(const struct datum *args, bool left, bool right, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct slice set = datum_slice(args[1]);
    if (set.len > 0) {
        while (left && rest.len > 0 && memchr(set.ptr, rest.ptr[0], set.len))
            rest = slice_from(rest, 1);
        while (right && rest.len > 0 && memchr(set.ptr, rest.ptr[rest.len - 1], set.len))
            rest.len--;
    }
    return sql_give_slice(out, rest);
}

static bool bytea_trim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return trim(args, true, true, out);
}

static bool bytea_ltrim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return trim(args, true, false, out);
}

static bool bytea_rtrim(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return trim(args, false, true, out);
}

/* Version 4, from the sandbox's dice. */
static bool gen_random_uuid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint8_t *uuid = arena_alloc(call->arena, SQL_UUID_SIZE);
    if (!uuid)
        return sql_fail_memory(call->env->error);
    random_bytes(call->env->random, uuid, SQL_UUID_SIZE);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    return sql_give_slice(out, slice_of(uuid, SQL_UUID_SIZE));
}

/* Only identifiers of RFC 9562 say a version and a time. */
static bool is_rfc9562(const uint8_t *uuid)
{
    return (uuid[8] & 0xc0) == 0x80;
}

static bool uuid_extract_version(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    const uint8_t *uuid = datum_slice(args[0]).ptr;
    return is_rfc9562(uuid) ? sql_give_int(out, uuid[6] >> 4) : sql_give_null(out);
}

/* Of version 1: in 100 nanoseconds since 1582-10-15. */
static bool uuid_extract_timestamp(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    enum { DAYS_1582_TO_2000 = 152384 };
    (void)call;
    const uint8_t *uuid = datum_slice(args[0]).ptr;
    static const uint8_t order[] = {6, 7, 4, 5, 0, 1, 2, 3};
    if (!is_rfc9562(uuid) || uuid[6] >> 4 != 1)
        return sql_give_null(out);
    uint64_t ticks = 0;
    for (size_t i = 0; i < sizeof(order); i++)
        ticks = ticks << 8 | uuid[order[i]];
    ticks &= UINT64_C(0x0fffffffffffffff);
    return sql_give_int(out, (int64_t)(ticks / 10) - DAYS_1582_TO_2000 * INT64_C(86400000000));
}

const struct sql_builtin sql_bytea_builtins[] = {
    {"byteaeq",             bytea_eq         },
    {"byteane",             bytea_ne         },
    {"bytealt",             bytea_lt         },
    {"byteale",             bytea_le         },
    {"byteagt",             bytea_gt         },
    {"byteage",             bytea_ge         },
    {"byteacmp",            bytea_cmp        },
    {"byteaoctetlen",       bytea_length     },
    {"byteacat",            bytea_concat     },
    {"bytea_substr",        bytea_substr     },
    {"bytea_substr_no_len", bytea_substr_rest},
    {"byteaoverlay",        bytea_overlay    },
    {"byteaoverlay_no_len", bytea_overlay_all},
    {"byteapos",            bytea_position   },
    {"byteaGetByte",        get_byte         },
    {"byteaGetBit",         get_bit          },
    {"byteaSetByte",        set_byte         },
    {"byteaSetBit",         set_bit          },
    {"bytea_bit_count",     bit_count        },
    {"byteatrim",           bytea_trim       },
    {"bytealtrim",          bytea_ltrim      },
    {"byteartrim",          bytea_rtrim      },
    {NULL,                  NULL             },
};

const struct sql_builtin sql_uuid_builtins[] = {
    {"uuid_eq",                bytea_eq              },
    {"uuid_ne",                bytea_ne              },
    {"uuid_lt",                bytea_lt              },
    {"uuid_le",                bytea_le              },
    {"uuid_gt",                bytea_gt              },
    {"uuid_ge",                bytea_ge              },
    {"uuid_cmp",               bytea_cmp             },
    {"gen_random_uuid",        gen_random_uuid       },
    {"uuid_extract_version",   uuid_extract_version  },
    {"uuid_extract_timestamp", uuid_extract_timestamp},
    {NULL,                     NULL                  },
};
