/* Tables that become children of others, or are that no longer, after they were made. */
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/sql/catalog/find.h"

static bool is_child_of(const struct sql_relation *child, uint32_t parent)
{
    for (uint16_t i = 0; i < child->parent_count; i++)
        if (child->parents[i] == parent)
            return true;
    return false;
}

bool pg_inherit_has(struct pg_ddl *ddl, uint32_t relation_id, uint32_t other)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    if (relation_id == other)
        return true;
    for (uint16_t i = 0; relation && i < relation->child_count; i++)
        if (pg_inherit_has(ddl, relation->children[i], other))
            return true;
    return false;
}

const struct sql_trigger *pg_trigger_with_transitions(struct pg_ddl *ddl,
                                                      const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(ddl->session, relation->triggers[i]);
        if (trigger && trigger->row && (trigger->old_table.ptr || trigger->new_table.ptr))
            return trigger;
    }
    return NULL;
}

/* ---- columns */

/* A child and its parent that become, or are, such. */
struct pair {
    struct pg_ddl *ddl;
    const struct sql_relation *child, *parent;
    const int16_t *map; /* the child's columns for the parent's */
    bool partition;
};

static bool check_generated(const struct pair *pair, const struct sql_column *have,
                            const struct sql_column *column)
{
    struct sql_error *error = pair->ddl->env->error;
    if (column->generated && !have->generated)
        return sql_fail(error, "42804",
                        "column \"" SLICE_FMT "\" in child table must be a generated column",
                        SLICE_ARG(column->name));
    if (!column->generated)
        return true;
    const struct sql_expr *mapped = pg_expr_map(pair->ddl, column->value, pair->map);
    if (!mapped)
        return false;
    return sql_expr_equal(mapped, have->value) ||
           sql_fail(error, "42804",
                    "column \"" SLICE_FMT "\" in child table has a conflicting generation "
                    "expression",
                    SLICE_ARG(column->name));
}

static bool check_column(const struct pair *pair, const struct sql_column *have,
                         const struct sql_column *column)
{
    struct sql_error *error = pair->ddl->env->error;
    if (have->type != column->type || have->typmod != column->typmod)
        return sql_fail(error, "42804",
                        "child table \"" SLICE_FMT "\" has different type for column \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(pair->child->object.name), SLICE_ARG(column->name));
    if (have->collation != column->collation)
        return sql_fail(error, "42P21",
                        "child table \"" SLICE_FMT
                        "\" has different collation for column \"" SLICE_FMT "\"",
                        SLICE_ARG(pair->child->object.name), SLICE_ARG(column->name));
    if (column->not_null && !have->not_null)
        return sql_fail(error, "42804",
                        "column \"" SLICE_FMT "\" in child table must be marked NOT NULL",
                        SLICE_ARG(column->name));
    return check_generated(pair, have, column);
}

static bool join_columns(const struct pair *pair)
{
    struct pg_ddl *ddl = pair->ddl;
    for (uint16_t i = 0; i < pair->parent->column_count; i++) {
        const struct sql_column *column = &pair->parent->columns[i];
        if (column->dropped)
            continue;
        if (!pair->map[i])
            return sql_fail(ddl->env->error, "42804",
                            "child table is missing column \"" SLICE_FMT "\"",
                            SLICE_ARG(column->name));
        struct sql_column have = pair->child->columns[pair->map[i] - 1];
        if (!check_column(pair, &have, column))
            return false;
        have.inherited++;
        have.local = have.local && !pair->partition;
        if (!pg_relation_replace_column(ddl, pair->child->object.id, &have))
            return false;
    }
    return true;
}

static bool part_columns(const struct pair *pair)
{
    for (uint16_t i = 0; i < pair->parent->column_count; i++) {
        struct sql_column have;
        if (!pair->map[i])
            continue;
        have = pair->child->columns[pair->map[i] - 1];
        if (!have.inherited)
            continue;
        have.local = --have.inherited == 0 || have.local;
        if (!pg_relation_replace_column(pair->ddl, pair->child->object.id, &have))
            return false;
    }
    return true;
}

/* ---- checks */

static bool check_check(const struct pair *pair, const struct sql_constraint *have,
                        const struct sql_constraint *check)
{
    struct sql_error *error = pair->ddl->env->error;
    struct slice table = pair->child->object.name, name = check->object.name;
    if (!have)
        return sql_fail(error, "42804", "child table is missing constraint \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    const struct sql_expr *mapped = pg_expr_map(pair->ddl, check->check, pair->map);
    if (!mapped)
        return false;
    if (have->kind != SQL_CONSTRAINT_CHECK || !sql_expr_equal(mapped, have->check))
        return sql_fail(error, "42804",
                        "child table \"" SLICE_FMT
                        "\" has different definition for check constraint \"" SLICE_FMT "\"",
                        SLICE_ARG(table), SLICE_ARG(name));
    if (have->no_inherit)
        return sql_fail(error, "42P17",
                        "constraint \"" SLICE_FMT
                        "\" conflicts with non-inherited constraint on child table \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(name), SLICE_ARG(table));
    return (have->validated || !check->validated) ||
           sql_fail(error, "42P17",
                    "constraint \"" SLICE_FMT
                    "\" conflicts with NOT VALID constraint on child table \"" SLICE_FMT "\"",
                    SLICE_ARG(name), SLICE_ARG(table));
}

static bool is_inheritable(const struct sql_constraint *constraint)
{
    return constraint->kind == SQL_CONSTRAINT_CHECK && !constraint->no_inherit;
}

static bool join_checks(const struct pair *pair)
{
    for (uint16_t i = 0; i < pair->parent->constraint_count; i++) {
        const struct sql_constraint *check =
            sql_find_constraint(pair->ddl->session, pair->parent->constraints[i]);
        if (!is_inheritable(check))
            continue;
        const struct sql_constraint *have =
            pg_constraint_find(pair->ddl, pair->child, check->object.name);
        if (!check_check(pair, have, check))
            return false;
        struct sql_constraint changed = *have;
        changed.inherited++;
        changed.local = changed.local && !pair->partition;
        if (!sql_catalog_replace(pair->ddl->env, &changed.object))
            return false;
    }
    return true;
}

static bool part_checks(const struct pair *pair)
{
    for (uint16_t i = 0; i < pair->parent->constraint_count; i++) {
        const struct sql_constraint *check =
            sql_find_constraint(pair->ddl->session, pair->parent->constraints[i]);
        const struct sql_constraint *have =
            is_inheritable(check) ? pg_constraint_find(pair->ddl, pair->child, check->object.name)
                                  : NULL;
        if (!have || have->kind != SQL_CONSTRAINT_CHECK || !have->inherited)
            continue;
        struct sql_constraint changed = *have;
        changed.local = --changed.inherited == 0 || changed.local;
        if (!sql_catalog_replace(pair->ddl->env, &changed.object))
            return false;
    }
    return true;
}

/* ---- both */

static bool make_pair(struct pg_ddl *ddl, uint32_t child, uint32_t parent, bool partition,
                      struct pair *out)
{
    *out = (struct pair){
        .ddl = ddl,
        .child = sql_find_relation_id(ddl->session, child),
        .parent = sql_find_relation_id(ddl->session, parent),
        .partition = partition,
    };
    out->map = pg_column_map(ddl, out->parent, out->child);
    return out->map != NULL;
}

bool pg_inherit_lock_below(struct pg_ddl *ddl, uint32_t id, enum sql_lock_mode lock)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, id);
    for (uint16_t i = 0; relation && i < relation->child_count; i++) {
        uint32_t child = relation->children[i];
        if (!sql_lock_relation(ddl->env, child, lock, SQL_WAIT_BLOCK) ||
            !pg_inherit_lock_below(ddl, child, lock))
            return false;
        relation = sql_find_relation_id(ddl->session, id);
    }
    return true;
}

bool pg_inherit_join(struct pg_ddl *ddl, uint32_t child, uint32_t parent, bool partition)
{
    struct pair pair;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, child);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, parent);
    if (!make_pair(ddl, child, parent, partition, &pair))
        return false;
    if (is_child_of(pair.child, parent))
        return sql_fail(ddl->env->error, "42P07",
                        "relation \"" SLICE_FMT "\" would be inherited from more than once",
                        SLICE_ARG(pair.parent->object.name));
    return join_columns(&pair) && join_checks(&pair) &&
           sql_relation_attach(ddl->env, child, SQL_ATTACHED_PARENT, parent) &&
           sql_relation_attach(ddl->env, parent, SQL_ATTACHED_CHILD, child) &&
           sql_depend(ddl->env, of, on, partition ? 'a' : 'n');
}

bool pg_inherit_part(struct pg_ddl *ddl, uint32_t child, uint32_t parent, bool partition)
{
    struct pair pair;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, child);
    if (!make_pair(ddl, child, parent, partition, &pair))
        return false;
    if (!is_child_of(pair.child, parent)) {
        struct slice first = partition ? pair.child->object.name : pair.parent->object.name;
        struct slice second = partition ? pair.parent->object.name : pair.child->object.name;
        return sql_fail(ddl->env->error, "42P01",
                        "relation \"" SLICE_FMT "\" is not a %s of relation \"" SLICE_FMT "\"",
                        SLICE_ARG(first), partition ? "partition" : "parent", SLICE_ARG(second));
    }
    return part_columns(&pair) && part_checks(&pair) &&
           sql_relation_detach(ddl->env, child, SQL_ATTACHED_PARENT, parent) &&
           sql_relation_detach(ddl->env, parent, SQL_ATTACHED_CHILD, child) &&
           sql_depend_cut(ddl->env, of, pg_whole(pg_classes(ddl)->relation, parent));
}
