/* Expressions whose values are kept must always be the same ones. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/json_query.h"

static bool calls_mutable(const struct sql_session *session, uint32_t function)
{
    const struct sql_routine *routine =
        sql_find_routine_id((struct sql_session *)(uintptr_t)session, function);
    return routine && routine->volatility != 'i';
}

/* Does the text of the type's values, or reading it, depend on more than the value? */
static bool text_is_mutable(const struct sql_session *base, uint32_t id, bool input)
{
    struct sql_session *session = (struct sql_session *)(uintptr_t)base;
    const struct sql_dialect *dialect = session->dialect;
    const struct sql_type *type = sql_find_type_id(session, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(session, type->base);
    if (!type)
        return true;
    const struct sql_type *builtin = sql_builtin_type_id(dialect, type->id);
    if (builtin) {
        const struct sql_builtin_type *details = &dialect->type_details[builtin - dialect->types];
        return calls_mutable(session, input ? details->input : details->output);
    }
    /* Arrays, rows, ranges and enumerations have functions for all of their kind, which are STABLE. */
    const struct sql_type_object *object = sql_find_type_object(session, type->id);
    return !object || !object->input ||
           calls_mutable(session, input ? object->input : object->output);
}

static bool converts_mutably(const struct sql_session *session, const struct sql_expr_convert *expr)
{
    return text_is_mutable(session, expr->arg->type, false) ||
           text_is_mutable(session, expr->expr.type, true);
}

/* text || anything is declared STABLE and as stable as the text of that: the server sees it when it
 * puts the function's body in its place. */
static bool joins_text(const struct sql_session *session, const struct sql_expr_call *call,
                       bool *out_mutable)
{
    const struct sql_routine *routine =
        sql_find_routine_id((struct sql_session *)(uintptr_t)session, call->function);
    if (!routine || routine->object.schema != session->dialect->system_schema)
        return false;
    bool first = slice_eq_str(routine->object.name, "anytextcat");
    if (!first && !slice_eq_str(routine->object.name, "textanycat"))
        return false;
    *out_mutable = text_is_mutable(session, call->args.items[first ? 0 : 1]->type, false);
    return true;
}

/* A path may compare times by the session's zone; one that is not known yet may do anything. */
static bool queries_mutably(const struct pg_ddl *ddl, const struct sql_expr_json_query *json)
{
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena};
    const struct sql_expr_const *path = (const void *)json->path;
    uint32_t count = json->passing.count;
    const struct sql_type **types = arena_array(ddl->arena, count + 1u, sizeof(*types));
    if (path->expr.kind != SQL_EXPR_CONST || !types)
        return true;
    for (uint32_t i = 0; i < count; i++)
        types[i] = sql_find_type_id(ddl->session, json->passing.items[i]->type);
    const struct sql_json_passing passing = {json->names, types, count};
    return !path->value.null && sql_json_path_is_mutable(&call, datum_slice(path->value), &passing);
}

static bool is_mutable(struct sql_expr *expr, void *ctx)
{
    const struct pg_ddl *ddl = ctx;
    const struct sql_session *session = ddl->session;
    bool mutable;
    switch (expr->kind) {
    case SQL_EXPR_JSON_QUERY:
        if (queries_mutably(ddl, (const void *)expr))
            return true;
        break;
    case SQL_EXPR_CONVERT_IO:
        if (converts_mutably(session, (const void *)expr))
            return true;
        break;
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SCALAR_ARRAY:
        if (expr->kind == SQL_EXPR_FUNCTION && joins_text(session, (const void *)expr, &mutable)) {
            if (mutable)
                return true;
            break;
        }
        if (calls_mutable(session, ((const struct sql_expr_call *)(const void *)expr)->function))
            return true;
        break;
    case SQL_EXPR_NEXT_VALUE:
    case SQL_EXPR_SESSION_VALUE: return true;
    default: break;
    }
    return sql_expr_walk(expr, is_mutable, ctx);
}

bool pg_require_immutable(struct pg_ddl *ddl, struct sql_expr *expr, const char *text)
{
    return !expr || !is_mutable(expr, ddl) || sql_fail(ddl->env->error, "42P17", "%s", text);
}
