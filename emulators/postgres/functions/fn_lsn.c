/* pg_lsn: a place in the log, 64 bits by value, written as two hexadecimal halves. */
#include <inttypes.h>

#include "common/hash.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/type_io.h"

enum { HALF_DIGITS_MAX = 8 };

/* 1 to 8 hexadecimal digits; how many there are, 0: none or too many. */
static size_t read_half(struct slice text, uint32_t *out)
{
    size_t len = 0;
    for (*out = 0; len < text.len; len++) {
        uint8_t c = ascii_lower(text.ptr[len]);
        bool letter = c >= 'a' && c <= 'f';
        if (!letter && (c < '0' || c > '9'))
            break;
        *out = *out << 4 | (uint32_t)(letter ? c - 'a' + 10 : c - '0');
    }
    return len > HALF_DIGITS_MAX ? 0 : len;
}

static bool lsn_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    uint32_t high, low = 0;
    size_t first = read_half(text, &high), second = 0;
    if (first && first < text.len && text.ptr[first] == '/')
        second = read_half(slice_from(text, first + 1), &low);
    if (second == 0 || first + 1 + second != text.len)
        return sql_fail(call->env->error, "22P02",
                        "invalid input syntax for type %s: \"" SLICE_FMT "\"", "pg_lsn",
                        SLICE_ARG(text));
    *out = (struct datum){.u = (uint64_t)high << 32 | low};
    return true;
}

static bool lsn_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)call, (void)type;
    sql_bytes_printf(out, "%" PRIX32 "/%" PRIX32, (uint32_t)(value.u >> 32), (uint32_t)value.u);
    return true;
}

static bool lsn_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = (struct datum){.u = sql_receive_uint(&from, sizeof(uint64_t))};
    return sql_receive_done(&from, call->env->error);
}

static bool lsn_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    (void)call, (void)type;
    sql_bytes_add_u64(out, value.u);
    return true;
}

static int lsn_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    (void)call, (void)type;
    return (a.u > b.u) - (a.u < b.u);
}

static uint64_t lsn_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(slice_of(&value.u, sizeof(value.u)));
}

const struct sql_type_ops pg_pg_lsn_ops = {
    .input = lsn_input,
    .output = lsn_output,
    .receive = lsn_receive,
    .send = lsn_send,
    .compare = lsn_compare,
    .hash = lsn_hash,
    .encode_key = lsn_send,
};

/* ---- arithmetic, in numbers that know no overflow */

static bool number_of(struct sql_call *call, uint64_t lsn, struct sql_num *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    sql_bytes_printf(&text, "%" PRIu64, lsn);
    return sql_num_parse(call, sql_bytes_slice(&text), out);
}

/* A number as a place: rounded, and within 64 bits. */
static bool give_place(struct sql_call *call, const struct sql_num *num, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_num whole, last;
    uint64_t value = 0;
    if (!number_of(call, UINT64_MAX, &last))
        return false;
    if (!sql_num_round(call->arena, num, 0, &whole) || !sql_num_print(&whole, &text))
        return sql_fail_memory(call->env->error);
    if (text.ptr[0] == '-' || sql_num_compare(&whole, &last) > 0)
        return sql_fail(call->env->error, "22023", "pg_lsn out of range");
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    *out = (struct datum){.u = value};
    return true;
}

static bool pg_lsn_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num a, b, difference;
    if (!number_of(call, args[0].u, &a) || !number_of(call, args[1].u, &b))
        return false;
    if (!sql_num_subtract(call->arena, &a, &b, &difference))
        return sql_fail_memory(call->env->error);
    return sql_call_give_num(call, &difference, out);
}

/* A number that is one; `what` is done with it. */
static bool open_bytes(struct sql_call *call, struct datum value, const char *what,
                       struct sql_num *out)
{
    if (!sql_num_open(call->arena, value, out))
        return sql_fail_memory(call->env->error);
    if (out->kind == SQL_NUM_NAN)
        return sql_fail(call->env->error, "0A000", "cannot %s NaN %s pg_lsn", what,
                        what[0] == 's' ? "from" : "to");
    return out->kind == SQL_NUM_FINITE ||
           sql_fail(call->env->error, "0A000", "cannot convert infinity to pg_lsn");
}

static bool pg_lsn_pli(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num lsn, bytes, sum;
    if (!number_of(call, args[0].u, &lsn) || !open_bytes(call, args[1], "add", &bytes))
        return false;
    return sql_num_add(call->arena, &lsn, &bytes, &sum) ? give_place(call, &sum, out)
                                                        : sql_fail_memory(call->env->error);
}

static bool pg_lsn_mii(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num lsn, bytes, difference;
    if (!number_of(call, args[0].u, &lsn) || !open_bytes(call, args[1], "subtract", &bytes))
        return false;
    return sql_num_subtract(call->arena, &lsn, &bytes, &difference)
               ? give_place(call, &difference, out)
               : sql_fail_memory(call->env->error);
}

static bool numeric_pg_lsn(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return open_bytes(call, args[0], "convert", &num) && give_place(call, &num, out);
}

static bool pg_lsn_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)(uint32_t)sql_stable_hash_i64((int64_t)args[0].u, 0));
}

static bool pg_lsn_hash_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)sql_stable_hash_i64((int64_t)args[0].u, args[1].u));
}

const struct sql_builtin pg_lsn_functions[] = {
    {"numeric_pg_lsn",       numeric_pg_lsn      },
    {"pg_lsn_cmp",           sql_call_cmp        },
    {"pg_lsn_eq",            sql_call_eq         },
    {"pg_lsn_ge",            sql_call_ge         },
    {"pg_lsn_gt",            sql_call_gt         },
    {"pg_lsn_hash",          pg_lsn_hash         },
    {"pg_lsn_hash_extended", pg_lsn_hash_extended},
    {"pg_lsn_in",            sql_call_input      },
    {"pg_lsn_larger",        sql_call_larger     },
    {"pg_lsn_le",            sql_call_le         },
    {"pg_lsn_lt",            sql_call_lt         },
    {"pg_lsn_mi",            pg_lsn_mi           },
    {"pg_lsn_mii",           pg_lsn_mii          },
    {"pg_lsn_ne",            sql_call_ne         },
    {"pg_lsn_out",           sql_call_output     },
    {"pg_lsn_pli",           pg_lsn_pli          },
    {"pg_lsn_recv",          sql_call_receive    },
    {"pg_lsn_send",          sql_call_send       },
    {"pg_lsn_smaller",       sql_call_smaller    },
    {"pg_wal_lsn_diff",      pg_lsn_mi           },
    {NULL,                   NULL                },
};
