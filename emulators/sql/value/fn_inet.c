/* Functions of inet and cidr. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/inet.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/type_io.h"

static void open_two(const struct datum *args, struct sql_inet *a, struct sql_inet *b)
{
    sql_inet_open(args[0], a);
    sql_inet_open(args[1], b);
}

/* ---- parts and texts */

static bool host(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    sql_inet_print(&inet, &text);
    return sql_give_bytes(call, out, &text);
}

static bool show(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    return sql_cidr_ops.output(call, NULL, args[0], &text) && sql_give_bytes(call, out, &text);
}

static bool abbrev(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    return sql_inet_ops.output(call, NULL, args[0], &text) && sql_give_bytes(call, out, &text);
}

/* A net's text without the bytes that are zero anyway: 10.1/16, 2001:db8/32. */
static bool cidr_abbrev(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    unsigned unit = inet.six ? 16 : 8;
    unsigned shown = (inet.bits + unit - 1) / unit;
    if (shown == 0)
        sql_bytes_add_char(&text, inet.six ? ':' : '0');
    if (shown == 0 && inet.six)
        sql_bytes_add_char(&text, ':');
    if (inet.six && shown == 8) {
        sql_inet_print(&inet, &text);
        shown = 0;
    }
    for (unsigned i = 0; i < shown; i++) {
        sql_bytes_add_str(&text, i ? (inet.six ? ":" : ".") : "");
        if (inet.six)
            sql_bytes_printf(&text, "%x", inet.address[2 * i] << 8 | inet.address[2 * i + 1]);
        else
            sql_bytes_printf(&text, "%u", inet.address[i]);
    }
    sql_bytes_printf(&text, "/%u", inet.bits);
    return sql_give_bytes(call, out, &text);
}

static bool family(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, args[0].ptr[0]);
}

static bool masklen(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, args[0].ptr[1]);
}

/* ---- nets */

static void fill_mask(struct sql_inet *inet)
{
    memset(inet->address, 0xff, sql_inet_len(inet));
    sql_inet_mask(inet, inet->bits);
}

static bool netmask(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    fill_mask(&inet);
    inet.bits = (uint8_t)sql_inet_bits(&inet);
    return sql_inet_make(call, &inet, out);
}

static void invert(struct sql_inet *inet)
{
    for (unsigned i = 0; i < sql_inet_len(inet); i++)
        inet->address[i] = (uint8_t)~inet->address[i];
}

static bool hostmask(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    fill_mask(&inet);
    invert(&inet);
    inet.bits = (uint8_t)sql_inet_bits(&inet);
    return sql_inet_make(call, &inet, out);
}

static bool broadcast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet inet, mask;
    sql_inet_open(args[0], &inet);
    mask = inet;
    fill_mask(&mask);
    invert(&mask);
    for (unsigned i = 0; i < sql_inet_len(&inet); i++)
        inet.address[i] |= mask.address[i];
    return sql_inet_make(call, &inet, out);
}

static bool network(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    sql_inet_mask(&inet, inet.bits);
    return sql_inet_make(call, &inet, out);
}

static bool set_masklen(struct sql_call *call, const struct datum *args, bool cidr,
                        struct datum *out)
{
    struct sql_inet inet;
    int64_t bits = args[1].i;
    sql_inet_open(args[0], &inet);
    if (bits == -1)
        bits = sql_inet_bits(&inet);
    if (bits < 0 || bits > sql_inet_bits(&inet))
        return sql_fail(call->env->error, "22023", "invalid mask length: %d", (int)args[1].i);
    inet.bits = (uint8_t)bits;
    if (cidr)
        sql_inet_mask(&inet, inet.bits);
    return sql_inet_make(call, &inet, out);
}

static bool inet_set_masklen(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return set_masklen(call, args, false, out);
}

static bool cidr_set_masklen(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return set_masklen(call, args, true, out);
}

static bool same_family(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, args[0].ptr[0] == args[1].ptr[0]);
}

/* The smallest net with both in it. */
static bool merge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet a, b;
    open_two(args, &a, &b);
    if (a.six != b.six)
        return sql_fail(call->env->error, "22023",
                        "cannot merge addresses from different families");
    unsigned bits = a.bits < b.bits ? a.bits : b.bits;
    while (!sql_inet_same(&a, &b, bits))
        bits--;
    a.bits = (uint8_t)bits;
    sql_inet_mask(&a, bits);
    return sql_inet_make(call, &a, out);
}

/* ---- containment */

enum { INNER_SMALLER = 1, OUTER_SMALLER = 2, EQUAL_SIZE = 4 };

/* Is one net in the other, the first's bits being as `sizes` allows? */
static bool nested(const struct datum *args, int sizes, struct datum *out)
{
    struct sql_inet a, b;
    open_two(args, &a, &b);
    int size = a.bits > b.bits ? INNER_SMALLER : a.bits < b.bits ? OUTER_SMALLER : EQUAL_SIZE;
    unsigned common = a.bits < b.bits ? a.bits : b.bits;
    return sql_give_bool(out, a.six == b.six && (size & sizes) && sql_inet_same(&a, &b, common));
}

#define NESTED(name, sizes)                                                              \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        (void)call;                                                                      \
        return nested(args, sizes, out);                                                 \
    }

NESTED(network_sub, INNER_SMALLER)
NESTED(network_subeq, INNER_SMALLER | EQUAL_SIZE)
NESTED(network_sup, OUTER_SMALLER)
NESTED(network_supeq, OUTER_SMALLER | EQUAL_SIZE)
NESTED(network_overlap, INNER_SMALLER | OUTER_SMALLER | EQUAL_SIZE)

/* ---- arithmetic */

static bool bitwise(struct sql_call *call, const struct datum *args, bool and_op, struct datum *out)
{
    struct sql_inet a, b;
    open_two(args, &a, &b);
    if (a.six != b.six)
        return sql_fail(call->env->error, "22023", "cannot %s inet values of different sizes",
                        and_op ? "AND" : "OR");
    for (unsigned i = 0; i < sql_inet_len(&a); i++)
        a.address[i] =
            (uint8_t)(and_op ? a.address[i] & b.address[i] : a.address[i] | b.address[i]);
    a.bits = a.bits > b.bits ? a.bits : b.bits;
    return sql_inet_make(call, &a, out);
}

static bool inetand(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return bitwise(call, args, true, out);
}

static bool inetor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return bitwise(call, args, false, out);
}

static bool inetnot(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet inet;
    sql_inet_open(args[0], &inet);
    invert(&inet);
    return sql_inet_make(call, &inet, out);
}

static bool fail_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "22003", "result is out of range");
}

/* Adds a signed number to the address, byte by byte from the last. */
static bool add(struct sql_call *call, struct datum value, int64_t addend, struct datum *out)
{
    struct sql_inet inet;
    int carry = 0;
    bool negative = addend < 0;
    sql_inet_open(value, &inet);
    for (unsigned i = sql_inet_len(&inet); i-- > 0;) {
        carry += inet.address[i] + (int)(addend & 0xff);
        inet.address[i] = (uint8_t)carry;
        carry >>= 8;
        addend >>= 8; /* keeps its sign */
    }
    bool fits = negative ? carry == 1 && addend == -1 : carry == 0 && addend == 0;
    return fits ? sql_inet_make(call, &inet, out) : fail_range(call);
}

static bool inetpl(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add(call, args[0], args[1].i, out);
}

static bool inetmi_int8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i == INT64_MIN)
        return fail_range(call);
    return add(call, args[0], -args[1].i, out);
}

static bool inetmi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_inet a, b;
    uint64_t result = 0;
    int borrow = 0;
    open_two(args, &a, &b);
    if (a.six != b.six)
        return sql_fail(call->env->error, "22023",
                        "cannot subtract inet values of different sizes");
    unsigned len = sql_inet_len(&a);
    uint8_t difference[SQL_INET_BYTES_MAX];
    for (unsigned i = len; i-- > 0;) {
        int byte = a.address[i] - b.address[i] - borrow;
        difference[i] = (uint8_t)byte;
        borrow = byte < 0;
    }
    uint8_t fill = borrow ? 0xff : 0;
    for (unsigned i = 0; i < len; i++) {
        if (i + 8 < len && difference[i] != fill)
            return fail_range(call);
        if (i + 8 >= len)
            result = result << 8 | difference[i];
    }
    if (len < 8)
        result |= borrow ? UINT64_C(0xffffffff00000000) : 0;
    if (len >= 8 && ((int64_t)result < 0) != (borrow != 0))
        return fail_range(call);
    return sql_give_int(out, (int64_t)result);
}

/* ---- hashes */

static bool hashinet(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)(uint32_t)sql_stable_hash(datum_slice(args[0]), 0));
}

static bool hashinetextended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)sql_stable_hash(datum_slice(args[0]), args[1].u));
}

const struct sql_builtin sql_inet_builtins[] = {
    {"cidr_abbrev",       cidr_abbrev     },
    {"cidr_in",           sql_call_input  },
    {"cidr_out",          sql_call_output },
    {"cidr_send",         sql_call_send   },
    {"cidr_set_masklen",  cidr_set_masklen},
    {"hashinet",          hashinet        },
    {"hashinetextended",  hashinetextended},
    {"inet_abbrev",       abbrev          },
    {"inet_in",           sql_call_input  },
    {"inet_merge",        merge           },
    {"inet_out",          sql_call_output },
    {"inet_same_family",  same_family     },
    {"inet_send",         sql_call_send   },
    {"inet_set_masklen",  inet_set_masklen},
    {"inet_to_cidr",      network         },
    {"inetand",           inetand         },
    {"inetmi",            inetmi          },
    {"inetmi_int8",       inetmi_int8     },
    {"inetnot",           inetnot         },
    {"inetor",            inetor          },
    {"inetpl",            inetpl          },
    {"network_broadcast", broadcast       },
    {"network_cmp",       sql_call_cmp    },
    {"network_eq",        sql_call_eq     },
    {"network_family",    family          },
    {"network_ge",        sql_call_ge     },
    {"network_gt",        sql_call_gt     },
    {"network_host",      host            },
    {"network_hostmask",  hostmask        },
    {"network_larger",    sql_call_larger },
    {"network_le",        sql_call_le     },
    {"network_lt",        sql_call_lt     },
    {"network_masklen",   masklen         },
    {"network_ne",        sql_call_ne     },
    {"network_netmask",   netmask         },
    {"network_network",   network         },
    {"network_overlap",   network_overlap },
    {"network_show",      show            },
    {"network_smaller",   sql_call_smaller},
    {"network_sub",       network_sub     },
    {"network_subeq",     network_subeq   },
    {"network_sup",       network_sup     },
    {"network_supeq",     network_supeq   },
    {NULL,                NULL            },
};
