/* Type modifiers of vectors, and casts between them and arrays. */
#include <stdlib.h>

#include "emulators/postgres/extension/vector/vector.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/integer.h"

/* ---- modifiers: the number of dimensions */

static bool read_modifier(struct sql_call *call, const struct datum *args, const char *type,
                          int64_t most, struct datum *out)
{
    struct sql_array array;
    int64_t count;
    sql_array_open(args[0], &array);
    if (array.count != 1 || sql_array_is_null(&array, 0))
        return sql_fail(call->env->error, "22023", "invalid type modifier");
    if (!sql_integer_parse(call->env->error, datum_slice(sql_array_get(&array, 0)), INT32_MIN,
                           INT32_MAX, "integer", &count))
        return false;
    if (count < 1)
        return sql_fail(call->env->error, "22023", "dimensions for type %s must be at least 1",
                        type);
    if (count > most)
        return sql_fail(call->env->error, "22023", "dimensions for type %s cannot exceed %lld",
                        type, (long long)most);
    return sql_give_int(out, count);
}

static bool vector_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "vector", VECTOR_MAX, out);
}

static bool halfvec_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "halfvec", VECTOR_MAX, out);
}

static bool sparsevec_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "sparsevec", SPARSE_DIM_MAX, out);
}

/* ---- the same type with a modifier */

static bool fit_dense(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return vector_check_typmod(call, (int32_t)args[1].i, vector_open(args[0]).count);
}

static bool fit_sparse(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return vector_check_typmod(call, (int32_t)args[1].i, sparse_open(args[0]).dimensions);
}

/* ---- between the types: through a plain array of floats */

struct plain {
    float *elements;
    uint32_t count;
};

static bool plain_room(struct sql_call *call, uint32_t count, struct plain *out)
{
    *out = (struct plain){arena_zalloc(call->arena, (count + 1u) * sizeof *out->elements), count};
    return out->elements || sql_fail_memory(call->env->error);
}

static bool plain_of_dense(struct sql_call *call, struct datum value, struct plain *out)
{
    const struct vector v = vector_open(value);
    if (!plain_room(call, v.count, out))
        return false;
    for (uint32_t i = 0; i < v.count; i++)
        out->elements[i] = vector_get(&v, i);
    return true;
}

static bool plain_of_sparse(struct sql_call *call, struct datum value, struct plain *out)
{
    const struct sparse v = sparse_open(value);
    const char *type = vector_is_half(call->result_type) ? "halfvec" : "vector";
    if (!vector_check_count(call, type, v.dimensions) || !plain_room(call, v.dimensions, out))
        return false;
    for (uint32_t i = 0; i < v.count; i++)
        out->elements[sparse_index(&v, i)] = sparse_get(&v, i);
    return true;
}

/* An element of an array: integers, floats, and numbers by their text. */
static bool element_of(struct sql_call *call, const struct sql_type *type, struct datum value,
                       float *out)
{
    const struct sql_type_ids *ids = &call->env->session->dialect->types_of;
    char text[64];
    if (type->id == ids->int4) {
        *out = (float)value.i;
        return true;
    }
    if (type->id != ids->numeric) {
        *out = (float)value.d;
        return true;
    }
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!sql_type_output(call, type, value, &bytes))
        return false;
    size_t len = bytes.len < sizeof text - 1 ? bytes.len : sizeof text - 1;
    memcpy(text, bytes.ptr, len);
    text[len] = '\0';
    *out = strtof(text, NULL);
    return true;
}

static bool plain_of_array(struct sql_call *call, struct datum value, struct plain *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    if (array.shape.dims > 1)
        return sql_fail(call->env->error, "22000", "array must be 1-D");
    for (uint32_t i = 0; i < array.count; i++)
        if (sql_array_is_null(&array, i))
            return sql_fail(call->env->error, "22004", "array must not contain nulls");
    const struct sql_type *type = sql_call_find_type(call, array.element);
    if (!type || !plain_room(call, array.count, out))
        return false;
    for (uint32_t i = 0; i < array.count; i++)
        if (!element_of(call, type, sql_array_get(&array, i), &out->elements[i]))
            return false;
    return true;
}

static bool give_dense(struct sql_call *call, const struct plain *plain, int32_t typmod,
                       struct datum *out)
{
    bool half = vector_is_half(call->result_type);
    return vector_check_count(call, half ? "halfvec" : "vector", plain->count) &&
           vector_check_typmod(call, typmod, plain->count) &&
           vector_make(call, plain->elements, plain->count, half, out);
}

static bool give_sparse(struct sql_call *call, const struct plain *plain, int32_t typmod,
                        struct datum *out)
{
    uint32_t *indices = arena_array(call->arena, plain->count + 1u, sizeof *indices);
    if (!indices)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < plain->count; i++)
        indices[i] = i;
    return vector_check_typmod(call, typmod, plain->count) &&
           sparse_make(call, plain->count, indices, plain->elements, plain->count, out);
}

static bool dense_to_dense(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct plain plain;
    return plain_of_dense(call, args[0], &plain) &&
           give_dense(call, &plain, (int32_t)args[1].i, out);
}

static bool dense_to_sparse(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct plain plain;
    return plain_of_dense(call, args[0], &plain) &&
           give_sparse(call, &plain, (int32_t)args[1].i, out);
}

static bool sparse_to_dense(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct plain plain;
    return plain_of_sparse(call, args[0], &plain) &&
           give_dense(call, &plain, (int32_t)args[1].i, out);
}

static bool array_to_dense(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct plain plain;
    return plain_of_array(call, args[0], &plain) &&
           give_dense(call, &plain, (int32_t)args[1].i, out);
}

static bool array_to_sparse(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct plain plain;
    return plain_of_array(call, args[0], &plain) &&
           give_sparse(call, &plain, (int32_t)args[1].i, out);
}

static bool dense_to_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct vector v = vector_open(args[0]);
    const struct sql_type *type =
        sql_call_find_type(call, call->env->session->dialect->types_of.float4);
    struct datum *values = arena_array(call->arena, v.count, sizeof *values);
    if (!type || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < v.count; i++)
        values[i] = datum_float(vector_get(&v, i));
    return sql_array_make_vector(call, type, values, v.count, out);
}

const struct sql_builtin pg_vector_cast_functions[] = {
    {"vector_typmod_in",     vector_typmod_in   },
    {"halfvec_typmod_in",    halfvec_typmod_in  },
    {"sparsevec_typmod_in",  sparsevec_typmod_in},
    {"vector",               fit_dense          },
    {"halfvec",              fit_dense          },
    {"sparsevec",            fit_sparse         },
    {"halfvec_to_vector",    dense_to_dense     },
    {"vector_to_halfvec",    dense_to_dense     },
    {"vector_to_sparsevec",  dense_to_sparse    },
    {"halfvec_to_sparsevec", dense_to_sparse    },
    {"sparsevec_to_vector",  sparse_to_dense    },
    {"sparsevec_to_halfvec", sparse_to_dense    },
    {"array_to_vector",      array_to_dense     },
    {"array_to_halfvec",     array_to_dense     },
    {"array_to_sparsevec",   array_to_sparse    },
    {"vector_to_float4",     dense_to_array     },
    {"halfvec_to_float4",    dense_to_array     },
    {NULL,                   NULL               },
};
