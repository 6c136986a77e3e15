/* Predicates of ranges, multiranges and elements, in every combination: both sides are the ranges
 * that they consist of. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/range.h"

typedef bool predicate(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b);

static int compare(struct sql_call *call, const struct sql_spans *of, const struct sql_bound *a,
                   const struct sql_bound *b)
{
    return sql_bound_compare(call, of->subtype, a, b);
}

static const struct sql_bound *start(const struct sql_spans *spans)
{
    return &spans->items[0].lower;
}

static const struct sql_bound *end(const struct sql_spans *spans)
{
    return &spans->items[spans->count - 1].upper;
}

static bool overlaps(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (compare(call, a, &a->items[i].upper, &b->items[j].lower) < 0)
            i++;
        else if (compare(call, a, &b->items[j].upper, &a->items[i].lower) < 0)
            j++;
        else
            return true;
    }
    return false;
}

static bool contains(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    uint32_t i = 0;
    for (uint32_t j = 0; j < b->count; j++) {
        while (i < a->count && compare(call, a, &a->items[i].upper, &b->items[j].upper) < 0)
            i++;
        if (i == a->count || compare(call, a, &a->items[i].lower, &b->items[j].lower) > 0)
            return false;
    }
    return true;
}

static bool contained(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    return contains(call, b, a);
}

static bool before(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    return a->count && b->count && compare(call, a, end(a), start(b)) < 0;
}

static bool after(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    return before(call, b, a);
}

static bool overleft(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    return a->count && b->count && compare(call, a, end(a), end(b)) <= 0;
}

static bool overright(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    return a->count && b->count && compare(call, a, start(a), start(b)) >= 0;
}

static bool adjacent(struct sql_call *call, const struct sql_spans *a, const struct sql_spans *b)
{
    const struct sql_type *type = sql_range_type(call, sql_arg_type(call, 0));
    if (!a->count || !b->count)
        return false;
    return sql_bound_adjacent(call, a->subtype, end(a), start(b), type) ||
           sql_bound_adjacent(call, a->subtype, end(b), start(a), type);
}

static bool ask(struct sql_call *call, const struct datum *args, predicate *holds,
                struct datum *out)
{
    struct sql_spans a, b;
    return sql_spans_open(call, sql_arg_type(call, 0), args[0], &a) &&
           sql_spans_open(call, sql_arg_type(call, 1), args[1], &b) &&
           sql_give_bool(out, holds(call, &a, &b));
}

#define PREDICATE(name, holds)                                                           \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        return ask(call, args, holds, out);                                              \
    }

PREDICATE(call_overlaps, overlaps)
PREDICATE(call_contains, contains)
PREDICATE(call_contained, contained)
PREDICATE(call_before, before)
PREDICATE(call_after, after)
PREDICATE(call_overleft, overleft)
PREDICATE(call_overright, overright)
PREDICATE(call_adjacent, adjacent)

/* An element is the range from itself to itself. */
static bool contains_element(struct sql_call *call, struct datum spans_value,
                             const struct sql_type *type, struct datum element, struct datum *out)
{
    struct sql_spans spans;
    if (!sql_spans_open(call, type, spans_value, &spans))
        return false;
    struct sql_range one = {
        .lower = {.value = element, .inclusive = true, .lower = true},
        .upper = {.value = element,                .inclusive = true                 }
    };
    const struct sql_spans single = {&one, 1, spans.subtype};
    return sql_give_bool(out, contains(call, &spans, &single));
}

static bool contains_elem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return contains_element(call, args[0], sql_arg_type(call, 0), args[1], out);
}

static bool elem_contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return contains_element(call, args[1], sql_arg_type(call, 1), args[0], out);
}

#define ALL_SIDES(name, function)                                       \
    {"range_" name, function}, {"range_" name "_multirange", function}, \
        {"multirange_" name "_range", function},                        \
    {                                                                   \
        "multirange_" name "_multirange", function                      \
    }

const struct sql_builtin sql_span_builtins[] = {
    ALL_SIDES("adjacent", call_adjacent),
    ALL_SIDES("after", call_after),
    ALL_SIDES("before", call_before),
    ALL_SIDES("contained_by", call_contained),
    ALL_SIDES("contains", call_contains),
    ALL_SIDES("overlaps", call_overlaps),
    ALL_SIDES("overleft", call_overleft),
    ALL_SIDES("overright", call_overright),
    {"elem_contained_by_multirange", elem_contained},
    {"elem_contained_by_range",      elem_contained},
    {"multirange_contains_elem",     contains_elem },
    {"range_contains_elem",          contains_elem },
    {NULL,                           NULL          },
};
