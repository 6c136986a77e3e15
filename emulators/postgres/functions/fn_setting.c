/* Settings as functions: current_setting, set_config, pg_show_all_settings. */
#include "emulators/postgres/functions/functions.h"

static bool show(struct sql_call *call, const struct datum *args, bool missing_ok,
                 struct datum *out)
{
    struct pg_session *session = pg_call_session(call);
    struct slice text;
    struct sql_error error;
    sql_error_begin(&error, call->env->arena);
    if (pg_settings_show(&session->settings, call->arena, datum_slice(args[0]), &text, &error))
        return sql_give_slice(out, text);
    if (missing_ok && memcmp(error.sqlstate, "42704", 5) == 0)
        return sql_give_null(out);
    *call->env->error = error;
    return false;
}

static bool show_config(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return show(call, args, false, out);
}

static bool show_config_missing_ok(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    return show(call, args, args[1].i, out);
}

/* set_config(name, value, is_local): NULL as value is the default. */
static bool set_config(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_session *session = call->env->session;
    if (args[0].null)
        return sql_fail(call->env->error, "22004", "SET requires parameter name");
    bool local = !args[2].null && args[2].i;
    struct slice value = args[1].null ? slice_of(NULL, 0) : datum_slice(args[1]);
    return session->owner->set_setting(session, datum_slice(args[0]), value, local,
                                       call->env->error) &&
           show(call, args, false, out);
}

/* ---- pg_show_all_settings(): the rows of pg_settings */

enum { SETTING_COLUMNS = 17 };

static const char *type_word(const struct pg_setting *setting)
{
    static const char *const words[] = {"bool", "integer", "real", "string", "enum"};
    return words[setting->type];
}

static const char *context_word(const struct pg_setting *setting)
{
    static const char *const words[] = {"internal", "postmaster", "sighup", "superuser-backend",
                                        "backend",  "superuser",  "user"};
    return words[setting->context];
}

static const char *source_word(enum pg_setting_source source)
{
    static const char *const words[] = {
        "default", "configuration file", "database", "user", "database user", "client", "session"};
    return words[source];
}

static const char *unit_word(const struct pg_setting *setting)
{
    static const char *const words[] = {NULL, "B", "kB", "8kB", "MB", "ms", "s", "min"};
    return words[setting->unit];
}

static struct datum text_or_null(const char *text)
{
    return text ? datum_bytes(slice_str(text)) : datum_null();
}

static struct datum slice_or_null(struct slice text)
{
    return text.ptr ? datum_bytes(text) : datum_null();
}

static void fill_row(struct sql_call *call, const struct pg_setting_row *row)
{
    const struct pg_setting *setting = row->setting;
    bool ranged =
        setting && (setting->type == PG_SETTING_INTEGER || setting->type == PG_SETTING_REAL);
    struct datum *c = call->columns;
    for (int i = 0; i < SETTING_COLUMNS; i++)
        c[i] = datum_null();
    c[0] = datum_bytes(row->name);
    c[1] = slice_or_null(row->set);
    c[2] = setting ? text_or_null(unit_word(setting)) : datum_null();
    c[3] = text_or_null(setting ? setting->category : "Customized Options");
    c[4] = setting ? text_or_null(setting->description) : datum_null();
    c[6] = text_or_null(setting ? context_word(setting) : "user");
    c[7] = text_or_null(setting ? type_word(setting) : "string");
    c[8] = text_or_null(source_word(row->source));
    if (ranged) {
        c[9] = slice_or_null(arena_printf(call->arena, "%.15g", setting->least));
        c[10] = slice_or_null(arena_printf(call->arena, "%.15g", setting->most));
    }
    c[12] = slice_or_null(row->boot);
    c[13] = slice_or_null(row->reset);
    c[16] = datum_bool(false);
}

static bool show_all_settings(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct pg_session *session = pg_call_session(call);
    struct pg_setting_row row;
    unsigned *at = call->set_state;
    if (!at) {
        at = arena_zalloc(call->set_arena, sizeof(*at));
        if (!at)
            return sql_fail_memory(call->env->error);
        call->set_state = at;
    }
    *out = datum_null();
    call->done = !pg_settings_next(&session->settings, call->arena, at, &row);
    if (!call->done && call->columns && call->column_count >= SETTING_COLUMNS)
        fill_row(call, &row);
    return true;
}

const struct sql_builtin pg_setting_functions[] = {
    {"set_config_by_name",             set_config            },
    {"show_all_settings",              show_all_settings     },
    {"show_config_by_name",            show_config           },
    {"show_config_by_name_missing_ok", show_config_missing_ok},
    {NULL,                             NULL                  },
};
