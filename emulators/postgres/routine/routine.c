#include "emulators/postgres/routine/routine.h"

#include "emulators/postgres/block.h"
#include "emulators/postgres/functions/update_trigger.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/plpgsql/call.h"
#include "emulators/postgres/set.h"
#include "emulators/postgres/text_search/update_trigger.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_object.h"

enum { LANGUAGE_SQL = 14, LANGUAGE_PLPGSQL = 13563 };

/* ---- the function's own settings and rights */

struct around {
    struct pg_session *session;
    struct sql_role_before before;
    bool changed, may_end, settings;
};

static bool set_all(struct pg_session *session, const struct sql_routine *routine,
                    struct sql_error *error)
{
    for (uint16_t i = 0; i < routine->setting_count; i++) {
        struct slice entry = routine->settings[i];
        const uint8_t *sign = memchr(entry.ptr, '=', entry.len);
        size_t len = sign ? (size_t)(sign - entry.ptr) : entry.len;
        if (sign && !pg_set_value(session, slice_of(entry.ptr, len), slice_from(entry, len + 1),
                                  true, error))
            return false;
    }
    return true;
}

/* Only a procedure without either may end the transaction. */
static bool enter(struct around *around, struct sql_env *env, const struct sql_routine *routine)
{
    struct pg_session *session = pg_session_of(env->session);
    *around = (struct around){.session = session,
                              .may_end = session->may_end,
                              .changed = routine->security_definer,
                              .settings = routine->setting_count > 0};
    if (routine->kind != SQL_ROUTINE_PROCEDURE || routine->language != LANGUAGE_PLPGSQL ||
        around->changed || around->settings)
        session->may_end = false;
    if (around->changed)
        around->before = sql_session_act_as(env->session, routine->object.owner, SQL_ROLE_BORROWED);
    session->settings_levels += around->settings;
    return !around->settings || (set_all(session, routine, env->error) && pg_path_refresh(session));
}

/* What was SET for it is as before; after an error the transaction's end, or the block's that catches
 * it, sees to what it SET itself. */
static bool leave(const struct around *around, bool ok)
{
    struct pg_session *session = around->session;
    session->may_end = around->may_end;
    if (around->changed)
        sql_session_act_back(&session->core, around->before);
    if (!around->settings)
        return ok;
    if (ok)
        pg_settings_leave(&session->settings, pg_block_level(session));
    else
        pg_settings_end(&session->settings, pg_block_level(session), false);
    session->settings_levels--;
    pg_session_sync(session);
    return pg_path_refresh(session) && ok;
}

bool pg_routine_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_routine *routine = call->routine;
    struct around around;
    bool ok;
    if (!enter(&around, call->env, routine))
        ok = false;
    else if (routine->language == LANGUAGE_SQL)
        ok = pg_sql_function_call(call, args, out);
    else if (routine->language == LANGUAGE_PLPGSQL)
        ok = pl_call(call, args, out);
    else
        ok = sql_fail(call->env->error, "0A000", "function \"" SLICE_FMT "\" is not supported",
                      SLICE_ARG(routine->object.name));
    return leave(&around, ok);
}

bool pg_routine_call_trigger(struct sql_env *env, struct sql_trigger_data *data)
{
    const struct sql_routine *routine = sql_find_routine_id(env->session, data->trigger->function);
    struct around around;
    if (!routine)
        return sql_fail(env->error, "XX000", "cache lookup failed for function %u",
                        data->trigger->function);
    bool known;
    if (!pg_ts_update_trigger(env, routine->source, data, &known) ||
        (!known && !pg_update_trigger(env, routine->source, data, &known)))
        return false;
    if (known)
        return true;
    if (routine->language != LANGUAGE_PLPGSQL)
        return sql_fail(env->error, "0A000", "trigger function \"" SLICE_FMT "\" is not supported",
                        SLICE_ARG(routine->object.name));
    struct pg_session *session = pg_session_of(env->session);
    session->trigger_depth++;
    bool ok = enter(&around, env, routine) && pl_call_trigger(env, routine, data);
    session->trigger_depth--;
    return leave(&around, ok);
}

bool pg_routine_call_event_trigger(struct sql_env *env, uint32_t function, struct slice event,
                                   struct slice tag)
{
    const struct sql_routine *routine = sql_find_routine_id(env->session, function);
    struct around around;
    if (!routine)
        return sql_fail(env->error, "XX000", "cache lookup failed for function %u", function);
    if (routine->language != LANGUAGE_PLPGSQL)
        return sql_fail(env->error, "0A000",
                        "event trigger function \"" SLICE_FMT "\" is not supported",
                        SLICE_ARG(routine->object.name));
    bool ok = enter(&around, env, routine) && pl_call_event_trigger(env, routine, event, tag);
    return leave(&around, ok);
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
    bool may_end = pg_call_may_end(call), outer = call->session->may_end;
    call->session->may_end = false;
    bool ok = pl_call_inline(call->env, body, may_end);
    call->session->may_end = outer;
    return ok;
}
