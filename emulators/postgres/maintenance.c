#include "emulators/postgres/maintenance.h"

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/lock.h"

static const struct sql_relation *require(struct pg_utility_call *call,
                                          const struct ast_relation *name)
{
    const struct sql_relation *relation =
        sql_find_relation(call->env->session, name->schema, name->name);
    if (!relation && name->schema.ptr)
        sql_fail(call->env->error, "42P01",
                 "relation \"" SLICE_FMT "." SLICE_FMT "\" does not exist", SLICE_ARG(name->schema),
                 SLICE_ARG(name->name));
    else if (!relation)
        sql_fail(call->env->error, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name->name));
    return relation;
}

static bool has_column(const struct sql_relation *relation, struct slice name)
{
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name))
            return true;
    return false;
}

static bool check_vacuumed(struct pg_utility_call *call, const struct ast_vacuum_relation *target)
{
    const struct sql_relation *relation = require(call, target->relation);
    if (!relation)
        return false;
    for (uint32_t i = 0; i < target->columns.count; i++)
        if (!has_column(relation, target->columns.items[i]))
            return sql_fail(call->env->error, "42703",
                            "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                            SLICE_ARG(target->columns.items[i]), SLICE_ARG(relation->object.name));
    return true;
}

bool pg_run_vacuum(struct pg_utility_call *call)
{
    const struct ast_vacuum *vacuum = AST_AS(vacuum, call->tree);
    if (vacuum->is_vacuum && call->nested)
        return sql_fail(call->env->error, "25001", "VACUUM cannot be executed from a function");
    if (vacuum->is_vacuum && !pg_block_refuse_inside(call->session, "VACUUM"))
        return false;
    for (uint32_t i = 0; i < vacuum->relations.count; i++)
        if (!check_vacuumed(call, AST_AS(vacuum_relation, vacuum->relations.items[i])))
            return false;
    return true;
}

bool pg_run_cluster(struct pg_utility_call *call)
{
    const struct ast_cluster *cluster = AST_AS(cluster, call->tree);
    if (!cluster->relation)
        return pg_block_refuse_inside(call->session, "CLUSTER");
    const struct sql_relation *relation = require(call, cluster->relation);
    if (!relation)
        return false;
    struct ast_relation index = *cluster->relation;
    index.name = cluster->index;
    if (!cluster->index.ptr || sql_find_relation(call->env->session, index.schema, index.name))
        return true;
    return sql_fail(call->env->error, "42704",
                    "index \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(cluster->index), SLICE_ARG(relation->object.name));
}

bool pg_run_reindex(struct pg_utility_call *call)
{
    static const char *const commands[] = {
        [AST_REINDEX_SCHEMA] = "REINDEX SCHEMA",
        [AST_REINDEX_SYSTEM] = "REINDEX SYSTEM",
        [AST_REINDEX_DATABASE] = "REINDEX DATABASE",
    };
    const struct ast_reindex *reindex = AST_AS(reindex, call->tree);
    if (reindex->type != AST_REINDEX_INDEX && reindex->type != AST_REINDEX_TABLE)
        return pg_block_refuse_inside(call->session, commands[reindex->type]);
    const struct sql_relation *relation = require(call, reindex->relation);
    if (!relation)
        return false;
    bool is_index =
        relation->kind == SQL_RELATION_INDEX || relation->kind == SQL_RELATION_PARTITIONED_INDEX;
    if (reindex->type == AST_REINDEX_INDEX && !is_index)
        return sql_fail(call->env->error, "42809", "\"" SLICE_FMT "\" is not an index",
                        SLICE_ARG(relation->object.name));
    if (reindex->type == AST_REINDEX_TABLE && is_index)
        return sql_fail(call->env->error, "42809",
                        "\"" SLICE_FMT "\" is not a table or materialized view",
                        SLICE_ARG(relation->object.name));
    return true;
}

bool pg_run_alter_system(struct pg_utility_call *call)
{
    return pg_block_refuse_inside(call->session, "ALTER SYSTEM");
}

/* What a role must hold for each mode, any of it: reading takes the weakest lock, writing the others. */
static bool may_lock(struct pg_utility_call *call, const struct sql_relation *relation,
                     enum ast_lock_mode mode)
{
    struct sql_session *session = call->env->session;
    uint32_t wanted = SQL_PRIV_UPDATE | SQL_PRIV_DELETE | SQL_PRIV_TRUNCATE;
    if (mode == AST_ACCESS_SHARE)
        wanted = SQL_PRIV_SELECT;
    else if (mode == AST_ROW_EXCLUSIVE)
        wanted |= SQL_PRIV_INSERT;
    if (sql_privileges_of(session, session->role, &relation->object, NULL) & wanted)
        return true;
    return sql_fail(call->env->error, "42501", "permission denied for %s " SLICE_FMT,
                    relation->kind == SQL_RELATION_VIEW ? "view" : "table",
                    SLICE_ARG(relation->object.name));
}

bool pg_run_lock(struct pg_utility_call *call)
{
    const struct ast_lock *lock = AST_AS(lock, call->tree);
    if (!call->nested && !pg_block_is_open(call->session))
        return pg_block_require(call->session, "LOCK TABLE");
    for (uint32_t i = 0; i < lock->relations.count; i++) {
        const struct sql_relation *relation =
            require(call, AST_AS(relation, lock->relations.items[i]));
        if (!relation || !may_lock(call, relation, lock->mode))
            return false;
        if (relation->kind != SQL_RELATION_TABLE && relation->kind != SQL_RELATION_PARTITIONED &&
            relation->kind != SQL_RELATION_VIEW)
            return sql_fail(call->env->error, "42809", "cannot lock relation \"" SLICE_FMT "\"",
                            SLICE_ARG(relation->object.name));
        if (!sql_lock_relation(call->env, relation->object.id, (enum sql_lock_mode)lock->mode,
                               lock->nowait ? SQL_WAIT_ERROR : SQL_WAIT_BLOCK))
            return false;
    }
    return true;
}
