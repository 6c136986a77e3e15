/* What ALTER TABLE does not do to tables that others lean on. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/range.h"

/* ---- partition keys */

static bool is_in_key(struct pg_ddl *ddl, const struct sql_relation *relation, int16_t column,
                      bool *out)
{
    const struct sql_partition_key *key = relation->partition_key;
    *out = false;
    for (uint16_t i = 0; key && i < key->count; i++)
        *out = *out || key->columns[i] == column;
    for (uint32_t i = 0; key && i < key->expressions.count && !*out; i++) {
        int16_t *columns;
        uint16_t count;
        if (!pg_columns_used(ddl, relation, key->expressions.items[i], &columns, &count))
            return false;
        for (uint16_t j = 0; j < count; j++)
            *out = *out || columns[j] == column;
    }
    return true;
}

bool pg_alter_refuse_partition_key(struct pg_ddl *ddl, const struct sql_relation *relation,
                                   const struct sql_column *column, const char *verb)
{
    const struct sql_column *have = pg_name_column(relation, column->name);
    bool found;
    if (!have || !is_in_key(ddl, relation, have->number, &found))
        return !have;
    if (found)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot %s column \"" SLICE_FMT
                        "\" because it is part of the partition key of relation \"" SLICE_FMT "\"",
                        verb, SLICE_ARG(column->name), SLICE_ARG(relation->object.name));
    for (uint16_t i = 0; i < relation->child_count; i++)
        if (!pg_alter_refuse_partition_key(
                ddl, sql_find_relation_id(ddl->session, relation->children[i]), column, verb))
            return false;
    return true;
}

/* ---- columns that have the rows' type */

struct user {
    const struct sql_relation *relation;
    int32_t column;
};

static bool has_rows(const struct sql_relation *relation)
{
    return relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_MATVIEW ||
           relation->kind == SQL_RELATION_PARTITIONED;
}

/* A stored column of the type, or of an array, domain or composite over it; relation NULL: none. */
static bool find_user(struct pg_ddl *ddl, uint32_t type_id, struct user *out)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_type *type = sql_find_type_id(ddl->session, type_id);
    uint32_t count;
    const struct sql_edge **edges = sql_edges_on(ddl->env, ids->type, type_id, &count);
    if (ddl->env->check && !ddl->env->check(ddl->env))
        return false;
    for (uint32_t i = 0; i < count && !out->relation; i++) {
        const struct sql_edge *edge = edges[i];
        const struct sql_relation *relation = edge->of_class == ids->relation
                                                  ? sql_find_relation_id(ddl->session, edge->of_id)
                                                  : NULL;
        if (edge->of_class == ids->type && !find_user(ddl, edge->of_id, out))
            return false;
        if (!relation || edge->of_part <= 0)
            continue;
        if (has_rows(relation))
            *out = (struct user){relation, edge->of_part};
        else if (relation->kind == SQL_RELATION_COMPOSITE && !find_user(ddl, relation->type, out))
            return false;
    }
    return out->relation || !type || !type->array || find_user(ddl, type->array, out);
}

bool pg_alter_refuse_row_users(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    struct user user = {0};
    if (!relation->type || !find_user(ddl, relation->type, &user))
        return !relation->type;
    if (!user.relation)
        return true;
    struct slice column = user.relation->columns[user.column - 1].name;
    bool composite = relation->kind == SQL_RELATION_COMPOSITE;
    return sql_fail(ddl->env->error, "0A000",
                    "cannot alter %s \"" SLICE_FMT "\" because column \"" SLICE_FMT "." SLICE_FMT
                    "\" uses %s",
                    composite ? "type" : "table", SLICE_ARG(relation->object.name),
                    SLICE_ARG(user.relation->object.name), SLICE_ARG(column),
                    composite ? "it" : "its row type");
}

bool pg_alter_refuse_type_users(struct pg_ddl *ddl, uint32_t type, uint32_t name_of)
{
    struct user user = {0};
    if (!find_user(ddl, type, &user))
        return false;
    if (!user.relation)
        return true;
    return sql_fail(ddl->env->error, "0A000",
                    "cannot alter type \"" SLICE_FMT "\" because column \"" SLICE_FMT "." SLICE_FMT
                    "\" uses it",
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, name_of)),
                    SLICE_ARG(user.relation->object.name),
                    SLICE_ARG(user.relation->columns[user.column - 1].name));
}

/* ---- rows inside of rows */

static bool contains(struct pg_ddl *ddl, uint32_t type_id, uint32_t row_type, unsigned depth)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, type_id);
    if (!type || depth > 32)
        return false;
    if (type_id == row_type)
        return true;
    if (type->kind == SQL_TYPE_DOMAIN)
        return contains(ddl, type->base, row_type, depth + 1);
    if (type->element && type->len < 0)
        return contains(ddl, type->element, row_type, depth + 1);
    if (type->kind == SQL_TYPE_RANGE || type->kind == SQL_TYPE_MULTIRANGE) {
        const struct sql_range_info *range = type->extra;
        return contains(ddl, range->subtype, row_type, depth + 1);
    }
    const struct sql_relation *relation = type->kind == SQL_TYPE_COMPOSITE
                                              ? sql_find_relation_id(ddl->session, type->relation)
                                              : NULL;
    for (uint16_t i = 0; relation && i < relation->column_count; i++)
        if (!relation->columns[i].dropped &&
            contains(ddl, relation->columns[i].type, row_type, depth + 1))
            return true;
    return false;
}

bool pg_type_has_rows_of(struct pg_ddl *ddl, uint32_t type, uint32_t row_type)
{
    return contains(ddl, type, row_type, 0);
}

bool pg_alter_refuse_own_member(struct pg_ddl *ddl, const struct sql_relation *relation,
                                uint32_t type)
{
    return !relation->type || !contains(ddl, type, relation->type, 0) ||
           sql_fail(ddl->env->error, "42P16",
                    "composite type " SLICE_FMT " cannot be made a member of itself",
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, relation->type)));
}

/* ---- typed tables */

bool pg_alter_typed_tables(struct pg_ddl *ddl, const struct sql_relation *relation,
                           pg_alter_command *run, const struct ast_alter_table_command *command)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    uint32_t count, type = relation->type;
    if (relation->kind != SQL_RELATION_COMPOSITE)
        return true;
    const struct sql_edge **edges = sql_edges_on(ddl->env, ids->type, type, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *table = edges[i]->of_class == ids->relation && !edges[i]->of_part
                                               ? sql_find_relation_id(ddl->session, edges[i]->of_id)
                                               : NULL;
        if (!table || table->of_type != type)
            continue;
        if (!command->cascade) {
            sql_fail(ddl->env->error, "2BP01",
                     "cannot alter type \"" SLICE_FMT "\" because it is the type of a typed table",
                     SLICE_ARG(relation->object.name));
            return sql_hint(ddl->env->error,
                            "Use ALTER ... CASCADE to alter the typed tables too.");
        }
        if (!run(ddl, table->object.id, command))
            return false;
    }
    return true;
}
