/* Numbers of bytes as people read them: "10 kB", "1.5 GB", and back. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text_scan.h"

static const struct {
    const char *name;
    int bits;      /* a unit is 2^bits bytes */
    int32_t limit; /* what is below is shown in it */
    bool half;     /* limits apply to twice the number: it is rounded to the unit only once */
} units[] = {
    {"bytes", 0,  10 * 1024,     false},
    {"kB",    10, 20 * 1024 - 1, true },
    {"MB",    20, 20 * 1024 - 1, true },
    {"GB",    30, 20 * 1024 - 1, true },
    {"TB",    40, 20 * 1024 - 1, true },
    {"PB",    50, 20 * 1024 - 1, true },
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static bool size_pretty(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    int64_t size = args[0].i;
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        uint64_t magnitude = size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
        if (i + 1 == UNIT_COUNT || magnitude < (uint64_t)units[i].limit) {
            if (units[i].half)
                size = size < 0 ? (size - 1) / 2 : (size + 1) / 2;
            sql_bytes_printf(&text, "%lld %s", (long long)size, units[i].name);
            break;
        }
        /* One bit more than the unit is kept to round by. */
        int bits = units[i + 1].bits - units[i].bits - units[i + 1].half + units[i].half;
        size /= INT64_C(1) << bits;
    }
    return sql_give_bytes(call, out, &text);
}

/* Cuts the quotient; false: memory ran out. */
static bool divide_power(struct arena *arena, struct sql_num *num, int bits)
{
    return sql_num_divide_small(arena, num, UINT32_C(1) << bits, 0, num);
}

static bool half_rounded(struct arena *arena, struct sql_num *num)
{
    struct sql_num one;
    return sql_num_from_int(arena, num->negative ? -1 : 1, &one) &&
           sql_num_add(arena, num, &one, num) && sql_num_divide_small(arena, num, 2, 0, num);
}

static bool size_pretty_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_num num, limit;
    bool made = sql_num_open(call->arena, args[0], &num);
    for (size_t i = 0; made && i < UNIT_COUNT; i++) {
        made = sql_num_from_int(call->arena, units[i].limit, &limit);
        if (made && (i + 1 == UNIT_COUNT || sql_num_compare_magnitude(&num, &limit) < 0)) {
            made =
                (!units[i].half || half_rounded(call->arena, &num)) && sql_num_print(&num, &text);
            sql_bytes_printf(&text, " %s", units[i].name);
            break;
        }
        int bits = units[i + 1].bits - units[i].bits - units[i + 1].half + units[i].half;
        made = made && divide_power(call->arena, &num, bits);
    }
    return made ? sql_give_bytes(call, out, &text) : sql_fail_memory(call->env->error);
}

/* ---- pg_size_bytes */

static size_t digits_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && sql_is_digit(text.ptr[len]))
        len++;
    return len;
}

/* Length of the number at the start; 0: there is none. An exponent counts only with digits. */
static size_t number_len(struct slice text)
{
    size_t at = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t whole = digits_len(slice_from(text, at)), part = 0;
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        part = digits_len(slice_from(text, at + 1));
        at += 1 + part;
    }
    if (whole + part == 0)
        return 0;
    if (at < text.len && ascii_lower(text.ptr[at]) == 'e') {
        size_t digits = at + 1;
        digits += digits < text.len && (text.ptr[digits] == '-' || text.ptr[digits] == '+');
        size_t len = digits_len(slice_from(text, digits));
        at = len ? digits + len : at;
    }
    return at;
}

static bool size_bytes(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_error *error = call->env->error;
    struct slice text = datum_slice(args[0]), rest = sql_skip_blanks(text);
    struct sql_num num, factor;
    size_t len = number_len(rest);
    if (len == 0)
        return sql_fail(error, "22023", "invalid size: \"" SLICE_FMT "\"", SLICE_ARG(text));
    if (!sql_num_parse(call, slice_of(rest.ptr, len), &num))
        return false;
    struct slice unit = sql_trim_blanks(slice_from(rest, len));
    size_t i = 0;
    while (unit.len && i < UNIT_COUNT && !slice_is(unit, units[i].name))
        i++;
    if (i == UNIT_COUNT) {
        sql_fail(error, "22023", "invalid size: \"" SLICE_FMT "\"", SLICE_ARG(text));
        sql_detail(error, "Invalid size unit: \"" SLICE_FMT "\".", SLICE_ARG(unit));
        return sql_hint(error, "Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and "
                               "\"PB\".");
    }
    if (!sql_num_from_int(call->arena, INT64_C(1) << units[i].bits, &factor) ||
        !sql_num_multiply(call->arena, &num, &factor, -1, &num))
        return sql_fail_memory(error);
    *out = datum_int(0);
    return sql_num_to_int(call->arena, &num, &out->i) ||
           sql_fail(error, "22003", "bigint out of range");
}

const struct sql_builtin pg_size_functions[] = {
    {"pg_size_pretty",         size_pretty        },
    {"pg_size_pretty_numeric", size_pretty_numeric},
    {"pg_size_bytes",          size_bytes         },
    {NULL,                     NULL               },
};
