/* sparsevec: {index:value,...}/dimensions. */
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "emulators/postgres/extension/vector/vector.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

#define NUMBER_MAX 9999999999 /* where reading of digits stops to count */

struct sparse sparse_open(struct datum value)
{
    uint32_t head[2];
    memcpy(head, value.ptr, sizeof head);
    const uint8_t *indices = value.ptr + sizeof head;
    return (struct sparse){head[0], head[1], indices, indices + 4 * (size_t)head[1]};
}

uint32_t sparse_index(const struct sparse *v, uint32_t at)
{
    uint32_t index;
    memcpy(&index, v->indices + sizeof index * at, sizeof index);
    return index;
}

float sparse_get(const struct sparse *v, uint32_t at)
{
    float value;
    memcpy(&value, v->elements + sizeof value * at, sizeof value);
    return value;
}

bool sparse_make(struct sql_call *call, uint32_t dimensions, const uint32_t *indices,
                 const float *elements, uint32_t count, struct datum *out)
{
    uint32_t kept = 0;
    if (!vector_check_count(call, "sparsevec", dimensions))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!vector_check_element(call, "sparsevec", elements[i]))
            return false;
        kept += elements[i] != 0;
    }
    if (kept > VECTOR_MAX)
        return sql_fail(call->env->error, "54000",
                        "sparsevec cannot have more than %d non-zero elements", VECTOR_MAX);
    struct sql_bytes made = sql_bytes_begin(call);
    const uint32_t head[] = {dimensions, kept};
    sql_bytes_add(&made, head, sizeof head);
    for (uint32_t i = 0; i < count; i++)
        if (elements[i] != 0)
            sql_bytes_add(&made, &indices[i], sizeof indices[i]);
    for (uint32_t i = 0; i < count; i++)
        if (elements[i] != 0)
            sql_bytes_add(&made, &elements[i], sizeof elements[i]);
    return sql_give_bytes(call, out, &made);
}

/* ---- text */

struct element {
    int64_t index;
    float value;
};

/* An integer, which may be out of every range; false: there is none. */
static bool read_number(struct vector_reader *reader, int64_t *out)
{
    bool negative = vector_accept(reader, '-');
    size_t begin = reader->at;
    *out = 0;
    for (; reader->at < reader->text.len && sql_is_digit(reader->text.ptr[reader->at]);
         reader->at++)
        if (*out < NUMBER_MAX)
            *out = *out * 10 + (reader->text.ptr[reader->at] - '0');
    if (negative)
        *out = -*out;
    return reader->at > begin || vector_fail_syntax(reader, NULL);
}

/* Room is for as many elements as there are colons. */
static bool read_elements(struct vector_reader *reader, struct element *elements, uint32_t *count)
{
    *count = 0;
    vector_skip_blanks(reader);
    if (vector_accept(reader, '}'))
        return true;
    do {
        struct element *element = &elements[*count];
        vector_skip_blanks(reader);
        if (!read_number(reader, &element->index))
            return false;
        vector_skip_blanks(reader);
        if (!vector_accept(reader, ':'))
            return vector_fail_syntax(reader, NULL);
        vector_skip_blanks(reader);
        if (!vector_read_element(reader, false, &element->value))
            return false;
        *count += element->value != 0;
        vector_skip_blanks(reader);
    } while (vector_accept(reader, ','));
    return vector_accept(reader, '}') || vector_fail_syntax(reader, NULL);
}

static bool read_all(struct vector_reader *reader, struct element *elements, uint32_t *count,
                     int64_t *dimensions)
{
    vector_skip_blanks(reader);
    if (!vector_accept(reader, '{'))
        return vector_fail_syntax(reader, "Vector contents must start with \"{\".");
    if (!read_elements(reader, elements, count))
        return false;
    vector_skip_blanks(reader);
    if (!vector_accept(reader, '/'))
        return vector_fail_syntax(reader, "Unexpected end of input.");
    vector_skip_blanks(reader);
    if (!read_number(reader, dimensions))
        return false;
    vector_skip_blanks(reader);
    return reader->at == reader->text.len || vector_fail_syntax(reader, "Junk after closing.");
}

static int element_order(const void *a, const void *b)
{
    int64_t x = ((const struct element *)a)->index, y = ((const struct element *)b)->index;
    return (x > y) - (x < y);
}

static bool make_sorted(struct sql_call *call, struct element *elements, uint32_t count,
                        uint32_t dimensions, struct datum *out)
{
    uint32_t *indices = arena_array(call->arena, count + 1u, sizeof *indices);
    float *values = arena_array(call->arena, count + 1u, sizeof *values);
    if (!indices || !values)
        return sql_fail_memory(call->env->error);
    qsort(elements, count, sizeof *elements, element_order);
    for (uint32_t i = 0; i < count; i++) {
        if (elements[i].index < 1 || elements[i].index > dimensions)
            return sql_fail(call->env->error, "22000", "sparsevec index out of bounds");
        if (i && elements[i].index == elements[i - 1].index)
            return sql_fail(call->env->error, "22000",
                            "sparsevec indices must not contain duplicates");
        indices[i] = (uint32_t)(elements[i].index - 1);
        values[i] = elements[i].value;
    }
    return sparse_make(call, dimensions, indices, values, count, out);
}

static bool input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out)
{
    (void)type;
    struct vector_reader reader = {call, "sparsevec", text, 0};
    uint32_t count = 1;
    int64_t dimensions;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == ':';
    struct element *elements = arena_array(call->arena, count, sizeof *elements);
    if (!elements)
        return sql_fail_memory(call->env->error);
    return read_all(&reader, elements, &count, &dimensions) &&
           vector_check_count(call, "sparsevec", dimensions < 0 ? 0 : (uint64_t)dimensions) &&
           vector_check_typmod(call, typmod, (uint32_t)dimensions) &&
           make_sorted(call, elements, count, (uint32_t)dimensions, out);
}

static bool output(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    (void)type;
    const struct sparse v = sparse_open(value);
    sql_bytes_add_char(out, '{');
    for (uint32_t i = 0; i < v.count; i++) {
        sql_bytes_printf(out, "%s%u:", i ? "," : "", (unsigned)sparse_index(&v, i) + 1);
        vector_put_float(out, sparse_get(&v, i));
    }
    sql_bytes_printf(out, "}/%u", (unsigned)v.dimensions);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- binary: int32 dimensions, int32 count, int32 0, indices, elements */

static bool receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    int32_t dimensions = sql_receive_i32(&from), count = sql_receive_i32(&from);
    int32_t unused = sql_receive_i32(&from);
    if (!vector_check_count(call, "sparsevec", dimensions < 0 ? 0 : (uint64_t)dimensions) ||
        !vector_check_typmod(call, typmod, (uint32_t)dimensions))
        return false;
    if (count < 0 || count > dimensions || count > VECTOR_MAX || unused != 0)
        return sql_fail(call->env->error, "22000",
                        "sparsevec cannot have more elements than dimensions");
    struct element *elements = arena_array(call->arena, (size_t)count + 1, sizeof *elements);
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (int32_t i = 0; i < count; i++)
        elements[i].index = (int64_t)sql_receive_i32(&from) + 1;
    for (int32_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)sql_receive_uint(&from, 4);
        memcpy(&elements[i].value, &bits, sizeof bits);
    }
    return sql_receive_done(&from, call->env->error) &&
           make_sorted(call, elements, (uint32_t)count, (uint32_t)dimensions, out);
}

static bool send(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out)
{
    (void)type;
    const struct sparse v = sparse_open(value);
    sql_bytes_add_u32(out, v.dimensions);
    sql_bytes_add_u32(out, v.count);
    sql_bytes_add_u32(out, 0);
    for (uint32_t i = 0; i < v.count; i++)
        sql_bytes_add_u32(out, sparse_index(&v, i));
    for (uint32_t i = 0; i < v.count; i++) {
        float element = sparse_get(&v, i);
        uint32_t bits;
        memcpy(&bits, &element, sizeof bits);
        sql_bytes_add_u32(out, bits);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- order: that of the dense vectors */

/* How an element that only one has compares with the other's 0. */
static int against_zero(float value)
{
    return value < 0 ? -1 : 1;
}

static int order(struct datum x, struct datum y)
{
    const struct sparse a = sparse_open(x), b = sparse_open(y);
    uint32_t at = 0;
    for (; at < a.count && at < b.count; at++) {
        uint32_t left = sparse_index(&a, at), right = sparse_index(&b, at);
        float p = sparse_get(&a, at), q = sparse_get(&b, at);
        if (left != right)
            return left < right ? against_zero(p) : -against_zero(q);
        if (p != q)
            return p < q ? -1 : 1;
    }
    if (at < b.count && sparse_index(&b, at) < a.dimensions)
        return -against_zero(sparse_get(&b, at));
    if (at < a.count && sparse_index(&a, at) < b.dimensions)
        return against_zero(sparse_get(&a, at));
    return (a.dimensions > b.dimensions) - (a.dimensions < b.dimensions);
}

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call, (void)type;
    return order(a, b);
}

/* An element below 0 comes before the end, one above it after; nearer ones are further from it. */
static bool encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    const struct sparse v = sparse_open(value);
    for (uint32_t i = 0; i < v.count; i++) {
        float element = sparse_get(&v, i);
        uint32_t bits, index = sparse_index(&v, i);
        memcpy(&bits, &element, sizeof bits);
        sql_bytes_add_char(out, element < 0 ? 0 : 2);
        sql_bytes_add_u32(out, element < 0 ? index : ~index);
        sql_bytes_add_u32(out, element < 0 ? ~bits : bits);
    }
    sql_bytes_add_char(out, 1);
    sql_bytes_add_u32(out, v.dimensions);
    return !out->failed || sql_fail_memory(call->env->error);
}

static uint64_t hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(datum_slice(value));
}

const struct sql_type_ops sparsevec_ops = {
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = hash,
    .encode_key = encode_key,
};

const struct pg_extension_type pg_vector_types[] = {
    {"vector",    &vector_ops   },
    {"halfvec",   &halfvec_ops  },
    {"sparsevec", &sparsevec_ops},
    {NULL,        NULL          },
};

SQL_ARGS_ORDER(order)
SQL_COMPARISONS(sparsevec, args_order)

const struct sql_builtin pg_sparsevec_order_functions[] = {
    {"sparsevec_eq",  sparsevec_eq },
    {"sparsevec_ne",  sparsevec_ne },
    {"sparsevec_lt",  sparsevec_lt },
    {"sparsevec_le",  sparsevec_le },
    {"sparsevec_gt",  sparsevec_gt },
    {"sparsevec_ge",  sparsevec_ge },
    {"sparsevec_cmp", sparsevec_cmp},
    {NULL,            NULL         },
};
