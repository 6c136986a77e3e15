#include "emulators/sql/exec/subplan.h"

#include "emulators/sql/exec/general.h"
#include "emulators/sql/value/array.h"

static struct sql_subplan_state *state_of(const struct sql_run *run,
                                          const struct sql_subplan *subplan)
{
    return &run->subplans[subplan->number];
}

static bool too_many_rows(struct sql_run *run)
{
    return sql_fail(run->env->error, "21000",
                    "more than one row returned by a subquery used as an expression");
}

static bool eval_exists(struct sql_eval *eval, const struct sql_subplan *subplan, struct datum *out)
{
    enum sql_next next = sql_node_next(eval->run, subplan->root);
    *out = datum_bool(next == SQL_NEXT_ROW);
    return next != SQL_NEXT_FAILED;
}

/* The one row's columns, saved; NULL: there is none. */
static bool single_row(struct sql_eval *eval, const struct sql_subplan *subplan,
                       struct arena *arena, struct datum **out)
{
    *out = NULL;
    enum sql_next next = sql_node_next(eval->run, subplan->root);
    if (next != SQL_NEXT_ROW)
        return next == SQL_NEXT_END;
    *out = sql_tuple_save(arena, eval->regs, &subplan->results, 0);
    if (!*out)
        return sql_fail_memory(eval->run->env->error);
    next = sql_node_next(eval->run, subplan->root);
    if (next == SQL_NEXT_ROW)
        return too_many_rows(eval->run);
    return next == SQL_NEXT_END;
}

static bool eval_scalar(struct sql_eval *eval, const struct sql_subplan *subplan,
                        struct arena *arena, struct datum *out)
{
    struct datum *row;
    if (!single_row(eval, subplan, arena, &row))
        return false;
    *out = row ? row[0] : datum_null();
    return true;
}

static bool eval_array(struct sql_eval *eval, const struct sql_subplan *subplan,
                       struct arena *arena, struct datum *out)
{
    struct sql_call *call = sql_eval_call(eval->run, eval->run->plan->sites[subplan->site], arena);
    struct sql_array_builder builder;
    if (subplan->nested) {
        struct sql_spool rows = {0};
        enum sql_next next;
        while ((next = sql_node_next(eval->run, subplan->root)) == SQL_NEXT_ROW)
            if (!sql_spool_save(&rows, eval->regs, &subplan->results)) {
                next = sql_fail_next(eval->run);
                break;
            }
        struct datum *values = arena_array(arena, rows.count + 1, sizeof(*values));
        for (uint64_t i = 0; values && i < rows.count; i++)
            values[i] = rows.tuples[i][0];
        bool good =
            next == SQL_NEXT_END && values &&
            sql_array_construct(call, subplan->element, true, values, (uint32_t)rows.count, out);
        sql_spool_done(&rows);
        return good;
    }
    sql_array_builder_init(&builder, arena, subplan->element);
    for (;;) {
        enum sql_next next = sql_node_next(eval->run, subplan->root);
        if (next == SQL_NEXT_FAILED)
            return false;
        if (next == SQL_NEXT_END)
            return sql_array_builder_finish(call, &builder, out);
        if (!sql_array_builder_add(call, &builder, eval->regs[subplan->columns[0]]))
            return false;
    }
}

/* ---- comparisons with all rows */

static bool eval_row_compare(struct sql_eval *eval, const struct sql_subplan *subplan,
                             struct datum *out)
{
    struct datum *row;
    if (!single_row(eval, subplan, eval->arena, &row))
        return false;
    if (!row) {
        *out = datum_null();
        return true;
    }
    sql_tuple_load(eval->regs, &subplan->results, row);
    if (!sql_program_run(eval->run, subplan->test, eval->arena))
        return false;
    *out = eval->regs[subplan->test->result];
    return true;
}

/* The next row of the subquery: of the plan, or of the rows kept from the first time. */
static enum sql_next next_row(struct sql_eval *eval, const struct sql_subplan *subplan,
                              uint64_t *at)
{
    struct sql_subplan_state *state = state_of(eval->run, subplan);
    if (subplan->correlated)
        return sql_node_next(eval->run, subplan->root);
    if (*at < state->rows.count) {
        sql_tuple_load(eval->regs, &subplan->results, state->rows.tuples[(*at)++]);
        return SQL_NEXT_ROW;
    }
    if (state->rows.complete)
        return SQL_NEXT_END;
    enum sql_next next = sql_node_next(eval->run, subplan->root);
    if (next == SQL_NEXT_END)
        state->rows.complete = true;
    if (next != SQL_NEXT_ROW)
        return next;
    if (!sql_spool_save(&state->rows, eval->regs, &subplan->results))
        return sql_fail_next(eval->run);
    (*at)++;
    return next;
}

static bool eval_quantified(struct sql_eval *eval, const struct sql_subplan *subplan,
                            struct datum *out)
{
    bool any = subplan->kind == SQL_SUBLINK_ANY, unknown = false;
    uint64_t at = 0;
    for (;;) {
        enum sql_next next = next_row(eval, subplan, &at);
        if (next == SQL_NEXT_FAILED)
            return false;
        if (next == SQL_NEXT_END) {
            *out = unknown ? datum_null() : datum_bool(!any);
            return true;
        }
        if (!sql_program_run(eval->run, subplan->test, eval->arena))
            return false;
        struct datum result = eval->regs[subplan->test->result];
        unknown |= result.null;
        if (!result.null && (result.i != 0) == any) {
            *out = datum_bool(any);
            return true;
        }
    }
}

/* ---- IN by a hash. NULLs among the columns make it look at the rows one by one. */

static bool fill_set(struct sql_eval *eval, const struct sql_subplan *subplan,
                     struct sql_subplan_state *state)
{
    struct sql_run *run = eval->run;
    for (;;) {
        enum sql_next next = sql_node_next(run, subplan->root);
        if (next != SQL_NEXT_ROW)
            return next == SQL_NEXT_END;
        struct sql_row_entry *entry;
        bool fresh;
        state->set_rows++;
        state->has_null |= sql_key_has_null(run, &subplan->inner_keys);
        if (!sql_row_set_add(&state->set, run, &subplan->inner_keys, 0, &entry, &fresh))
            return false;
        if (subplan->kind == SQL_SUBLINK_ANY && subplan->inner_keys.count > 1 && fresh &&
            !sql_spool_save(&state->rows, run->regs, &subplan->results))
            return sql_fail_memory(run->env->error);
    }
}

static bool eval_hashed(struct sql_eval *eval, const struct sql_subplan *subplan, struct datum *out)
{
    struct sql_subplan_state *state = state_of(eval->run, subplan);
    struct sql_row_entry *entry;
    if (!state->done) {
        if (!fill_set(eval, subplan, state))
            return false;
        state->done = state->rows.complete = true;
    }
    if (state->set_rows == 0) {
        *out = datum_bool(false);
        return true;
    }
    if (!sql_program_run(eval->run, subplan->left, eval->arena))
        return false;
    bool null = sql_key_has_null(eval->run, &subplan->outer_keys);
    if (!null) {
        if (!sql_row_set_find(&state->set, eval->run, &subplan->outer_keys, &entry))
            return false;
        *out = datum_bool(entry != NULL);
        if (entry || !state->has_null)
            return true;
    }
    if (subplan->inner_keys.count > 1)
        return eval_quantified(eval, subplan, out);
    *out = datum_null();
    return true;
}

/* The alternative of an EXISTS: a row with NULL among the compared columns is none. */
static bool eval_exists_hashed(struct sql_eval *eval, const struct sql_subplan *subplan,
                               struct datum *out)
{
    struct sql_subplan_state *state = state_of(eval->run, subplan);
    struct sql_row_entry *entry = NULL;
    if (!state->done && !fill_set(eval, subplan, state))
        return false;
    state->done = true;
    if (!sql_program_run(eval->run, subplan->left, eval->arena))
        return false;
    if (!sql_key_has_null(eval->run, &subplan->outer_keys) &&
        !sql_row_set_find(&state->set, eval->run, &subplan->outer_keys, &entry))
        return false;
    *out = datum_bool(entry != NULL);
    return true;
}

/* ---- */

static bool eval_multi(struct sql_eval *eval, const struct sql_subplan *subplan, struct datum *out)
{
    const struct sql_subplan *shared = subplan->shared;
    struct sql_subplan_state *state = state_of(eval->run, shared);
    if (!state->done || (shared->correlated && subplan->column == 0)) {
        sql_node_restart(eval->run, shared->root);
        arena_reset(&state->arena);
        if (!single_row(eval, shared, &state->arena, &state->row))
            return false;
        state->done = true;
    }
    *out = state->row ? state->row[subplan->column] : datum_null();
    return true;
}

static bool evaluate(struct sql_eval *eval, const struct sql_subplan *subplan, struct arena *arena,
                     struct datum *out)
{
    switch (subplan->kind) {
    case SQL_SUBLINK_EXISTS: return eval_exists(eval, subplan, out);
    case SQL_SUBLINK_ARRAY: return eval_array(eval, subplan, arena, out);
    case SQL_SUBLINK_ROW_COMPARE: return eval_row_compare(eval, subplan, out);
    case SQL_SUBLINK_ANY:
    case SQL_SUBLINK_ALL: return eval_quantified(eval, subplan, out);
    default: return eval_scalar(eval, subplan, arena, out);
    }
}

bool sql_eval_subplan(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_subplan *subplan = op->ptr;
    if (subplan->kind == SQL_SUBLINK_MULTI)
        return eval_multi(eval, subplan, out);
    if (subplan->hashed)
        return eval_hashed(eval, subplan, out);
    struct sql_subplan_state *state = state_of(eval->run, subplan);
    if (subplan->alternative && ++state->evaluated > subplan->patience)
        return eval_exists_hashed(eval, subplan->alternative, out);
    bool compares = subplan->kind == SQL_SUBLINK_ANY || subplan->kind == SQL_SUBLINK_ALL;
    if (subplan->correlated || subplan->kind == SQL_SUBLINK_ROW_COMPARE) {
        sql_node_restart(eval->run, subplan->root);
        return evaluate(eval, subplan, eval->arena, out);
    }
    if (compares)
        return evaluate(eval, subplan, eval->arena, out);
    if (!state->done) {
        if (!evaluate(eval, subplan, &state->arena, &state->value))
            return false;
        state->done = true;
    }
    *out = state->value;
    return true;
}

void sql_subplan_close(struct sql_run *run, const struct sql_subplan *subplan)
{
    struct sql_subplan_state *state = state_of(run, subplan);
    if (subplan->root)
        sql_node_close(run, subplan->root);
    sql_spool_done(&state->rows);
    sql_row_set_done(&state->set);
    arena_done(&state->arena);
}
