/* The rows of INSERT, UPDATE, DELETE as conditions and clients see them: the checks that new ones must
 * pass, and RETURNING. */
#include "emulators/sql/catalog/system.h"
#include "emulators/sql/exec/modify_internal.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/value/tid.h"

const struct datum *sql_modify_in_order(struct modify_state *state, const int32_t *map,
                                        const struct datum *values)
{
    if (!map)
        return values;
    for (uint32_t i = 0; i < state->node->relation->column_count; i++)
        state->mapped[i] = map[i] ? values[map[i] - 1] : datum_null();
    return state->mapped;
}

static bool system_value(struct sql_run *run, const struct shown_row *shown, int32_t column,
                         struct datum *out)
{
    *out = datum_null();
    if (column == SQL_COLUMN_RELATION)
        *out = datum_int(shown->relation->object.id);
    else if (column == SQL_COLUMN_ROW_ID && shown->row)
        return sql_tid_make(run->arena, sql_table_position(shown->row, shown->row_id), out);
    else if (column == SQL_COLUMN_XMIN && shown->row)
        *out = datum_int(shown->row->xid);
    else if (column == SQL_COLUMN_CMIN && shown->row)
        *out = datum_int(shown->row->command);
    else if (shown->row)
        *out = datum_int(0);
    return true;
}

bool sql_modify_load_columns(struct sql_run *run, const struct sql_scan_column *columns,
                             uint32_t count, const struct shown_row *shown)
{
    for (uint32_t i = 0; i < count; i++) {
        struct datum *reg = &run->regs[columns[i].reg];
        if (columns[i].column > 0)
            *reg = shown->values[columns[i].column - 1];
        else if (!system_value(run, shown, columns[i].column, reg))
            return sql_fail_memory(run->env->error);
    }
    return true;
}

static bool fail_check(struct sql_run *run, const struct sql_with_check *check,
                       const struct sql_relation *relation, const struct datum *values)
{
    struct sql_error *error = run->env->error;
    struct slice text;
    if (check->kind == SQL_CHECK_VIEW) {
        if (!sql_row_text(run->env, relation, values, &text))
            return false;
        sql_fail(error, "44000", "new row violates check option for view \"" SLICE_FMT "\"",
                 SLICE_ARG(check->relation));
        return sql_detail(error, "Failing row contains " SLICE_FMT ".", SLICE_ARG(text));
    }
    const char *what = check->kind == SQL_CHECK_POLICY ? "" : " (USING expression)";
    const char *row = check->kind == SQL_CHECK_TARGET ? "target" : "new";
    if (check->policy.ptr)
        return sql_fail(error, "42501",
                        "%s row violates row-level security policy \"" SLICE_FMT
                        "\"%s for table \"" SLICE_FMT "\"",
                        row, SLICE_ARG(check->policy), what, SLICE_ARG(check->relation));
    return sql_fail(error, "42501",
                    "%s row violates row-level security policy%s for table \"" SLICE_FMT "\"", row,
                    what, SLICE_ARG(check->relation));
}

bool sql_modify_check_options(struct sql_run *run, struct modify_state *state, unsigned kind,
                              const struct shown_row *shown)
{
    const struct sql_node_modify *node = state->node;
    for (uint32_t i = 0; i < node->check_count; i++) {
        const struct sql_with_check *check = node->checks[i].source;
        bool holds, wanted = state->inserting ? check->on_insert : check->on_update;
        if (!node->checks[i].program || check->kind != kind ||
            (!wanted && kind != SQL_CHECK_CONFLICT))
            continue;
        if (!sql_program_test(run, node->checks[i].program, &state->state.arena, &holds))
            return false;
        if (!holds)
            return fail_check(run, check, node->relation, shown->values);
    }
    return true;
}

bool sql_modify_check_target(struct sql_run *run, struct modify_state *state, bool deletes)
{
    const struct sql_node_modify *node = state->node;
    for (uint32_t i = 0; i < node->check_count; i++) {
        const struct sql_with_check *check = node->checks[i].source;
        bool holds;
        if (check->kind != SQL_CHECK_TARGET || !(deletes ? check->on_delete : check->on_update))
            continue;
        if (!sql_program_test(run, node->checks[i].program, &state->state.arena, &holds))
            return false;
        if (!holds)
            return fail_check(run, check, node->relation, NULL);
    }
    return true;
}

bool sql_modify_check_policies(struct sql_run *run, struct modify_state *state,
                               const struct sql_relation *relation, const struct datum *values)
{
    const struct sql_node_modify *node = state->node;
    const struct shown_row shown = {.relation = relation, .values = values};
    if (!node->has_policies)
        return true;
    return sql_modify_load_columns(run, node->new_columns, node->new_count, &shown) &&
           (!node->new_row || sql_program_run(run, node->new_row, &state->state.arena)) &&
           sql_modify_check_options(run, state, SQL_CHECK_POLICY, &shown);
}

enum outcome sql_modify_show_row(struct sql_run *run, struct modify_state *state,
                                 const struct shown_row *shown, bool checked)
{
    const struct sql_node_modify *node = state->node;
    struct arena *arena = &state->state.arena;
    run->count += run->plan->root == &node->node;
    if (!node->returns && (!checked || !node->check_count))
        return OUTCOME_ROW;
    if (!sql_modify_load_columns(run, node->new_columns, node->new_count, shown) ||
        (node->new_row && !sql_program_run(run, node->new_row, arena)) ||
        (checked && !sql_modify_check_options(run, state, SQL_CHECK_VIEW, shown)) ||
        (node->returns && !sql_program_run(run, node->returning, arena)))
        return OUTCOME_FAILED;
    return OUTCOME_ROW;
}
