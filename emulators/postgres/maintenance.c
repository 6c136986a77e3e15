#include "emulators/postgres/maintenance.h"

#include "emulators/sql/analyze/shape.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/dialect.h"
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

static bool is_concurrent(const struct ast_reindex *reindex)
{
    for (uint32_t i = 0; i < reindex->options.count; i++)
        if (slice_eq_str(AST_AS(option, reindex->options.items[i])->name, "concurrently"))
            return true;
    return false;
}

/* A whole schema or database: in transactions of its own. */
static bool reindex_many(struct pg_utility_call *call, const struct ast_reindex *reindex,
                         const char *command)
{
    struct sql_session *session = call->env->session;
    if (!pg_block_refuse_inside(call->session, command))
        return false;
    if (reindex->type == AST_REINDEX_SYSTEM && is_concurrent(reindex))
        return sql_fail(call->env->error, "0A000", "cannot reindex system catalogs concurrently");
    if (reindex->type != AST_REINDEX_SCHEMA)
        return true;
    const struct sql_schema *schema = sql_find_schema(session, reindex->name);
    if (!schema)
        return sql_fail(call->env->error, "3F000", "schema \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(reindex->name));
    return sql_is_owner(session, session->role, &schema->object) ||
           sql_fail(call->env->error, "42501", "must be owner of schema " SLICE_FMT,
                    SLICE_ARG(reindex->name));
}

/* Partitions are done in transactions of their own, too. */
static bool check_outside(struct pg_utility_call *call, const struct ast_reindex *reindex,
                          const struct sql_relation *relation)
{
    bool concurrent = is_concurrent(reindex);
    bool parts = relation->kind == SQL_RELATION_PARTITIONED ||
                 relation->kind == SQL_RELATION_PARTITIONED_INDEX;
    if (concurrent && relation->object.id < call->env->session->dialect->first_free_id)
        return sql_fail(call->env->error, "0A000", "cannot reindex system catalogs concurrently");
    if (concurrent)
        return pg_block_refuse_inside(call->session, "REINDEX CONCURRENTLY");
    return !parts || pg_block_refuse_inside(call->session, reindex->type == AST_REINDEX_INDEX
                                                               ? "REINDEX INDEX"
                                                               : "REINDEX TABLE");
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
        return reindex_many(call, reindex, commands[reindex->type]);
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
    return check_outside(call, reindex, relation);
}

bool pg_run_alter_system(struct pg_utility_call *call)
{
    return pg_block_refuse_inside(call->session, "ALTER SYSTEM");
}

/* ---- LOCK */

struct locking {
    struct pg_utility_call *call;
    enum ast_lock_mode mode;
    bool nowait;
    uint32_t role;  /* who must be allowed; 0: nobody is asked */
    uint32_t depth; /* of views within views */
    bool failed;
};
#define LOCK_DEPTH_MAX 64

/* What a role must hold for each mode, any of it: reading takes the weakest lock, writing the others. */
static bool may_lock(const struct locking *locking, const struct sql_relation *relation)
{
    struct sql_env *env = locking->call->env;
    uint32_t wanted = SQL_PRIV_UPDATE | SQL_PRIV_DELETE | SQL_PRIV_TRUNCATE;
    if (locking->mode == AST_ACCESS_SHARE)
        wanted = SQL_PRIV_SELECT;
    else if (locking->mode == AST_ROW_EXCLUSIVE)
        wanted |= SQL_PRIV_INSERT;
    if (!locking->role ||
        sql_privileges_of(env->session, locking->role, &relation->object, NULL) & wanted)
        return true;
    return sql_fail(env->error, "42501", "permission denied for %s " SLICE_FMT,
                    relation->kind == SQL_RELATION_VIEW ? "view" : "table",
                    SLICE_ARG(relation->object.name));
}

static bool is_lockable(const struct sql_relation *relation)
{
    return relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_PARTITIONED ||
           relation->kind == SQL_RELATION_VIEW;
}

static bool lock_one(struct locking *locking, const struct sql_relation *relation, bool children);

static bool lock_expr(struct sql_expr *expr, void *ctx);

/* The tables of a view's query, and of the queries inside. */
static bool lock_query(struct sql_query *query, void *ctx)
{
    struct locking *locking = ctx;
    for (uint32_t i = 0; i < query->table_count && !locking->failed; i++) {
        const struct sql_table *table = query->tables[i];
        const struct sql_relation *relation =
            table->kind == SQL_TABLE_RELATION
                ? sql_find_relation_id(locking->call->env->session, table->relation)
                : NULL;
        if (relation && is_lockable(relation) && !relation->system &&
            !lock_one(locking, relation, table->inherits))
            locking->failed = true;
    }
    return locking->failed || sql_query_walk(query, lock_expr, lock_query, ctx);
}

static bool lock_expr(struct sql_expr *expr, void *ctx)
{
    return sql_expr_walk_queries(expr, lock_expr, lock_query, ctx);
}

/* What a view reads is locked for its owner. */
static bool lock_view(struct locking *locking, const struct sql_relation *view)
{
    struct sql_session *session = locking->call->env->session;
    struct locking inside = *locking;
    inside.role = view->security_invoker ? session->role : view->object.owner;
    if (!view->view || inside.depth++ == LOCK_DEPTH_MAX)
        return true;
    lock_query((struct sql_query *)(uintptr_t)view->view, &inside);
    return !inside.failed;
}

static bool lock_one(struct locking *locking, const struct sql_relation *relation, bool children)
{
    struct sql_env *env = locking->call->env;
    if (!may_lock(locking, relation) ||
        !sql_lock_relation(env, relation->object.id, (enum sql_lock_mode)locking->mode,
                           locking->nowait ? SQL_WAIT_ERROR : SQL_WAIT_BLOCK))
        return false;
    if (relation->kind == SQL_RELATION_VIEW)
        return lock_view(locking, relation);
    struct locking below = *locking;
    below.role = 0;
    for (uint16_t i = 0; children && i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(env->session, relation->children[i]);
        if (child && !lock_one(&below, child, true))
            return false;
    }
    return true;
}

bool pg_run_lock(struct pg_utility_call *call)
{
    const struct ast_lock *lock = AST_AS(lock, call->tree);
    if (!call->nested && !pg_block_is_open(call->session))
        return pg_block_require(call->session, "LOCK TABLE");
    struct locking locking = {
        .call = call, .mode = lock->mode, .nowait = lock->nowait, .role = call->env->session->role};
    for (uint32_t i = 0; i < lock->relations.count; i++) {
        const struct ast_relation *name = AST_AS(relation, lock->relations.items[i]);
        const struct sql_relation *relation = require(call, name);
        if (!relation)
            return false;
        if (!is_lockable(relation))
            return sql_fail(call->env->error, "42809", "cannot lock relation \"" SLICE_FMT "\"",
                            SLICE_ARG(relation->object.name));
        if (!lock_one(&locking, relation, !name->only))
            return false;
    }
    return true;
}
