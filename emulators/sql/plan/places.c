/* Which rows of tables the rows of a cursor's plan are made of. */
#include "emulators/sql/plan/planner.h"

static bool add_place(struct sql_planner *planner, struct sql_vector *places,
                      struct sql_plan_place place)
{
    struct sql_plan_place *items = places->items;
    for (uint32_t i = 0; i < places->count; i++)
        if (items[i].row_reg == place.row_reg)
            return true;
    struct sql_plan_place *made = sql_vector_add(planner->arena, places, sizeof(*made));
    if (!made)
        return sql_fail_memory(planner->env->error);
    *made = place;
    return true;
}

static bool add_marks(struct sql_planner *planner, const struct sql_node_lock_rows *node,
                      struct sql_vector *places)
{
    planner->plan->places_locked = true;
    for (uint32_t i = 0; i < node->mark_count; i++) {
        const struct sql_lock_mark *mark = &node->marks[i];
        if (!add_place(planner, places,
                       (struct sql_plan_place){mark->relation, mark->family, mark->family_count,
                                               mark->row_reg}))
            return false;
    }
    return true;
}

/* Through what hands its input's row on as it comes. */
static bool find(struct sql_planner *planner, const struct sql_node *node,
                 struct sql_vector *places)
{
    const struct sql_node_scan *scan = (const void *)node;
    switch (node->kind) {
    case SQL_NODE_LOCK_ROWS: return add_marks(planner, (const void *)node, places);
    case SQL_NODE_SEQ_SCAN:
    case SQL_NODE_INDEX_SCAN:
    case SQL_NODE_ROW_SCAN:
    case SQL_NODE_SAMPLE_SCAN:
        return scan->row_reg == SQL_NO_REGISTER ||
               add_place(planner, places,
                         (struct sql_plan_place){scan->source->relation, scan->source->family,
                                                 scan->source->family_count, scan->row_reg});
    case SQL_NODE_APPEND:
        if (((const struct sql_node_append *)(const void *)node)->merge.count)
            return true;
        break;
    case SQL_NODE_RESULT:
    case SQL_NODE_LIMIT: break;
    default: return true;
    }
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!find(planner, node->inputs[i], places))
            return false;
    return true;
}

bool sql_plan_find_places(struct sql_planner *planner)
{
    struct sql_vector places = {0};
    if (!find(planner, planner->plan->root, &places))
        return false;
    planner->plan->places = places.items;
    planner->plan->place_count = places.count;
    return true;
}
