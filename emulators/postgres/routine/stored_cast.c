#include "emulators/postgres/routine/stored_cast.h"

#include <stdlib.h>

#include "emulators/postgres/session.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/exec/simple.h"
#include "emulators/sql/value/domain.h"

#define CASTS_KEPT 64 /* a power of 2 */

struct kept_cast {
    uint32_t from, to; /* to 0: there is none */
    int32_t typmod;
    uint64_t catalog_version;
    struct arena arena;
    struct sql_simple *simple; /* NULL: through text */
    struct datum value;        /* what is cast */
    bool running;
};

struct pg_stored_casts {
    struct kept_cast places[CASTS_KEPT];
};

/* ---- making */

/* $1 of one type as the other; NULL: no assignment does that. */
static struct sql_expr *make_expr(struct sql_env *env, const struct sql_type *from,
                                  const struct sql_type *to, int32_t typmod)
{
    struct sql_expr_param *param = arena_zalloc(env->arena, sizeof(*param));
    if (!param)
        return NULL;
    *param = (struct sql_expr_param){
        .expr = {.kind = SQL_EXPR_PARAM,
                 .type = from->id,
                 .typmod = -1,
                 .collation = from->collation,
                 .location = -1},
        .param_kind = SQL_PARAM_EXTERNAL,
        .number = 1,
    };
    struct sql_expr *expr = &param->expr;
    struct sql_error aside;
    sql_error_begin(&aside, env->arena);
    struct sql_env trial = *env;
    trial.error = &aside;
    bool found = sql_coerce_assign(&trial, &expr, to->id, typmod, SQL_ASSIGN_VALUE, to->name);
    return found ? expr : NULL;
}

/* Opens a run of SELECT expr. */
static bool open_run(struct sql_env *env, struct kept_cast *cast, struct sql_expr *expr)
{
    struct sql_target *target = arena_zalloc(&cast->arena, sizeof(*target));
    struct sql_query *query = arena_zalloc(&cast->arena, sizeof(*query));
    struct sql_params params = {.types = &cast->from, .count = 1};
    struct sql_plan *plan;
    if (!target || !query)
        return sql_fail_memory(env->error);
    target->expr = expr;
    *query = (struct sql_query){.command = SQL_SELECT, .targets = target, .target_count = 1};
    return sql_plan_make(env, &cast->arena, query, &params, &plan) &&
           sql_simple_open(env, &cast->arena, plan, &cast->value, 1, &cast->simple);
}

static void forget(struct kept_cast *cast)
{
    sql_simple_close(cast->simple);
    arena_done(&cast->arena);
    *cast = (struct kept_cast){.to = 0};
}

static bool make(struct sql_env *outer, struct kept_cast *cast, const struct sql_type *from,
                 const struct sql_type *to, int32_t typmod)
{
    forget(cast);
    arena_init(&cast->arena);
    struct sql_env env = *outer;
    env.arena = &cast->arena;
    cast->from = from->id;
    cast->typmod = typmod;
    cast->catalog_version = sql_catalog_version(env.session);
    struct sql_expr *expr = make_expr(&env, from, to, typmod);
    if (expr && !open_run(&env, cast, expr)) {
        forget(cast);
        return false;
    }
    cast->to = to->id;
    return true;
}

/* ---- finding */

/* The place that the cast has or would have; NULL: it is in use, or memory ran out. */
static struct kept_cast *place_of(struct pg_session *session, uint32_t from, uint32_t to,
                                  int32_t typmod)
{
    if (!session->casts)
        session->casts = calloc(1, sizeof(*session->casts));
    uint32_t hash = (from * 31 + to) * 31 + (uint32_t)typmod;
    struct kept_cast *place =
        session->casts ? &session->casts->places[(hash ^ hash >> 6) % CASTS_KEPT] : NULL;
    return place && !place->running ? place : NULL;
}

static bool is_it(const struct sql_env *env, const struct kept_cast *place, uint32_t from,
                  uint32_t to, int32_t typmod)
{
    return place->to == to && place->from == from && place->typmod == typmod &&
           place->catalog_version == sql_catalog_version(env->session);
}

void pg_stored_casts_clear(struct pg_session *session)
{
    for (unsigned i = 0; session->casts && i < CASTS_KEPT; i++)
        forget(&session->casts->places[i]);
    free(session->casts);
    session->casts = NULL;
}

/* ---- casting */

static bool cast_through_text(struct sql_env *env, struct datum value, const struct sql_type *from,
                              const struct sql_type *to, int32_t typmod, struct datum *out)
{
    struct sql_call call = {.env = env, .arena = env->arena};
    struct sql_bytes text;
    *out = value;
    if (value.null)
        return sql_domain_check(env, to, value);
    sql_bytes_init(&text, env->arena);
    if (!sql_type_output(&call, from, value, &text))
        return false;
    if (text.failed)
        return sql_fail_memory(env->error);
    return sql_domain_input(&call, to, sql_bytes_slice(&text), typmod, out);
}

static bool cast_kept(struct sql_env *env, struct kept_cast *cast, struct datum value,
                      struct datum *out)
{
    cast->value = value;
    cast->running = true;
    bool ok = sql_simple_evaluate(cast->simple, env, env->arena, out);
    cast->running = false;
    return ok;
}

bool pg_stored_cast(struct sql_env *env, struct datum value, uint32_t from, uint32_t to,
                    int32_t typmod, struct datum *out)
{
    *out = value;
    if (from == to && typmod < 0)
        return true;
    const struct sql_type *target = sql_find_type_id(env->session, to);
    const struct sql_type *source = sql_find_type_id(env->session, from);
    if (value.null && target && target->kind != SQL_TYPE_DOMAIN)
        return true;
    if (!target || !source)
        return sql_fail(env->error, "XX000", "cache lookup failed for type %u", to);
    struct kept_cast *place = place_of(pg_session_of(env->session), from, to, typmod);
    if (!place) {
        struct sql_expr *expr = make_expr(env, source, target, typmod);
        return expr ? sql_evaluate(env, expr, &value, 1, out)
                    : cast_through_text(env, value, source, target, typmod, out);
    }
    if (!is_it(env, place, from, to, typmod) && !make(env, place, source, target, typmod))
        return false;
    return place->simple ? cast_kept(env, place, value, out)
                         : cast_through_text(env, value, source, target, typmod, out);
}
