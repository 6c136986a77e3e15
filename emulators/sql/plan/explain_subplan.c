/* EXPLAIN of queries inside expressions, and of WITH queries: their names, and whose children they are. */
#include "emulators/sql/plan/explain_tree.h"

/* ---- who uses them */

struct search {
    struct sql_explainer *e;
    const struct sql_node *node, *top;
};

static void find_in_program(const struct search *search, const struct sql_program *program)
{
    struct sql_explainer *e = search->e;
    for (uint32_t i = 0; program && i < program->count; i++)
        for (uint32_t s = 0; s < e->plan->subplan_count; s++) {
            const struct sql_subplan *subplan = e->plan->subplans[s];
            const struct sql_subplan *used = subplan->shared ? subplan->shared : subplan;
            struct sql_explain_subplan *shown = &e->subplans[used->number];
            if (program->ops[i].ptr == &subplan->general && !shown->owner)
                shown->owner = shown->init ? search->top : search->node;
        }
}

static void find_in_aggregates(const struct search *search, const struct sql_node_aggregate *node)
{
    for (uint32_t i = 0; i < node->call_count; i++) {
        find_in_program(search, node->calls[i].args);
        find_in_program(search, node->calls[i].filter);
    }
}

static void find_in_node(const struct search *search)
{
    const struct sql_node *node = search->node;
    const struct sql_node_index_scan *index = (const void *)node;
    const struct sql_node_limit *limit = (const void *)node;
    const struct sql_node_modify *modify = (const void *)node;
    find_in_program(search, node->filter);
    find_in_program(search, node->project);
    switch (node->kind) {
    case SQL_NODE_RESULT:
        find_in_program(search, ((const struct sql_node_result *)(const void *)node)->once);
        break;
    case SQL_NODE_NEST_LOOP:
    case SQL_NODE_HASH_JOIN:
        find_in_program(search, ((const struct sql_node_join *)(const void *)node)->on);
        break;
    case SQL_NODE_INDEX_SCAN:
        for (uint32_t i = 0; i < index->key_count; i++)
            find_in_program(search, index->keys[i].program);
        break;
    case SQL_NODE_AGGREGATE: find_in_aggregates(search, (const void *)node); break;
    case SQL_NODE_LIMIT:
        find_in_program(search, limit->limit);
        find_in_program(search, limit->offset);
        break;
    case SQL_NODE_MODIFY:
        find_in_program(search, modify->set.program);
        find_in_program(search, modify->returning);
        break;
    default: break;
    }
}

static void find_in_tree(struct sql_explainer *e, const struct sql_node *node,
                         const struct sql_node *top)
{
    const struct search search = {e, node, top};
    find_in_node(&search);
    for (uint32_t i = 0; i < node->input_count; i++)
        find_in_tree(e, node->inputs[i], top);
}

/* ---- their names */

static bool is_hashed(const struct sql_subplan *subplan)
{
    return subplan->kind == SQL_SUBLINK_ANY && subplan->hashed;
}

static bool name_subplan(struct sql_explainer *e, const struct sql_subplan *subplan,
                         uint32_t *number, uint32_t *params)
{
    struct arena *arena = e->writer->out->arena;
    struct sql_explain_subplan *shown = &e->subplans[subplan->number];
    struct sql_explain_link *link = &e->links[e->link_count++];
    bool compares = subplan->kind == SQL_SUBLINK_ANY || subplan->kind == SQL_SUBLINK_ALL;
    ++*number;
    shown->init = !subplan->correlated && !compares;
    link->link = subplan->link;
    if (shown->init) {
        shown->title = arena_printf(arena, "InitPlan %u (returns $%u)", *number, *params);
        link->name = arena_printf(arena, "$%u", (*params)++);
    } else {
        shown->title = arena_printf(arena, "SubPlan %u", *number);
        link->name = arena_printf(
            arena, is_hashed(subplan) ? "(hashed SubPlan %u)" : "(SubPlan %u)", *number);
    }
    return (shown->title.ptr && link->name.ptr) || sql_fail_memory(e->env->error);
}

static bool name_source(struct sql_explainer *e, const struct sql_node *node)
{
    const struct sql_node_spool_scan *scan = (const void *)node;
    if (node->kind == SQL_NODE_SPOOL_SCAN && scan->source && !e->sources[scan->spool]) {
        e->sources[scan->spool] = scan->source;
        e->source_titles[scan->spool] =
            arena_printf(e->writer->out->arena, "CTE " SLICE_FMT, SLICE_ARG(scan->table->name));
        if (!e->source_titles[scan->spool].ptr || !name_source(e, scan->source))
            return sql_fail_memory(e->env->error);
    }
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!name_source(e, node->inputs[i]))
            return false;
    return true;
}

bool sql_explain_name_subplans(struct sql_explainer *e)
{
    const struct sql_plan *plan = e->plan;
    struct arena *arena = e->writer->out->arena;
    uint32_t number = 0, params = 0;
    e->links = arena_zalloc(arena, (plan->subplan_count + 1) * sizeof(*e->links));
    e->subplans = arena_zalloc(arena, (plan->subplan_count + 1) * sizeof(*e->subplans));
    e->sources = arena_zalloc(arena, (plan->spool_count + 1) * sizeof(*e->sources));
    e->source_titles = arena_zalloc(arena, (plan->spool_count + 1) * sizeof(*e->source_titles));
    if (!e->links || !e->subplans || !e->sources || !e->source_titles)
        return sql_fail_memory(e->env->error);
    for (uint32_t s = 0; s < plan->subplan_count; s++)
        if (plan->subplans[s]->link && !name_subplan(e, plan->subplans[s], &number, &params))
            return false;
    find_in_tree(e, plan->root, plan->root);
    for (uint32_t s = 0; s < plan->subplan_count; s++)
        if (plan->subplans[s]->root)
            find_in_tree(e, plan->subplans[s]->root, plan->subplans[s]->root);
    for (uint32_t s = 0; s < plan->spool_count; s++)
        if (plan->spool_sources[s])
            find_in_tree(e, plan->spool_sources[s], plan->spool_sources[s]);
    for (uint32_t s = 0; s < plan->subplan_count; s++)
        if (plan->subplans[s]->link && !e->subplans[s].owner)
            e->subplans[s].owner = plan->root;
    if (!name_source(e, plan->root))
        return false;
    for (uint32_t s = 0; s < plan->subplan_count; s++)
        if (plan->subplans[s]->root && !name_source(e, plan->subplans[s]->root))
            return false;
    return true;
}

/* ---- showing them */

bool sql_explain_has_children(const struct sql_explainer *e, const struct sql_node *node)
{
    bool found = node->input_count > 0 || sql_explain_has_bitmap(node);
    for (uint32_t s = 0; s < e->plan->subplan_count; s++)
        found |= e->subplans[s].owner == node;
    for (uint32_t s = 0; s < e->plan->spool_count; s++)
        found |= node == e->plan->root && e->sources[s];
    return found;
}

static bool show(struct sql_explainer *e, const struct sql_node *node, bool init)
{
    for (uint32_t s = 0; s < e->plan->subplan_count; s++) {
        const struct sql_explain_subplan *shown = &e->subplans[s];
        const struct sql_explain_place place = {.relationship = init ? "InitPlan" : "SubPlan",
                                                .name = shown->title};
        if (shown->owner == node && shown->init == init && e->plan->subplans[s]->root &&
            !sql_explain_tree(e, e->plan->subplans[s]->root, &place))
            return false;
    }
    return true;
}

bool sql_explain_init_plans(struct sql_explainer *e, const struct sql_node *node)
{
    for (uint32_t s = 0; node == e->plan->root && s < e->plan->spool_count; s++) {
        const struct sql_explain_place place = {.relationship = "InitPlan",
                                                .name = e->source_titles[s]};
        if (e->sources[s] && !sql_explain_tree(e, e->sources[s], &place))
            return false;
    }
    return show(e, node, true);
}

bool sql_explain_sub_plans(struct sql_explainer *e, const struct sql_node *node)
{
    return show(e, node, false);
}
