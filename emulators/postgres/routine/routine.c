#include "emulators/postgres/routine/routine.h"

#include "emulators/postgres/plpgsql/call.h"
#include "emulators/postgres/text_search/update_trigger.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_object.h"

enum { LANGUAGE_SQL = 14, LANGUAGE_PLPGSQL = 13563 };

/* ---- the function's own settings and rights */

struct around {
    struct sql_session *session;
    struct sql_role_before before;
    bool changed;
};

static void enter(struct around *around, struct sql_env *env, const struct sql_routine *routine)
{
    *around = (struct around){.session = env->session, .changed = routine->security_definer};
    if (around->changed)
        around->before = sql_session_act_as(env->session, routine->object.owner, SQL_ROLE_BORROWED);
}

static void leave(const struct around *around)
{
    if (around->changed)
        sql_session_act_back(around->session, around->before);
}

bool pg_routine_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = call->routine;
    struct around around;
    bool ok;
    enter(&around, call->env, routine);
    if (routine->language == LANGUAGE_SQL)
        ok = pg_sql_function_call(call, args, out);
    else if (routine->language == LANGUAGE_PLPGSQL)
        ok = pl_call(call, args, out);
    else
        ok = sql_fail(call->env->error, "0A000", "function \"" SLICE_FMT "\" is not supported",
                      SLICE_ARG(routine->object.name));
    leave(&around);
    return ok;
}

bool pg_routine_call_trigger(struct sql_env *env, struct sql_trigger_data *data)
{
    const struct sql_routine *routine = sql_find_routine_id(env->session, data->trigger->function);
    struct around around;
    if (!routine)
        return sql_fail(env->error, "XX000", "cache lookup failed for function %u",
                        data->trigger->function);
    bool known;
    if (!pg_ts_update_trigger(env, routine->source, data, &known))
        return false;
    if (known)
        return true;
    if (routine->language != LANGUAGE_PLPGSQL)
        return sql_fail(env->error, "0A000", "trigger function \"" SLICE_FMT "\" is not supported",
                        SLICE_ARG(routine->object.name));
    enter(&around, env, routine);
    bool ok = pl_call_trigger(env, routine, data);
    leave(&around);
    return ok;
}

bool pg_routine_check(struct sql_env *env, const struct sql_routine *routine)
{
    if (routine->language == LANGUAGE_SQL)
        return pg_sql_function_check(env, routine);
    return routine->language != LANGUAGE_PLPGSQL || pl_check(env, routine);
}

/* ---- DO */

static struct slice option_text(const struct ast_option *option)
{
    if (!option->value)
        return slice_of(NULL, 0);
    if (option->value->kind == AST_NAME)
        return ((const struct ast_name *)(const void *)option->value)->names.items[0];
    if (option->value->kind == AST_LIST)
        return ((const struct ast_const
                     *)(const void *)((const struct ast_list_node *)(const void *)option->value)
                    ->list.items[0])
            ->text;
    return ((const struct ast_const *)(const void *)option->value)->text;
}

bool pg_run_do(struct pg_utility_call *call)
{
    const struct ast_do *node = (const void *)call->tree;
    struct slice body = {NULL, 0}, language = SLICE_LITERAL("plpgsql");
    for (uint32_t i = 0; i < node->options.count; i++) {
        const struct ast_option *option = (const void *)node->options.items[i];
        struct slice value = option_text(option);
        if (slice_eq_str(option->name, "as"))
            body = value;
        else if (slice_eq_str(option->name, "language"))
            language = value;
    }
    if (!body.ptr)
        return sql_fail(call->env->error, "42601", "no inline code specified");
    if (!slice_eq_str(language, "plpgsql")) {
        bool known = slice_eq_str(language, "sql") || slice_eq_str(language, "c") ||
                     slice_eq_str(language, "internal");
        return known ? sql_fail(call->env->error, "0A000",
                                "language \"" SLICE_FMT "\" does not support inline code execution",
                                SLICE_ARG(language))
                     : sql_fail(call->env->error, "42704",
                                "language \"" SLICE_FMT "\" does not exist", SLICE_ARG(language));
    }
    return pl_call_inline(call->env, body);
}
