/* Distances of sparse vectors. */
#include <math.h>

#include "emulators/postgres/extension/vector/vector.h"

/* The elements of two vectors at each index at which one of them has one. */
struct walk {
    struct sparse a, b;
    uint32_t at_a, at_b;
    float left, right;
};

static bool step(struct walk *walk)
{
    bool has_a = walk->at_a < walk->a.count, has_b = walk->at_b < walk->b.count;
    uint32_t left = has_a ? sparse_index(&walk->a, walk->at_a) : UINT32_MAX;
    uint32_t right = has_b ? sparse_index(&walk->b, walk->at_b) : UINT32_MAX;
    walk->left = has_a && left <= right ? sparse_get(&walk->a, walk->at_a++) : 0;
    walk->right = has_b && right <= left ? sparse_get(&walk->b, walk->at_b++) : 0;
    return has_a || has_b;
}

static bool begin(struct sql_call *call, const struct datum *args, struct walk *out)
{
    *out = (struct walk){.a = sparse_open(args[0]), .b = sparse_open(args[1])};
    return out->a.dimensions == out->b.dimensions ||
           sql_fail(call->env->error, "22000", "different sparsevec dimensions %u and %u",
                    (unsigned)out->a.dimensions, (unsigned)out->b.dimensions);
}

static bool squared(struct sql_call *call, const struct datum *args, float *out)
{
    struct walk walk;
    if (!begin(call, args, &walk))
        return false;
    for (*out = 0; step(&walk);)
        *out += (walk.left - walk.right) * (walk.left - walk.right);
    return true;
}

static bool product(struct sql_call *call, const struct datum *args, float *out)
{
    struct walk walk;
    if (!begin(call, args, &walk))
        return false;
    for (*out = 0; step(&walk);)
        *out += walk.left * walk.right;
    return true;
}

static bool l2_squared_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    float sum;
    if (!squared(call, args, &sum))
        return false;
    *out = datum_float(sum);
    return true;
}

static bool l2_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    float sum;
    if (!squared(call, args, &sum))
        return false;
    *out = datum_float(sqrt((double)sum));
    return true;
}

static bool inner_product(struct sql_call *call, const struct datum *args, struct datum *out)
{
    float sum;
    if (!product(call, args, &sum))
        return false;
    *out = datum_float(sum);
    return true;
}

static bool negative_inner_product(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    float sum;
    if (!product(call, args, &sum))
        return false;
    *out = datum_float(-(double)sum);
    return true;
}

static float own_product(const struct sparse *v)
{
    float sum = 0;
    for (uint32_t i = 0; i < v->count; i++)
        sum += sparse_get(v, i) * sparse_get(v, i);
    return sum;
}

static bool cosine_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sparse a = sparse_open(args[0]), b = sparse_open(args[1]);
    float sum;
    if (!product(call, args, &sum))
        return false;
    double similarity = (double)sum / sqrt((double)own_product(&a) * (double)own_product(&b));
    similarity = similarity > 1 ? 1 : similarity < -1 ? -1 : similarity;
    *out = datum_float(1.0 - similarity);
    return true;
}

static bool l1_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct walk walk;
    float sum = 0;
    if (!begin(call, args, &walk))
        return false;
    while (step(&walk))
        sum += fabsf(walk.left - walk.right);
    *out = datum_float(sum);
    return true;
}

static double norm(const struct sparse *v)
{
    double sum = 0;
    for (uint32_t i = 0; i < v->count; i++)
        sum += (double)sparse_get(v, i) * (double)sparse_get(v, i);
    return sqrt(sum);
}

static bool l2_norm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    const struct sparse v = sparse_open(args[0]);
    *out = datum_float(norm(&v));
    return true;
}

static bool l2_normalize(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sparse v = sparse_open(args[0]);
    double length = norm(&v);
    uint32_t *indices = arena_array(call->arena, v.count + 1u, sizeof *indices);
    float *elements = arena_array(call->arena, v.count + 1u, sizeof *elements);
    if (!indices || !elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < v.count; i++) {
        indices[i] = sparse_index(&v, i);
        elements[i] = (float)((double)sparse_get(&v, i) / length);
        if (isinf(elements[i]))
            return sql_fail(call->env->error, "22003", "value out of range: overflow");
    }
    return sparse_make(call, v.dimensions, indices, elements, length > 0 ? v.count : 0, out);
}

const struct sql_builtin pg_sparsevec_functions[] = {
    {"sparsevec_l2_distance",            l2_distance           },
    {"sparsevec_inner_product",          inner_product         },
    {"sparsevec_cosine_distance",        cosine_distance       },
    {"sparsevec_l1_distance",            l1_distance           },
    {"sparsevec_l2_norm",                l2_norm               },
    {"sparsevec_l2_normalize",           l2_normalize          },
    {"sparsevec_l2_squared_distance",    l2_squared_distance   },
    {"sparsevec_negative_inner_product", negative_inner_product},
    {NULL,                               NULL                  },
};
