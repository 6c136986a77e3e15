#include "emulators/sql/value/xid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

#define DIGITS_MAX 64 /* longer texts are no number of 64 bits, leading zeros aside */

/* Reads as C's strtoull does; *used counts the bytes of the number. False when there is none. */
static bool read_number(struct slice text, int base, uint64_t *out, size_t *used, bool *overflow)
{
    char copy[DIGITS_MAX + 1];
    size_t len = text.len < DIGITS_MAX ? text.len : DIGITS_MAX;
    memcpy(copy, text.ptr, len);
    copy[len] = '\0';
    char *end;
    errno = 0;
    *out = strtoull(copy, &end, base);
    *overflow = errno == ERANGE;
    *used = (size_t)(end - copy);
    return end != copy;
}

static bool xid_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)call, (void)type, (void)typmod;
    uint64_t value;
    size_t used;
    bool overflow;
    read_number(text, 0, &value, &used, &overflow);
    return sql_give_int(out, (uint32_t)value);
}

static bool xid8_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)call, (void)type, (void)typmod;
    uint64_t value;
    size_t used;
    bool overflow;
    read_number(text, 0, &value, &used, &overflow);
    *out = (struct datum){.u = value};
    return true;
}

static bool xid_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    sql_bytes_printf(out, "%" PRIu32, (uint32_t)value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool xid8_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    sql_bytes_printf(out, "%" PRIu64, value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool receive_number(struct sql_call *call, struct slice bytes, size_t size,
                           struct datum *out)
{
    if (bytes.len != size)
        return sql_fail(call->env->error, bytes.len < size ? "08P01" : "22P03",
                        bytes.len < size ? "insufficient data left in message"
                                         : "incorrect binary data format");
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes.ptr[i];
    *out = (struct datum){.u = value};
    return true;
}

static bool xid_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return receive_number(call, bytes, 4, out);
}

static bool xid8_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return receive_number(call, bytes, 8, out);
}

/* Big-endian: the order of unsigned numbers, so this is the key, too. */
static bool xid_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u32(out, (uint32_t)value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool xid8_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* An integer that is compared with an id may be negative: the same 32 bits. */
static int xid_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    (void)call, (void)type;
    uint32_t x = (uint32_t)a.u;
    uint32_t y = (uint32_t)b.u;
    return (x > y) - (x < y);
}

static int xid8_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                        struct datum b)
{
    (void)call, (void)type;
    return (a.u > b.u) - (a.u < b.u);
}

static uint64_t xid_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    uint32_t id = (uint32_t)value.u;
    return hash_bytes(slice_of(&id, sizeof(id)));
}

static uint64_t xid8_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(slice_of(&value.u, sizeof(value.u)));
}

const struct sql_type_ops sql_xid_ops = {xid_input, xid_output,           xid_receive,
                                         xid_send,  xid_compare,          xid_hash,
                                         xid_send,  SQL_ROW_FORM_UNSIGNED};
const struct sql_type_ops sql_xid8_ops = {xid8_input,   xid8_output, xid8_receive, xid8_send,
                                          xid8_compare, xid8_hash,   xid8_send};

static int xid_order(struct sql_call *call, const struct datum *args)
{
    return xid_compare(call, NULL, args[0], args[1]);
}

static int xid8_order(struct sql_call *call, const struct datum *args)
{
    return xid8_compare(call, NULL, args[0], args[1]);
}

SQL_COMPARISON(xid_eq, xid_order, ==)
SQL_COMPARISON(xid_ne, xid_order, !=)
SQL_COMPARISONS(xid8, xid8_order)
SQL_CHOICES(xid8, xid8_order)

static bool xid_from_xid8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (uint32_t)args[0].u);
}

const struct sql_builtin sql_xid_builtins[] = {
    {"xideq",        xid_eq       },
    {"xidneq",       xid_ne       },
    {"cideq",        xid_eq       },
    {"xid8toxid",    xid_from_xid8},
    {"xid8eq",       xid8_eq      },
    {"xid8ne",       xid8_ne      },
    {"xid8lt",       xid8_lt      },
    {"xid8le",       xid8_le      },
    {"xid8gt",       xid8_gt      },
    {"xid8ge",       xid8_ge      },
    {"xid8cmp",      xid8_cmp     },
    {"xid8_larger",  xid8_larger  },
    {"xid8_smaller", xid8_smaller },
    {NULL,           NULL         },
};
