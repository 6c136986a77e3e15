/* Functions of bit strings. Positions of parts count from 1, of single bits from 0. */
#include <limits.h>

#include "emulators/sql/value/bit.h"
#include "emulators/sql/value/call.h"

static int order(struct sql_call *call, const struct datum *args)
{
    return sql_bit_ops.compare(call, NULL, args[0], args[1]);
}

SQL_COMPARISONS(bit, order)

static bool get_bit(struct sql_bits bits, int64_t at)
{
    return bits.ptr[at / 8] >> (7 - at % 8) & 1;
}

static void put_bit(uint8_t *bits, int64_t at, bool value)
{
    uint8_t mask = (uint8_t)(0x80 >> (at % 8));
    bits[at / 8] = (uint8_t)(value ? bits[at / 8] | mask : bits[at / 8] & ~mask);
}

/* Copies `count` bits from `from` on to `to` on; the target's are 0. */
static void copy_bits(uint8_t *out, int64_t to, struct sql_bits bits, int64_t from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (get_bit(bits, from + i))
            put_bit(out, to + i, true);
}

static bool bit_cat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    struct sql_bits b = sql_bits_open(args[1]);
    if ((uint64_t)a.count + b.count > INT_MAX)
        return sql_fail(call->env->error, "54000",
                        "bit string length exceeds the maximum allowed (%d)", INT_MAX);
    uint8_t *made = sql_bits_make(call, a.count + b.count, out);
    if (!made)
        return false;
    copy_bits(made, 0, a, 0, a.count);
    copy_bits(made, a.count, b, 0, b.count);
    return true;
}

static bool combine(struct sql_call *call, const struct datum *args, char how, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    struct sql_bits b = sql_bits_open(args[1]);
    if (a.count != b.count)
        return sql_fail(call->env->error, "22026", "cannot %s bit strings of different sizes",
                        how == '&'   ? "AND"
                        : how == '|' ? "OR"
                                     : "XOR");
    uint8_t *made = sql_bits_make(call, a.count, out);
    if (!made)
        return false;
    for (size_t i = 0; i < ((size_t)a.count + 7) / 8; i++)
        made[i] = (uint8_t)(how == '&'   ? a.ptr[i] & b.ptr[i]
                            : how == '|' ? a.ptr[i] | b.ptr[i]
                                         : a.ptr[i] ^ b.ptr[i]);
    return true;
}

static bool bit_and(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '&', out);
}

static bool bit_or(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '|', out);
}

static bool bit_xor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '#', out);
}

static bool bit_not(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    uint8_t *made = sql_bits_make(call, a.count, out);
    if (!made)
        return false;
    for (uint32_t i = 0; i < a.count; i++)
        put_bit(made, i, !get_bit(a, i));
    return true;
}

/* Bits that are shifted out are lost; positive is to the left. */
static bool shift(struct sql_call *call, struct datum value, int64_t by, struct datum *out)
{
    struct sql_bits a = sql_bits_open(value);
    uint8_t *made = sql_bits_make(call, a.count, out);
    if (!made)
        return false;
    int64_t count = a.count - (by < 0 ? -by : by);
    if (count > 0)
        copy_bits(made, by < 0 ? -by : 0, a, by < 0 ? 0 : by, count);
    return true;
}

static bool bit_shift_left(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return shift(call, args[0], args[1].i, out);
}

static bool bit_shift_right(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return shift(call, args[0], -args[1].i, out);
}

static bool bit_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, sql_bits_open(args[0]).count);
}

static bool bit_octet_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, ((int64_t)sql_bits_open(args[0]).count + 7) / 8);
}

static bool bit_bit_count(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct sql_bits a = sql_bits_open(args[0]);
    int64_t count = 0;
    for (size_t i = 0; i < ((size_t)a.count + 7) / 8; i++)
        count += __builtin_popcount(a.ptr[i]);
    return sql_give_int(out, count);
}

static bool fail_negative_length(struct sql_call *call)
{
    return sql_fail(call->env->error, "22011", "negative substring length not allowed");
}

/* Bits start .. start+len-1, as far as they exist. */
static bool substring(struct sql_call *call, struct datum value, int64_t start, int64_t len,
                      struct datum *out)
{
    struct sql_bits a = sql_bits_open(value);
    if (len < 0)
        return fail_negative_length(call);
    int64_t end = start + len;
    start = start < 1 ? 1 : start;
    end = end > (int64_t)a.count + 1 ? (int64_t)a.count + 1 : end;
    int64_t count = end > start ? end - start : 0;
    uint8_t *made = sql_bits_make(call, (uint32_t)count, out);
    if (made)
        copy_bits(made, 0, a, start - 1, count);
    return made;
}

static bool bit_substr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return substring(call, args[0], args[1].i, args[2].i, out);
}

static bool bit_substr_rest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return substring(call, args[0], args[1].i, INT_MAX, out);
}

static bool overlay(struct sql_call *call, const struct datum *args, int64_t count,
                    struct datum *out)
{
    struct datum parts[2], head;
    if (args[2].i <= 0)
        return fail_negative_length(call);
    if (args[2].i + count > INT_MAX)
        return sql_fail(call->env->error, "22003", "integer out of range");
    if (!substring(call, args[0], 1, args[2].i - 1, &parts[0]) ||
        !substring(call, args[0], args[2].i + count, INT_MAX, &head))
        return false;
    parts[1] = args[1];
    if (!bit_cat(call, parts, &parts[0]))
        return false;
    parts[1] = head;
    return bit_cat(call, parts, out);
}

static bool bit_overlay(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, args[3].i, out);
}

static bool bit_overlay_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return overlay(call, args, sql_bits_open(args[1]).count, out);
}

static bool occurs_at(struct sql_bits whole, struct sql_bits part, uint32_t at)
{
    for (uint32_t i = 0; i < part.count; i++)
        if (get_bit(whole, (int64_t)at + i) != get_bit(part, i))
            return false;
    return true;
}

static bool bit_position(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits whole = sql_bits_open(args[0]);
    struct sql_bits part = sql_bits_open(args[1]);
    if (whole.count == 0 || part.count > whole.count)
        return sql_give_int(out, 0);
    for (uint32_t at = 0; at + part.count <= whole.count; at++) {
        if (occurs_at(whole, part, at))
            return sql_give_int(out, (int64_t)at + 1);
        if ((at & 0xffff) == 0xffff && !sql_call_check(call))
            return false;
    }
    return sql_give_int(out, 0);
}

static bool fail_index(struct sql_call *call, int64_t index, uint32_t count)
{
    return sql_fail(call->env->error, "2202E", "bit index %lld out of valid range (0..%lld)",
                    (long long)index, (long long)count - 1);
}

static bool bit_get(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    if (args[1].i < 0 || args[1].i >= a.count)
        return fail_index(call, args[1].i, a.count);
    return sql_give_int(out, get_bit(a, args[1].i));
}

static bool bit_set(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    if (args[1].i < 0 || args[1].i >= a.count)
        return fail_index(call, args[1].i, a.count);
    if (args[2].i != 0 && args[2].i != 1)
        return sql_fail(call->env->error, "22023", "new bit must be 0 or 1");
    uint8_t *made = sql_bits_make(call, a.count, out);
    if (!made)
        return false;
    memcpy(made, a.ptr, ((size_t)a.count + 7) / 8);
    put_bit(made, args[1].i, args[2].i != 0);
    return true;
}

/* bit(n) of a bit string: explicitly it is cut or filled with 0. */
static bool bit_cast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    int64_t wanted = args[1].i;
    *out = args[0];
    if (wanted <= 0 || wanted > INT_MAX || a.count == wanted)
        return true;
    if (!args[2].i)
        return sql_fail(call->env->error, "22026",
                        "bit string length %u does not match type bit(%d)", (unsigned)a.count,
                        (int)wanted);
    uint8_t *made = sql_bits_make(call, (uint32_t)wanted, out);
    if (made)
        copy_bits(made, 0, a, 0, a.count < wanted ? a.count : wanted);
    return made;
}

static bool varbit_cast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    *out = args[0];
    if (args[1].i <= 0 || a.count <= args[1].i)
        return true;
    if (!args[2].i)
        return sql_fail(call->env->error, "22001", "bit string too long for type bit varying(%d)",
                        (int)args[1].i);
    return substring(call, args[0], 1, args[1].i, out);
}

/* The low bits of an integer, or all of them behind copies of its sign. */
static bool from_integer(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t count = args[1].i <= 0 ? 1 : args[1].i;
    uint8_t *made = sql_bits_make(call, (uint32_t)count, out);
    for (int64_t i = 0; made && i < count; i++) {
        int64_t place = i < 63 ? i : 63;
        put_bit(made, count - 1 - i, (uint64_t)args[0].i >> place & 1);
    }
    return made;
}

static bool to_integer(struct sql_call *call, const struct datum *args, uint32_t most,
                       const char *type, struct datum *out)
{
    struct sql_bits a = sql_bits_open(args[0]);
    uint64_t value = 0;
    if (a.count > most)
        return sql_fail(call->env->error, "22003", "%s out of range", type);
    for (uint32_t i = 0; i < a.count; i++)
        value = value << 1 | get_bit(a, i);
    return sql_give_int(out, most == 32 ? (int32_t)(uint32_t)value : (int64_t)value);
}

static bool bit_to_int4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args, 32, "integer", out);
}

static bool bit_to_int8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args, 64, "bigint", out);
}

const struct sql_builtin sql_bit_builtins[] = {
    {"biteq",             bit_eq          },
    {"bitne",             bit_ne          },
    {"bitlt",             bit_lt          },
    {"bitle",             bit_le          },
    {"bitgt",             bit_gt          },
    {"bitge",             bit_ge          },
    {"bitcmp",            bit_cmp         },
    {"bitcat",            bit_cat         },
    {"bit_and",           bit_and         },
    {"bit_or",            bit_or          },
    {"bitxor",            bit_xor         },
    {"bitnot",            bit_not         },
    {"bitshiftleft",      bit_shift_left  },
    {"bitshiftright",     bit_shift_right },
    {"bitlength",         bit_length      },
    {"bitoctetlength",    bit_octet_length},
    {"bit_bit_count",     bit_bit_count   },
    {"bitsubstr",         bit_substr      },
    {"bitsubstr_no_len",  bit_substr_rest },
    {"bitoverlay",        bit_overlay     },
    {"bitoverlay_no_len", bit_overlay_all },
    {"bitposition",       bit_position    },
    {"bitgetbit",         bit_get         },
    {"bitsetbit",         bit_set         },
    {"bit",               bit_cast        },
    {"varbit",            varbit_cast     },
    {"bitfromint4",       from_integer    },
    {"bitfromint8",       from_integer    },
    {"bittoint4",         bit_to_int4     },
    {"bittoint8",         bit_to_int8     },
    {NULL,                NULL            },
};
