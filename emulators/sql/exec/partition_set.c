/* Keys among the bounds of partitions: one, or all that a comparison allows. */
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/partition_bounds.h"
#include "emulators/sql/exec/routine_call.h"
#include "emulators/sql/session.h"

/* Start value and mixing of hash partitions: all servers must agree with each other's dumps. */
#define HASH_SEED UINT64_C(0x7A5B22367996DCFD)

/* ---- comparing */

/* How a bound's value compares with one that is looked for. */
static bool compare_value(const struct sql_partition_terms *terms, uint32_t at, struct datum bound,
                          const struct sql_partition_probe *probe, int *out)
{
    const struct sql_type *type = terms->types[at];
    struct sql_call call = {.env = terms->env,
                            .arena = terms->arena,
                            .result_type = type,
                            .collation = terms->key->collations[at]};
    if (!probe->compare) {
        *out = type->ops->compare(&call, type, bound, probe->value);
        return true;
    }
    const struct sql_type *types[2] = {type, probe->type};
    struct datum args[2] = {bound, probe->value}, order;
    call.arg_types = types;
    call.argc = 2;
    if (!probe->compare->call(&call, args, &order))
        return false;
    *out = (order.i > 0) - (order.i < 0);
    return true;
}

/* The same for the first `count` columns of the end of a range. *rest: what the next column of an end
 * that is equal so far is, -1 MINVALUE, 1 MAXVALUE. */
static bool compare_end(const struct sql_partition_terms *terms,
                        const struct sql_partition_bounds *bounds, uint32_t end,
                        const struct sql_partition_probe *values, uint32_t count, int *out,
                        int *rest)
{
    const struct datum *bound = bounds->values + (size_t)end * bounds->key_count;
    const int8_t *kinds = bounds->kinds + (size_t)end * bounds->key_count;
    *out = 0;
    for (uint32_t i = 0; i < count && *out == 0; i++) {
        if (kinds[i])
            *out = kinds[i];
        else if (!compare_value(terms, i, bound[i], &values[i], out))
            return false;
    }
    *rest = count < bounds->key_count ? kinds[count] : 0;
    return true;
}

/* Which ends are to be counted, beside those whose first columns are below the values. Of the keys that
 * begin with the values, an end can be the least one or below it, or the greatest one or above it. */
enum edge {
    BELOW_ALL,  /* nothing with these values is below the end */
    NOT_ABOVE,  /* the end is not above the least of them */
    BELOW_SOME, /* something with these values is not below the end */
    EQUAL_TOO,  /* all that begin with the values */
};

static bool counts(enum edge edge, bool whole, int rest)
{
    switch (edge) {
    case BELOW_ALL: return false;
    case NOT_ABOVE: return whole || rest < 0;
    case BELOW_SOME: return whole || rest <= 0;
    default: return true;
    }
}

/* How many ends of ranges lie on that side of the values. */
static bool count_ends(const struct sql_partition_terms *terms,
                       const struct sql_partition_bounds *bounds, enum edge edge,
                       const struct sql_partition_probe *values, uint32_t count, uint32_t *out)
{
    uint32_t low = 0, high = bounds->bound_count;
    bool whole = count == bounds->key_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order, rest;
        if (!compare_end(terms, bounds, middle, values, count, &order, &rest))
            return false;
        if (order < 0 || (order == 0 && counts(edge, whole, rest)))
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return true;
}

/* How many listed values are below one, and whether it is listed itself. */
static bool find_listed(const struct sql_partition_terms *terms,
                        const struct sql_partition_bounds *bounds,
                        const struct sql_partition_probe *value, uint32_t *out, bool *listed)
{
    uint32_t low = 0, high = bounds->bound_count;
    *listed = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order;
        if (!compare_value(terms, 0, bounds->values[middle], value, &order))
            return false;
        *listed |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return true;
}

/* ---- hashes */

bool sql_partition_hash_key(const struct sql_partition_terms *terms,
                            const struct sql_partition_bounds *bounds,
                            const struct sql_partition_probe *values, uint64_t *out)
{
    uint32_t functions[SQL_PARTITION_KEYS_MAX];
    *out = 0;
    memcpy(functions, bounds->functions, terms->key->count * sizeof(*functions));
    for (uint32_t i = 0; i < terms->key->count; i++) {
        if (values[i].value.null)
            continue;
        const struct sql_routine *routine =
            values[i].hash ? values[i].hash
                           : sql_find_routine_id(terms->env->session, functions[i]);
        struct datum args[2] = {values[i].value, {.u = HASH_SEED}}, hash;
        const struct sql_type *seed =
            sql_find_type_id(terms->env->session, terms->env->session->dialect->types_of.int8);
        const struct sql_type *types[2] = {values[i].hash ? values[i].type : terms->types[i], seed};
        struct sql_call call = {.env = terms->env,
                                .arena = terms->arena,
                                .arg_types = types,
                                .result_type = seed,
                                .routine = routine,
                                .argc = 2,
                                .collation = terms->key->collations[i]};
        if (!routine)
            return sql_fail(terms->env->error, "0A000",
                            "hash partitioning by this type is not supported");
        if (!(routine->call ? routine->call : sql_routine_call)(&call, args, &hash))
            return false;
        *out ^= hash.u + UINT64_C(0x49a0f4dd15e5a8e3) + (*out << 54) + (*out >> 7);
    }
    return true;
}

/* The slot among those from `first` on of one modulus; a modulus divides the next greater one. */
static bool find_remainder(const struct sql_partition_bounds *bounds, uint64_t hash, uint32_t first,
                           uint32_t end, uint32_t *out)
{
    uint64_t wanted = hash % bounds->moduli[first];
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        if (bounds->remainders[middle] < wanted)
            first = middle + 1;
        else
            end = middle;
    }
    *out = first;
    return first < bounds->slot_count && bounds->remainders[first] == wanted;
}

/* The slot of a hash; slot_count: no partition takes it. */
static uint32_t find_hash(const struct sql_partition_bounds *bounds, uint64_t hash)
{
    for (uint32_t first = 0, end; first < bounds->slot_count; first = end) {
        uint32_t high = bounds->slot_count, slot;
        for (end = first; end < high;) {
            uint32_t middle = end + (high - end) / 2;
            if (bounds->moduli[middle] == bounds->moduli[first])
                end = middle + 1;
            else
                high = middle;
        }
        if (find_remainder(bounds, hash, first, end, &slot) && slot < end)
            return slot;
    }
    return bounds->slot_count;
}

/* ---- one key */

static int32_t otherwise(const struct sql_partition_bounds *bounds, int32_t slot)
{
    return slot >= 0 ? slot : bounds->otherwise;
}

static bool find_in_list(const struct sql_partition_terms *terms,
                         const struct sql_partition_bounds *bounds,
                         const struct sql_partition_probe *value, int32_t *out)
{
    uint32_t at;
    bool listed;
    if (value->value.null) {
        *out = otherwise(bounds, bounds->nulls);
        return true;
    }
    if (!find_listed(terms, bounds, value, &at, &listed))
        return false;
    *out = otherwise(bounds, listed ? bounds->slots[at] : -1);
    return true;
}

static bool find_in_ranges(const struct sql_partition_terms *terms,
                           const struct sql_partition_bounds *bounds,
                           const struct sql_partition_probe *values, int32_t *out)
{
    uint32_t slot;
    *out = bounds->otherwise;
    for (uint32_t i = 0; i < bounds->key_count; i++)
        if (values[i].value.null)
            return true;
    if (!count_ends(terms, bounds, NOT_ABOVE, values, bounds->key_count, &slot))
        return false;
    *out = otherwise(bounds, bounds->slots[slot]);
    return true;
}

bool sql_partition_find(const struct sql_partition_terms *terms,
                        const struct sql_partition_bounds *bounds,
                        const struct sql_partition_probe *values, int32_t *out)
{
    const struct sql_relation *table = bounds->relation;
    uint64_t hash;
    uint32_t slot;
    if (bounds->strategy == 'l')
        return find_in_list(terms, bounds, values, out);
    if (bounds->strategy == 'r')
        return find_in_ranges(terms, bounds, values, out);
    if (!sql_partition_hash_key(terms, bounds, values, &hash) ||
        !sql_partition_bounds(terms->env, table, &bounds))
        return false;
    slot = find_hash(bounds, hash);
    *out = slot < bounds->slot_count ? bounds->slots[slot] : -1;
    return true;
}

/* ---- sets */

bool sql_partition_set_make(struct sql_env *env, struct arena *arena,
                            const struct sql_partition_bounds *bounds, bool full,
                            struct sql_partition_set *out)
{
    *out = (struct sql_partition_set){
        .count = (bounds->slot_count + 63) / 64, .others = full, .nulls = full};
    out->words = arena_array(arena, out->count, sizeof(*out->words));
    if (!out->words)
        return sql_fail_memory(env->error);
    memset(out->words, full ? 0xff : 0, out->count * sizeof(*out->words));
    return true;
}

void sql_partition_set_join(struct sql_partition_set *into, const struct sql_partition_set *other,
                            bool both)
{
    for (uint32_t i = 0; i < into->count; i++)
        into->words[i] = both ? into->words[i] & other->words[i] : into->words[i] | other->words[i];
    into->others = both ? into->others && other->others : into->others || other->others;
    into->nulls = both ? into->nulls && other->nulls : into->nulls || other->nulls;
}

static void add_slot(struct sql_partition_set *set, uint32_t slot)
{
    set->words[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* From slot `first` up to the one before `end`. */
static void add_slots(struct sql_partition_set *set, uint32_t first, uint32_t end)
{
    for (; first < end && first % 64; first++)
        add_slot(set, first);
    for (; first + 64 <= end; first += 64)
        set->words[first / 64] = UINT64_MAX;
    for (; first < end; first++)
        add_slot(set, first);
}

static bool add_listed(const struct sql_partition_terms *terms,
                       const struct sql_partition_bounds *bounds, enum sql_compare op,
                       const struct sql_partition_probe *value, struct sql_partition_set *set)
{
    uint32_t at, all = bounds->slot_count;
    bool listed;
    if (!find_listed(terms, bounds, value, &at, &listed))
        return false;
    switch (op) {
    case SQL_EQ: add_slots(set, at, at + listed); break;
    case SQL_LT: add_slots(set, 0, at); break;
    case SQL_LE: add_slots(set, 0, at + listed); break;
    case SQL_GT: add_slots(set, at + listed, all); break;
    case SQL_GE: add_slots(set, at, all); break;
    default:
        add_slots(set, 0, at);
        add_slots(set, at + listed, all);
        break;
    }
    set->others |= op != SQL_EQ || !listed;
    return true;
}

/* The first slot of the keys that are meant, and the last one. */
static bool range_slots(const struct sql_partition_terms *terms,
                        const struct sql_partition_bounds *bounds, enum sql_compare op,
                        const struct sql_partition_probe *values, uint32_t count, uint32_t *first,
                        uint32_t *last)
{
    bool low = op == SQL_EQ || op == SQL_GE || op == SQL_GT;
    bool high = op == SQL_EQ || op == SQL_LE || op == SQL_LT;
    uint32_t prefix = count - 1;
    *first = 0;
    *last = bounds->slot_count - 1;
    if (low &&
        !count_ends(terms, bounds, op == SQL_GT ? EQUAL_TOO : NOT_ABOVE, values, count, first))
        return false;
    if (high &&
        !count_ends(terms, bounds, op == SQL_LT ? BELOW_ALL : BELOW_SOME, values, count, last))
        return false;
    if (!low && prefix && !count_ends(terms, bounds, NOT_ABOVE, values, prefix, first))
        return false;
    return high || !prefix || count_ends(terms, bounds, BELOW_SOME, values, prefix, last);
}

static bool add_range(const struct sql_partition_terms *terms,
                      const struct sql_partition_bounds *bounds, enum sql_compare op,
                      const struct sql_partition_probe *values, uint32_t count,
                      struct sql_partition_set *set)
{
    uint32_t first, last;
    if (op == SQL_NE) {
        add_slots(set, 0, bounds->slot_count);
    } else {
        if (!range_slots(terms, bounds, op, values, count, &first, &last))
            return false;
        add_slots(set, first, last + 1);
    }
    /* Keys with a NULL in a column that the condition says nothing about. */
    set->others |= op == SQL_NE || count < bounds->key_count;
    return true;
}

bool sql_partition_set_add(const struct sql_partition_terms *terms,
                           const struct sql_partition_bounds *bounds, enum sql_compare op,
                           const struct sql_partition_probe *values, uint32_t count,
                           struct sql_partition_set *set)
{
    uint64_t hash;
    if (bounds->strategy == 'l')
        return add_listed(terms, bounds, op, values, set);
    if (bounds->strategy == 'r')
        return add_range(terms, bounds, op, values, count, set);
    if (!sql_partition_hash_key(terms, bounds, values, &hash))
        return false;
    uint32_t slot = find_hash(bounds, hash);
    add_slots(set, slot, slot < bounds->slot_count ? slot + 1 : slot);
    return true;
}

void sql_partition_set_add_nulls(const struct sql_partition_bounds *bounds, bool negated,
                                 struct sql_partition_set *set)
{
    if (negated || bounds->strategy == 'h')
        add_slots(set, 0, bounds->slot_count);
    set->others |= negated || bounds->strategy == 'r';
    set->nulls |= !negated || bounds->strategy != 'l';
}

void sql_partition_set_children(const struct sql_partition_bounds *bounds,
                                const struct sql_partition_set *set, bool *children)
{
    bool others = set->others || (set->nulls && bounds->strategy == 'l' && bounds->nulls < 0);
    for (uint32_t w = 0; w < set->count; w++)
        for (uint64_t bits = set->words[w]; bits; bits &= bits - 1) {
            uint32_t slot = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (slot >= bounds->slot_count)
                break;
            if (bounds->slots[slot] >= 0)
                children[bounds->slots[slot]] = true;
            others |= bounds->slots[slot] == SQL_SLOT_OTHERS;
        }
    if (others && bounds->otherwise >= 0)
        children[bounds->otherwise] = true;
    if (set->nulls && bounds->nulls >= 0)
        children[bounds->nulls] = true;
}
