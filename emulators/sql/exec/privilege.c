#include "emulators/sql/exec/privilege.h"

#include "emulators/sql/session.h"

/* Columns in sets are numbered from the lowest system column. */
#define COLUMN_BIAS 8

static bool has_bit(const uint64_t *set, uint32_t bit)
{
    return set && set[bit / 64] >> bit % 64 & 1;
}

/* Column by column, where the table's privilege is missing. */
static bool columns_allowed(struct sql_session *session, uint32_t role,
                            const struct sql_relation *relation, const uint64_t *set,
                            uint32_t privilege)
{
    bool any = false;
    if (has_bit(set, COLUMN_BIAS)) /* the whole row */
        for (uint32_t c = 0; c < relation->column_count; c++)
            if (!relation->columns[c].dropped &&
                !sql_has_column_privileges(session, role, relation, (int)c + 1, privilege))
                return false;
    for (uint32_t c = 0; c < relation->column_count; c++) {
        if (!has_bit(set, c + 1 + COLUMN_BIAS))
            continue;
        any = true;
        if (!sql_has_column_privileges(session, role, relation, (int)c + 1, privilege))
            return false;
    }
    for (uint32_t c = 0; c < COLUMN_BIAS; c++) {
        if (!has_bit(set, c))
            continue;
        any = true;
        if (!sql_has_column_privileges(session, role, relation, (int)c - COLUMN_BIAS, privilege))
            return false;
    }
    if (any || has_bit(set, COLUMN_BIAS))
        return true;
    /* No column at all (count(*)): any column's privilege will do. */
    for (uint32_t c = 0; c < relation->column_count; c++)
        if (!relation->columns[c].dropped &&
            sql_has_column_privileges(session, role, relation, (int)c + 1, privilege))
            return true;
    return false;
}

static const char *kind_name(const struct sql_relation *relation)
{
    switch (relation->kind) {
    case SQL_RELATION_VIEW: return "view";
    case SQL_RELATION_MATVIEW: return "materialized view";
    case SQL_RELATION_SEQUENCE: return "sequence";
    case SQL_RELATION_FOREIGN: return "foreign table";
    default: return "table";
    }
}

static bool check_table(struct sql_env *env, const struct sql_table *table)
{
    struct sql_session *session = env->session;
    const struct sql_relation *relation = sql_find_relation_id(session, table->relation);
    uint32_t role = table->check_as ? table->check_as : session->role;
    static const uint32_t by_column = SQL_PRIV_SELECT | SQL_PRIV_INSERT | SQL_PRIV_UPDATE;
    if (!relation || table->privileges == 0)
        return true;
    if (sql_has_privileges(session, role, &relation->object, table->privileges))
        return true;
    for (uint32_t bit = 1; bit <= table->privileges; bit <<= 1) {
        if (!(table->privileges & bit) || sql_has_privileges(session, role, &relation->object, bit))
            continue;
        const uint64_t *set = bit == SQL_PRIV_SELECT   ? table->selected_columns
                              : bit == SQL_PRIV_INSERT ? table->inserted_columns
                                                       : table->updated_columns;
        if ((bit & by_column) && columns_allowed(session, role, relation, set, bit))
            continue;
        return sql_fail(env->error, "42501", "permission denied for %s " SLICE_FMT,
                        kind_name(relation), SLICE_ARG(relation->object.name));
    }
    return true;
}

static bool check_routine(struct sql_env *env, const struct sql_routine *routine)
{
    struct sql_session *session = env->session;
    if (!routine || sql_has_privileges(session, session->role, &routine->object, SQL_PRIV_EXECUTE))
        return true;
    return sql_fail(env->error, "42501", "permission denied for %s " SLICE_FMT,
                    routine->aggregate ? "aggregate" : "function", SLICE_ARG(routine->object.name));
}

static bool check_all(struct sql_env *env, const struct sql_plan *plan)
{
    for (uint32_t i = 0; i < plan->check_count; i++)
        if (plan->checks[i]->relation && !check_table(env, plan->checks[i]))
            return false;
    const struct sql_role *role = sql_find_role_id(env->session, env->session->role);
    if (role && role->superuser)
        return true;
    for (uint32_t i = 0; i < plan->aggregate_count; i++)
        if (!check_routine(env, plan->aggregates[i]))
            return false;
    for (uint32_t i = 0; i < plan->site_count; i++)
        if (!check_routine(env, plan->sites[i]->routine))
            return false;
    return true;
}

/* A plan is made anew when the catalog changes: what a role was allowed once holds while the plan does. */
bool sql_check_privileges(struct sql_env *env, const struct sql_plan *plan)
{
    const struct sql_session *session = env->session;
    if (!session || *plan->allowed == session->role)
        return true;
    if (!check_all(env, plan))
        return false;
    *plan->allowed = session->role;
    return true;
}
