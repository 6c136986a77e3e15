#include "emulators/postgres/text_search/update_trigger.h"

#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/postgres/text_search/document.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"

enum { TYPE_TSVECTOR = 3614, TYPE_REGCONFIG = 3734 };

static bool fail_use(struct sql_env *env, const char *what)
{
    return sql_fail(env->error, "XX000", "tsvector_update_trigger: %s", what);
}

static bool check_use(struct sql_env *env, const struct sql_trigger_data *data)
{
    if (!data->row)
        return fail_use(env, "must be fired for row");
    if (!data->before)
        return fail_use(env, "must be fired BEFORE event");
    if (!data->new_row)
        return fail_use(env, "must be fired for INSERT or UPDATE");
    return data->trigger->argument_count >= 3 ||
           fail_use(env, "arguments must be tsvector_field, ts_config, text_field1, ...)");
}

/* The column an argument names; -1 with 42703. */
static int find_column(struct sql_env *env, const struct sql_trigger_data *data, uint32_t argument,
                       const char *kind)
{
    const struct sql_relation *relation = data->relation;
    struct slice name = data->trigger->arguments[argument];
    for (uint32_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name))
            return (int)i;
    sql_fail(env->error, "42703", "%scolumn \"" SLICE_FMT "\" does not exist", kind,
             SLICE_ARG(name));
    return -1;
}

static bool fail_type(struct sql_env *env, const struct sql_trigger_data *data, uint32_t argument,
                      const char *type)
{
    return sql_fail(env->error, "42804", "column \"" SLICE_FMT "\" is not of %s type",
                    SLICE_ARG(data->trigger->arguments[argument]), type);
}

static bool is_text(const struct sql_dialect *dialect, uint32_t type)
{
    return type == dialect->types_of.text || type == dialect->types_of.varchar;
}

/* The configuration that the second argument names, or that stands in the column it names. */
static bool find_configuration(struct sql_call *call, const struct sql_trigger_data *data,
                               bool column, uint32_t *out)
{
    struct slice name = data->trigger->arguments[1];
    struct datum id;
    bool found;
    if (column) {
        int at = find_column(call->env, data, 1, "configuration ");
        if (at < 0)
            return false;
        if (data->relation->columns[at].type != TYPE_REGCONFIG)
            return fail_type(call->env, data, 1, "regconfig");
        if (data->new_row[at].null)
            return sql_fail(call->env->error, "22004",
                            "configuration column \"" SLICE_FMT "\" must not be null",
                            SLICE_ARG(name));
        *out = (uint32_t)data->new_row[at].u;
        return true;
    }
    if (!memchr(name.ptr, '.', name.len))
        return sql_fail(call->env->error, "22023",
                        "text search configuration name \"" SLICE_FMT "\" must be schema-qualified",
                        SLICE_ARG(name));
    if (!pg_reg_find(call, "regconfig", name, &found, &id))
        return false;
    *out = (uint32_t)id.u;
    return found ||
           sql_fail(call->env->error, "42704",
                    "text search configuration \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
}

static bool is_changed(const struct sql_trigger_data *data, int column)
{
    if (!data->old_row)
        return true;
    struct datum before = data->old_row[column], now = data->new_row[column];
    return before.null != now.null ||
           (!now.null && !slice_eq(datum_slice(before), datum_slice(now)));
}

static bool add_columns(struct sql_call *call, const struct sql_trigger_data *data,
                        struct pg_configuration *configuration, struct pg_document *document,
                        bool *changed)
{
    for (uint32_t i = 2; i < data->trigger->argument_count; i++) {
        int column = find_column(call->env, data, i, "");
        if (column < 0)
            return false;
        if (!is_text(call->env->session->dialect, data->relation->columns[column].type))
            return fail_type(call->env, data, i, "a character");
        *changed |= is_changed(data, column);
        if (!data->new_row[column].null &&
            !pg_document_add(call, configuration, datum_slice(data->new_row[column]), document))
            return false;
    }
    return true;
}

static bool update(struct sql_call *call, struct sql_trigger_data *data, bool by_column)
{
    struct pg_configuration configuration;
    struct pg_document document = {.words.arena = data->arena};
    uint32_t id;
    bool changed = false;
    if (!check_use(call->env, data))
        return false;
    int target = find_column(call->env, data, 0, "tsvector ");
    if (target < 0)
        return false;
    if (data->relation->columns[target].type != TYPE_TSVECTOR)
        return fail_type(call->env, data, 0, "tsvector");
    if (!find_configuration(call, data, by_column, &id))
        return false;
    bool good = pg_configuration_open(call, id, &configuration) &&
                add_columns(call, data, &configuration, &document, &changed);
    pg_configuration_close(&configuration);
    if (!good)
        return false;
    for (uint32_t i = 0; i < data->relation->column_count; i++)
        data->result[i] = data->new_row[i];
    data->result_set = true;
    return !changed || pg_ts_words_finish(call, &document.words, &data->result[target]);
}

bool pg_ts_update_trigger(struct sql_env *env, struct slice symbol, struct sql_trigger_data *data,
                          bool *known)
{
    struct sql_call call = {.env = env, .arena = data->arena};
    bool by_column = slice_eq_str(symbol, "tsvector_update_trigger_bycolumn");
    *known = by_column || slice_eq_str(symbol, "tsvector_update_trigger_byid");
    return !*known || update(&call, data, by_column);
}
