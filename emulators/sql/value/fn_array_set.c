/* Arrays into sets and back: unnest, subscripts, array_agg. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

/* The array that is taken apart, and where it is. */
struct unnest {
    struct sql_array array;
    uint32_t next;
};

static bool array_unnest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct unnest *state = call->set_state;
    if (!state) {
        state = arena_alloc(call->set_arena, sizeof(*state));
        struct slice copy = arena_dup(call->set_arena, datum_slice(args[0]));
        if (!state || !copy.ptr)
            return sql_fail_memory(call->env->error);
        sql_array_open(datum_bytes(copy), &state->array);
        state->next = 0;
        call->set_state = state;
    }
    call->columns = NULL; /* rows are given whole */
    if (state->next == state->array.count)
        return call->done = true;
    *out = sql_array_get(&state->array, state->next++);
    return true;
}

struct subscripts {
    int64_t next, last;
    int step;
};

static bool generate_subscripts(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct subscripts *state = call->set_state;
    if (!state) {
        struct sql_array array;
        state = arena_alloc(call->set_arena, sizeof(*state));
        if (!state)
            return sql_fail_memory(call->env->error);
        *state = (struct subscripts){.next = 1, .last = 0, .step = 1};
        sql_array_open(args[0], &array);
        if (args[1].i >= 1 && args[1].i <= (int64_t)array.shape.dims) {
            int64_t d = args[1].i - 1;
            state->next = array.shape.lower[d];
            state->last = state->next + array.shape.length[d] - 1;
            if (call->argc > 2 && args[2].i)
                *state = (struct subscripts){state->last, state->next, -1};
        }
        call->set_state = state;
    }
    if (state->step > 0 ? state->next > state->last : state->next < state->last)
        return call->done = true;
    *out = datum_int(state->next);
    state->next += state->step;
    return true;
}

/* State of array_agg; `shape` is that of the arrays gathered, dims 0 for elements. */
struct array_agg {
    struct sql_array_builder builder;
    struct sql_array_shape shape;
    uint32_t arrays;
};

static struct array_agg *agg_state(struct sql_call *call, struct datum state, uint32_t element)
{
    if (!state.null && state.state)
        return state.state;
    const struct sql_type *type = sql_call_find_type(call, element);
    struct array_agg *agg = type ? arena_zalloc(call->arena, sizeof(*agg)) : NULL;
    if (!agg) {
        if (type)
            sql_fail_memory(call->env->error);
        return NULL;
    }
    sql_array_builder_init(&agg->builder, call->arena, type);
    return agg;
}

static bool give_state(struct array_agg *agg, struct datum *out)
{
    *out = (struct datum){.state = agg};
    return true;
}

static bool array_agg_add(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct array_agg *agg = agg_state(call, args[0], sql_arg_type(call, 1)->id);
    return agg && sql_array_builder_add(call, &agg->builder, args[1]) && give_state(agg, out);
}

static bool array_agg_finish(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null || !args[0].state)
        return sql_give_null(out);
    const struct array_agg *agg = args[0].state;
    return sql_array_builder_finish(call, &agg->builder, out);
}

static bool check_shape(struct sql_call *call, struct array_agg *agg,
                        const struct sql_array_shape *shape)
{
    if (shape->dims == 0)
        return sql_fail(call->env->error, "2202E", "cannot accumulate empty arrays");
    if (agg->arrays == 0) {
        agg->shape = *shape;
        return sql_array_check_dims(call, shape->dims + 1);
    }
    bool same = shape->dims == agg->shape.dims;
    for (uint32_t d = 0; same && d < shape->dims; d++)
        same = shape->length[d] == agg->shape.length[d] && shape->lower[d] == agg->shape.lower[d];
    return same || sql_fail(call->env->error, "2202E",
                            "cannot accumulate arrays of different dimensionality");
}

static bool array_agg_array_add(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    struct array_agg *agg = agg_state(call, args[0], sql_arg_type(call, 1)->element);
    if (!agg)
        return false;
    if (args[1].null)
        return sql_fail(call->env->error, "22004", "cannot accumulate null arrays");
    sql_array_open(args[1], &array);
    if (!check_shape(call, agg, &array.shape))
        return false;
    for (uint32_t i = 0; i < array.count; i++)
        if (!sql_array_builder_add(call, &agg->builder, sql_array_get(&array, i)))
            return false;
    agg->arrays++;
    return give_state(agg, out);
}

static bool array_agg_array_finish(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    if (args[0].null || !args[0].state)
        return sql_give_null(out);
    const struct array_agg *agg = args[0].state;
    struct sql_array_shape shape = {agg->shape.dims + 1, {(int32_t)agg->arrays}, {1}};
    for (uint32_t d = 0; d < agg->shape.dims; d++) {
        shape.length[d + 1] = agg->shape.length[d];
        shape.lower[d + 1] = agg->shape.lower[d];
    }
    return sql_array_make(call, agg->builder.element, &shape, agg->builder.elements, out);
}

/* any_value: what came first stays. */
SQL_FUNCTION(any_value_transfn, (*out = args[0], (void)call, true))

const struct sql_builtin sql_array_set_builtins[] = {
    {"any_value_transfn",         any_value_transfn     },
    {"array_unnest",              array_unnest          },
    {"generate_subscripts",       generate_subscripts   },
    {"generate_subscripts_nodir", generate_subscripts   },
    {"array_agg_transfn",         array_agg_add         },
    {"array_agg_finalfn",         array_agg_finish      },
    {"array_agg_array_transfn",   array_agg_array_add   },
    {"array_agg_array_finalfn",   array_agg_array_finish},
    {NULL,                        NULL                  },
};
