/* Which changes a relation takes: a table all, a view those of its rules and triggers and, when it is
 * simple, those of what it reads. */
#include "emulators/sql/analyze/updatable.h"

#include "emulators/sql/analyze/rewrite.h"

#define DEPTH_MAX 64

struct asking {
    struct sql_env *env;
    bool triggers;
    uint32_t depth;
};

static uint32_t events_of(struct asking *asking, const struct sql_relation *relation,
                          const bool *columns);

/* Rules that do something else in every case. */
static uint32_t events_of_rules(struct asking *asking, const struct sql_relation *relation)
{
    uint32_t events = 0;
    for (uint16_t i = 0; i < relation->rule_count; i++) {
        const struct sql_rule *rule = sql_find_rule(asking->env->session, relation->rules[i]);
        if (rule && rule->instead && !rule->where && rule->event > 1)
            events |= 1u << rule->event;
    }
    return events;
}

static uint32_t events_of_triggers(struct asking *asking, const struct sql_relation *relation)
{
    uint32_t events = 0;
    for (uint16_t i = 0; asking->triggers && i < relation->trigger_count; i++) {
        const struct sql_trigger *trigger =
            sql_find_trigger(asking->env->session, relation->triggers[i]);
        if (!trigger || !trigger->instead || !trigger->row)
            continue;
        events |= (trigger->on_insert ? SQL_TAKES_INSERT : 0) |
                  (trigger->on_update ? SQL_TAKES_UPDATE : 0) |
                  (trigger->on_delete ? SQL_TAKES_DELETE : 0);
    }
    return events;
}

/* What the table below takes of the columns that these of the view are. */
static uint32_t events_below(struct asking *asking, const struct sql_query *view,
                             const bool *columns)
{
    const struct sql_table *table = view->tables[view->from[0]->table - 1];
    const struct sql_relation *base = sql_find_relation_id(asking->env->session, table->relation);
    bool *below = base ? arena_zalloc(asking->env->arena, base->column_count + 1u) : NULL;
    bool any = false;
    uint32_t number = 0;
    if (!below)
        return 0;
    for (uint32_t i = 0; i < view->target_count; i++) {
        const struct sql_expr_column *column = (const void *)view->targets[i].expr;
        if (view->targets[i].hidden)
            continue;
        number++;
        if (column->expr.kind != SQL_EXPR_COLUMN || column->up || column->column <= 0 ||
            (columns && !columns[number]))
            continue;
        below[column->column] = any = true;
    }
    uint32_t own = any ? SQL_TAKES_ALL : SQL_TAKES_DELETE;
    return own & events_of(asking, base, any ? below : NULL);
}

static uint32_t events_of(struct asking *asking, const struct sql_relation *relation,
                          const bool *columns)
{
    if (relation->system || asking->depth++ == DEPTH_MAX)
        return 0;
    if (relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_PARTITIONED)
        return SQL_TAKES_ALL;
    uint32_t events = events_of_rules(asking, relation) | events_of_triggers(asking, relation);
    if (relation->kind == SQL_RELATION_VIEW && relation->view && !view_obstacle(relation->view))
        events |= events_below(asking, relation->view, columns);
    return events;
}

uint32_t sql_relation_takes(struct sql_env *env, const struct sql_relation *relation, bool triggers)
{
    struct asking asking = {.env = env, .triggers = triggers};
    return events_of(&asking, relation, NULL);
}

uint32_t sql_column_takes(struct sql_env *env, const struct sql_relation *relation, int column,
                          bool triggers)
{
    struct asking asking = {.env = env, .triggers = triggers};
    bool *columns = arena_zalloc(env->arena, relation->column_count + 1u);
    if (!columns || column <= 0 || column > relation->column_count)
        return 0;
    columns[column] = true;
    return events_of(&asking, relation, columns);
}
