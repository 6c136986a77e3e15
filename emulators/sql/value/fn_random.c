/* Random numbers, and arrays in random order. */
#include <math.h>

#include "common/random.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/float.h"

#define TWO_PI 6.283185307179586

static bool random_number(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    *out = datum_float(random_double(call->env->random));
    return true;
}

static bool set_seed(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double seed = args[0].d;
    if (!(seed >= -1 && seed <= 1))
        return sql_fail(call->env->error, "22023",
                        "setseed parameter %g is out of allowed range [-1,1]", seed);
    random_seed(call->env->random, (uint64_t)(int64_t)(seed * 4503599627370495.0));
    *out = datum_bytes(slice_str(""));
    return true;
}

/* random_normal(mean, deviation), by the transform of Box and Muller. */
static bool random_normal(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double u = 1 - random_double(call->env->random), v = random_double(call->env->random);
    *out = datum_float(args[0].d + args[1].d * sqrt(-2 * log(u)) * sin(TWO_PI * v));
    return true;
}

/* random(min, max), both included. */
static bool random_between(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i > args[1].i)
        return sql_fail(call->env->error, "22023",
                        "lower bound must be less than or equal to upper bound");
    uint64_t span = args[1].u - args[0].u;
    uint64_t above = span == UINT64_MAX ? random_u64(call->env->random)
                                        : random_below(call->env->random, span + 1);
    *out = datum_int((int64_t)(args[0].u + above));
    return true;
}

/* `count` of the first dimension's items, drawn without putting back. */
static bool draw(struct sql_call *call, const struct sql_array *array, int32_t count,
                 bool keep_lower, struct datum *out)
{
    uint32_t items = (uint32_t)array->shape.length[0], each = array->count / items;
    uint32_t *order = arena_array(call->arena, items, sizeof(*order));
    struct datum *elements = arena_array(call->arena, array->count, sizeof(*elements));
    const struct sql_type *element = sql_call_find_type(call, array->element);
    struct sql_array_shape shape = array->shape;
    if (!element)
        return false;
    if (!order || !elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < items; i++)
        order[i] = i;
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        uint32_t at = i + (uint32_t)random_below(call->env->random, items - i), drawn = order[at];
        order[at] = order[i];
        for (uint32_t k = 0; k < each; k++)
            elements[i * each + k] = sql_array_get(array, drawn * each + k);
    }
    shape.length[0] = count;
    if (!keep_lower)
        shape.lower[0] = 1;
    if (!count)
        shape.dims = 0;
    return sql_array_make(call, element, &shape, elements, out);
}

static bool array_shuffle(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    *out = args[0];
    return array.shape.dims == 0 || array.shape.length[0] < 2 ||
           draw(call, &array, array.shape.length[0], true, out);
}

static bool array_sample(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    int32_t items = array.shape.dims ? array.shape.length[0] : 0;
    if (args[1].i < 0 || args[1].i > items)
        return sql_fail(call->env->error, "22023", "sample size must be between 0 and %d",
                        (int)items);
    *out = args[0];
    return items == 0 || draw(call, &array, (int32_t)args[1].i, false, out);
}

const struct sql_builtin sql_random_builtins[] = {
    {"array_sample",   array_sample  },
    {"array_shuffle",  array_shuffle },
    {"drandom",        random_number },
    {"drandom_normal", random_normal },
    {"int4random",     random_between},
    {"int8random",     random_between},
    {"setseed",        set_seed      },
    {NULL,             NULL          },
};
