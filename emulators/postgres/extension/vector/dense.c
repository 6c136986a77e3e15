/* vector and halfvec: what the types can do. */
#include <math.h>
#include <string.h>

#include "emulators/postgres/extension/vector/vector.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/receive.h"

static const char *name_of(bool half)
{
    return half ? "halfvec" : "vector";
}

struct vector vector_open(struct datum value)
{
    uint32_t count;
    memcpy(&count, value.ptr, sizeof count);
    return (struct vector){count, value.ptr + sizeof count};
}

float vector_get(const struct vector *v, uint32_t index)
{
    float value;
    memcpy(&value, v->elements + sizeof value * index, sizeof value);
    return value;
}

bool vector_make(struct sql_call *call, const float *elements, uint32_t count, bool half,
                 struct datum *out)
{
    if (!vector_check_count(call, name_of(half), count))
        return false;
    uint8_t *made = arena_alloc(call->arena, sizeof count + count * sizeof *elements);
    if (!made)
        return sql_fail_memory(call->env->error);
    memcpy(made, &count, sizeof count);
    for (uint32_t i = 0; i < count; i++) {
        float value = elements[i];
        if ((half && !half_of_float(call, value, &value)) ||
            !vector_check_element(call, name_of(half), value))
            return false;
        memcpy(made + sizeof count + sizeof value * i, &value, sizeof value);
    }
    return sql_give_slice(out, slice_of(made, sizeof count + count * sizeof *elements));
}

/* ---- text */

static bool read_list(struct vector_reader *reader, bool half, float *elements, uint32_t *count)
{
    vector_skip_blanks(reader);
    if (!vector_accept(reader, '['))
        return vector_fail_syntax(reader, "Vector contents must start with \"[\".");
    vector_skip_blanks(reader);
    *count = 0;
    if (vector_accept(reader, ']'))
        return vector_check_count(reader->call, reader->type, 0);
    do {
        if (*count == VECTOR_MAX)
            return vector_check_count(reader->call, reader->type, VECTOR_MAX + 1);
        vector_skip_blanks(reader);
        if (!vector_read_element(reader, half, &elements[(*count)++]))
            return false;
        vector_skip_blanks(reader);
    } while (vector_accept(reader, ','));
    if (!vector_accept(reader, ']'))
        return vector_fail_syntax(reader, NULL);
    vector_skip_blanks(reader);
    return reader->at == reader->text.len ||
           vector_fail_syntax(reader, "Junk after closing right brace.");
}

static bool input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out)
{
    bool half = vector_is_half(type);
    struct vector_reader reader = {call, name_of(half), text, 0};
    size_t most = text.len / 2 + 1; /* each element takes two characters */
    float *elements =
        arena_array(call->arena, most < VECTOR_MAX ? most : VECTOR_MAX, sizeof *elements);
    uint32_t count;
    if (!elements)
        return sql_fail_memory(call->env->error);
    return read_list(&reader, half, elements, &count) && vector_check_typmod(call, typmod, count) &&
           vector_make(call, elements, count, half, out);
}

static bool output(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    (void)type;
    const struct vector v = vector_open(value);
    for (uint32_t i = 0; i < v.count; i++) {
        sql_bytes_add_char(out, i ? ',' : '[');
        vector_put_float(out, vector_get(&v, i));
    }
    sql_bytes_add_char(out, ']');
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- binary: int16 dimensions, int16 0, elements */

static bool receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out)
{
    bool half = vector_is_half(type);
    struct sql_receive from = sql_receive_begin(bytes);
    int16_t count = sql_receive_i16(&from), unused = sql_receive_i16(&from);
    if (!vector_check_count(call, name_of(half), count < 0 ? 0 : (uint64_t)count) ||
        !vector_check_typmod(call, typmod, (uint32_t)count))
        return false;
    if (unused != 0)
        return sql_fail(call->env->error, "22000", "expected unused to be 0, not %d", (int)unused);
    float *elements = arena_array(call->arena, (size_t)count, sizeof *elements);
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (int16_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)sql_receive_uint(&from, half ? 2 : 4);
        if (half)
            elements[i] = half_of_bits((uint16_t)bits);
        else
            memcpy(&elements[i], &bits, sizeof bits);
    }
    return sql_receive_done(&from, call->env->error) &&
           vector_make(call, elements, (uint32_t)count, half, out);
}

static bool send(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out)
{
    const struct vector v = vector_open(value);
    sql_bytes_add_u16(out, (uint16_t)v.count);
    sql_bytes_add_u16(out, 0);
    for (uint32_t i = 0; i < v.count; i++) {
        float element = vector_get(&v, i);
        uint32_t bits;
        memcpy(&bits, &element, sizeof bits);
        if (vector_is_half(type))
            sql_bytes_add_u16(out, half_bits(element));
        else
            sql_bytes_add_u32(out, bits);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- order: element by element, then the shorter one first */

static int order(struct datum x, struct datum y)
{
    const struct vector a = vector_open(x), b = vector_open(y);
    for (uint32_t i = 0; i < a.count && i < b.count; i++) {
        float left = vector_get(&a, i), right = vector_get(&b, i);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.count > b.count) - (a.count < b.count);
}

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call, (void)type;
    return order(a, b);
}

static bool encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    const struct vector v = vector_open(value);
    for (uint32_t i = 0; i < v.count; i++) {
        sql_bytes_add_char(out, 1);
        sql_bytes_add_u64(out, sql_float_key(vector_get(&v, i)));
    }
    sql_bytes_add_char(out, 0);
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops vector_ops = {
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = sql_type_hash_key,
    .encode_key = encode_key,
};
const struct sql_type_ops halfvec_ops = {
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = sql_type_hash_key,
    .encode_key = encode_key,
};

SQL_ARGS_ORDER(order)
SQL_COMPARISONS(vector, args_order)

const struct sql_builtin pg_vector_order_functions[] = {
    {"vector_eq",   vector_eq },
    {"vector_ne",   vector_ne },
    {"vector_lt",   vector_lt },
    {"vector_le",   vector_le },
    {"vector_gt",   vector_gt },
    {"vector_ge",   vector_ge },
    {"vector_cmp",  vector_cmp},
    {"halfvec_eq",  vector_eq },
    {"halfvec_ne",  vector_ne },
    {"halfvec_lt",  vector_lt },
    {"halfvec_le",  vector_le },
    {"halfvec_gt",  vector_gt },
    {"halfvec_ge",  vector_ge },
    {"halfvec_cmp", vector_cmp},
    {NULL,          NULL      },
};
