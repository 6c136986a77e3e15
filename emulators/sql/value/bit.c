#include "emulators/sql/value/bit.h"

#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define HEADER_SIZE 4

static size_t bytes_of(uint32_t bits)
{
    return ((size_t)bits + 7) / 8;
}

struct sql_bits sql_bits_open(struct datum value)
{
    struct sql_bits bits = {.ptr = value.ptr + HEADER_SIZE};
    memcpy(&bits.count, value.ptr, sizeof(bits.count));
    return bits;
}

uint8_t *sql_bits_make(struct sql_call *call, uint32_t count, struct datum *out)
{
    size_t size = HEADER_SIZE + bytes_of(count);
    uint8_t *made = arena_zalloc(call->arena, size);
    if (!made) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    memcpy(made, &count, sizeof(count));
    sql_give_slice(out, slice_of(made, size));
    return made + HEADER_SIZE;
}

static bool fail_digit(struct sql_call *call, struct slice rest, const char *what)
{
    struct slice shown = sql_text_prefix(rest, 1);
    return sql_fail(call->env->error, "22P02", "\"%.*s\" is not a valid %s digit", SLICE_ARG(shown),
                    what);
}

static bool read_binary(struct sql_call *call, struct slice text, struct datum *out)
{
    uint8_t *bits = sql_bits_make(call, (uint32_t)text.len, out);
    if (!bits)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '0' && text.ptr[i] != '1')
            return fail_digit(call, slice_from(text, i), "binary");
        if (text.ptr[i] == '1')
            bits[i / 8] |= (uint8_t)(0x80 >> (i % 8));
    }
    return true;
}

static bool read_hexadecimal(struct sql_call *call, struct slice text, struct datum *out)
{
    uint8_t *bits = sql_bits_make(call, (uint32_t)text.len * 4, out);
    if (!bits)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = ascii_lower(text.ptr[i]);
        if (!sql_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return fail_digit(call, slice_from(text, i), "hexadecimal");
        unsigned value = sql_is_digit(c) ? c - (unsigned)'0' : c - (unsigned)'a' + 10;
        bits[i / 2] |= (uint8_t)(i % 2 ? value : value << 4);
    }
    return true;
}

static bool read_bits(struct sql_call *call, struct slice text, struct datum *out)
{
    uint8_t prefix = text.len ? ascii_lower(text.ptr[0]) : 0;
    if (text.len > SQL_BYTES_MAX / 4)
        return sql_fail_memory(call->env->error);
    if (prefix == 'x')
        return read_hexadecimal(call, slice_from(text, 1), out);
    return read_binary(call, prefix == 'b' ? slice_from(text, 1) : text, out);
}

static bool check_exact(struct sql_call *call, uint32_t count, int32_t typmod)
{
    if (typmod <= 0 || count == (uint32_t)typmod)
        return true;
    return sql_fail(call->env->error, "22026", "bit string length %u does not match type bit(%d)",
                    (unsigned)count, (int)typmod);
}

static bool check_most(struct sql_call *call, uint32_t count, int32_t typmod)
{
    if (typmod <= 0 || count <= (uint32_t)typmod)
        return true;
    return sql_fail(call->env->error, "22001", "bit string too long for type bit varying(%d)",
                    (int)typmod);
}

static bool bit_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type;
    return read_bits(call, text, out) && check_exact(call, sql_bits_open(*out).count, typmod);
}

static bool varbit_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    return read_bits(call, text, out) && check_most(call, sql_bits_open(*out).count, typmod);
}

static bool bit_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    struct sql_bits bits = sql_bits_open(value);
    uint8_t *at = sql_bytes_reserve(out, bits.count);
    if (!at)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < bits.count; i++)
        at[i] = (uint8_t)('0' + (bits.ptr[i / 8] >> (7 - i % 8) & 1));
    out->len += bits.count;
    return true;
}

static bool receive_bits(struct sql_call *call, struct slice bytes, struct datum *out)
{
    struct sql_receive from = sql_receive_begin(bytes);
    int32_t count = sql_receive_i32(&from);
    if (from.ok && count < 0)
        return sql_fail(call->env->error, "22P03", "invalid length in external bit string");
    size_t size = bytes_of(from.ok ? (uint32_t)count : 0);
    if (!from.ok || (size_t)(from.end - from.at) < size)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    uint8_t *bits = sql_bits_make(call, (uint32_t)count, out);
    if (!bits)
        return false;
    memcpy(bits, from.at, size);
    from.at += size;
    if (count % 8)
        bits[size - 1] &= (uint8_t)(0xff << (8 - count % 8));
    return sql_receive_done(&from, call->env->error);
}

static bool bit_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    return receive_bits(call, bytes, out) && check_exact(call, sql_bits_open(*out).count, typmod);
}

static bool varbit_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    return receive_bits(call, bytes, out) && check_most(call, sql_bits_open(*out).count, typmod);
}

static bool bit_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    (void)type;
    struct sql_bits bits = sql_bits_open(value);
    sql_bytes_add_u32(out, bits.count);
    sql_bytes_add(out, bits.ptr, bytes_of(bits.count));
    return !out->failed || sql_fail_memory(call->env->error);
}

static int bit_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                       struct datum b)
{
    (void)call, (void)type;
    struct sql_bits x = sql_bits_open(a);
    struct sql_bits y = sql_bits_open(b);
    size_t common = bytes_of(x.count < y.count ? x.count : y.count);
    int order = common ? memcmp(x.ptr, y.ptr, common) : 0;
    return order ? order : (x.count > y.count) - (x.count < y.count);
}

static uint64_t bit_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(datum_slice(value));
}

static bool bit_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                           struct sql_bytes *out)
{
    (void)type;
    struct sql_bits bits = sql_bits_open(value);
    sql_key_add_binary(out, slice_of(bits.ptr, bytes_of(bits.count)));
    sql_bytes_add_u32(out, bits.count);
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_bit_ops = {bit_input,   bit_output, bit_receive,   bit_send,
                                         bit_compare, bit_hash,   bit_encode_key};
const struct sql_type_ops sql_varbit_ops = {varbit_input, bit_output, varbit_receive, bit_send,
                                            bit_compare,  bit_hash,   bit_encode_key};
