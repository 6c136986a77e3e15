#include "emulators/postgres/functions/update_trigger.h"

static const char symbol_name[] = "suppress_redundant_updates_trigger";

static bool check_use(struct sql_env *env, const struct sql_trigger_data *data)
{
    const char *wrong = data->event != SQL_TRIGGER_UPDATE ? "must be called on update"
                        : !data->before                   ? "must be called before update"
                        : !data->row                      ? "must be called for each row"
                                                          : NULL;
    return !wrong || sql_fail(env->error, "39P01", "%s: %s", symbol_name, wrong);
}

static bool same_value(const struct sql_type *type, struct datum a, struct datum b)
{
    if (a.null || b.null)
        return a.null && b.null;
    return type && type->by_value ? a.u == b.u : slice_eq(datum_slice(a), datum_slice(b));
}

bool pg_update_trigger(struct sql_env *env, struct slice symbol, struct sql_trigger_data *data,
                       bool *known)
{
    const struct sql_relation *relation = data->relation;
    bool same = true;
    *known = slice_eq_str(symbol, symbol_name);
    if (!*known)
        return true;
    if (!check_use(env, data))
        return false;
    for (uint32_t i = 0; same && i < relation->column_count; i++)
        same = relation->columns[i].dropped ||
               same_value(sql_find_type_id(env->session, relation->columns[i].type),
                          data->old_row[i], data->new_row[i]);
    data->returned_null = same;
    data->result_set = !same;
    for (uint32_t i = 0; !same && i < relation->column_count; i++)
        data->result[i] = data->new_row[i];
    return true;
}
