/* No two partitions of a table may want the same row. */
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/sql/catalog/find.h"

/* How values of the key's columns compare. */
struct comparing {
    struct pg_ddl *ddl;
    const struct sql_relation *parent;
};

static const struct sql_expr_const *constant(const struct sql_expr *expr)
{
    return (const void *)expr;
}

static int compare_values(const struct comparing *comparing, uint32_t at, const struct sql_expr *a,
                          const struct sql_expr *b)
{
    const struct sql_type *type = sql_find_type_id(comparing->ddl->session, a->type);
    struct sql_call call = {.env = comparing->ddl->env,
                            .arena = comparing->ddl->arena,
                            .collation = comparing->parent->partition_key->collations[at]};
    return type->ops->compare(&call, type, constant(a)->value, constant(b)->value);
}

/* Orders two bounds of ranges; kinds: -1 MINVALUE, 0 a value, 1 MAXVALUE. */
static int compare_bounds(const struct comparing *comparing, const struct sql_exprs *a,
                          const int8_t *a_kinds, const struct sql_exprs *b, const int8_t *b_kinds)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (a_kinds[i] != b_kinds[i])
            return a_kinds[i] < b_kinds[i] ? -1 : 1;
        if (a_kinds[i])
            return 0;
        int order = compare_values(comparing, i, a->items[i], b->items[i]);
        if (order)
            return order;
    }
    return 0;
}

int pg_partition_compare(struct pg_ddl *ddl, const struct sql_relation *parent, uint16_t at,
                         const struct sql_expr *a, const struct sql_expr *b)
{
    struct comparing comparing = {ddl, parent};
    return compare_values(&comparing, at, a, b);
}

bool pg_partition_starts_before(struct pg_ddl *ddl, const struct sql_relation *parent,
                                const struct sql_partition_bound *a,
                                const struct sql_partition_bound *b)
{
    struct comparing comparing = {ddl, parent};
    return compare_bounds(&comparing, &a->from, a->from_kinds, &b->from, b->from_kinds) < 0;
}

static bool ranges_overlap(const struct comparing *comparing, const struct sql_partition_bound *a,
                           const struct sql_partition_bound *b)
{
    return compare_bounds(comparing, &a->from, a->from_kinds, &b->to, b->to_kinds) < 0 &&
           compare_bounds(comparing, &b->from, b->from_kinds, &a->to, a->to_kinds) < 0;
}

static bool lists_overlap(const struct comparing *comparing, const struct sql_partition_bound *a,
                          const struct sql_partition_bound *b)
{
    for (uint32_t i = 0; i < a->values.count; i++)
        for (uint32_t j = 0; j < b->values.count; j++) {
            bool a_null = constant(a->values.items[i])->value.null;
            bool b_null = constant(b->values.items[j])->value.null;
            if (a_null || b_null
                    ? a_null && b_null
                    : compare_values(comparing, 0, a->values.items[i], b->values.items[j]) == 0)
                return true;
        }
    return false;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool hashes_overlap(const struct sql_partition_bound *a, const struct sql_partition_bound *b)
{
    uint32_t divisor = common_divisor(a->modulus, b->modulus);
    return a->remainder % divisor == b->remainder % divisor;
}

static bool check_modulus(struct pg_ddl *ddl, const struct sql_partition_bound *bound,
                          const struct sql_partition_bound *other)
{
    uint32_t small = bound->modulus < other->modulus ? bound->modulus : other->modulus;
    uint32_t large = bound->modulus < other->modulus ? other->modulus : bound->modulus;
    return large % small == 0 ||
           sql_fail(ddl->env->error, "42P17",
                    "every hash partition modulus must be a factor of the next larger modulus");
}

static bool check_empty(const struct comparing *comparing, const struct sql_relation *partition,
                        const struct sql_partition_bound *bound)
{
    return compare_bounds(comparing, &bound->from, bound->from_kinds, &bound->to, bound->to_kinds) <
               0 ||
           sql_fail(comparing->ddl->env->error, "42P17",
                    "empty range bound specified for partition \"" SLICE_FMT "\"",
                    SLICE_ARG(partition->object.name));
}

bool pg_partition_check_overlap(struct pg_ddl *ddl, const struct sql_relation *partition,
                                const struct sql_relation *parent,
                                const struct sql_partition_bound *bound)
{
    struct comparing comparing = {ddl, parent};
    char strategy = parent->partition_key->strategy;
    if (strategy == 'r' && !bound->is_default && !check_empty(&comparing, partition, bound))
        return false;
    for (uint16_t i = 0; i < parent->child_count; i++) {
        const struct sql_relation *child = sql_find_relation_id(ddl->session, parent->children[i]);
        const struct sql_partition_bound *other = child->partition_bound;
        if (!other || child->object.id == partition->object.id)
            continue;
        if (bound->is_default && other->is_default)
            return sql_fail(ddl->env->error, "42P17",
                            "partition \"" SLICE_FMT
                            "\" conflicts with existing default partition \"" SLICE_FMT "\"",
                            SLICE_ARG(partition->object.name), SLICE_ARG(child->object.name));
        if (bound->is_default || other->is_default)
            continue;
        if (strategy == 'h' && !check_modulus(ddl, bound, other))
            return false;
        bool overlap = strategy == 'r'   ? ranges_overlap(&comparing, bound, other)
                       : strategy == 'l' ? lists_overlap(&comparing, bound, other)
                                         : hashes_overlap(bound, other);
        if (overlap)
            return sql_fail(ddl->env->error, "42P17",
                            "partition \"" SLICE_FMT "\" would overlap partition \"" SLICE_FMT "\"",
                            SLICE_ARG(partition->object.name), SLICE_ARG(child->object.name));
    }
    return true;
}
