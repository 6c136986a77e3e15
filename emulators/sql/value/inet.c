#include "emulators/sql/value/inet.h"

#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text_scan.h"

void sql_inet_open(struct datum value, struct sql_inet *out)
{
    *out = (struct sql_inet){.six = value.ptr[0] == 6, .bits = value.ptr[1]};
    memcpy(out->address, value.ptr + 2, sql_inet_len(out));
}

bool sql_inet_make(struct sql_call *call, const struct sql_inet *inet, struct datum *out)
{
    uint8_t bytes[2 + SQL_INET_BYTES_MAX] = {inet->six ? 6 : 4, inet->bits};
    memcpy(bytes + 2, inet->address, sql_inet_len(inet));
    return sql_give_copy(call, out, slice_of(bytes, 2 + sql_inet_len(inet)));
}

void sql_inet_mask(struct sql_inet *inet, unsigned bits)
{
    for (unsigned i = 0; i < sql_inet_len(inet); i++) {
        unsigned kept = bits > i * 8 ? bits - i * 8 : 0;
        if (kept < 8)
            inet->address[i] &= (uint8_t)(0xff00 >> kept);
    }
}

bool sql_inet_same(const struct sql_inet *a, const struct sql_inet *b, unsigned bits)
{
    struct sql_inet left = *a, right = *b;
    sql_inet_mask(&left, bits);
    sql_inet_mask(&right, bits);
    return memcmp(left.address, right.address, SQL_INET_BYTES_MAX) == 0;
}

/* ---- text in */

static bool read_number(struct slice text, size_t *at, unsigned max, unsigned *out)
{
    size_t start = *at;
    *out = 0;
    while (*at < text.len && sql_is_digit(text.ptr[*at])) {
        *out = *out * 10 + (unsigned)(text.ptr[*at] - '0');
        if (*out > max)
            return false;
        ++*at;
    }
    return *at > start;
}

/* Numbers between points; *count how many there were. */
static bool read_dotted(struct slice text, size_t *at, uint8_t *out, unsigned *count)
{
    for (*count = 0; *count < 4;) {
        unsigned number;
        if (!read_number(text, at, 255, &number))
            return false;
        out[(*count)++] = (uint8_t)number;
        if (*at >= text.len || text.ptr[*at] != '.' || *count == 4)
            return true;
        ++*at;
    }
    return true;
}

/* Bits of a net when nobody says: by the class of its address, and no fewer than were given. */
static unsigned class_bits(const uint8_t *address, unsigned count)
{
    unsigned first = address[0];
    unsigned bits = first >= 240   ? 32
                    : first >= 224 ? 8
                    : first >= 192 ? 24
                    : first >= 128 ? 16
                                   : 8;
    if (first >= 224 && first < 240)
        bits = count * 8;
    return bits < count * 8 ? count * 8 : bits;
}

static int hex_digit(uint8_t c)
{
    c = ascii_lower(c);
    return sql_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4291 2.2. */
static bool read_six(struct slice text, size_t *at, uint8_t *out)
{
    unsigned used = 0;
    int gap = -1;
    if (text.len - *at >= 2 && text.ptr[*at] == ':' && text.ptr[*at + 1] == ':') {
        gap = 0;
        *at += 2;
    }
    while (*at < text.len && hex_digit(text.ptr[*at]) >= 0) {
        size_t start = *at;
        unsigned group = 0, digits = 0, four;
        for (; *at < text.len && hex_digit(text.ptr[*at]) >= 0; ++*at, digits++)
            group = group * 16 + (unsigned)hex_digit(text.ptr[*at]);
        if (*at < text.len && text.ptr[*at] == '.') { /* the last 32 bits as in IPv4 */
            *at = start;
            if (used > 12 || !read_dotted(text, at, out + used, &four) || four != 4)
                return false;
            used += 4;
            break;
        }
        if (digits > 4 || used > 14)
            return false;
        out[used++] = (uint8_t)(group >> 8);
        out[used++] = (uint8_t)group;
        if (*at >= text.len || text.ptr[*at] != ':')
            break;
        ++*at;
        if (*at < text.len && text.ptr[*at] == ':') {
            if (gap >= 0)
                return false;
            gap = (int)used;
            ++*at;
        } else if (*at >= text.len || hex_digit(text.ptr[*at]) < 0) {
            return false;
        }
    }
    if (gap < 0)
        return used == 16;
    if (used > 14)
        return false;
    unsigned behind = used - (unsigned)gap;
    memmove(out + 16 - behind, out + gap, behind);
    memset(out + gap, 0, 16 - used);
    return true;
}

static bool read_address(struct slice text, bool cidr, struct sql_inet *out)
{
    size_t at = 0;
    unsigned count = 4, bits;
    *out = (struct sql_inet){.six = text.len && memchr(text.ptr, ':', text.len)};
    if (out->six ? !read_six(text, &at, out->address)
                 : !read_dotted(text, &at, out->address, &count))
        return false;
    bool given = at < text.len;
    if (given) {
        if (text.ptr[at] != '/')
            return false;
        at++;
        if (!read_number(text, &at, sql_inet_bits(out), &bits) || at != text.len)
            return false;
    }
    if (!cidr && count < 4)
        return false;
    if (!given)
        bits = out->six ? 128 : cidr ? class_bits(out->address, count) : 32;
    if (cidr && !given && count == 4 && !out->six)
        bits = 32;
    out->bits = (uint8_t)bits;
    return true;
}

static bool input(struct sql_call *call, struct slice text, bool cidr, struct datum *out)
{
    struct sql_inet inet, masked;
    const char *name = cidr ? "cidr" : "inet";
    if (!read_address(text, cidr, &inet))
        return sql_fail(call->env->error, "22P02",
                        "invalid input syntax for type %s: \"" SLICE_FMT "\"", name,
                        SLICE_ARG(text));
    masked = inet;
    sql_inet_mask(&masked, inet.bits);
    if (cidr && memcmp(masked.address, inet.address, sizeof(inet.address)) != 0) {
        sql_fail(call->env->error, "22P02", "invalid cidr value: \"" SLICE_FMT "\"",
                 SLICE_ARG(text));
        return sql_detail(call->env->error, "Value has bits set to right of mask.");
    }
    return sql_inet_make(call, &inet, out);
}

static bool inet_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return input(call, text, false, out);
}

static bool cidr_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return input(call, text, true, out);
}

/* ---- text out */

static void print_four(const uint8_t *address, struct sql_bytes *out)
{
    sql_bytes_printf(out, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
}

/* The longest run of zero groups, of two at least, becomes "::" (the first of equal ones). */
static void find_gap(const uint16_t *groups, int *start, int *len)
{
    *start = -1;
    *len = 1;
    for (int i = 0; i < 8;) {
        int run = 0;
        while (i + run < 8 && groups[i + run] == 0)
            run++;
        if (run > *len) {
            *start = i;
            *len = run;
        }
        i += run ? run : 1;
    }
}

static void print_six(const uint8_t *address, struct sql_bytes *out)
{
    uint16_t groups[8];
    int start, len;
    for (int i = 0; i < 8; i++)
        groups[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
    find_gap(groups, &start, &len);
    /* Addresses that hold an IPv4 one show it as such. */
    bool mapped = start == 0 &&
                  (len == 6 || (len == 5 && groups[5] == 0xffff) || (len == 7 && groups[7] != 1));
    for (int i = 0; i < 8; i++) {
        if (i >= start && i < start + len && start >= 0) {
            sql_bytes_add_str(out, i == start ? ":" : "");
            continue;
        }
        sql_bytes_add_str(out, i ? ":" : "");
        if (i == 6 && mapped) {
            print_four(address + 12, out);
            return;
        }
        sql_bytes_printf(out, "%x", groups[i]);
    }
    if (start >= 0 && start + len == 8)
        sql_bytes_add_char(out, ':');
}

void sql_inet_print(const struct sql_inet *inet, struct sql_bytes *out)
{
    if (inet->six)
        print_six(inet->address, out);
    else
        print_four(inet->address, out);
}

static bool inet_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct sql_inet inet;
    sql_inet_open(value, &inet);
    sql_inet_print(&inet, out);
    if (inet.bits != sql_inet_bits(&inet))
        sql_bytes_printf(out, "/%u", inet.bits);
    return true;
}

static bool cidr_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct sql_inet inet;
    sql_inet_open(value, &inet);
    sql_inet_print(&inet, out);
    sql_bytes_printf(out, "/%u", inet.bits);
    return true;
}

/* ---- binary: family (2, 3), bits, is it a cidr, length, address */

enum { WIRE_FOUR = 2, WIRE_SIX = 3, WIRE_HEAD = 4 };

static bool send(struct datum value, bool cidr, struct sql_bytes *out)
{
    struct sql_inet inet;
    sql_inet_open(value, &inet);
    sql_bytes_add_char(out, inet.six ? WIRE_SIX : WIRE_FOUR);
    sql_bytes_add_char(out, (char)inet.bits);
    sql_bytes_add_char(out, cidr);
    sql_bytes_add_char(out, (char)sql_inet_len(&inet));
    sql_bytes_add(out, inet.address, sql_inet_len(&inet));
    return true;
}

static bool inet_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)call;
    (void)type;
    return send(value, false, out);
}

static bool cidr_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)call;
    (void)type;
    return send(value, true, out);
}

static bool receive(struct sql_call *call, struct slice bytes, bool cidr, struct datum *out)
{
    const char *name = cidr ? "cidr" : "inet";
    struct sql_error *error = call->env->error;
    struct sql_inet inet = {.six = false}, masked;
    if (bytes.len < WIRE_HEAD)
        return sql_fail(error, "08P01", "insufficient data left in message");
    inet.six = bytes.ptr[0] == WIRE_SIX;
    inet.bits = bytes.ptr[1];
    if (!inet.six && bytes.ptr[0] != WIRE_FOUR)
        return sql_fail(error, "22P03", "invalid address family in external \"%s\" value", name);
    if (inet.bits > sql_inet_bits(&inet))
        return sql_fail(error, "22P03", "invalid bits in external \"%s\" value", name);
    if (bytes.ptr[3] != sql_inet_len(&inet) || bytes.len != WIRE_HEAD + sql_inet_len(&inet))
        return sql_fail(error, "22P03", "invalid length in external \"%s\" value", name);
    memcpy(inet.address, bytes.ptr + WIRE_HEAD, sql_inet_len(&inet));
    masked = inet;
    sql_inet_mask(&masked, inet.bits);
    if (cidr && memcmp(masked.address, inet.address, sizeof(inet.address)) != 0) {
        sql_fail(error, "22P03", "invalid external \"cidr\" value");
        return sql_detail(error, "Value has bits set to right of mask.");
    }
    return sql_inet_make(call, &inet, out);
}

static bool inet_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive(call, bytes, false, out);
}

static bool cidr_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive(call, bytes, true, out);
}

/* ---- order: family, then the net's bits, then how many they are, then the rest */

static void add_key(const struct sql_inet *inet, struct sql_bytes *out)
{
    struct sql_inet net = *inet;
    sql_inet_mask(&net, inet->bits);
    sql_bytes_add_char(out, inet->six ? 6 : 4);
    sql_bytes_add(out, net.address, sql_inet_len(inet));
    sql_bytes_add_char(out, (char)inet->bits);
    sql_bytes_add(out, inet->address, sql_inet_len(inet));
}

static int inet_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                        struct datum b)
{
    (void)call;
    (void)type;
    struct sql_inet left, right;
    sql_inet_open(a, &left);
    sql_inet_open(b, &right);
    if (left.six != right.six)
        return left.six ? 1 : -1;
    unsigned common = left.bits < right.bits ? left.bits : right.bits;
    struct sql_inet left_net = left, right_net = right;
    sql_inet_mask(&left_net, common);
    sql_inet_mask(&right_net, common);
    int order = memcmp(left_net.address, right_net.address, SQL_INET_BYTES_MAX);
    if (order == 0)
        order = (int)left.bits - (int)right.bits;
    return order ? order : memcmp(left.address, right.address, SQL_INET_BYTES_MAX);
}

static uint64_t inet_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return hash_bytes(datum_slice(value));
}

static bool inet_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct sql_inet inet;
    sql_inet_open(value, &inet);
    add_key(&inet, out);
    return true;
}

const struct sql_type_ops sql_inet_ops = {
    .input = inet_input,
    .output = inet_output,
    .receive = inet_receive,
    .send = inet_send,
    .compare = inet_compare,
    .hash = inet_hash,
    .encode_key = inet_encode_key,
};

const struct sql_type_ops sql_cidr_ops = {
    .input = cidr_input,
    .output = cidr_output,
    .receive = cidr_receive,
    .send = cidr_send,
    .compare = inet_compare,
    .hash = inet_hash,
    .encode_key = inet_encode_key,
};
