/* Expressions: which variables they name, and their plans. */
#include <stdlib.h>

#include "emulators/postgres/plpgsql/run.h"
#include "emulators/sql/exec/simple.h"
#include "emulators/sql/session.h"

/* ---- names while analysing */

static struct pl_expr *expr_of(const struct sql_scope *scope)
{
    return (struct pl_expr *)(uintptr_t)scope->ctx;
}

static struct sql_expr *make_param(struct sql_env *env, struct pl_expr *expr, uint32_t use,
                                   int32_t typmod, uint32_t collation, int32_t location)
{
    struct sql_expr_param *param = arena_zalloc(env->arena, sizeof(*param));
    if (!param) {
        sql_fail_memory(env->error);
        return NULL;
    }
    param->expr = (struct sql_expr){.kind = SQL_EXPR_PARAM,
                                    .type = expr->uses[use].type,
                                    .typmod = typmod,
                                    .collation = collation,
                                    .location = location};
    param->param_kind = SQL_PARAM_EXTERNAL;
    param->number = use + 1;
    return &param->expr;
}

/* The parameter's number for a variable or field: the one that it has already, or a new one. */
static bool find_use(struct sql_env *env, struct pl_expr *expr, uint32_t variable,
                     struct slice field, uint32_t type, uint32_t *out)
{
    for (uint32_t i = 0; i < expr->use_count; i++) {
        const struct pl_use *use = &expr->uses[i];
        if (use->variable == variable && slice_eq(use->field, field) &&
            (use->field.ptr != NULL) == (field.ptr != NULL)) {
            *out = i;
            return true;
        }
    }
    if (expr->use_count == expr->use_room) {
        uint32_t room = expr->use_room ? expr->use_room * 2 : 4;
        struct pl_use *uses = arena_array(&expr->query.arena, room, sizeof(*uses));
        uint32_t *types = arena_array(&expr->query.arena, room, sizeof(*types));
        if (!uses || !types)
            return sql_fail_memory(env->error);
        if (expr->use_count) {
            memcpy(uses, expr->uses, expr->use_count * sizeof(*uses));
            memcpy(types, expr->params.types, expr->use_count * sizeof(*types));
        }
        expr->uses = uses;
        expr->params.types = types;
        expr->use_room = room;
    }
    struct slice kept = field.ptr ? arena_dup(&expr->query.arena, field) : field;
    expr->uses[expr->use_count] =
        (struct pl_use){.variable = variable, .field = kept, .type = type};
    expr->params.types[expr->use_count] = type;
    *out = expr->use_count++;
    expr->params.count = expr->use_count;
    return true;
}

static struct sql_expr *variable_param(struct sql_env *env, struct pl_expr *expr,
                                       const struct pl_variable *variable, int32_t location)
{
    uint32_t use, type = variable->type;
    const struct pl_record *record = &expr->frame->values[variable->number].record;
    if (variable->kind == PL_RECORD && record->assigned && record->type)
        type = record->type;
    if (!find_use(env, expr, variable->number, slice_of(NULL, 0), type, &use))
        return NULL;
    return make_param(env, expr, use, variable->typmod, variable->collation, location);
}

static struct sql_expr *field_param(struct sql_env *env, struct pl_expr *expr,
                                    const struct pl_variable *variable, struct slice field,
                                    int32_t location)
{
    uint32_t at, use;
    struct sql_error *error = expr->frame->env.error;
    expr->frame->env.error = env->error;
    bool ok = pl_field(expr->frame, variable->number, field, &at);
    expr->frame->env.error = error;
    if (!ok) {
        if (location >= 0)
            env->error->position = (uint32_t)location + 1;
        return NULL;
    }
    const struct pl_record *record = &expr->frame->values[variable->number].record;
    const struct sql_type *type = sql_find_type_id(env->session, record->types[at]);
    if (!find_use(env, expr, variable->number, field, record->types[at], &use))
        return NULL;
    return make_param(env, expr, use, record->typmods[at], type ? type->collation : 0, location);
}

static struct sql_expr *resolve(const struct sql_scope *scope, struct sql_env *env,
                                const struct slice *names, unsigned count, int32_t location)
{
    struct pl_expr *expr = expr_of(scope);
    unsigned used;
    const struct pl_variable *variable =
        pl_scope_find(expr->function, expr->scope, expr->visible, names, count, &used);
    if (!variable || variable->kind == PL_ROW)
        return NULL;
    variable = expr->function->variables[variable->number];
    if (used == count)
        return variable_param(env, expr, variable, location);
    if (used + 1 == count && variable->kind == PL_RECORD) {
        if (slice_eq_str(names[used], "*"))
            return variable_param(env, expr, variable, location);
        return field_param(env, expr, variable, names[used], location);
    }
    return NULL;
}

static struct sql_expr *param(const struct sql_scope *scope, struct sql_env *env, uint32_t number,
                              int32_t location)
{
    struct slice name = arena_printf(env->arena, "$%u", number);
    if (!name.ptr)
        return NULL;
    return resolve(scope, env, &name, 1, location);
}

/* The running trigger's transition tables. */
static const struct sql_relation *transition_table(const struct sql_scope *scope, struct slice name)
{
    const struct sql_trigger_data *data = expr_of(scope)->frame->trigger;
    bool found = data && (slice_eq(data->trigger->old_table, name) ||
                          slice_eq(data->trigger->new_table, name));
    return found && name.len ? data->relation : NULL;
}

/* ---- plans */

struct pl_retired {
    struct pl_retired *next;
    struct arena arena;
    struct sql_simple *simple;
};

static void free_retired(struct pl_expr *expr)
{
    while (expr->retired) {
        struct pl_retired *retired = expr->retired;
        expr->retired = retired->next;
        sql_simple_close(retired->simple);
        arena_done(&retired->arena);
        free(retired);
    }
}

/* What an evaluation under way uses of the plan is kept until that is through. */
static bool forget_plan(struct pl_frame *frame, struct pl_expr *expr)
{
    struct pl_retired *retired = expr->running ? malloc(sizeof(*retired)) : NULL;
    if (expr->running && !retired)
        return sql_fail_memory(frame->env.error);
    if (retired) {
        *retired = (struct pl_retired){expr->retired, expr->query.arena, expr->simple};
        expr->retired = retired;
        arena_init(&expr->query.arena);
    } else {
        sql_simple_close(expr->simple);
    }
    expr->simple = NULL;
    expr->query.planned = false;
    expr->uses = NULL;
    expr->use_count = expr->use_room = 0;
    expr->params = (struct sql_params){NULL, 0, false};
    return true;
}

void pl_expr_end(struct pl_expr *expr)
{
    if (--expr->running == 0)
        free_retired(expr);
}

void pl_expr_done(struct pl_expr *expr)
{
    free_retired(expr);
    sql_simple_close(expr->simple);
    pg_stored_query_done(&expr->query);
}

/* Is a record's field not of the type any more that the plan was made for? */
static bool shape_changed(struct pl_frame *frame, const struct pl_expr *expr)
{
    for (uint32_t i = 0; i < expr->use_count; i++) {
        const struct pl_use *use = &expr->uses[i];
        const struct pl_variable *variable = pl_variable(frame, use->variable);
        const struct pl_record *record = &frame->values[use->variable].record;
        if (variable->kind != PL_RECORD)
            continue;
        if (!use->field.ptr) {
            uint32_t type = record->assigned && record->type ? record->type : variable->type;
            if (type != use->type)
                return true;
            continue;
        }
        uint32_t at = 0;
        while (at < record->count && !slice_eq(record->names[at], use->field))
            at++;
        if (!record->assigned || at == record->count || record->types[at] != use->type)
            return true;
    }
    return false;
}

static bool gather(struct pl_frame *frame, const struct pl_expr *expr, struct datum **out)
{
    struct datum *params = arena_array(&frame->scratch, expr->use_count + 1, sizeof(*params));
    if (!params)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < expr->use_count; i++) {
        const struct pl_use *use = &expr->uses[i];
        uint32_t at;
        if (!use->field.ptr) {
            if (!pl_get(frame, use->variable, &params[i]))
                return false;
            continue;
        }
        if (!pl_field(frame, use->variable, use->field, &at))
            return false;
        params[i] = frame->values[use->variable].record.values[at];
    }
    *out = params;
    return true;
}

void pl_locate(struct pl_frame *frame, const struct pl_expr *expr)
{
    struct sql_error *error = frame->env.error;
    if (error->position == 0 || error->internal_query.len)
        return;
    error->internal_query = arena_dup(error->arena, expr->query.text);
    error->internal_position = error->position;
    error->position = 0;
}

bool pl_prepare(struct pl_frame *frame, struct pl_expr *expr, struct datum **params)
{
    bool changed;
    expr->frame = frame;
    expr->names = (struct sql_scope){
        .resolve = resolve,
        .param = param,
        .table = transition_table,
        .first = expr->function->use_variable,
        .error_on_ambiguous = !expr->function->use_variable && !expr->function->use_column,
        .ctx = expr,
    };
    expr->query.scope = &expr->names;
    expr->query.params = &expr->params;
    expr->query.trigger = frame->trigger;
    if (expr->query.planned && shape_changed(frame, expr))
        expr->query.planned = false;
    if (!pg_stored_query_lock(&frame->env, &expr->query))
        return false;
    if (!pg_stored_query_is_current(&frame->env, &expr->query) && !forget_plan(frame, expr))
        return false;
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    if (!pg_stored_query_plan(&env, &expr->query, &changed)) {
        pl_locate(frame, expr);
        return false;
    }
    return gather(frame, expr, params);
}
