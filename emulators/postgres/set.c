#include "emulators/postgres/set.h"

#include <stdio.h>

#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/name_list.h"
#include "emulators/postgres/notify.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/prepared.h"
#include "emulators/postgres/roles.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/lock.h"

static bool change(struct pg_session *session, struct slice name, struct slice value,
                   enum pg_setting_action action, struct sql_error *error)
{
    struct pg_setting_change request = {
        .name = name,
        .value = value,
        .action = action,
        .source = PG_SOURCE_SESSION,
        .level = pg_block_level(session),
        .is_superuser = pg_roles_is_superuser(session) || pg_roles_may_set(session, name),
    };
    bool ok = pg_roles_may_switch(session, name, error) &&
              pg_settings_set(&session->settings, session->env.arena, &request, error);
    /* Who the session is from now on has not chosen a role yet. */
    if (ok && slice_is(name, "session_authorization")) {
        request.name = slice_str("role");
        request.value = slice_str("none");
        ok = pg_settings_set(&session->settings, session->env.arena, &request, error);
    }
    pg_session_sync(session);
    return ok;
}

bool pg_set_value(struct pg_session *session, struct slice name, struct slice value, bool local,
                  struct sql_error *error)
{
    return change(session, name, value, local ? PG_SET_LOCAL : PG_SET_SESSION, error);
}

/* ---- values as they are written */

/* SET TIME ZONE INTERVAL '...' keeps the interval's text; everything else is a constant. */
static struct slice constant_text(struct arena *arena, const struct ast_node *node)
{
    if (node->kind == AST_TYPE_CAST)
        node = AST_AS(type_cast, node)->arg;
    if (node->kind != AST_CONST)
        return slice_of(NULL, 0);
    const struct ast_const *constant = AST_AS(const, node);
    switch (constant->type) {
    case AST_CONST_INTEGER: return arena_printf(arena, "%d", (int)constant->integer);
    case AST_CONST_BOOLEAN: return slice_str(constant->boolean ? "true" : "false");
    default: return constant->text;
    }
}

/* SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE: hours and minutes east, as a number of hours. */
static bool interval_hours(struct slice text, char out[32])
{
    int sign = 1, hours = 0, minutes = 0;
    size_t at = 0;
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        sign = text.ptr[at++] == '-' ? -1 : 1;
    size_t digits = at;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++)
        hours = hours * 10 + (text.ptr[at] - '0');
    if (at == digits || at - digits > 3 || (at < text.len && text.ptr[at] != ':'))
        return false;
    for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++)
        minutes = minutes * 10 + (text.ptr[at] - '0');
    if (at < text.len || minutes > 59)
        return false;
    snprintf(out, 32, "%.10g", sign * (hours + minutes / 60.0));
    return true;
}

static struct slice argument_text(struct arena *arena, const struct ast_node *node)
{
    char hours[32];
    struct slice text = constant_text(arena, node);
    if (node->kind == AST_TYPE_CAST && text.ptr && interval_hours(text, hours))
        return arena_dup(arena, slice_str(hours));
    return text;
}

/* All arguments as one text; what is a list of names is quoted like names. */
static bool join_arguments(struct pg_session *session, const struct ast_set *set, struct slice *out)
{
    struct arena *arena = session->env.arena;
    unsigned flags = pg_setting_flags(set->name);
    struct slice joined = {0};
    if (set->args.count > 1 && !(flags & PG_SETTING_LIST))
        return sql_fail(&session->error, "22023", "SET " SLICE_FMT " takes only one argument",
                        SLICE_ARG(set->name));
    for (uint32_t i = 0; i < set->args.count; i++) {
        struct slice text = argument_text(arena, set->args.items[i]);
        if (text.ptr && flags & PG_SETTING_LIST_QUOTE)
            text = pg_name_quote(arena, text);
        joined = i ? arena_concat(arena, joined, slice_str(", "), text) : text;
        if (!joined.ptr)
            return sql_fail_memory(&session->error);
    }
    *out = joined;
    return true;
}

/* ---- SET */

static bool set_options(struct pg_session *session, const struct ast_list *options,
                        const char *prefix, enum pg_setting_action action)
{
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        struct slice value = constant_text(session->env.arena, option->value);
        struct slice name =
            arena_concat(session->env.arena, slice_str(prefix), option->name, slice_of(NULL, 0));
        if (option->value->kind == AST_CONST &&
            AST_AS(const, option->value)->type == AST_CONST_INTEGER)
            value = slice_str(AST_AS(const, option->value)->integer ? "on" : "off");
        if (!name.ptr || !value.ptr)
            return sql_fail_memory(&session->error);
        if (!change(session, name, value, action, &session->error))
            return false;
    }
    return true;
}

bool pg_set_transaction_options(struct pg_session *session, const struct ast_list *options)
{
    return set_options(session, options, "", PG_SET_LOCAL);
}

static bool set_multi(struct pg_session *session, const struct ast_set *set)
{
    if (slice_is(set->name, "TRANSACTION"))
        return set_options(session, &set->args, "", PG_SET_LOCAL);
    if (slice_is(set->name, "SESSION CHARACTERISTICS"))
        return set_options(session, &set->args, "default_", PG_SET_SESSION);
    if (set->args.count == 0)
        return true;
    return sql_snapshot_import(&session->env,
                               constant_text(session->env.arena, set->args.items[0]));
}

static bool set_default(struct pg_session *session, const struct ast_set *set)
{
    unsigned index = pg_setting_find(set->name);
    if (index == PG_SETTING_COUNT && set->type == AST_RESET &&
        !pg_settings_name(&session->settings, set->name).ptr &&
        memchr(set->name.ptr, '.', set->name.len))
        return true;
    return change(session, set->name, slice_of(NULL, 0), set->local ? PG_SET_LOCAL : PG_SET_SESSION,
                  &session->error);
}

static bool set_current(struct pg_session *session, const struct ast_set *set)
{
    struct slice value;
    return pg_settings_show(&session->settings, session->env.arena, set->name, &value,
                            &session->error) &&
           change(session, set->name, value, set->local ? PG_SET_LOCAL : PG_SET_SESSION,
                  &session->error);
}

/* What has no effect outside of a transaction block; NULL: it has one. */
static const char *only_in_blocks(const struct ast_set *set)
{
    bool resets = set->type == AST_SET_DEFAULT || set->type == AST_RESET;
    if (set->type == AST_SET_MULTI) {
        bool imports = !slice_is(set->name, "SESSION CHARACTERISTICS") && set->args.count;
        return imports || slice_is(set->name, "TRANSACTION") ? "SET TRANSACTION" : NULL;
    }
    if (resets && (slice_is(set->name, "transaction_isolation") ||
                   slice_is(set->name, "transaction_read_only") ||
                   slice_is(set->name, "transaction_deferrable")))
        return "RESET TRANSACTION";
    return set->local ? "SET LOCAL" : NULL;
}

bool pg_run_set(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    const struct ast_set *set = AST_AS(set, call->tree);
    struct slice value;
    const char *idle = call->nested ? NULL : only_in_blocks(set);
    if (idle)
        pg_block_warn_outside(session, idle);
    switch (set->type) {
    case AST_SET_VALUE:
        return join_arguments(session, set, &value) &&
               change(session, set->name, value, set->local ? PG_SET_LOCAL : PG_SET_SESSION,
                      &session->error);
    case AST_SET_MULTI: return set_multi(session, set);
    case AST_SET_CURRENT: return set_current(session, set);
    case AST_SET_DEFAULT:
    case AST_RESET: return set_default(session, set);
    case AST_RESET_ALL: break;
    }
    bool ok = pg_settings_reset_all(&session->settings, session->env.arena, pg_block_level(session),
                                    session->is_superuser, &session->error);
    pg_session_sync(session);
    return ok;
}

/* Would the setting take the value? */
static bool check_value(struct pg_session *session, struct slice name, struct slice value)
{
    unsigned index = pg_setting_find(name);
    struct pg_setting_value parsed = {0};
    struct arena *arena = session->env.arena;
    if (index == PG_SETTING_COUNT)
        return true;
    const struct pg_setting *setting = &pg_setting_table[index];
    const struct pg_setting_hooks *hooks = pg_setting_hooks(setting->name);
    return pg_setting_parse(setting, value, arena, &parsed, &session->error) &&
           (!hooks || !hooks->check ||
            hooks->check(&session->settings, arena, &parsed, &session->error));
}

bool pg_set_text(struct pg_session *session, const struct ast_set *set, struct slice *out_name,
                 struct slice *out_value)
{
    *out_name = pg_settings_name(&session->settings, set->name);
    *out_value = slice_of(NULL, 0);
    if (!out_name->ptr && memchr(set->name.ptr, '.', set->name.len))
        *out_name = set->name;
    if (!out_name->ptr)
        return sql_fail(&session->error, "42704",
                        "unrecognized configuration parameter \"" SLICE_FMT "\"",
                        SLICE_ARG(set->name));
    if (set->type == AST_SET_CURRENT)
        return pg_settings_show(&session->settings, session->env.arena, set->name, out_value,
                                &session->error);
    return set->type != AST_SET_VALUE ||
           (join_arguments(session, set, out_value) && check_value(session, set->name, *out_value));
}

/* ---- SHOW */

static bool is_show_all(const struct ast_node *tree)
{
    return slice_is(AST_AS(show, tree)->name, "all");
}

bool pg_show_columns(struct pg_session *session, const struct ast_node *tree,
                     struct pg_analysis *analysis)
{
    static const char *const all[] = {"name", "setting", "description"};
    struct sql_result_column *columns = arena_array(&analysis->arena, 3, sizeof(*columns));
    const struct ast_show *show = AST_AS(show, tree);
    if (!columns)
        return sql_fail_memory(&session->error);
    analysis->column_count = is_show_all(tree) ? 3 : 1;
    for (uint32_t i = 0; i < analysis->column_count; i++)
        columns[i] = (struct sql_result_column){
            .name = slice_str(all[i]),
            .type = session->core.dialect->types_of.text,
            .typmod = -1,
        };
    if (!is_show_all(tree)) {
        struct slice name = pg_settings_name(&session->settings, show->name);
        if (!name.ptr)
            return sql_fail(&session->error, "42704",
                            "unrecognized configuration parameter \"" SLICE_FMT "\"",
                            SLICE_ARG(show->name));
        columns[0].name = arena_dup(&analysis->arena, name);
    }
    analysis->columns = columns;
    return true;
}

static bool show_all(struct pg_utility_call *call)
{
    struct pg_setting_row row;
    unsigned at = 0;
    while (pg_settings_next(&call->session->settings, call->env->arena, &at, &row)) {
        struct slice description =
            row.setting ? slice_str(row.setting->description) : slice_str("");
        struct datum values[3] = {datum_bytes(row.name), datum_bytes(row.shown),
                                  datum_bytes(description)};
        values[2].null = !row.setting;
        if (!call->sink->row(call->sink, call->env, values, 3))
            return false;
    }
    return true;
}

bool pg_run_show(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    struct pg_analysis columns = {0};
    struct slice value;
    bool ok = pg_show_columns(session, call->tree, &columns) &&
              call->sink->begin(call->sink, columns.columns, columns.column_count);
    arena_done(&columns.arena);
    if (!ok)
        return session->error.sqlstate[0] ? false : sql_fail_memory(&session->error);
    if (is_show_all(call->tree))
        return show_all(call);
    if (!pg_settings_show(&session->settings, call->env->arena, AST_AS(show, call->tree)->name,
                          &value, &session->error))
        return false;
    struct datum datum = datum_bytes(value);
    return call->sink->row(call->sink, call->env, &datum, 1);
}

/* ---- DISCARD */

bool pg_run_discard(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    enum ast_discard_type type = AST_AS(discard, call->tree)->type;
    if (type == AST_DISCARD_ALL) {
        if (!pg_block_refuse_inside(session, "DISCARD ALL"))
            return false;
        struct pg_portal *portal = pg_portal_newest(session);
        while (portal) {
            struct pg_portal *next = pg_portal_next(portal);
            if (!portal->in_use)
                pg_portal_close(session, portal);
            portal = next;
        }
        if (!pg_set_value(session, slice_str("session_authorization"), slice_of(NULL, 0), false,
                          &session->error) ||
            !pg_settings_reset_all(&session->settings, call->env->arena, pg_block_level(session),
                                   session->is_superuser, &session->error))
            return false;
        pg_prepared_forget_all(session);
        pg_notify_unlisten_all(session);
        sql_advisory_unlock_all(&session->core);
        pg_session_sync(session);
    }
    if (type == AST_DISCARD_ALL || type == AST_DISCARD_SEQUENCES)
        pg_sequences_forget(&session->sequences);
    return (type != AST_DISCARD_ALL && type != AST_DISCARD_TEMP) || pg_delete_temporary(call->env);
}
