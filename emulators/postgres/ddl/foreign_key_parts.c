/* Foreign keys of partitioned tables: each partition of the referencing table has one of its own, and so
 * has, on the referencing table, each partition of the referenced one. */
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/catalog/find.h"

/* ---- keys of partitions */

/* Is it the part of a key for one partition of the referenced table? Then it only acts when a row of that
 * partition changes. */
static bool is_referenced_part(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    const struct sql_constraint *parent =
        key->parent ? sql_find_constraint(ddl->session, key->parent) : NULL;
    return parent && parent->relation == key->relation;
}

static bool same_key(const struct sql_constraint *a, const struct sql_constraint *b,
                     const int16_t *columns)
{
    if (b->kind != SQL_CONSTRAINT_FOREIGN || b->parent || !b->validated ||
        a->foreign_table != b->foreign_table || a->column_count != b->column_count ||
        a->on_update != b->on_update || a->on_delete != b->on_delete || a->match != b->match ||
        a->deferrable != b->deferrable || a->deferred != b->deferred)
        return false;
    for (uint16_t i = 0; i < a->column_count; i++)
        if (columns[i] != b->columns[i] || a->foreign_columns[i] != b->foreign_columns[i])
            return false;
    return true;
}

static const struct sql_constraint *find_key(struct pg_ddl *ddl,
                                             const struct sql_relation *partition,
                                             const struct sql_constraint *from,
                                             const int16_t *columns)
{
    for (uint16_t i = 0; i < partition->constraint_count; i++) {
        const struct sql_constraint *have =
            sql_find_constraint(ddl->session, partition->constraints[i]);
        if (same_key(from, have, columns))
            return have;
    }
    return NULL;
}

static bool numbers_of(struct pg_ddl *ddl, const int16_t *map, const int16_t *from, uint16_t count,
                       const int16_t **out)
{
    int16_t *columns = arena_array(ddl->arena, count + 1u, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < count; i++)
        columns[i] = map[from[i] - 1];
    *out = columns;
    return true;
}

static bool name_key(struct pg_ddl *ddl, const struct sql_relation *table,
                     struct sql_constraint *key)
{
    struct slice joined = table->columns[key->columns[0] - 1].name;
    if (!pg_constraint_find(ddl, table, key->object.name))
        return true;
    for (uint16_t i = 1; i < key->column_count && joined.len < PG_NAME_MAX; i++)
        joined = arena_concat(ddl->arena, joined, slice_str("_"),
                              table->columns[key->columns[i] - 1].name);
    return pg_name_choose_constraint(ddl, table->object.schema, table->object.name, joined, "fkey",
                                     &key->object.name);
}

/* The part goes without its whole. */
static bool drop_part(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, key->object.id);
    struct sql_reference on = of;
    on.id = key->parent;
    return sql_depend_cut(ddl->env, of, on) && pg_delete(ddl, &of, 1, true, true);
}

/* A key that becomes part of its parent table's needs none for the partitions that it refers to. */
static bool drop_parts(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    const struct sql_relation table = *sql_find_relation_id(ddl->session, key->relation);
    uint32_t id = key->object.id;
    for (uint16_t i = 0; i < table.constraint_count; i++) {
        const struct sql_constraint *part = sql_find_constraint(ddl->session, table.constraints[i]);
        if (part && part->parent == id && part->relation == table.object.id &&
            !drop_part(ddl, part))
            return false;
    }
    return true;
}

/* Nothing that the key refers to is removed while it is made. */
static bool lock_referenced(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    return sql_lock_relation(ddl->env, key->foreign_table, SQL_SHARE_ROW_EXCLUSIVE,
                             SQL_WAIT_BLOCK) &&
           pg_inherit_lock_below(ddl, key->foreign_table, SQL_SHARE_ROW_EXCLUSIVE);
}

static bool give_key(struct pg_ddl *ddl, uint32_t partition_id, const struct sql_relation *parent,
                     const struct sql_constraint *from)
{
    if (!lock_referenced(ddl, from))
        return false;
    const struct sql_relation *partition = sql_find_relation_id(ddl->session, partition_id);
    int16_t *map = pg_column_map(ddl, parent, partition);
    struct sql_constraint copy = *from;
    if (!map || !numbers_of(ddl, map, from->columns, from->column_count, &copy.columns) ||
        !numbers_of(ddl, map, from->set_columns, from->set_column_count, &copy.set_columns))
        return false;
    const struct sql_constraint *have = find_key(ddl, partition, from, copy.columns);
    if (have)
        return drop_parts(ddl, have) && pg_constraint_link(ddl, have->object.id, from);
    copy.object = (struct sql_object){.name = from->object.name};
    copy.relation = partition_id;
    if (!name_key(ddl, partition, &copy) || !pg_constraint_store(ddl, &copy) ||
        !sql_relation_attach(ddl->env, copy.foreign_table, SQL_ATTACHED_REFERENCING,
                             copy.object.id) ||
        !pg_constraint_link(ddl, copy.object.id, from))
        return false;
    return (!from->validated || pg_validate_foreign_key(ddl, &copy)) &&
           pg_foreign_key_to_partitions(ddl, copy.object.id);
}

bool pg_foreign_key_to_partitions(struct pg_ddl *ddl, uint32_t constraint)
{
    const struct sql_constraint *key = sql_find_constraint(ddl->session, constraint);
    const struct sql_relation parent = *sql_find_relation_id(ddl->session, key->relation);
    if (parent.kind != SQL_RELATION_PARTITIONED)
        return true;
    for (uint16_t i = 0; i < parent.child_count; i++)
        if (!give_key(ddl, parent.children[i], &parent, key))
            return false;
    return true;
}

/* ---- partitions of the referenced table */

/* The partition's part of an index of its parent, 0: none. */
static uint32_t index_part(struct pg_ddl *ddl, uint32_t index_id, uint32_t partition)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, index_id);
    for (uint16_t i = 0; index && i < index->child_count; i++) {
        const struct sql_relation *part = sql_find_relation_id(ddl->session, index->children[i]);
        if (part->index->table == partition)
            return part->object.id;
    }
    return 0;
}

static bool depend_on_partition(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, key->object.id);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, key->foreign_table);
    for (uint16_t i = 0; i < key->column_count; i++) {
        on.part = key->foreign_columns[i];
        if (!sql_depend(ddl->env, of, on, 'n'))
            return false;
    }
    return sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->relation, key->index), 'n') &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->constraint, key->parent), 'i');
}

static bool refer_to(struct pg_ddl *ddl, const struct sql_constraint *from, uint32_t partition_id)
{
    const struct sql_relation *table = sql_find_relation_id(ddl->session, from->relation);
    const struct sql_relation *parent = sql_find_relation_id(ddl->session, from->foreign_table);
    const struct sql_relation *partition = sql_find_relation_id(ddl->session, partition_id);
    int16_t *map = pg_column_map(ddl, parent, partition);
    struct sql_constraint copy = *from;
    if (!map ||
        !numbers_of(ddl, map, from->foreign_columns, from->column_count, &copy.foreign_columns))
        return false;
    copy.object = (struct sql_object){.name = from->object.name};
    copy.foreign_table = partition_id;
    copy.index = index_part(ddl, from->index, partition_id);
    copy.parent = from->object.id;
    copy.local = false;
    copy.inherited = 1;
    copy.no_inherit = false;
    return name_key(ddl, table, &copy) && pg_constraint_store(ddl, &copy) &&
           depend_on_partition(ddl, &copy) &&
           sql_relation_attach(ddl->env, partition_id, SQL_ATTACHED_REFERENCING, copy.object.id) &&
           pg_foreign_key_to_referenced(ddl, copy.object.id);
}

bool pg_foreign_key_to_referenced(struct pg_ddl *ddl, uint32_t constraint)
{
    const struct sql_constraint *key = sql_find_constraint(ddl->session, constraint);
    const struct sql_relation parent = *sql_find_relation_id(ddl->session, key->foreign_table);
    if (parent.kind != SQL_RELATION_PARTITIONED)
        return true;
    for (uint16_t i = 0; i < parent.child_count; i++)
        if (!refer_to(ddl, key, parent.children[i]))
            return false;
    return true;
}

/* ---- joining and leaving */

bool pg_foreign_keys_to_partition(struct pg_ddl *ddl, uint32_t partition,
                                  const struct sql_relation *parent)
{
    for (uint16_t i = 0; i < parent->referencing_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, parent->referencing[i]);
        if ((!key->parent || is_referenced_part(ddl, key)) && !refer_to(ddl, key, partition))
            return false;
    }
    for (uint16_t i = 0; i < parent->constraint_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, parent->constraints[i]);
        if (key->kind == SQL_CONSTRAINT_FOREIGN && !is_referenced_part(ddl, key) &&
            !give_key(ddl, partition, parent, key))
            return false;
    }
    return true;
}

/* The partition is referenced no more: no row may have needed it. */
static bool forget_reference(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    return pg_validate_removal(ddl, key) && drop_part(ddl, key);
}

bool pg_foreign_keys_leave(struct pg_ddl *ddl, uint32_t partition_id)
{
    const struct sql_relation partition = *sql_find_relation_id(ddl->session, partition_id);
    for (uint16_t i = 0; i < partition.referencing_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, partition.referencing[i]);
        if (key && is_referenced_part(ddl, key) && !forget_reference(ddl, key))
            return false;
    }
    for (uint16_t i = 0; i < partition.constraint_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, partition.constraints[i]);
        if (key && key->kind == SQL_CONSTRAINT_FOREIGN && key->parent &&
            !is_referenced_part(ddl, key) &&
            (!pg_constraint_link(ddl, key->object.id, NULL) ||
             !pg_foreign_key_to_referenced(ddl, key->object.id)))
            return false;
    }
    return true;
}
