/* What array types can do: text and binary forms, order, hash, key. int2vector and oidvector are
 * the same but for their texts: numbers with blanks between. */
#include "emulators/sql/value/array_text.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

static bool array_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    const struct sql_type *element = sql_call_find_type(call, type->element);
    struct sql_array_literal literal;
    uint32_t count;
    if (!element || !sql_array_parse(call, text, element->delimiter, &literal) ||
        !sql_array_count(call, &literal.shape, &count))
        return false;
    struct datum *elements = arena_array(call->arena, count, sizeof(*elements));
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        elements[i] = (struct datum){.null = literal.items[i].null};
        if (!(literal.items[i].null
                  ? sql_domain_check(call->env, element, elements[i])
                  : sql_domain_input(call, element, literal.items[i].text, typmod, &elements[i])))
            return false;
    }
    return sql_array_make(call, element, &literal.shape, elements, out);
}

static void add_bounds(const struct sql_array_shape *shape, struct sql_bytes *out)
{
    bool shown = false;
    for (uint32_t d = 0; d < shape->dims; d++)
        shown = shown || shape->lower[d] != 1;
    if (!shown)
        return;
    for (uint32_t d = 0; d < shape->dims; d++)
        sql_bytes_printf(out, "[%d:%d]", (int)shape->lower[d],
                         (int)(shape->lower[d] + shape->length[d] - 1));
    sql_bytes_add_char(out, '=');
}

static bool add_element(struct sql_call *call, const struct sql_type *element,
                        const struct sql_array *array, uint32_t index, struct sql_bytes *out)
{
    if (sql_array_is_null(array, index)) {
        sql_bytes_add_str(out, "NULL");
        return true;
    }
    struct sql_bytes text = sql_bytes_begin(call);
    if (!sql_type_output(call, element, sql_array_get(array, index), &text))
        return false;
    sql_array_quote(out, sql_bytes_slice(&text), element->delimiter);
    return true;
}

/* The elements' type; NULL: the error is filled. */
static const struct sql_type *open_array(struct sql_call *call, struct datum value,
                                         struct sql_array *out)
{
    sql_array_open(value, out);
    return sql_call_find_type(call, out->element);
}

/* Elements that share all subscripts down to a depth are in one pair of braces. */
static bool array_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    struct sql_array array;
    const struct sql_type *element = open_array(call, value, &array);
    if (!element)
        return false;
    if (array.count == 0)
        sql_bytes_add_str(out, "{}");
    add_bounds(&array.shape, out);
    uint32_t dims = array.shape.dims;
    int32_t at[SQL_ARRAY_DIMS_MAX] = {0};
    uint32_t closed = dims; /* levels to be opened before the next element */
    for (uint32_t i = 0; i < array.count; i++) {
        for (uint32_t d = 0; d < closed; d++)
            sql_bytes_add_char(out, '{');
        if (!add_element(call, element, &array, i, out))
            return false;
        closed = 0;
        while (closed < dims && ++at[dims - 1 - closed] == array.shape.length[dims - 1 - closed]) {
            at[dims - 1 - closed++] = 0;
            sql_bytes_add_char(out, '}');
        }
        if (closed < dims)
            sql_bytes_add_char(out, element->delimiter);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool receive_header(struct sql_call *call, const struct sql_type *type,
                           struct sql_receive *from, struct sql_array_shape *shape)
{
    struct sql_error *error = call->env->error;
    int32_t dims = sql_receive_i32(from);
    int32_t flags = sql_receive_i32(from);
    uint32_t element = (uint32_t)sql_receive_i32(from);
    if (!from->ok)
        return sql_fail(error, "08P01", "insufficient data left in message");
    if (dims < 0)
        return sql_fail(error, "22P03", "invalid number of dimensions: %d", (int)dims);
    if (!sql_array_check_dims(call, (uint32_t)dims))
        return false;
    if (flags != 0 && flags != 1)
        return sql_fail(error, "22P03", "invalid array flags");
    if (element != type->element) {
        const struct sql_type *given = call->env->find_type(call->env, element);
        const struct sql_type *wanted = call->env->find_type(call->env, type->element);
        struct slice none = SLICE_LITERAL("???");
        return sql_fail(error, "42804",
                        "binary data has array element type %u (%.*s) instead of expected %u "
                        "(%.*s)",
                        (unsigned)element, SLICE_ARG(given ? given->name : none),
                        (unsigned)type->element, SLICE_ARG(wanted ? wanted->name : none));
    }
    *shape = (struct sql_array_shape){.dims = (uint32_t)dims};
    for (int32_t d = 0; d < dims; d++) {
        shape->length[d] = sql_receive_i32(from);
        shape->lower[d] = sql_receive_i32(from);
    }
    return from->ok || sql_fail(error, "08P01", "insufficient data left in message");
}

static bool receive_element(struct sql_call *call, const struct sql_type *element,
                            struct sql_receive *from, int32_t typmod, struct datum *out)
{
    int32_t len = sql_receive_i32(from);
    if (from->ok && len == -1) {
        *out = datum_null();
        return sql_domain_check(call->env, element, *out);
    }
    if (!from->ok || len < 0 || len > from->end - from->at)
        return sql_fail(call->env->error, "22P03", "insufficient data left in message");
    struct slice bytes = slice_of(from->at, (size_t)len);
    from->at += len;
    *out = (struct datum){0};
    return sql_domain_receive(call, element, bytes, typmod, out);
}

static bool array_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    const struct sql_type *element = sql_call_find_type(call, type->element);
    struct sql_receive from = sql_receive_begin(bytes);
    struct sql_array_shape shape;
    uint32_t count;
    if (!element || !receive_header(call, type, &from, &shape) ||
        !sql_array_count(call, &shape, &count))
        return false;
    /* Each element takes four bytes at least: no more memory than was sent. */
    if (count > (size_t)(from.end - from.at) / 4)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    if (!element->ops->receive)
        return sql_fail(call->env->error, "42883",
                        "no binary input function available for type %.*s",
                        SLICE_ARG(sql_type_shown(call, element)));
    struct datum *elements = arena_array(call->arena, count, sizeof(*elements));
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        if (!receive_element(call, element, &from, typmod, &elements[i]))
            return false;
    return sql_receive_done(&from, call->env->error) &&
           sql_array_make(call, element, &shape, elements, out);
}

static bool send_element(struct sql_call *call, const struct sql_type *element, struct datum value,
                         struct sql_bytes *out)
{
    if (value.null) {
        sql_bytes_add_u32(out, UINT32_MAX);
        return true;
    }
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!element->ops->send(call, element, value, &bytes))
        return false;
    sql_bytes_add_u32(out, (uint32_t)bytes.len);
    sql_bytes_add_slice(out, sql_bytes_slice(&bytes));
    return true;
}

static bool array_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    struct sql_array array;
    const struct sql_type *element = open_array(call, value, &array);
    if (!element)
        return false;
    if (!element->ops->send)
        return sql_fail(call->env->error, "42883",
                        "no binary output function available for type %.*s",
                        SLICE_ARG(sql_type_shown(call, element)));
    sql_bytes_add_u32(out, array.shape.dims);
    sql_bytes_add_u32(out, array.nulls != NULL);
    sql_bytes_add_u32(out, array.element);
    for (uint32_t d = 0; d < array.shape.dims; d++) {
        sql_bytes_add_u32(out, (uint32_t)array.shape.length[d]);
        sql_bytes_add_u32(out, (uint32_t)array.shape.lower[d]);
    }
    for (uint32_t i = 0; i < array.count; i++)
        if (!send_element(call, element, sql_array_get(&array, i), out))
            return false;
    return !out->failed || sql_fail_memory(call->env->error);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Equal elements: the shorter first, then by the number of dimensions, their lengths and bounds. */
static int compare_shapes(const struct sql_array *a, const struct sql_array *b)
{
    int order = compare_numbers(a->count, b->count);
    if (order == 0)
        order = compare_numbers(a->shape.dims, b->shape.dims);
    for (uint32_t d = 0; order == 0 && d < a->shape.dims; d++)
        order = compare_numbers(a->shape.length[d], b->shape.length[d]);
    for (uint32_t d = 0; order == 0 && d < a->shape.dims; d++)
        order = compare_numbers(a->shape.lower[d], b->shape.lower[d]);
    return order;
}

static int array_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                         struct datum b)
{
    (void)type;
    struct sql_array x, y;
    sql_array_open(a, &x);
    sql_array_open(b, &y);
    const struct sql_type *element = call->env->find_type(call->env, x.element);
    uint32_t count = x.count < y.count ? x.count : y.count;
    for (uint32_t i = 0; i < count; i++) {
        struct datum p = sql_array_get(&x, i);
        struct datum q = sql_array_get(&y, i);
        int order = p.null || q.null ? p.null - q.null : element->ops->compare(call, element, p, q);
        if (order != 0)
            return order;
    }
    return compare_shapes(&x, &y);
}

static uint64_t array_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    struct sql_array array;
    sql_array_open(value, &array);
    const struct sql_type *element = call->env->find_type(call->env, array.element);
    uint64_t hash = 1;
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum e = sql_array_get(&array, i);
        hash = hash * 31 + (e.null ? 0 : element->ops->hash(call, element, e));
    }
    return hash;
}

/* NULL is the largest element, the end of the elements the smallest. */
enum { KEY_END = 0, KEY_ELEMENT = 1, KEY_NULL = 2 };

static bool array_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                             struct sql_bytes *out)
{
    (void)type;
    struct sql_array array;
    const struct sql_type *element = open_array(call, value, &array);
    if (!element)
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum e = sql_array_get(&array, i);
        sql_bytes_add_char(out, e.null ? KEY_NULL : KEY_ELEMENT);
        if (!e.null && !element->ops->encode_key(call, element, e, out))
            return false;
    }
    sql_bytes_add_char(out, KEY_END);
    sql_bytes_add_char(out, (char)array.shape.dims);
    for (uint32_t d = 0; d < array.shape.dims; d++)
        sql_bytes_add_u32(out, (uint32_t)array.shape.length[d]);
    for (uint32_t d = 0; d < array.shape.dims; d++)
        sql_bytes_add_u32(out, (uint32_t)array.shape.lower[d] ^ 0x80000000u);
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_array_ops = {array_input,   array_output, array_receive,   array_send,
                                           array_compare, array_hash,   array_encode_key};

static bool vector_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)typmod;
    const struct sql_type *element = sql_call_find_type(call, type->element);
    if (!element)
        return false;
    struct sql_array_builder builder;
    sql_array_builder_init(&builder, call->arena, element);
    for (struct slice rest = sql_skip_blanks(text); rest.len > 0; rest = sql_skip_blanks(rest)) {
        size_t len = 0;
        while (len < rest.len && !sql_is_blank(rest.ptr[len]))
            len++;
        struct datum number = {0};
        if (!sql_type_input(call, element, slice_of(rest.ptr, len), -1, &number) ||
            !sql_array_builder_add(call, &builder, number))
            return false;
        rest = slice_from(rest, len);
    }
    struct sql_array_shape shape = {1, {(int32_t)builder.count}, {0}};
    return sql_array_make(call, element, &shape, builder.elements, out);
}

static bool vector_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    struct sql_array array;
    const struct sql_type *element = open_array(call, value, &array);
    if (!element)
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        if (i > 0)
            sql_bytes_add_char(out, ' ');
        if (!sql_type_output(call, element, sql_array_get(&array, i), out))
            return false;
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* Unlike other arrays, vectors are ordered by their lengths first. */
static int vector_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                          struct datum b)
{
    struct sql_array x, y;
    sql_array_open(a, &x);
    sql_array_open(b, &y);
    int order = compare_numbers(x.count, y.count);
    return order ? order : array_compare(call, type, a, b);
}

static bool vector_encode_key(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    sql_bytes_add_u32(out, array.count);
    return array_encode_key(call, type, value, out);
}

const struct sql_type_ops sql_int2vector_ops = {vector_input,     vector_output,  array_receive,
                                                array_send,       vector_compare, array_hash,
                                                vector_encode_key};
const struct sql_type_ops sql_oidvector_ops = {vector_input,     vector_output,  array_receive,
                                               array_send,       vector_compare, array_hash,
                                               vector_encode_key};
