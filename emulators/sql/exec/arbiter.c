/* ON CONFLICT: which of the indexes that it may mean decide in this run. */
#include "emulators/sql/exec/modify_internal.h"

static bool is_met(const struct sql_run *run, const struct sql_arbiter_need *need)
{
    struct datum have = run->options.params[need->param - 1];
    if (have.null || need->by_value)
        return !have.null && have.u == need->value.u;
    return slice_eq(datum_slice(have), datum_slice(need->value));
}

bool sql_modify_choose_arbiters(struct sql_run *run, struct modify_state *state)
{
    const struct sql_node_modify *node = state->node;
    const struct sql_on_conflict *clause = node->on_conflict ? node->query->on_conflict : NULL;
    state->arbiters = node->arbiters;
    state->arbiter_count = node->arbiter_count;
    if (!clause || !clause->need_count)
        return true;
    uint32_t *chosen = arena_array(run->arena, clause->index_count, sizeof(*chosen)), count = 0;
    if (!chosen)
        return sql_fail_memory(run->env->error);
    for (uint32_t i = 0; i < clause->index_count; i++) {
        bool met = true;
        for (uint32_t k = 0; k < clause->need_count; k++)
            met &= clause->needs[k].index != i || is_met(run, &clause->needs[k]);
        if (met)
            chosen[count++] = clause->indexes[i];
    }
    state->arbiters = chosen;
    state->arbiter_count = count;
    return count > 0 || sql_fail(run->env->error, "42P10", SQL_NO_ARBITER);
}
