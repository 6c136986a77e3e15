/* MAC addresses of 6 and of 8 bytes. */
#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/inet.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/type_io.h"

enum { MAC6 = 6, MAC8 = 8 };

static int hex_digit(uint8_t c)
{
    c = ascii_lower(c);
    return sql_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many digits stand between signs in each form that is understood, and the sign. */
static const struct {
    char sign;
    uint8_t group; /* digits at most; exactly so many but for ':' and '-' of two */
    bool exact;
} forms6[] = {
    {':',  2,  false},
    {'-',  2,  false},
    {':',  6,  true },
    {'-',  6,  true },
    {'.',  4,  true },
    {'-',  4,  true },
    {'\0', 12, true }
};

/* Reads the whole text in one form; *wide: an octet was too large. */
static bool read_form(struct slice text, unsigned form, uint8_t out[MAC6], bool *wide)
{
    unsigned digits = 0, groups = 0, per_group = forms6[form].group;
    unsigned wanted = 12 / per_group;
    memset(out, 0, MAC6);
    size_t at = 0;
    while (groups < wanted) {
        unsigned value_digits = 0, value = 0;
        for (; at < text.len && hex_digit(text.ptr[at]) >= 0; at++, value_digits++) {
            value = value * 16 + (unsigned)hex_digit(text.ptr[at]);
            if (forms6[form].exact) {
                if (value_digits == per_group)
                    return false;
                uint8_t *byte = &out[(digits + value_digits) / 2];
                *byte = (uint8_t)(*byte << 4 | hex_digit(text.ptr[at]));
            } else if (value_digits > 6) {
                return false;
            }
        }
        if (value_digits == 0 || (forms6[form].exact && value_digits != per_group))
            return false;
        if (!forms6[form].exact) {
            *wide |= value > 255;
            out[groups] = (uint8_t)value;
        }
        digits += per_group;
        if (++groups == wanted)
            break;
        if (at >= text.len || text.ptr[at] != (uint8_t)forms6[form].sign)
            return false;
        at++;
    }
    return at == text.len;
}

static bool mac_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct slice trimmed = sql_trim_blanks(text);
    uint8_t bytes[MAC6];
    for (unsigned form = 0; form < sizeof(forms6) / sizeof(forms6[0]); form++) {
        bool wide = false;
        if (!read_form(trimmed, form, bytes, &wide))
            continue;
        if (wide)
            return sql_fail(call->env->error, "22003",
                            "invalid octet value in \"macaddr\" value: \"" SLICE_FMT "\"",
                            SLICE_ARG(text));
        return sql_give_copy(call, out, slice_of(bytes, MAC6));
    }
    return sql_fail(call->env->error, "22P02",
                    "invalid input syntax for type %s: \"" SLICE_FMT "\"", "macaddr",
                    SLICE_ARG(text));
}

/* Pairs of digits, with one sign between bytes wherever it stands; 6 bytes get FF:FE in the middle. */
static bool read_mac8(struct slice text, uint8_t out[MAC8])
{
    unsigned count = 0;
    char sign = '\0';
    for (size_t at = 0; at < text.len;) {
        int high = hex_digit(text.ptr[at]);
        int low = at + 1 < text.len ? hex_digit(text.ptr[at + 1]) : -1;
        if (high < 0 || low < 0 || count == MAC8)
            return false;
        out[count++] = (uint8_t)(high << 4 | low);
        at += 2;
        if (at < text.len && strchr(":-.", text.ptr[at]) && text.ptr[at]) {
            if (sign && text.ptr[at] != (uint8_t)sign)
                return false;
            sign = (char)text.ptr[at++];
            if (at == text.len)
                return false;
        }
    }
    if (count == MAC6) {
        memmove(out + 5, out + 3, 3);
        out[3] = 0xff;
        out[4] = 0xfe;
        count = MAC8;
    }
    return count == MAC8;
}

static bool mac8_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    uint8_t bytes[MAC8];
    if (!read_mac8(sql_trim_blanks(text), bytes))
        return sql_fail(call->env->error, "22P02",
                        "invalid input syntax for type %s: \"" SLICE_FMT "\"", "macaddr8",
                        SLICE_ARG(text));
    return sql_give_copy(call, out, slice_of(bytes, MAC8));
}

static bool mac_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)call;
    (void)type;
    for (uint32_t i = 0; i < value.len; i++)
        sql_bytes_printf(out, "%s%02x", i ? ":" : "", value.ptr[i]);
    return true;
}

static bool mac_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    (void)call;
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return true;
}

static bool receive(struct sql_call *call, struct slice bytes, size_t len, struct datum *out)
{
    if (bytes.len < len)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    if (bytes.len > len)
        return sql_fail(call->env->error, "22P03",
                        "incorrect binary data format in bind parameter");
    return sql_give_copy(call, out, bytes);
}

static bool mac_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive(call, bytes, MAC6, out);
}

static bool mac8_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    if (bytes.len != MAC6)
        return receive(call, bytes, MAC8, out);
    const uint8_t wide[MAC8] = {bytes.ptr[0], bytes.ptr[1], bytes.ptr[2], 0xff,
                                0xfe,         bytes.ptr[3], bytes.ptr[4], bytes.ptr[5]};
    return sql_give_copy(call, out, slice_of(wide, MAC8));
}

static int mac_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    (void)call;
    (void)type;
    return slice_compare(datum_slice(a), datum_slice(b));
}

static uint64_t mac_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return hash_bytes(datum_slice(value));
}

const struct sql_type_ops sql_macaddr_ops = {
    .input = mac_input,
    .output = mac_output,
    .receive = mac_receive,
    .send = mac_send,
    .compare = mac_compare,
    .hash = mac_hash,
    .encode_key = mac_send,
};

const struct sql_type_ops sql_macaddr8_ops = {
    .input = mac8_input,
    .output = mac_output,
    .receive = mac8_receive,
    .send = mac_send,
    .compare = mac_compare,
    .hash = mac_hash,
    .encode_key = mac_send,
};

/* ---- functions, of both lengths where they can be */

static bool combine(struct sql_call *call, const struct datum *args, char op, struct datum *out)
{
    uint8_t bytes[MAC8];
    for (uint32_t i = 0; i < args[0].len; i++)
        bytes[i] = (uint8_t)(op == '&'   ? args[0].ptr[i] & args[1].ptr[i]
                             : op == '|' ? args[0].ptr[i] | args[1].ptr[i]
                                         : ~args[0].ptr[i]);
    return sql_give_copy(call, out, slice_of(bytes, args[0].len));
}

static bool mac_and(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '&', out);
}

static bool mac_or(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '|', out);
}

static bool mac_not(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return combine(call, args, '~', out);
}

static bool mac_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint8_t bytes[MAC8] = {args[0].ptr[0], args[0].ptr[1], args[0].ptr[2]};
    return sql_give_copy(call, out, slice_of(bytes, args[0].len));
}

static bool mac_to_mac8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return mac8_receive(call, NULL, datum_slice(args[0]), -1, out);
}

static bool mac8_to_mac(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const uint8_t *m = args[0].ptr;
    if (m[3] != 0xff || m[4] != 0xfe) {
        sql_fail(call->env->error, "22003", "macaddr8 data out of range to convert to macaddr");
        return sql_hint(call->env->error,
                        "Only addresses that have FF and FE as values in the 4th and 5th bytes "
                        "from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be "
                        "converted from macaddr8 to macaddr.");
    }
    const uint8_t bytes[MAC6] = {m[0], m[1], m[2], m[5], m[6], m[7]};
    return sql_give_copy(call, out, slice_of(bytes, MAC6));
}

static bool mac8_set7bit(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint8_t bytes[MAC8];
    memcpy(bytes, args[0].ptr, MAC8);
    bytes[0] |= 0x02;
    return sql_give_copy(call, out, slice_of(bytes, MAC8));
}

static bool hash_mac(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)(uint32_t)sql_stable_hash(datum_slice(args[0]), 0));
}

static bool hash_mac_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)sql_stable_hash(datum_slice(args[0]), args[1].u));
}

#define BOTH(name, function)       \
    {"macaddr_" name, function},   \
    {                              \
        "macaddr8_" name, function \
    }

const struct sql_builtin sql_macaddr_builtins[] = {
    BOTH("and", mac_and),
    BOTH("cmp", sql_call_cmp),
    BOTH("eq", sql_call_eq),
    BOTH("ge", sql_call_ge),
    BOTH("gt", sql_call_gt),
    BOTH("in", sql_call_input),
    BOTH("le", sql_call_le),
    BOTH("lt", sql_call_lt),
    BOTH("ne", sql_call_ne),
    BOTH("not", mac_not),
    BOTH("or", mac_or),
    BOTH("out", sql_call_output),
    BOTH("send", sql_call_send),
    BOTH("trunc", mac_trunc),
    {"hashmacaddr",          hash_mac         },
    {"hashmacaddr8",         hash_mac         },
    {"hashmacaddr8extended", hash_mac_extended},
    {"hashmacaddrextended",  hash_mac_extended},
    {"macaddr8_set7bit",     mac8_set7bit     },
    {"macaddr8tomacaddr",    mac8_to_mac      },
    {"macaddrtomacaddr8",    mac_to_mac8      },
    {NULL,                   NULL             },
};
