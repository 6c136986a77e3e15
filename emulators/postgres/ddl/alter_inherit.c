/* ALTER TABLE ... INHERIT, NO INHERIT, OF, NOT OF. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

/* ---- INHERIT */

static bool check_child(struct pg_ddl *ddl, const struct sql_relation *child)
{
    const char *why = child->of_type                            ? "typed table"
                      : child->partition_bound                  ? "a partition"
                      : child->kind == SQL_RELATION_PARTITIONED ? "partitioned table"
                                                                : NULL;
    return !why || sql_fail(ddl->env->error, "42809", "cannot change inheritance of %s", why);
}

static bool check_parent(struct pg_ddl *ddl, const struct sql_relation *child,
                         const struct sql_relation *parent)
{
    struct sql_error *error = ddl->env->error;
    if (child->persistence != 't' && parent->persistence == 't')
        return sql_fail(error, "42809", "cannot inherit from temporary relation \"" SLICE_FMT "\"",
                        SLICE_ARG(parent->object.name));
    if (parent->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42809", "cannot inherit from partitioned table \"" SLICE_FMT "\"",
                        SLICE_ARG(parent->object.name));
    if (parent->partition_bound)
        return sql_fail(error, "42809", "cannot inherit from a partition");
    if (!pg_alter_refuse_circle(ddl, child, parent))
        return false;
    const struct sql_trigger *trigger = pg_trigger_with_transitions(ddl, child);
    if (!trigger)
        return true;
    sql_fail(error, "0A000",
             "trigger \"" SLICE_FMT "\" prevents table \"" SLICE_FMT
             "\" from becoming an inheritance child",
             SLICE_ARG(trigger->object.name), SLICE_ARG(child->object.name));
    return sql_detail(error, "ROW triggers with transition tables are not supported in "
                             "inheritance hierarchies.");
}

bool pg_alter_refuse_circle(struct pg_ddl *ddl, const struct sql_relation *child,
                            const struct sql_relation *parent)
{
    if (!pg_inherit_has(ddl, child->object.id, parent->object.id))
        return true;
    sql_fail(ddl->env->error, "42P07", "circular inheritance not allowed");
    return sql_detail(ddl->env->error, "\"" SLICE_FMT "\" is already a child of \"" SLICE_FMT "\".",
                      SLICE_ARG(parent->object.name), SLICE_ARG(child->object.name));
}

static bool find_parent(struct pg_ddl *ddl, const struct ast_alter_table_command *command,
                        const struct sql_relation **out)
{
    return pg_name_relation(ddl, AST_AS(relation, command->definition), false,
                            SQL_SHARE_UPDATE_EXCLUSIVE, out);
}

bool pg_alter_inherit(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    const struct sql_relation *child = sql_find_relation_id(ddl->session, relation_id), *parent;
    return check_child(ddl, child) && find_parent(ddl, command, &parent) &&
           pg_alter_allowed(ddl, command->type, parent) && pg_name_must_own(ddl, &parent->object) &&
           check_parent(ddl, child, parent) &&
           pg_inherit_join(ddl, relation_id, parent->object.id, false);
}

bool pg_alter_no_inherit(struct pg_ddl *ddl, uint32_t relation_id,
                         const struct ast_alter_table_command *command)
{
    const struct sql_relation *child = sql_find_relation_id(ddl->session, relation_id), *parent;
    if (child->partition_bound)
        return sql_fail(ddl->env->error, "42809", "cannot change inheritance of a partition");
    return find_parent(ddl, command, &parent) &&
           pg_inherit_part(ddl, relation_id, parent->object.id, false);
}

/* ---- OF */

/* The next column that was not dropped, from *at on; NULL: none. */
static const struct sql_column *next_column(const struct sql_relation *relation, uint16_t *at)
{
    while (*at < relation->column_count && relation->columns[*at].dropped)
        ++*at;
    return *at < relation->column_count ? &relation->columns[(*at)++] : NULL;
}

/* Both must have the same columns in the same order. */
static bool check_shape(struct pg_ddl *ddl, const struct sql_relation *table,
                        const struct sql_relation *shape)
{
    struct sql_error *error = ddl->env->error;
    const struct sql_column *wanted, *have;
    uint16_t at = 0, table_at = 0;
    while ((wanted = next_column(shape, &at))) {
        have = next_column(table, &table_at);
        if (!have)
            return sql_fail(error, "42804", "table is missing column \"" SLICE_FMT "\"",
                            SLICE_ARG(wanted->name));
        if (!slice_eq(have->name, wanted->name))
            return sql_fail(error, "42804",
                            "table has column \"" SLICE_FMT "\" where type requires \"" SLICE_FMT
                            "\"",
                            SLICE_ARG(have->name), SLICE_ARG(wanted->name));
        if (have->type != wanted->type || have->typmod != wanted->typmod ||
            have->collation != wanted->collation)
            return sql_fail(error, "42804",
                            "table \"" SLICE_FMT "\" has different type for column \"" SLICE_FMT
                            "\"",
                            SLICE_ARG(table->object.name), SLICE_ARG(wanted->name));
    }
    have = next_column(table, &table_at);
    return !have || sql_fail(error, "42804", "table has extra column \"" SLICE_FMT "\"",
                             SLICE_ARG(have->name));
}

bool pg_alter_of(struct pg_ddl *ddl, uint32_t relation_id,
                 const struct ast_alter_table_command *command)
{
    struct sql_relation table = *sql_find_relation_id(ddl->session, relation_id);
    const struct sql_relation *shape;
    uint32_t type, old = table.of_type;
    if (!pg_typed_shape(ddl, AST_AS(type_name, command->definition), &type, &shape))
        return false;
    if (table.parent_count)
        return sql_fail(ddl->env->error, "42809", "typed tables cannot inherit");
    if (!check_shape(ddl, &table, shape))
        return false;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, relation_id);
    table.of_type = type;
    return (!old || sql_depend_cut(ddl->env, of, pg_whole(pg_classes(ddl)->type, old))) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, type), 'n') &&
           sql_catalog_replace(ddl->env, &table.object);
}

bool pg_alter_not_of(struct pg_ddl *ddl, uint32_t relation_id,
                     const struct ast_alter_table_command *command)
{
    struct sql_relation table = *sql_find_relation_id(ddl->session, relation_id);
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, relation_id);
    (void)command;
    if (!table.of_type)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a typed table",
                        SLICE_ARG(table.object.name));
    if (!sql_depend_cut(ddl->env, of, pg_whole(pg_classes(ddl)->type, table.of_type)))
        return false;
    table.of_type = 0;
    return sql_catalog_replace(ddl->env, &table.object);
}
