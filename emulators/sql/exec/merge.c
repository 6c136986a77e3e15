/* MERGE. */
#include "emulators/sql/exec/modify_internal.h"
#include "emulators/sql/exec/scan.h"

enum outcome sql_merge_fail_twice(struct sql_run *run)
{
    sql_fail(run->env->error, "21000", "MERGE command cannot affect row a second time");
    sql_hint(run->env->error,
             "Ensure that not more than one source row matches any one target row.");
    return OUTCOME_FAILED;
}

static enum outcome act(struct sql_run *run, struct modify_state *state,
                        const struct sql_modify_action *action, struct target_row *target)
{
    bool changes = action->command == SQL_UPDATE || action->command == SQL_DELETE;
    if (changes && !sql_modify_check_target(run, state, action->command == SQL_DELETE))
        return OUTCOME_FAILED;
    static const char *const names[] = {
        [SQL_INSERT] = "INSERT", [SQL_UPDATE] = "UPDATE", [SQL_DELETE] = "DELETE"};
    run->merge_action = action->command == SQL_SELECT ? NULL : names[action->command];
    switch (action->command) {
    case SQL_INSERT: return sql_modify_insert(run, state, &action->set);
    case SQL_UPDATE: return sql_modify_update(run, state, target, &action->set);
    case SQL_DELETE: return sql_modify_delete(run, state, target);
    default: return OUTCOME_NOTHING;
    }
}

/* The first clause of that kind whose condition holds. */
static enum outcome act_on_first(struct sql_run *run, struct modify_state *state, int match,
                                 struct target_row *target)
{
    const struct sql_node_modify *node = state->node;
    for (uint32_t i = 0; i < node->action_count; i++) {
        const struct sql_modify_action *action = &node->actions[i];
        bool holds = true;
        if (action->match != match)
            continue;
        if (action->condition &&
            !sql_program_test(run, action->condition, &state->state.arena, &holds))
            return OUTCOME_FAILED;
        if (holds)
            return act(run, state, action, target);
    }
    return OUTCOME_NOTHING;
}

/* A target that somebody changes meanwhile is tried anew; one that has gone is not matched: the
 * source's row, if there is one, is as good as one without a target. */
enum outcome sql_merge_row(struct sql_run *run, struct modify_state *state)
{
    const struct sql_node_modify *node = state->node;
    struct target_row target = {0};
    bool has_target = !run->regs[node->row_reg + SQL_HANDLE_ROW_ID].null, has_source = true;
    if (node->has_source &&
        !sql_program_test(run, node->has_source, &state->state.arena, &has_source))
        return OUTCOME_FAILED;
    if (!has_target)
        return act_on_first(run, state, SQL_MERGE_NOT_MATCHED, &target);
    if (!sql_modify_target(run, state, &target))
        return OUTCOME_FAILED;
    state->sourceless = !has_source;
    enum outcome outcome;
    do
        outcome = act_on_first(
            run, state, has_source ? SQL_MERGE_MATCHED : SQL_MERGE_NOT_MATCHED_BY_SOURCE, &target);
    while (outcome == OUTCOME_AGAIN);
    if (outcome != OUTCOME_GONE)
        return outcome;
    return has_source ? act_on_first(run, state, SQL_MERGE_NOT_MATCHED, &target) : OUTCOME_NOTHING;
}
