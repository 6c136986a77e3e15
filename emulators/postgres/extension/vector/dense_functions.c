/* Distances and arithmetic of vector and halfvec, their averages; distances of bit strings. */
#include <math.h>

#include "emulators/postgres/extension/vector/vector.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bit.h"

#define PI 3.14159265358979323846

/* ---- distances */

/* Opens both arguments. */
static bool open_pair(struct sql_call *call, const struct datum *args, struct vector *a,
                      struct vector *b)
{
    *a = vector_open(args[0]);
    *b = vector_open(args[1]);
    return a->count == b->count ||
           sql_fail(call->env->error, "22000", "different %s dimensions %u and %u",
                    vector_is_half(sql_arg_type(call, 0)) ? "halfvec" : "vector",
                    (unsigned)a->count, (unsigned)b->count);
}

static float squared(const struct vector *a, const struct vector *b)
{
    float sum = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        float difference = vector_get(a, i) - vector_get(b, i);
        sum += difference * difference;
    }
    return sum;
}

static float product(const struct vector *a, const struct vector *b)
{
    float sum = 0;
    for (uint32_t i = 0; i < a->count; i++)
        sum += vector_get(a, i) * vector_get(b, i);
    return sum;
}

static float taxicab(const struct vector *a, const struct vector *b)
{
    float sum = 0;
    for (uint32_t i = 0; i < a->count; i++)
        sum += fabsf(vector_get(a, i) - vector_get(b, i));
    return sum;
}

static double clamp(double value)
{
    return value > 1 ? 1 : value < -1 ? -1 : value;
}

static double l2(const struct vector *a, const struct vector *b)
{
    return sqrt((double)squared(a, b));
}

static double l2_squared(const struct vector *a, const struct vector *b)
{
    return squared(a, b);
}

static double inner(const struct vector *a, const struct vector *b)
{
    return product(a, b);
}

static double negative_inner(const struct vector *a, const struct vector *b)
{
    return -(double)product(a, b);
}

static double l1(const struct vector *a, const struct vector *b)
{
    return taxicab(a, b);
}

static double cosine(const struct vector *a, const struct vector *b)
{
    double norms = sqrt((double)product(a, a) * (double)product(b, b));
    return 1.0 - clamp((double)product(a, b) / norms);
}

/* Of vectors of length 1. */
static double spherical(const struct vector *a, const struct vector *b)
{
    return acos(clamp(product(a, b))) / PI;
}

static bool measure(struct sql_call *call, const struct datum *args,
                    double (*distance)(const struct vector *, const struct vector *),
                    struct datum *out)
{
    struct vector a, b;
    if (!open_pair(call, args, &a, &b))
        return false;
    *out = datum_float(distance(&a, &b));
    return true;
}

SQL_FUNCTION(l2_distance, measure(call, args, l2, out))
SQL_FUNCTION(l2_squared_distance, measure(call, args, l2_squared, out))
SQL_FUNCTION(inner_product, measure(call, args, inner, out))
SQL_FUNCTION(negative_inner_product, measure(call, args, negative_inner, out))
SQL_FUNCTION(cosine_distance, measure(call, args, cosine, out))
SQL_FUNCTION(l1_distance, measure(call, args, l1, out))
SQL_FUNCTION(spherical_distance, measure(call, args, spherical, out))

/* ---- one vector */

static double norm(const struct vector *v)
{
    double sum = 0;
    for (uint32_t i = 0; i < v->count; i++)
        sum += (double)vector_get(v, i) * (double)vector_get(v, i);
    return sqrt(sum);
}

static bool dims(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, vector_open(args[0]).count);
}

static bool vector_norm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    const struct vector v = vector_open(args[0]);
    *out = datum_float(norm(&v));
    return true;
}

/* Room for elements that become the result; NULL: memory ran out. */
static float *room(struct sql_call *call, uint32_t count)
{
    float *elements = arena_zalloc(call->arena, (count + 1u) * sizeof *elements);
    if (!elements)
        sql_fail_memory(call->env->error);
    return elements;
}

static bool fail_range(struct sql_call *call, const char *how)
{
    return sql_fail(call->env->error, "22003", "value out of range: %s", how);
}

/* The result, whose type says whether it is of halves. */
static bool give(struct sql_call *call, float *elements, uint32_t count, struct datum *out)
{
    bool half = vector_is_half(call->result_type);
    for (uint32_t i = 0; i < count; i++) {
        if (half)
            elements[i] = half_round(elements[i]);
        if (isinf(elements[i]))
            return fail_range(call, "overflow");
    }
    return vector_make(call, elements, count, half, out);
}

static bool l2_normalize(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct vector v = vector_open(args[0]);
    double length = norm(&v);
    float *elements = room(call, v.count);
    if (!elements)
        return false;
    for (uint32_t i = 0; i < v.count && length > 0; i++)
        elements[i] = (float)((double)vector_get(&v, i) / length);
    return give(call, elements, v.count, out);
}

static bool binary_quantize(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct vector v = vector_open(args[0]);
    uint8_t *bits = sql_bits_make(call, v.count, out);
    if (!bits)
        return false;
    for (uint32_t i = 0; i < v.count; i++)
        if (vector_get(&v, i) > 0)
            bits[i / 8] = (uint8_t)(bits[i / 8] | 0x80 >> i % 8);
    return true;
}

/* From an element (counted from 1) on; what is outside is left out. */
static bool subvector(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct vector v = vector_open(args[0]);
    int64_t begin = args[1].i, end = begin + args[2].i;
    if (begin < 1)
        begin = 1;
    if (end > (int64_t)v.count + 1)
        end = (int64_t)v.count + 1;
    uint32_t count = args[2].i < 1 || begin >= end ? 0 : (uint32_t)(end - begin);
    float *elements = room(call, count);
    if (!elements)
        return false;
    for (uint32_t i = 0; i < count; i++)
        elements[i] = vector_get(&v, (uint32_t)begin - 1 + i);
    return give(call, elements, count, out);
}

/* ---- two vectors */

static float add(float a, float b)
{
    return a + b;
}

static float subtract(float a, float b)
{
    return a - b;
}

static float multiply(float a, float b)
{
    return a * b;
}

static bool combine(struct sql_call *call, const struct datum *args, float (*with)(float, float),
                    struct datum *out)
{
    struct vector a, b;
    if (!open_pair(call, args, &a, &b))
        return false;
    bool half = vector_is_half(call->result_type);
    float *elements = room(call, a.count);
    if (!elements)
        return false;
    for (uint32_t i = 0; i < a.count; i++) {
        float left = vector_get(&a, i), right = vector_get(&b, i);
        elements[i] = with(left, right);
        bool lost = (half ? half_round(elements[i]) : elements[i]) == 0;
        if (with == multiply && lost && left != 0 && right != 0)
            return fail_range(call, "underflow");
    }
    return give(call, elements, a.count, out);
}

SQL_FUNCTION(vector_add, combine(call, args, add, out))
SQL_FUNCTION(vector_sub, combine(call, args, subtract, out))
SQL_FUNCTION(vector_mul, combine(call, args, multiply, out))

static bool vector_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct vector a = vector_open(args[0]), b = vector_open(args[1]);
    float *elements = room(call, a.count + b.count);
    if (!elements)
        return false;
    for (uint32_t i = 0; i < a.count + b.count; i++)
        elements[i] = i < a.count ? vector_get(&a, i) : vector_get(&b, i - a.count);
    return give(call, elements, a.count + b.count, out);
}

/* ---- averages: an array of doubles, how many there were before their sums */

static bool open_state(struct sql_call *call, struct datum value, struct sql_array *out)
{
    sql_array_open(value, out);
    return (out->shape.dims == 1 && out->count >= 1 && !out->nulls) ||
           sql_fail(call->env->error, "22000", "vector_accum: expected state array");
}

static bool give_state(struct sql_call *call, const double *sums, uint32_t count, struct datum *out)
{
    const struct sql_type *type =
        sql_call_find_type(call, call->env->session->dialect->types_of.float8);
    struct datum *values = arena_array(call->arena, count, sizeof *values);
    if (!type || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        if (isinf(sums[i]))
            return fail_range(call, "overflow");
        values[i] = datum_float(sums[i]);
    }
    return sql_array_make_vector(call, type, values, count, out);
}

static bool vector_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array state;
    const struct vector v = vector_open(args[1]);
    if (!open_state(call, args[0], &state) ||
        (state.count > 1 && !vector_check_typmod(call, (int32_t)state.count - 1, v.count)))
        return false;
    double *sums = arena_zalloc(call->arena, (v.count + 1u) * sizeof *sums);
    if (!sums)
        return sql_fail_memory(call->env->error);
    sums[0] = sql_array_get(&state, 0).d + 1;
    for (uint32_t i = 0; i < v.count; i++)
        sums[i + 1] =
            (state.count > 1 ? sql_array_get(&state, i + 1).d : 0) + (double)vector_get(&v, i);
    return give_state(call, sums, v.count + 1, out);
}

static bool vector_combine(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array a, b;
    if (!open_state(call, args[0], &a) || !open_state(call, args[1], &b))
        return false;
    if (sql_array_get(&a, 0).d == 0 || sql_array_get(&b, 0).d == 0) {
        *out = args[sql_array_get(&a, 0).d == 0];
        return true;
    }
    if (!vector_check_typmod(call, (int32_t)a.count - 1, b.count - 1))
        return false;
    double *sums = arena_zalloc(call->arena, a.count * sizeof *sums);
    if (!sums)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < a.count; i++)
        sums[i] = sql_array_get(&a, i).d + sql_array_get(&b, i).d;
    return give_state(call, sums, a.count, out);
}

static bool vector_avg(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array state;
    if (!open_state(call, args[0], &state))
        return false;
    double count = sql_array_get(&state, 0).d;
    if (count == 0)
        return sql_give_null(out);
    float *elements = room(call, state.count);
    if (!elements)
        return false;
    for (uint32_t i = 1; i < state.count; i++)
        elements[i - 1] = (float)(sql_array_get(&state, i).d / count);
    return vector_make(call, elements, state.count - 1, vector_is_half(call->result_type), out);
}

/* ---- bit strings */

/* How many bits are set in one of them (either), and in both. */
static bool count_bits(struct sql_call *call, const struct datum *args, uint64_t *either,
                       uint64_t *both)
{
    const struct sql_bits a = sql_bits_open(args[0]), b = sql_bits_open(args[1]);
    *either = *both = 0;
    if (a.count != b.count)
        return sql_fail(call->env->error, "22000", "different bit lengths %u and %u",
                        (unsigned)a.count, (unsigned)b.count);
    for (uint32_t i = 0; i < (a.count + 7) / 8; i++) {
        *either += (unsigned)__builtin_popcount(a.ptr[i] | b.ptr[i]);
        *both += (unsigned)__builtin_popcount(a.ptr[i] & b.ptr[i]);
    }
    return true;
}

static bool hamming_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t either, both;
    if (!count_bits(call, args, &either, &both))
        return false;
    *out = datum_float((double)(either - both));
    return true;
}

static bool jaccard_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t either, both;
    if (!count_bits(call, args, &either, &both))
        return false;
    *out = datum_float(both ? 1 - (double)both / (double)either : 1);
    return true;
}

const struct sql_builtin pg_vector_functions[] = {
    {"l2_distance",                    l2_distance           },
    {"inner_product",                  inner_product         },
    {"cosine_distance",                cosine_distance       },
    {"l1_distance",                    l1_distance           },
    {"vector_dims",                    dims                  },
    {"vector_norm",                    vector_norm           },
    {"l2_normalize",                   l2_normalize          },
    {"binary_quantize",                binary_quantize       },
    {"subvector",                      subvector             },
    {"vector_add",                     vector_add            },
    {"vector_sub",                     vector_sub            },
    {"vector_mul",                     vector_mul            },
    {"vector_concat",                  vector_concat         },
    {"vector_l2_squared_distance",     l2_squared_distance   },
    {"vector_negative_inner_product",  negative_inner_product},
    {"vector_spherical_distance",      spherical_distance    },
    {"vector_accum",                   vector_accum          },
    {"vector_avg",                     vector_avg            },
    {"vector_combine",                 vector_combine        },
    {"halfvec_l2_distance",            l2_distance           },
    {"halfvec_inner_product",          inner_product         },
    {"halfvec_cosine_distance",        cosine_distance       },
    {"halfvec_l1_distance",            l1_distance           },
    {"halfvec_vector_dims",            dims                  },
    {"halfvec_l2_norm",                vector_norm           },
    {"halfvec_l2_normalize",           l2_normalize          },
    {"halfvec_binary_quantize",        binary_quantize       },
    {"halfvec_subvector",              subvector             },
    {"halfvec_add",                    vector_add            },
    {"halfvec_sub",                    vector_sub            },
    {"halfvec_mul",                    vector_mul            },
    {"halfvec_concat",                 vector_concat         },
    {"halfvec_l2_squared_distance",    l2_squared_distance   },
    {"halfvec_negative_inner_product", negative_inner_product},
    {"halfvec_spherical_distance",     spherical_distance    },
    {"halfvec_accum",                  vector_accum          },
    {"halfvec_avg",                    vector_avg            },
    {"hamming_distance",               hamming_distance      },
    {"jaccard_distance",               jaccard_distance      },
    {NULL,                             NULL                  },
};
