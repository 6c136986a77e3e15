/* Functions and aggregates of ranges and multiranges that are no predicates: making, bounds, sets. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/range.h"
#include "emulators/sql/value/type_io.h"

/* ---- constructors */

static bool construct(struct sql_call *call, const struct datum *args, struct slice flags,
                      struct datum *out)
{
    struct sql_range range = {.lower = {.lower = true}};
    if (!sql_range_flags(call, flags, &range))
        return false;
    range.lower.infinite = args[0].null;
    range.lower.value = args[0];
    range.upper.infinite = args[1].null;
    range.upper.value = args[1];
    return sql_range_make(call, call->result_type, &range, out);
}

static bool range_constructor2(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return construct(call, args, slice_str("[)"), out);
}

static bool range_constructor3(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[2].null)
        return sql_fail(call->env->error, "22000",
                        "range constructor flags argument must not be null");
    return construct(call, args, datum_slice(args[2]), out);
}

/* A multirange of `count` range values. */
static bool make_multirange(struct sql_call *call, const struct sql_type *type,
                            const struct datum *ranges, uint32_t count, struct datum *out)
{
    struct sql_spans spans = {.subtype = sql_range_subtype(call, type)};
    bool single;
    spans.items = arena_array(call->arena, count + 1, sizeof(struct sql_range));
    if (!spans.items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        sql_range_open(spans.subtype, datum_slice(ranges[i]), &spans.items[spans.count++]);
    return sql_spans_normalize(call, sql_range_type(call, type), &spans) &&
           sql_spans_make(call, type, &spans, &single, out);
}

static bool multirange_constructor0(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    (void)args;
    return make_multirange(call, call->result_type, NULL, 0, out);
}

static bool multirange_constructor1(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    return make_multirange(call, call->result_type, args, 1, out);
}

static bool multirange_constructor2(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    if (array.shape.dims > 1)
        return sql_fail(call->env->error, "21000",
                        "multiranges cannot be constructed from multidimensional arrays");
    struct datum *ranges = arena_array(call->arena, array.count + 1, sizeof(*ranges));
    if (!ranges)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < array.count; i++) {
        ranges[i] = sql_array_get(&array, i);
        if (ranges[i].null)
            return sql_fail(call->env->error, "22004",
                            "multirange values cannot contain null members");
    }
    return make_multirange(call, call->result_type, ranges, array.count, out);
}

/* ---- bounds; of a multirange those of the whole */

static bool first_spans(struct sql_call *call, const struct datum *args, struct sql_spans *spans)
{
    return sql_spans_open(call, sql_arg_type(call, 0), args[0], spans);
}

static bool give_bound(struct datum *out, const struct sql_spans *spans, bool lower)
{
    if (spans->count == 0)
        return sql_give_null(out);
    const struct sql_bound *bound =
        lower ? &spans->items[0].lower : &spans->items[spans->count - 1].upper;
    if (bound->infinite)
        return sql_give_null(out);
    *out = bound->value;
    return true;
}

#define BOUND(name, expression)                                                          \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        struct sql_spans s;                                                              \
        return first_spans(call, args, &s) && (expression);                              \
    }

BOUND(lower, give_bound(out, &s, true))
BOUND(upper, give_bound(out, &s, false))
BOUND(is_empty, sql_give_bool(out, s.count == 0))
BOUND(lower_inc, sql_give_bool(out, s.count &&s.items[0].lower.inclusive))
BOUND(upper_inc, sql_give_bool(out, s.count &&s.items[s.count - 1].upper.inclusive))
BOUND(lower_inf, sql_give_bool(out, s.count &&s.items[0].lower.infinite))
BOUND(upper_inf, sql_give_bool(out, s.count &&s.items[s.count - 1].upper.infinite))

/* ---- sets */

static bool two_spans(struct sql_call *call, const struct datum *args, struct sql_spans *a,
                      struct sql_spans *b)
{
    return sql_spans_open(call, sql_arg_type(call, 0), args[0], a) &&
           sql_spans_open(call, sql_arg_type(call, 1), args[1], b);
}

static bool new_spans(struct sql_call *call, const struct sql_type *subtype, uint32_t room,
                      struct sql_spans *out)
{
    *out = (struct sql_spans){.subtype = subtype};
    out->items = arena_array(call->arena, (size_t)room + 1, sizeof(struct sql_range));
    return out->items || sql_fail_memory(call->env->error);
}

static bool give_spans(struct sql_call *call, struct sql_spans *spans, const char *what,
                       struct datum *out)
{
    const struct sql_type *type = sql_arg_type(call, 0);
    bool single;
    if (!sql_spans_normalize(call, sql_range_type(call, type), spans) ||
        !sql_spans_make(call, type, spans, &single, out))
        return false;
    return single ||
           sql_fail(call->env->error, "22000", "result of range %s would not be contiguous", what);
}

static bool union_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_spans a, b, all;
    if (!two_spans(call, args, &a, &b) || !new_spans(call, a.subtype, a.count + b.count, &all))
        return false;
    if (a.count)
        memcpy(all.items, a.items, a.count * sizeof(*a.items));
    if (b.count)
        memcpy(all.items + a.count, b.items, b.count * sizeof(*b.items));
    all.count = a.count + b.count;
    return give_spans(call, &all, "union", out);
}

/* The part that two ranges have in common; empty when there is none. */
static struct sql_range common_part(struct sql_call *call, const struct sql_type *subtype,
                                    const struct sql_range *a, const struct sql_range *b)
{
    struct sql_range part = {
        .lower = sql_bound_compare(call, subtype, &a->lower, &b->lower) >= 0 ? a->lower : b->lower,
        .upper = sql_bound_compare(call, subtype, &a->upper, &b->upper) <= 0 ? a->upper : b->upper,
    };
    part.empty = sql_bound_compare(call, subtype, &part.lower, &part.upper) > 0;
    return part;
}

static bool intersect_spans(struct sql_call *call, const struct sql_spans *a,
                            const struct sql_spans *b, struct sql_spans *out)
{
    if (!new_spans(call, a->subtype, a->count + b->count, out))
        return false;
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        struct sql_range part = common_part(call, a->subtype, &a->items[i], &b->items[j]);
        if (!part.empty)
            out->items[out->count++] = part;
        if (sql_bound_compare(call, a->subtype, &a->items[i].upper, &b->items[j].upper) < 0)
            i++;
        else
            j++;
    }
    return true;
}

static bool intersection_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_spans a, b, part;
    return two_spans(call, args, &a, &b) && intersect_spans(call, &a, &b, &part) &&
           give_spans(call, &part, "intersection", out);
}

/* The bound where what a bound cuts off begins: [ becomes ), ( becomes ]. */
static struct sql_bound turned(struct sql_bound bound)
{
    bound.inclusive = !bound.inclusive;
    bound.lower = !bound.lower;
    return bound;
}

static bool difference_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_spans a, b, rest;
    if (!two_spans(call, args, &a, &b) || !new_spans(call, a.subtype, a.count + b.count, &rest))
        return false;
    uint32_t j = 0;
    for (uint32_t i = 0; i < a.count; i++) {
        struct sql_range left = a.items[i];
        bool over = false;
        while (j < b.count &&
               sql_bound_compare(call, a.subtype, &b.items[j].upper, &left.lower) < 0)
            j++;
        for (uint32_t k = j; k < b.count && !over; k++) {
            const struct sql_range *cut = &b.items[k];
            if (sql_bound_compare(call, a.subtype, &cut->lower, &left.upper) > 0)
                break;
            if (sql_bound_compare(call, a.subtype, &cut->lower, &left.lower) > 0) {
                struct sql_range before = left;
                before.upper = turned(cut->lower);
                rest.items[rest.count++] = before;
            }
            over = sql_bound_compare(call, a.subtype, &cut->upper, &left.upper) >= 0;
            if (!over)
                left.lower = turned(cut->upper);
        }
        if (!over)
            rest.items[rest.count++] = left;
    }
    return give_spans(call, &rest, "difference", out);
}

/* The smallest range around everything. */
static bool merge_spans(struct sql_call *call, const struct sql_type *range_type,
                        struct sql_spans *all, struct datum *out)
{
    bool single;
    if (!sql_spans_normalize(call, range_type, all))
        return false;
    if (all->count) {
        all->items[0].upper = all->items[all->count - 1].upper;
        all->count = 1;
    }
    return sql_spans_make(call, range_type, all, &single, out);
}

static bool range_merge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_spans a, b, all;
    if (!two_spans(call, args, &a, &b) || !new_spans(call, a.subtype, 2, &all))
        return false;
    for (uint32_t i = 0; i < a.count; i++)
        all.items[all.count++] = a.items[i];
    for (uint32_t i = 0; i < b.count; i++)
        all.items[all.count++] = b.items[i];
    return merge_spans(call, sql_arg_type(call, 0), &all, out);
}

static bool range_merge_from_multirange(struct sql_call *call, const struct datum *args,
                                        struct datum *out)
{
    struct sql_spans all;
    return first_spans(call, args, &all) &&
           merge_spans(call, sql_range_type(call, sql_arg_type(call, 0)), &all, out);
}

/* ---- aggregates */

struct gathered {
    struct sql_spans spans;
    uint32_t room;
};

static bool gather(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct gathered *state = args[0].null ? NULL : args[0].state;
    struct sql_spans more;
    if (!state) {
        state = arena_zalloc(call->arena, sizeof(*state));
        if (!state)
            return sql_fail_memory(call->env->error);
    }
    *out = (struct datum){.state = state};
    if (args[1].null)
        return true;
    struct slice kept = arena_dup(call->arena, datum_slice(args[1]));
    if (!kept.ptr)
        return sql_fail_memory(call->env->error);
    if (!sql_spans_open(call, sql_arg_type(call, 1), datum_bytes(kept), &more))
        return false;
    state->spans.subtype = more.subtype;
    for (uint32_t i = 0; i < more.count; i++) {
        if (state->spans.count == state->room) {
            struct sql_spans grown;
            state->room = state->room ? state->room * 2 : 8;
            if (!new_spans(call, more.subtype, state->room, &grown))
                return false;
            if (state->spans.count)
                memcpy(grown.items, state->spans.items, state->spans.count * sizeof(*grown.items));
            state->spans.items = grown.items;
        }
        state->spans.items[state->spans.count++] = more.items[i];
    }
    return true;
}

static bool finish_gathering(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null || !((struct gathered *)args[0].state)->spans.subtype)
        return sql_give_null(out);
    const struct gathered *state = args[0].state;
    struct sql_spans copy;
    bool single;
    if (!new_spans(call, state->spans.subtype, state->spans.count, &copy))
        return false;
    if (state->spans.count)
        memcpy(copy.items, state->spans.items, state->spans.count * sizeof(*copy.items));
    copy.count = state->spans.count;
    return sql_spans_normalize(call, sql_range_type(call, call->result_type), &copy) &&
           sql_spans_make(call, call->result_type, &copy, &single, out);
}

/* ---- the rest */

static bool multirange_unnest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_spans *spans = call->set_state;
    if (!spans) {
        struct sql_call keep = *call;
        keep.arena = call->set_arena;
        struct slice kept = arena_dup(call->set_arena, datum_slice(args[0]));
        spans = arena_zalloc(call->set_arena, sizeof(*spans));
        if (!kept.ptr || !spans)
            return sql_fail_memory(call->env->error);
        if (!sql_spans_open(&keep, sql_arg_type(call, 0), datum_bytes(kept), spans))
            return false;
        call->set_state = spans;
    }
    call->done = spans->count == 0;
    if (call->done)
        return true;
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_range_put(spans->subtype, spans->items++, &bytes);
    spans->count--;
    return sql_give_bytes(call, out, &bytes);
}

/* The canonical functions: values are in that form already. */
static bool canonical(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

static bool hash_of(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = sql_arg_type(call, 0);
    return sql_give_int(out, (int32_t)type->ops->hash(call, type, args[0]));
}

static bool hash_of_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = sql_arg_type(call, 0);
    return sql_give_int(out, (int64_t)(type->ops->hash(call, type, args[0]) ^ args[1].u));
}

#define COMPARISONS(prefix)                                                                       \
    {#prefix "_cmp", sql_call_cmp}, {#prefix "_eq", sql_call_eq}, {#prefix "_ge", sql_call_ge},   \
        {#prefix "_gt", sql_call_gt}, {#prefix "_le", sql_call_le}, {#prefix "_lt", sql_call_lt}, \
        {#prefix "_ne", sql_call_ne}, {#prefix "_in", sql_call_input},                            \
        {#prefix "_out", sql_call_output},                                                        \
    {                                                                                             \
#        prefix "_send", sql_call_send                                                            \
    }

const struct sql_builtin sql_range_builtins[] = {
    {"daterange_canonical",              canonical                  },
    {"hash_multirange",                  hash_of                    },
    {"hash_multirange_extended",         hash_of_extended           },
    {"hash_range",                       hash_of                    },
    {"hash_range_extended",              hash_of_extended           },
    {"int4range_canonical",              canonical                  },
    {"int8range_canonical",              canonical                  },
    {"multirange_agg_transfn",           gather                     },
    {"multirange_constructor0",          multirange_constructor0    },
    {"multirange_constructor1",          multirange_constructor1    },
    {"multirange_constructor2",          multirange_constructor2    },
    {"multirange_empty",                 is_empty                   },
    {"multirange_intersect",             intersection_of            },
    {"multirange_intersect_agg_transfn", intersection_of            },
    {"multirange_lower",                 lower                      },
    {"multirange_lower_inc",             lower_inc                  },
    {"multirange_lower_inf",             lower_inf                  },
    {"multirange_minus",                 difference_of              },
    {"multirange_union",                 union_of                   },
    {"multirange_unnest",                multirange_unnest          },
    {"multirange_upper",                 upper                      },
    {"multirange_upper_inc",             upper_inc                  },
    {"multirange_upper_inf",             upper_inf                  },
    {"range_agg_finalfn",                finish_gathering           },
    {"range_agg_transfn",                gather                     },
    {"range_constructor2",               range_constructor2         },
    {"range_constructor3",               range_constructor3         },
    {"range_empty",                      is_empty                   },
    {"range_intersect",                  intersection_of            },
    {"range_intersect_agg_transfn",      intersection_of            },
    {"range_lower",                      lower                      },
    {"range_lower_inc",                  lower_inc                  },
    {"range_lower_inf",                  lower_inf                  },
    {"range_merge",                      range_merge                },
    {"range_merge_from_multirange",      range_merge_from_multirange},
    {"range_minus",                      difference_of              },
    {"range_union",                      union_of                   },
    {"range_upper",                      upper                      },
    {"range_upper_inc",                  upper_inc                  },
    {"range_upper_inf",                  upper_inf                  },
    COMPARISONS(multirange),
    COMPARISONS(range),
    {NULL,                               NULL                       },
};
