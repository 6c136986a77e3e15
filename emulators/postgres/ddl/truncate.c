/* TRUNCATE. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/in_use.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/exec/change.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/syntax/ast_utility.h"

struct tables {
    uint32_t *ids;
    uint32_t count;
};

static bool has(const struct tables *tables, uint32_t id)
{
    for (uint32_t i = 0; i < tables->count; i++)
        if (tables->ids[i] == id)
            return true;
    return false;
}

static bool check_table(struct pg_ddl *ddl, const struct sql_relation *relation, bool inherited)
{
    if (relation->kind != SQL_RELATION_TABLE && relation->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a table",
                        SLICE_ARG(relation->object.name));
    if (relation->system)
        return sql_fail(ddl->env->error, "42501",
                        "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(relation->object.name));
    return inherited ||
           sql_has_privileges(ddl->session, ddl->session->role, &relation->object,
                              SQL_PRIV_TRUNCATE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for table " SLICE_FMT,
                    SLICE_ARG(relation->object.name));
}

static bool check_only(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    if (relation->kind != SQL_RELATION_PARTITIONED)
        return true;
    sql_fail(ddl->env->error, "42809", "cannot truncate only a partitioned table");
    return sql_hint(ddl->env->error,
                    "Do not specify the ONLY keyword, or use TRUNCATE ONLY on the partitions "
                    "directly.");
}

static bool add(struct pg_ddl *ddl, struct tables *tables, uint32_t id)
{
    if (has(tables, id))
        return true;
    uint32_t *grown = pg_ddl_grow(ddl, tables->ids, tables->count, sizeof(*grown));
    if (!grown)
        return false;
    grown[tables->count++] = id;
    tables->ids = grown;
    return true;
}

/* The table, and what inherits from it. */
static bool add_tree(struct pg_ddl *ddl, struct tables *tables, const struct sql_relation *relation,
                     bool children, bool inherited)
{
    if (!check_table(ddl, relation, inherited) || !pg_refuse_in_use(ddl, relation, "TRUNCATE") ||
        !add(ddl, tables, relation->object.id))
        return false;
    for (uint16_t i = 0; children && i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(ddl->session, relation->children[i]);
        if (child &&
            !(child->persistence == 't' && child->object.schema != ddl->session->temp_schema) &&
            (!sql_lock_relation(ddl->env, child->object.id, SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK) ||
             !add_tree(ddl, tables, child, true, true)))
            return false;
    }
    return true;
}

/* Foreign keys of other tables: they are emptied, too, or nothing is. */
static bool follow_references(struct pg_ddl *ddl, struct tables *tables, bool cascade)
{
    for (uint32_t t = 0; t < tables->count; t++) {
        const struct sql_relation *relation = sql_find_relation_id(ddl->session, tables->ids[t]);
        for (uint16_t i = 0; relation && i < relation->referencing_count; i++) {
            const struct sql_constraint *key =
                sql_find_constraint(ddl->session, relation->referencing[i]);
            const struct sql_relation *other =
                key ? sql_find_relation_id(ddl->session, key->relation) : NULL;
            if (!other || has(tables, other->object.id))
                continue;
            if (!cascade) {
                sql_fail(ddl->env->error, "0A000",
                         "cannot truncate a table referenced in a foreign key constraint");
                sql_detail(ddl->env->error, "Table \"" SLICE_FMT "\" references \"" SLICE_FMT "\".",
                           SLICE_ARG(other->object.name), SLICE_ARG(relation->object.name));
                return sql_hint(ddl->env->error,
                                "Truncate table \"" SLICE_FMT
                                "\" at the same time, or use TRUNCATE ... CASCADE.",
                                SLICE_ARG(other->object.name));
            }
            pg_ddl_notice(ddl, "00000", "truncate cascades to table \"" SLICE_FMT "\"",
                          SLICE_ARG(other->object.name));
            if (!sql_lock_relation(ddl->env, other->object.id, SQL_ACCESS_EXCLUSIVE,
                                   SQL_WAIT_BLOCK) ||
                !add_tree(ddl, tables, other, true, false))
                return false;
        }
    }
    return true;
}

/* RESTART IDENTITY: the sequences that belong to the table's columns. */
static bool restart_sequences(struct pg_ddl *ddl, uint32_t table)
{
    uint32_t count;
    const struct sql_edge **edges =
        sql_edges_on(ddl->env, pg_classes(ddl)->relation, table, &count);
    if (count && !edges)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *found = edges[i]->of_class == pg_classes(ddl)->relation
                                               ? sql_find_relation_id(ddl->session, edges[i]->of_id)
                                               : NULL;
        if (!found || found->kind != SQL_RELATION_SEQUENCE)
            continue;
        struct sql_relation sequence = *found;
        if (!sql_sequence_create(ddl->env, ddl->session->database, sequence.sequence->start,
                                 &sequence.storage) ||
            !sql_catalog_replace(ddl->env, &sequence.object))
            return false;
    }
    return true;
}

/* ---- triggers */

static bool fire_one(struct pg_ddl *ddl, const struct sql_relation *relation, bool before)
{
    struct sql_after after;
    struct sql_changer *changer = NULL;
    sql_after_init(&after, ddl->arena);
    bool fine = sql_changer_open(ddl->env, ddl->arena, relation, NULL, &after, &changer) &&
                sql_changer_statement(changer, ddl->env, SQL_TRIGGER_TRUNCATE, before, NULL, 0) &&
                (before || sql_after_run(&after, ddl->env));
    sql_changer_close(changer);
    sql_after_done(&after);
    return fine;
}

static bool fire(struct pg_ddl *ddl, const struct tables *tables, bool before)
{
    for (uint32_t i = 0; i < tables->count; i++) {
        const struct sql_relation *relation = sql_find_relation_id(ddl->session, tables->ids[i]);
        if (!relation || !relation->trigger_count)
            continue;
        sql_txn_next_command(ddl->session->txn);
        if (!fire_one(ddl, relation, before))
            return false;
    }
    return true;
}

/* Whoever may not truncate it waits for no lock, and keeps nobody waiting. */
static bool open_table(struct pg_ddl *ddl, const struct ast_relation *name,
                       const struct sql_relation **out)
{
    return pg_name_relation(ddl, name, false, SQL_NO_LOCK, out) && check_table(ddl, *out, false) &&
           pg_name_relation(ddl, name, false, SQL_ACCESS_EXCLUSIVE, out);
}

bool pg_truncate(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_truncate *ast = AST_AS(truncate, node);
    struct tables tables = {NULL, 0};
    for (uint32_t i = 0; i < ast->relations.count; i++) {
        const struct ast_relation *name = (const struct ast_relation *)ast->relations.items[i];
        const struct sql_relation *relation;
        if (!open_table(ddl, name, &relation) || (name->only && !check_only(ddl, relation)) ||
            !add_tree(ddl, &tables, relation, !name->only, false))
            return false;
    }
    if (!follow_references(ddl, &tables, ast->cascade) || !fire(ddl, &tables, true))
        return false;
    for (uint32_t i = 0; i < tables.count; i++)
        if (!pg_table_empty(ddl, tables.ids[i]) ||
            (ast->restart_sequences && !restart_sequences(ddl, tables.ids[i])))
            return false;
    return fire(ddl, &tables, false);
}
