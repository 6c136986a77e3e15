#include "emulators/sql/value/range.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/integer.h"

enum { DATE_LAST = 2145031948 }; /* the last day that a date can be */

enum {
    FLAG_EMPTY = 0x01,
    FLAG_LOWER_INCLUSIVE = 0x02,
    FLAG_UPPER_INCLUSIVE = 0x04,
    FLAG_LOWER_INFINITE = 0x08,
    FLAG_UPPER_INFINITE = 0x10,
};

const struct sql_type *sql_range_type(struct sql_call *call, const struct sql_type *type)
{
    type = sql_domain_base(call->env, type);
    if (type->kind != SQL_TYPE_MULTIRANGE)
        return type;
    const struct sql_range_info *info = type->extra;
    return call->env->find_type(call->env, info->range);
}

const struct sql_type *sql_range_subtype(struct sql_call *call, const struct sql_type *type)
{
    const struct sql_range_info *info = sql_domain_base(call->env, type)->extra;
    call->collation = info->collation; /* bounds are compared by it, whatever the expression's is */
    return call->env->find_type(call->env, info->subtype);
}

/* ---- flat form */

static const uint8_t *get_bound(const struct sql_type *subtype, const uint8_t *at,
                                struct sql_bound *bound)
{
    if (bound->infinite)
        return at;
    bound->value = (struct datum){.null = false};
    if (subtype->by_value) {
        memcpy(&bound->value.u, at, sizeof(bound->value.u));
        return at + sizeof(bound->value.u);
    }
    memcpy(&bound->value.len, at, sizeof(bound->value.len));
    bound->value.ptr = at + sizeof(bound->value.len);
    return bound->value.ptr + bound->value.len;
}

void sql_range_open(const struct sql_type *subtype, struct slice bytes, struct sql_range *out)
{
    uint8_t flags = bytes.ptr[0];
    *out = (struct sql_range){.empty = flags & FLAG_EMPTY};
    out->lower = (struct sql_bound){.infinite = flags & FLAG_LOWER_INFINITE,
                                    .inclusive = flags & FLAG_LOWER_INCLUSIVE,
                                    .lower = true};
    out->upper = (struct sql_bound){.infinite = flags & FLAG_UPPER_INFINITE,
                                    .inclusive = flags & FLAG_UPPER_INCLUSIVE};
    if (out->empty)
        return;
    get_bound(subtype, get_bound(subtype, bytes.ptr + 1, &out->lower), &out->upper);
}

static void put_bound(const struct sql_type *subtype, const struct sql_bound *bound,
                      struct sql_bytes *out)
{
    if (bound->infinite)
        return;
    if (subtype->by_value) {
        sql_bytes_add(out, &bound->value.u, sizeof(bound->value.u));
        return;
    }
    sql_bytes_add(out, &bound->value.len, sizeof(bound->value.len));
    sql_bytes_add(out, bound->value.ptr, bound->value.len);
}

static uint8_t flags_of(const struct sql_range *range)
{
    if (range->empty)
        return FLAG_EMPTY;
    int flags = (range->lower.infinite ? FLAG_LOWER_INFINITE : 0) |
                (range->upper.infinite ? FLAG_UPPER_INFINITE : 0) |
                (range->lower.inclusive ? FLAG_LOWER_INCLUSIVE : 0) |
                (range->upper.inclusive ? FLAG_UPPER_INCLUSIVE : 0);
    return (uint8_t)flags;
}

void sql_range_put(const struct sql_type *subtype, const struct sql_range *range,
                   struct sql_bytes *out)
{
    sql_bytes_add_char(out, (char)flags_of(range));
    if (range->empty)
        return;
    put_bound(subtype, &range->lower, out);
    put_bound(subtype, &range->upper, out);
}

/* ---- bounds */

static int compare_values(struct sql_call *call, const struct sql_type *subtype, struct datum a,
                          struct datum b)
{
    return subtype->ops->compare(call, subtype, a, b);
}

int sql_bound_compare(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_bound *a, const struct sql_bound *b)
{
    if (a->infinite && b->infinite)
        return a->lower == b->lower ? 0 : a->lower ? -1 : 1;
    if (a->infinite)
        return a->lower ? -1 : 1;
    if (b->infinite)
        return b->lower ? 1 : -1;
    int order = compare_values(call, subtype, a->value, b->value);
    if (order)
        return order;
    if (!a->inclusive && !b->inclusive)
        return a->lower == b->lower ? 0 : a->lower ? 1 : -1;
    if (!a->inclusive)
        return a->lower ? 1 : -1;
    if (!b->inclusive)
        return b->lower ? -1 : 1;
    return 0;
}

/* Types whose values are whole numbers: every range of them has one canonical form. */
static bool is_discrete(struct sql_call *call, const struct sql_type *range_type)
{
    const struct sql_range_info *info = sql_domain_base(call->env, range_type)->extra;
    return info->canonical != 0;
}

bool sql_bound_adjacent(struct sql_call *call, const struct sql_type *subtype,
                        const struct sql_bound *upper, const struct sql_bound *lower,
                        const struct sql_type *range_type)
{
    if (upper->infinite || lower->infinite)
        return false;
    int order = compare_values(call, subtype, upper->value, lower->value);
    if (order == 0)
        return upper->inclusive != lower->inclusive;
    if (order > 0 || !is_discrete(call, range_type))
        return false;
    /* What lies between is a range of its own: is it empty? */
    struct sql_range between = {.lower = *upper, .upper = *lower};
    between.lower.inclusive = !upper->inclusive;
    between.lower.lower = true;
    between.upper.inclusive = !lower->inclusive;
    between.upper.lower = false;
    return sql_range_normalize(call, range_type, &between) && between.empty;
}

int sql_range_compare(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_range *a, const struct sql_range *b)
{
    if (a->empty || b->empty)
        return (int)b->empty - (int)a->empty;
    int order = sql_bound_compare(call, subtype, &a->lower, &b->lower);
    return order ? order : sql_bound_compare(call, subtype, &a->upper, &b->upper);
}

/* ---- canonical form */

static bool step_up(struct sql_call *call, const struct sql_type *subtype, struct sql_bound *bound)
{
    bool date = subtype->ops == &sql_date_ops;
    bool eight = subtype->ops == &sql_int8_ops;
    int64_t max = eight ? INT64_MAX : date ? DATE_LAST : INT32_MAX;
    if (bound->value.i >= max) {
        if (date)
            return sql_fail(call->env->error, "22008", "date out of range");
        return sql_fail(call->env->error, "22003", "%s out of range", eight ? "bigint" : "integer");
    }
    bound->value.i++;
    return true;
}

static bool canonical_bound(struct sql_call *call, const struct sql_type *subtype,
                            struct sql_bound *bound, bool inclusive)
{
    bool date = subtype->ops == &sql_date_ops;
    if (bound->infinite || bound->inclusive == inclusive)
        return true;
    if (date && (bound->value.i == INT32_MAX || bound->value.i == INT32_MIN))
        return true; /* infinite dates have no neighbours */
    bound->inclusive = inclusive;
    return step_up(call, subtype, bound);
}

static void make_empty(struct sql_range *range)
{
    *range = (struct sql_range){.empty = true};
    range->lower.lower = true;
}

/* Do the bounds leave room for a value? */
static bool check_bounds(struct sql_call *call, const struct sql_type *subtype,
                         struct sql_range *range)
{
    if (range->lower.infinite || range->upper.infinite)
        return true;
    int order = compare_values(call, subtype, range->lower.value, range->upper.value);
    if (order > 0)
        return sql_fail(call->env->error, "22000",
                        "range lower bound must be less than or equal to range upper bound");
    if (order == 0 && !(range->lower.inclusive && range->upper.inclusive))
        make_empty(range);
    return true;
}

bool sql_range_normalize(struct sql_call *call, const struct sql_type *range_type,
                         struct sql_range *range)
{
    if (range->empty)
        return true;
    const struct sql_type *subtype = sql_range_subtype(call, range_type);
    if (range->lower.infinite)
        range->lower.inclusive = false;
    if (range->upper.infinite)
        range->upper.inclusive = false;
    if (!check_bounds(call, subtype, range))
        return false;
    bool whole = subtype->ops == &sql_int4_ops || subtype->ops == &sql_int8_ops ||
                 subtype->ops == &sql_date_ops;
    if (range->empty || !is_discrete(call, range_type) || !whole)
        return true;
    if (!canonical_bound(call, subtype, &range->lower, true) ||
        !canonical_bound(call, subtype, &range->upper, false))
        return false;
    if (!range->lower.infinite && !range->upper.infinite &&
        range->lower.value.i >= range->upper.value.i && !range->upper.inclusive)
        make_empty(range);
    return true;
}

bool sql_range_make(struct sql_call *call, const struct sql_type *range_type,
                    struct sql_range *range, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!sql_range_normalize(call, range_type, range))
        return false;
    sql_range_put(sql_range_subtype(call, range_type), range, &bytes);
    return sql_give_bytes(call, out, &bytes);
}

bool sql_range_flags(struct sql_call *call, struct slice flags, struct sql_range *range)
{
    bool lower = flags.len == 2 && (flags.ptr[0] == '[' || flags.ptr[0] == '(');
    bool upper = flags.len == 2 && (flags.ptr[1] == ']' || flags.ptr[1] == ')');
    if (!lower || !upper) {
        sql_fail(call->env->error, "42601", "invalid range bound flags");
        return sql_hint(call->env->error, "Valid values are \"[]\", \"[)\", \"(]\", and \"()\".");
    }
    range->lower.inclusive = flags.ptr[0] == '[';
    range->upper.inclusive = flags.ptr[1] == ']';
    return true;
}

/* ---- lists of ranges */

bool sql_spans_open(struct sql_call *call, const struct sql_type *type, struct datum value,
                    struct sql_spans *out)
{
    const uint8_t *at = value.ptr;
    uint32_t count = 1, end = 0;
    bool multi = sql_domain_base(call->env, type)->kind == SQL_TYPE_MULTIRANGE;
    if (multi)
        memcpy(&count, at, sizeof(count));
    *out = (struct sql_spans){.subtype = sql_range_subtype(call, type)};
    out->items = arena_array(call->arena, count + 1, sizeof(struct sql_range));
    if (!out->items)
        return sql_fail_memory(call->env->error);
    if (!multi) {
        sql_range_open(out->subtype, datum_slice(value), &out->items[0]);
        out->count = !out->items[0].empty;
        return true;
    }
    const uint8_t *ranges = at + 4 + (size_t)count * 4;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = end;
        memcpy(&end, at + 4 + (size_t)i * 4, sizeof(end));
        sql_range_open(out->subtype, slice_of(ranges + start, end - start), &out->items[i]);
    }
    out->count = count;
    return true;
}

/* Merge sort by range order. */
static bool sort_spans(struct sql_call *call, struct sql_spans *spans)
{
    struct sql_range *aside = arena_array(call->arena, spans->count + 1, sizeof(struct sql_range));
    if (!aside)
        return sql_fail_memory(call->env->error);
    struct sql_range *from = spans->items, *to = aside;
    for (uint32_t width = 1; width < spans->count; width *= 2) {
        for (uint32_t start = 0; start < spans->count; start += 2 * width) {
            uint32_t middle = start + width < spans->count ? start + width : spans->count;
            uint32_t end = middle + width < spans->count ? middle + width : spans->count;
            uint32_t a = start, b = middle;
            for (uint32_t i = start; i < end; i++) {
                bool first = a < middle && (b >= end || sql_range_compare(call, spans->subtype,
                                                                          &from[a], &from[b]) <= 0);
                to[i] = from[first ? a++ : b++];
            }
        }
        struct sql_range *swap = from;
        from = to;
        to = swap;
    }
    spans->items = from;
    return true;
}

bool sql_spans_normalize(struct sql_call *call, const struct sql_type *range_type,
                         struct sql_spans *spans)
{
    if (!sort_spans(call, spans))
        return false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < spans->count; i++) {
        struct sql_range *next = &spans->items[i];
        if (next->empty)
            continue;
        struct sql_range *last = kept ? &spans->items[kept - 1] : NULL;
        bool joins =
            last &&
            (sql_bound_compare(call, spans->subtype, &next->lower, &last->upper) <= 0 ||
             sql_bound_adjacent(call, spans->subtype, &last->upper, &next->lower, range_type));
        if (!joins)
            spans->items[kept++] = *next;
        else if (sql_bound_compare(call, spans->subtype, &next->upper, &last->upper) > 0)
            last->upper = next->upper;
    }
    spans->count = kept;
    return true;
}

bool sql_spans_make(struct sql_call *call, const struct sql_type *type,
                    const struct sql_spans *spans, bool *single, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call), ranges = sql_bytes_begin(call);
    if (sql_domain_base(call->env, type)->kind != SQL_TYPE_MULTIRANGE) {
        struct sql_range empty;
        make_empty(&empty);
        *single = spans->count <= 1;
        if (!*single)
            return true;
        sql_range_put(spans->subtype, spans->count ? &spans->items[0] : &empty, &bytes);
        return sql_give_bytes(call, out, &bytes);
    }
    *single = true;
    sql_bytes_add(&bytes, &spans->count, sizeof(spans->count));
    for (uint32_t i = 0; i < spans->count; i++) {
        sql_range_put(spans->subtype, &spans->items[i], &ranges);
        uint32_t end = (uint32_t)ranges.len;
        sql_bytes_add(&bytes, &end, sizeof(end));
    }
    sql_bytes_add_slice(&bytes, sql_bytes_slice(&ranges));
    bytes.failed |= ranges.failed;
    return sql_give_bytes(call, out, &bytes);
}
