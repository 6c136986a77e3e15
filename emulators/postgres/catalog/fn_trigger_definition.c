/* pg_get_triggerdef, pg_get_ruledef. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/sql/value/call.h"

/* Without "pretty" the relation is named with its schema in any case. */
static void add_relation(struct sql_session *session, struct sql_bytes *out, uint32_t id,
                         unsigned flags)
{
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (relation && (flags & PG_DEPARSE_SCHEMA))
        pg_quote_relation(session, out, relation);
    else if (relation)
        pg_quote_qualified(session, out, relation->object.schema, relation->object.name);
}

/* ---- triggers */

static void add_events(struct sql_bytes *out, const struct sql_trigger *trigger,
                       const struct sql_relation *relation)
{
    const struct {
        bool fires;
        const char *name;
    } events[] = {
        {trigger->on_insert,   "INSERT"  },
        {trigger->on_delete,   "DELETE"  },
        {trigger->on_update,   "UPDATE"  },
        {trigger->on_truncate, "TRUNCATE"},
    };
    bool first = true;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (!events[i].fires)
            continue;
        sql_bytes_printf(out, "%s%s", first ? " " : " OR ", events[i].name);
        first = false;
        for (uint16_t c = 0; events[i].name[0] == 'U' && c < trigger->column_count; c++) {
            sql_bytes_add_str(out, c ? ", " : " OF ");
            pg_quote_name(out, relation->columns[trigger->columns[c] - 1].name);
        }
    }
    sql_bytes_add_str(out, " ON ");
}

static void add_constraint(struct sql_env *env, struct sql_bytes *out,
                           const struct sql_trigger *trigger)
{
    if (!trigger->constraint)
        return;
    if (trigger->foreign_table) {
        sql_bytes_add_str(out, "FROM ");
        add_relation(env->session, out, trigger->foreign_table, PG_DEPARSE_SCHEMA);
        sql_bytes_add_char(out, ' ');
    }
    sql_bytes_printf(out, "%sDEFERRABLE INITIALLY %s ", trigger->deferrable ? "" : "NOT ",
                     trigger->deferred ? "DEFERRED" : "IMMEDIATE");
}

static void add_transitions(struct sql_bytes *out, const struct sql_trigger *trigger)
{
    if (trigger->old_table.len || trigger->new_table.len)
        sql_bytes_add_str(out, "REFERENCING ");
    if (trigger->old_table.len) {
        sql_bytes_add_str(out, "OLD TABLE AS ");
        pg_quote_name(out, trigger->old_table);
        sql_bytes_add_char(out, ' ');
    }
    if (trigger->new_table.len) {
        sql_bytes_add_str(out, "NEW TABLE AS ");
        pg_quote_name(out, trigger->new_table);
        sql_bytes_add_char(out, ' ');
    }
}

/* Backslashes are themselves here. */
static void add_argument(struct sql_bytes *out, struct slice text)
{
    sql_bytes_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            sql_bytes_add_char(out, '\'');
        sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '\'');
}

static bool add_function(struct sql_env *env, struct sql_bytes *out,
                         const struct sql_trigger *trigger)
{
    const struct sql_routine *function = sql_find_routine_id(env->session, trigger->function);
    sql_bytes_add_str(out, "EXECUTE FUNCTION ");
    if (function && !pg_deparse_routine_name(env, function, out))
        return false;
    sql_bytes_add_char(out, '(');
    for (uint16_t i = 0; i < trigger->argument_count; i++) {
        sql_bytes_add_str(out, i ? ", " : "");
        add_argument(out, trigger->arguments[i]);
    }
    sql_bytes_add_char(out, ')');
    return true;
}

static bool define_trigger(struct sql_env *env, const struct sql_trigger *trigger, unsigned flags,
                           struct sql_bytes *out)
{
    const struct sql_relation *relation = sql_find_relation_id(env->session, trigger->relation);
    sql_bytes_printf(out, "CREATE %sTRIGGER ", trigger->constraint ? "CONSTRAINT " : "");
    pg_quote_name(out, trigger->object.name);
    sql_bytes_add_str(out, trigger->before    ? " BEFORE"
                           : trigger->instead ? " INSTEAD OF"
                                              : " AFTER");
    add_events(out, trigger, relation);
    add_relation(env->session, out, trigger->relation, flags);
    sql_bytes_add_char(out, ' ');
    add_constraint(env, out, trigger);
    add_transitions(out, trigger);
    sql_bytes_add_str(out, trigger->row ? "FOR EACH ROW " : "FOR EACH STATEMENT ");
    if (trigger->when) {
        sql_bytes_add_str(out, "WHEN (");
        if (!pg_deparse_trigger_when(env, trigger->when, relation, flags, out))
            return false;
        sql_bytes_add_str(out, ") ");
    }
    return add_function(env, out, trigger);
}

static bool get_triggerdef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_trigger *trigger = sql_find_trigger(call->env->session, (uint32_t)args[0].u);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!trigger)
        return sql_give_null(out);
    return define_trigger(call->env, trigger, pg_definition_flags(call, args, 1), &text) &&
           sql_give_bytes(call, out, &text);
}

/* ---- rules */

static bool add_actions(struct sql_env *env, const struct sql_rule *rule, unsigned flags,
                        struct sql_bytes *out)
{
    if (rule->action_count == 0)
        sql_bytes_add_str(out, "NOTHING;");
    else if (rule->action_count > 1)
        sql_bytes_add_char(out, '(');
    for (uint16_t i = 0; i < rule->action_count; i++) {
        if (!pg_deparse_query(env, rule->actions[i], flags, out))
            return false;
        sql_bytes_add_str(out, rule->action_count > 1 ? ";\n" : ";");
    }
    if (rule->action_count > 1)
        sql_bytes_add_str(out, ");");
    return true;
}

static bool define_rule(struct sql_env *env, const struct sql_rule *rule, unsigned flags,
                        struct sql_bytes *out)
{
    static const char *const events[] = {"", "SELECT", "UPDATE", "INSERT", "DELETE"};
    const struct sql_relation *relation = sql_find_relation_id(env->session, rule->relation);
    sql_bytes_add_str(out, "CREATE RULE ");
    pg_quote_name(out, rule->object.name);
    sql_bytes_printf(out, " AS\n    ON %s TO ", events[(int)rule->event]);
    add_relation(env->session, out, rule->relation, flags);
    if (rule->where) {
        sql_bytes_add_str(out, "\n   WHERE ");
        if (!pg_deparse_trigger_when(env, rule->where, relation, flags, out))
            return false;
    }
    sql_bytes_add_str(out, rule->instead ? " DO INSTEAD " : " DO ");
    return add_actions(env, rule, flags, out);
}

static bool get_ruledef(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_rule *rule = sql_find_rule(call->env->session, (uint32_t)args[0].u);
    struct sql_bytes text = sql_bytes_begin(call);
    if (!rule)
        return sql_give_null(out);
    return define_rule(call->env, rule, pg_definition_flags(call, args, 1), &text) &&
           sql_give_bytes(call, out, &text);
}

const struct sql_builtin pg_trigger_definition_functions[] = {
    {"pg_get_triggerdef",     get_triggerdef},
    {"pg_get_triggerdef_ext", get_triggerdef},
    {"pg_get_ruledef",        get_ruledef   },
    {"pg_get_ruledef_ext",    get_ruledef   },
    {NULL,                    NULL          },
};
