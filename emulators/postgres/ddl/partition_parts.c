/* What a partition has of its parent: indexes, row triggers (foreign keys: foreign_key_parts.c). Given when it becomes one,
 * left to it (triggers: taken) when it is detached. */
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/trigger_def.h"
#include "emulators/sql/catalog/find.h"

/* ---- indexes */

static bool same_numbers(const uint32_t *a, const uint32_t *b, uint16_t count)
{
    return !count || !memcmp(a, b, count * sizeof *a);
}

static bool same_condition(struct pg_ddl *ddl, const struct sql_expr *a, const struct sql_expr *b,
                           const int16_t *map)
{
    if (!a || !b)
        return a == b;
    const struct sql_expr *mapped = pg_expr_map(ddl, a, map);
    return mapped && sql_expr_equal(mapped, b);
}

/* Is `b`, on a partition, like `a` on its parent? map: the partition's columns for the parent's. */
static bool same_index(struct pg_ddl *ddl, const struct sql_index *a, const struct sql_index *b,
                       const int16_t *map)
{
    if (a->unique != b->unique || a->nulls_not_distinct != b->nulls_not_distinct ||
        a->method != b->method || a->column_count != b->column_count ||
        a->key_count != b->key_count || a->exclusion != b->exclusion ||
        a->expressions.count != b->expressions.count ||
        !same_numbers(a->opclasses, b->opclasses, a->key_count) ||
        !same_numbers(a->collations, b->collations, a->key_count))
        return false;
    for (uint16_t i = 0; i < a->column_count; i++)
        if (b->columns[i] != (a->columns[i] ? map[a->columns[i] - 1] : 0))
            return false;
    for (uint32_t i = 0; i < a->expressions.count; i++)
        if (!same_condition(ddl, a->expressions.items[i], b->expressions.items[i], map))
            return false;
    return same_condition(ddl, a->where, b->where, map);
}

bool pg_partition_index_fits(struct pg_ddl *ddl, const struct sql_relation *parent_index,
                             const struct sql_relation *index)
{
    const struct sql_relation *parent =
        sql_find_relation_id(ddl->session, parent_index->index->table);
    const struct sql_relation *table = sql_find_relation_id(ddl->session, index->index->table);
    const int16_t *map = pg_column_map(ddl, parent, table);
    return map && same_index(ddl, parent_index->index, index->index, map);
}

/* An index of the partition that can be the parent's index' part; NULL: none. */
static const struct sql_relation *find_part(struct pg_ddl *ddl,
                                            const struct sql_relation *partition,
                                            const struct sql_relation *parent_index)
{
    bool constrained = parent_index->index->constraint != 0;
    for (uint16_t i = 0; i < partition->index_count; i++) {
        const struct sql_relation *index =
            sql_find_relation_id(ddl->session, partition->indexes[i]);
        if (index->parent_count || !index->index->valid ||
            (constrained && !index->index->constraint))
            continue;
        if (pg_partition_index_fits(ddl, parent_index, index))
            return index;
    }
    return NULL;
}

bool pg_constraint_link(struct pg_ddl *ddl, uint32_t id, const struct sql_constraint *from)
{
    struct sql_constraint constraint = *sql_find_constraint(ddl->session, id);
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, id);
    struct sql_reference on = of;
    on.id = from ? from->object.id : constraint.parent;
    constraint.parent = from ? from->object.id : 0;
    constraint.inherited = from != NULL;
    constraint.local = !from;
    return (from ? sql_depend(ddl->env, of, on, 'P') : sql_depend_cut(ddl->env, of, on)) &&
           sql_catalog_replace(ddl->env, &constraint.object);
}

bool pg_partition_index_link(struct pg_ddl *ddl, uint32_t id, uint32_t parent_id)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, id);
    const struct sql_relation *parent = sql_find_relation_id(ddl->session, parent_id);
    uint32_t constraint = index->index->constraint, from = parent->index->constraint;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, id);
    return sql_relation_attach(ddl->env, id, SQL_ATTACHED_PARENT, parent_id) &&
           sql_relation_attach(ddl->env, parent_id, SQL_ATTACHED_CHILD, id) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->relation, parent_id), 'P') &&
           (!constraint || !from ||
            pg_constraint_link(ddl, constraint, sql_find_constraint(ddl->session, from)));
}

static bool unlink_index(struct pg_ddl *ddl, const struct sql_relation *index)
{
    uint32_t id = index->object.id, parent = index->parents[0];
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, id);
    const struct sql_constraint *constraint =
        index->index->constraint ? sql_find_constraint(ddl->session, index->index->constraint)
                                 : NULL;
    return sql_relation_detach(ddl->env, id, SQL_ATTACHED_PARENT, parent) &&
           sql_relation_detach(ddl->env, parent, SQL_ATTACHED_CHILD, id) &&
           sql_depend_cut(ddl->env, of, pg_whole(pg_classes(ddl)->relation, parent)) &&
           (!constraint || !constraint->parent ||
            pg_constraint_link(ddl, constraint->object.id, NULL));
}

static bool make_part(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent,
                      uint32_t index_id, uint32_t *out)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, index_id);
    const struct sql_relation *to = sql_find_relation_id(ddl->session, partition);
    int16_t *map = pg_column_map(ddl, parent, to);
    struct pg_index_def def;
    if (!map || !pg_index_copy(ddl, index, partition, map, &def))
        return false;
    def.parent = index_id;
    def.index.valid = true;
    if (!pg_index_make(ddl, &def))
        return false;
    *out = def.id;
    return true;
}

/* The partition has an index for that of its parent: one of its own, or a new one. */
static bool give_index(struct pg_ddl *ddl, uint32_t partition_id, const struct sql_relation *parent,
                       uint32_t index_id)
{
    const struct sql_relation *partition = sql_find_relation_id(ddl->session, partition_id);
    const struct sql_relation *have =
        find_part(ddl, partition, sql_find_relation_id(ddl->session, index_id));
    uint32_t id = have ? have->object.id : 0;
    if (!id && !make_part(ddl, partition_id, parent, index_id, &id))
        return false;
    return pg_partition_index_link(ddl, id, index_id) && (have || pg_index_to_partitions(ddl, id));
}

bool pg_index_to_partitions(struct pg_ddl *ddl, uint32_t index_id)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, index_id);
    const struct sql_relation parent = *sql_find_relation_id(ddl->session, index->index->table);
    if (parent.kind != SQL_RELATION_PARTITIONED)
        return true;
    for (uint16_t i = 0; i < parent.child_count; i++)
        if (!give_index(ddl, parent.children[i], &parent, index_id))
            return false;
    return true;
}

/* ---- all of them */

bool pg_partition_finish(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent)
{
    for (uint16_t i = 0; i < parent->index_count; i++)
        if (!give_index(ddl, partition, parent, parent->indexes[i]))
            return false;
    return pg_foreign_keys_to_partition(ddl, partition, parent) &&
           pg_trigger_to_partition(ddl, partition, parent, 0);
}

static bool drop_trigger(struct pg_ddl *ddl, const struct sql_trigger *trigger)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->trigger, trigger->object.id);
    struct sql_reference on = of;
    on.id = trigger->parent;
    return sql_depend_cut(ddl->env, of, on) && pg_delete(ddl, &of, 1, true, true);
}

bool pg_partition_leave(struct pg_ddl *ddl, uint32_t partition_id)
{
    const struct sql_relation partition = *sql_find_relation_id(ddl->session, partition_id);
    for (uint16_t i = 0; i < partition.index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(ddl->session, partition.indexes[i]);
        if (index->parent_count && !unlink_index(ddl, index))
            return false;
    }
    if (!pg_foreign_keys_leave(ddl, partition_id))
        return false;
    for (uint16_t i = 0; i < partition.trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(ddl->session, partition.triggers[i]);
        if (trigger && trigger->parent && !drop_trigger(ddl, trigger))
            return false;
    }
    return true;
}
