#include "emulators/sql/exec/ordered_set.h"

#include <math.h>

#include "emulators/sql/exec/run.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/datetime.h"

static const struct sql_ordered_set *set_of(const struct datum *args)
{
    return args[0].state;
}

static struct datum value_at(const struct sql_ordered_set *set, uint64_t row)
{
    return set->sorter->items[row].tuple[0];
}

static bool check_fraction(struct sql_call *call, double fraction)
{
    if (fraction >= 0 && fraction <= 1 && !isnan(fraction))
        return true;
    return sql_fail(call->env->error, "22003", "percentile value %g is not between 0 and 1",
                    fraction);
}

static uint64_t discrete_row(const struct sql_ordered_set *set, double fraction)
{
    double row = ceil(fraction * (double)set->sorter->count);
    return row < 1 ? 0 : (uint64_t)row - 1;
}

static bool percentile_disc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_ordered_set *set = set_of(args);
    *out = datum_null();
    if (args[1].null)
        return true;
    if (!check_fraction(call, args[1].d))
        return false;
    if (set->sorter->count)
        *out = value_at(set, discrete_row(set, args[1].d));
    return true;
}

/* What lies that part of the way from one value to the other. */
typedef bool sql_between(struct sql_call *call, struct datum low, struct datum high, double part,
                         struct datum *out);

static bool float_between(struct sql_call *call, struct datum low, struct datum high, double part,
                          struct datum *out)
{
    (void)call;
    *out = datum_float(low.d + (high.d - low.d) * part);
    return true;
}

static bool continuous_value(struct sql_call *call, const struct sql_ordered_set *set,
                             double fraction, sql_between *between, struct datum *out)
{
    double at = fraction * (double)(set->sorter->count - 1);
    uint64_t low = (uint64_t)floor(at), high = (uint64_t)ceil(at);
    *out = value_at(set, low);
    return low == high || between(call, *out, value_at(set, high), at - (double)low, out);
}

static bool percentile_cont(struct sql_call *call, const struct datum *args, sql_between *between,
                            struct datum *out)
{
    const struct sql_ordered_set *set = set_of(args);
    *out = datum_null();
    if (args[1].null)
        return true;
    if (!check_fraction(call, args[1].d))
        return false;
    return !set->sorter->count || continuous_value(call, set, args[1].d, between, out);
}

static bool percentile_cont_float(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    return percentile_cont(call, args, float_between, out);
}

static bool percentile_cont_interval(struct sql_call *call, const struct datum *args,
                                     struct datum *out)
{
    return percentile_cont(call, args, sql_interval_between, out);
}

/* Of an array of fractions: an array of results of the same shape. between: NULL for values that are in
 * the set. */
static bool percentiles(struct sql_call *call, const struct datum *args, sql_between *between,
                        struct datum *out)
{
    const struct sql_ordered_set *set = set_of(args);
    struct sql_array fractions;
    *out = datum_null();
    if (args[1].null || set->sorter->count == 0)
        return true;
    sql_array_open(args[1], &fractions);
    struct datum *values = arena_array(call->arena, fractions.count, sizeof(*values));
    if (!values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < fractions.count; i++) {
        struct datum fraction = sql_array_get(&fractions, i);
        values[i] = datum_null();
        if (fraction.null)
            continue;
        if (!check_fraction(call, fraction.d))
            return false;
        if (!between)
            values[i] = value_at(set, discrete_row(set, fraction.d));
        else if (!continuous_value(call, set, fraction.d, between, &values[i]))
            return false;
    }
    const struct sql_type *element = call->env->find_type(call->env, call->result_type->element);
    return sql_array_make(call, element, &fractions.shape, values, out);
}

static bool percentile_disc_multi(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    return percentiles(call, args, NULL, out);
}

static bool percentile_cont_multi(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    return percentiles(call, args, float_between, out);
}

static bool percentile_cont_interval_multi(struct sql_call *call, const struct datum *args,
                                           struct datum *out)
{
    return percentiles(call, args, sql_interval_between, out);
}

/* The value that comes most often; the first of them. */
static bool mode(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_ordered_set *set = set_of(args);
    uint64_t best = 0, best_count = 0, start = 0;
    (void)call;
    *out = datum_null();
    for (uint64_t i = 1; i <= set->sorter->count; i++) {
        if (i < set->sorter->count &&
            sql_sort_equal(&set->sorter->items[i], &set->sorter->items[start]))
            continue;
        if (i - start > best_count) {
            best_count = i - start;
            best = start;
        }
        start = i;
    }
    if (best_count)
        *out = value_at(set, best);
    return true;
}

/* ---- hypothetical sets: where the direct arguments would stand among the rows */

struct place {
    uint64_t below, equal, distinct_below;
};

static bool find_place(struct sql_call *call, const struct datum *args, struct place *out)
{
    const struct sql_ordered_set *set = set_of(args);
    struct sql_run *run = set->run;
    const struct sql_aggregate_call *aggregate = set->call;
    struct sql_sorter probe = {0};
    (void)call;
    *out = (struct place){0};
    for (uint32_t i = 0; i < aggregate->argc; i++)
        run->regs[aggregate->base + 1 + i] = args[1 + i];
    bool good = sql_sorter_add(&probe, run, &aggregate->order, &aggregate->ordered);
    const struct sql_sort_item *own = probe.items;
    for (uint64_t i = 0; good && i < set->sorter->count; i++) {
        const struct sql_sort_item *item = &set->sorter->items[i];
        if (sql_sort_equal(item, own)) {
            out->equal++;
        } else if (sql_sort_less(item, own)) {
            out->below++;
            out->distinct_below += i == 0 || !sql_sort_equal(item, item - 1);
        }
    }
    sql_sorter_done(&probe);
    return good;
}

static bool hypothetical_rank(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct place place;
    if (!find_place(call, args, &place))
        return false;
    *out = datum_int((int64_t)place.below + 1);
    return true;
}

static bool hypothetical_dense_rank(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    struct place place;
    if (!find_place(call, args, &place))
        return false;
    *out = datum_int((int64_t)place.distinct_below + 1);
    return true;
}

static bool hypothetical_percent_rank(struct sql_call *call, const struct datum *args,
                                      struct datum *out)
{
    struct place place;
    uint64_t count = set_of(args)->sorter->count;
    if (!find_place(call, args, &place))
        return false;
    *out = datum_float(count ? (double)place.below / (double)count : 0);
    return true;
}

static bool hypothetical_cume_dist(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    struct place place;
    double count = (double)set_of(args)->sorter->count;
    if (!find_place(call, args, &place))
        return false;
    *out = datum_float((double)(place.below + place.equal + 1) / (count + 1));
    return true;
}

/* The executor keeps the rows itself; this is never called. */
static bool transition(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

const struct sql_builtin sql_ordered_set_builtins[] = {
    {"ordered_set_transition",         transition},
    {"ordered_set_transition_multi",                                transition},
    {"percentile_disc_final",percentile_disc},
    {"percentile_cont_float8_final",          percentile_cont_float},
    {"percentile_cont_interval_final",                                percentile_cont_interval},
    {"percentile_cont_interval_multi_final",  percentile_cont_interval_multi},
    {"percentile_disc_multi_final", percentile_disc_multi},
    {"percentile_cont_float8_multi_final",                                percentile_cont_multi},
    {"mode_final", mode},
    {"hypothetical_rank_final",    hypothetical_rank},
    {"hypothetical_dense_rank_final",                                hypothetical_dense_rank},
    {"hypothetical_percent_rank_final",hypothetical_percent_rank},
    {"hypothetical_cume_dist_final",                     hypothetical_cume_dist},
    {0                               },
};
