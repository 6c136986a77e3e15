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
