/* Do rows that are there fit the partitions that they are in? */
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/exec/partition.h"

/* Rows of one leaf, until one does not fit. */
struct check {
    const struct sql_relation *leaf;
    bool broken;
};

static bool check_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                      uint32_t count)
{
    struct check *check = sink->ctx;
    bool fits = true;
    (void)count;
    if (!check->broken && !sql_partition_fits(env, check->leaf, values, &fits))
        return false;
    check->broken = check->broken || !fits;
    return true;
}

static struct sql_expr *column_or_null(struct pg_ddl *ddl, const struct sql_relation *leaf,
                                       uint16_t at)
{
    if (!leaf->columns[at].dropped)
        return pg_inner_column(ddl, leaf, (int16_t)(at + 1), 0);
    struct sql_expr *gone = pg_inner_true(ddl);
    if (gone)
        ((struct sql_expr_const *)(void *)gone)->value = datum_null();
    return gone;
}

static bool check_leaf(struct pg_ddl *ddl, const struct sql_relation *leaf, bool *broken)
{
    struct check check = {.leaf = leaf};
    struct sql_sink sink = {.begin = sql_sink_any_columns, .row = check_row, .ctx = &check};
    struct sql_expr **targets = arena_array(ddl->arena, leaf->column_count + 1u, sizeof *targets);
    uint64_t rows;
    if (!targets)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < leaf->column_count; i++)
        if (!(targets[i] = column_or_null(ddl, leaf, i)))
            return false;
    struct sql_query *query = pg_inner_query(ddl, leaf, targets, leaf->column_count, NULL);
    if (!query || !pg_inner_run(ddl, query, &sink, 0, &rows))
        return false;
    *broken = check.broken;
    return true;
}

static bool check_all(struct pg_ddl *ddl, uint32_t id, const char *text)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, id);
    bool broken = false;
    if (relation->kind == SQL_RELATION_TABLE && !check_leaf(ddl, relation, &broken))
        return false;
    if (broken) {
        sql_fail(ddl->env->error, "23514", text, SLICE_ARG(relation->object.name));
        return pg_error_relation(ddl, relation);
    }
    for (uint16_t i = 0; i < relation->child_count; i++)
        if (!check_all(ddl, relation->children[i], text))
            return false;
    return true;
}

bool pg_partition_validate(struct pg_ddl *ddl, uint32_t partition)
{
    return check_all(ddl, partition,
                     "partition constraint of relation \"%.*s\" is violated by some row");
}

bool pg_partition_validate_default(struct pg_ddl *ddl, const struct sql_relation *parent,
                                   uint32_t added)
{
    for (uint16_t i = 0; i < parent->child_count; i++) {
        const struct sql_relation *child = sql_find_relation_id(ddl->session, parent->children[i]);
        if (child->partition_bound && child->partition_bound->is_default &&
            child->object.id != added)
            return sql_lock_relation(ddl->env, child->object.id, SQL_ACCESS_EXCLUSIVE,
                                     SQL_WAIT_BLOCK) &&
                   pg_inherit_lock_below(ddl, child->object.id, SQL_ACCESS_EXCLUSIVE) &&
                   check_all(ddl, child->object.id,
                             "updated partition constraint for default partition \"%.*s\" would "
                             "be violated by some row");
    }
    return true;
}
