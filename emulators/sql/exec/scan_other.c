/* Scans of what is no table: constants, functions, spools, system relations, nothing. */
#include "emulators/sql/analyze/rules.h"
#include "emulators/sql/catalog/row_shape.h"
#include "emulators/sql/catalog/system.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/exec/spool.h"
#include "emulators/sql/exec/trigger.h"
#include "emulators/sql/storage/sequence.h"
#include "emulators/sql/value/record.h"

/* ---- one row without columns, or another's rows under a condition that is tested once */

struct result_state {
    struct sql_state state;
    bool holds;
};

static enum sql_next result_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_result *node = (const void *)base_node;
    struct result_state *state = (void *)base;
    if (!base->started) {
        base->started = state->holds = true;
        if (node->once && !sql_program_test(run, node->once, &base->arena, &state->holds))
            return SQL_NEXT_FAILED;
        if (base_node->input_count)
            sql_node_restart(run, base_node->inputs[0]);
        else if (state->holds)
            return SQL_NEXT_ROW;
    } else if (!base_node->input_count) {
        return SQL_NEXT_END;
    }
    return state->holds && base_node->input_count ? sql_node_next(run, base_node->inputs[0])
                                                  : SQL_NEXT_END;
}

/* WITH queries that read what has changed meanwhile are run anew. */
static void result_restart(struct sql_run *run, const struct sql_node *base_node,
                           struct sql_state *base)
{
    const struct sql_node_result *node = (const void *)base_node;
    (void)base;
    for (uint32_t i = 0; i < node->with_count; i++) {
        struct sql_spool *spool = run->spools[node->withs[i].spool];
        if (!spool || !node->withs[i].source->outer)
            continue;
        sql_spool_reset(spool);
        sql_node_restart(run, node->withs[i].source);
    }
}

const struct sql_node_ops sql_result_ops = {"Result", sizeof(struct result_state), result_next,
                                            result_restart, NULL};

/* ---- VALUES */

struct values_state {
    struct sql_state state;
    uint32_t at;
};

static enum sql_next values_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_values_scan *node = (const void *)base_node;
    struct values_state *state = (void *)base;
    if (!base->started)
        state->at = 0;
    base->started = true;
    if (state->at == node->row_count)
        return SQL_NEXT_END;
    return sql_program_run(run, node->rows[state->at++], &base->arena) ? SQL_NEXT_ROW
                                                                       : SQL_NEXT_FAILED;
}

const struct sql_node_ops sql_values_scan_ops = {"Values Scan", sizeof(struct values_state),
                                                 values_next, NULL, NULL};

/* ---- system relations */

struct system_state {
    struct sql_state state;
    struct sql_system_scan scan;
    struct arena arena; /* of the generator */
    struct datum *values;
};

static bool system_begin(struct sql_run *run, const struct sql_node_system_scan *node,
                         struct system_state *state, bool *none)
{
    const struct sql_relation *relation = node->scan.relation;
    arena_reset(&state->arena);
    state->state.started = true;
    const struct sql_system_relation *system = sql_generated_rows(relation);
    *none = system == NULL;
    if (!state->values)
        state->values = arena_array(run->arena, relation->column_count, sizeof(struct datum));
    if (!state->values)
        return sql_fail_memory(run->env->error);
    state->scan = (struct sql_system_scan){.env = run->env, .system = system, .relation = relation};
    if (*none)
        return true;
    if (node->key) {
        if (!sql_program_run(run, node->key, &state->arena))
            return false;
        state->scan.key_column = node->key_column;
        state->scan.key = run->regs[node->key->result];
        *none = state->scan.key.null;
    }
    return *none || system->open(&state->scan);
}

static enum sql_next system_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_system_scan *node = (const void *)base_node;
    struct system_state *state = (void *)base;
    const struct sql_relation *relation = node->scan.relation;
    bool done = false;
    if (!base->started) {
        if (!system_begin(run, node, state, &done))
            return SQL_NEXT_FAILED;
        if (done)
            state->scan.system = NULL;
    }
    if (!state->scan.system)
        return SQL_NEXT_END;
    for (uint32_t i = 0; i < relation->column_count; i++)
        state->values[i] = datum_null();
    state->scan.env = run->env;
    if (!state->scan.system->next(&state->scan, &base->arena, state->values, &done))
        return SQL_NEXT_FAILED;
    if (done)
        return SQL_NEXT_END;
    for (uint32_t i = 0; i < node->scan.column_count; i++) {
        const struct sql_scan_column *column = &node->scan.columns[i];
        run->regs[column->reg] = column->column > 0 ? state->values[column->column - 1]
                                 : column->column == SQL_COLUMN_RELATION
                                     ? datum_int(relation->object.id)
                                     : datum_null();
    }
    return SQL_NEXT_ROW;
}

static void system_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    arena_done(&((struct system_state *)(void *)base)->arena);
}

const struct sql_node_ops sql_system_scan_ops = {"Seq Scan", sizeof(struct system_state),
                                                 system_next, NULL, system_close};

/* ---- spools: WITH queries, work tables, transition tables */

struct spool_state {
    struct sql_state state;
    uint64_t at;
};

/* Reads one more row of the query into the spool; a spool's source is run by whoever needs a row
 * first. */
static enum sql_next fill(struct sql_run *run, const struct sql_node_spool_scan *node,
                          struct sql_spool *spool)
{
    if (spool->complete || !node->source)
        return SQL_NEXT_END;
    enum sql_next next = sql_node_next(run, node->source);
    if (next == SQL_NEXT_END)
        spool->complete = true;
    if (next == SQL_NEXT_ROW && !sql_spool_save(spool, run->regs, &node->saves))
        return sql_fail_next(run);
    return next;
}

struct sql_spool *sql_run_spool(struct sql_run *run, uint32_t number)
{
    if (!run->spools[number])
        run->spools[number] = arena_zalloc(run->arena, sizeof(struct sql_spool));
    return run->spools[number];
}

static enum sql_next spool_next(struct sql_run *run, const struct sql_node *base_node,
                                struct sql_state *base)
{
    const struct sql_node_spool_scan *node = (const void *)base_node;
    struct spool_state *state = (void *)base;
    struct sql_spool *spool = node->transition
                                  ? sql_trigger_table(run->options.trigger, node->table->name)
                                  : sql_run_spool(run, node->spool);
    if (!spool)
        return sql_fail_next(run);
    if (!base->started)
        state->at = 0;
    base->started = true;
    if (state->at == spool->count) {
        enum sql_next next = fill(run, node, spool);
        if (next != SQL_NEXT_ROW)
            return next;
    }
    const struct datum *tuple = spool->tuples[state->at++];
    for (uint32_t i = 0; i < node->column_count; i++)
        if (node->columns[i] != SQL_NO_REGISTER)
            run->regs[node->columns[i]] = tuple[i];
    return SQL_NEXT_ROW;
}

const struct sql_node_ops sql_spool_scan_ops = {"CTE Scan", sizeof(struct spool_state), spool_next,
                                                NULL, NULL};

/* ---- functions in FROM */

struct function_call {
    bool done;
    bool called;
    struct arena arena, set_arena; /* of the row; of the set */
    void *set_state;
};

struct function_state {
    struct sql_state state;
    struct function_call *calls;
    int64_t row;
};

static void reset_call(struct function_call *call)
{
    arena_reset(&call->arena);
    arena_reset(&call->set_arena);
    call->done = call->called = false;
    call->set_state = NULL;
}

static void load_nulls(struct sql_run *run, const struct sql_scan_function *function)
{
    for (uint32_t i = 0; i < function->column_count; i++)
        if (function->columns[i] != SQL_NO_REGISTER)
            run->regs[function->columns[i]] = datum_null();
}

/* A row without a type of its own must be what the query said it would be. */
static bool check_record(struct sql_run *run, const struct sql_scan_function *function,
                         const struct sql_record *record)
{
    struct sql_env *env = run->env;
    const char *what = "function return row and query-specified return row do not match";
    if (record->count != function->column_count) {
        sql_fail(env->error, "42804", "%s", what);
        return sql_detail(env->error, "Returned row contains %u attribute%s, but query expects %u.",
                          record->count, record->count == 1 ? "" : "s", function->column_count);
    }
    for (uint32_t i = 0; i < record->count; i++) {
        uint32_t given = sql_record_column_type(record, i), wanted = function->type_ids[i];
        const struct sql_cast *cast =
            given == wanted ? NULL : sql_find_cast(env->session, given, wanted);
        if (given == wanted || (cast && cast->method == 'b'))
            continue;
        const struct sql_analysis_rules *rules = env->session->dialect->analysis;
        sql_fail(env->error, "42804", "%s", what);
        return sql_detail(env->error,
                          "Returned type " SLICE_FMT
                          " at ordinal position %u, but query expects " SLICE_FMT ".",
                          SLICE_ARG(rules->type_name(env, given, -1)), (unsigned)i + 1,
                          SLICE_ARG(rules->type_name(env, wanted, -1)));
    }
    return true;
}

static bool load_record(struct sql_run *run, const struct sql_scan_function *function,
                        struct datum value)
{
    load_nulls(run, function);
    if (value.null)
        return true;
    struct sql_record record;
    sql_record_open(run->env, value, &record);
    if ((!record.type || sql_is_row_shape(record.type)) && function->type_ids &&
        !check_record(run, function, &record))
        return false;
    for (uint32_t i = 0; i < function->column_count && i < record.count; i++)
        if (function->columns[i] != SQL_NO_REGISTER)
            run->regs[function->columns[i]] = sql_record_get(&record, i);
    return true;
}

/* The next row of one function into its columns; its `done` is set at the end. */
static bool call_next(struct sql_run *run, const struct sql_scan_function *function,
                      struct function_call *state, struct arena *arena)
{
    struct datum value = datum_null(), *columns = NULL;
    bool first = !state->called;
    state->called = true;
    if (!first && !function->set) {
        state->done = true;
        return true;
    }
    if (!function->site) {
        if (!sql_program_run(run, function->value, arena))
            return false;
        value = run->regs[function->value->result];
    } else {
        if (first && !sql_program_run(run, function->args, &state->arena))
            return false;
        bool null = false;
        for (uint32_t i = 0; i < function->site->argc; i++)
            null |= run->regs[function->arg_base + i].null;
        if (null && function->site->strict) {
            state->done = function->set;
            load_nulls(run, function);
            return true;
        }
        struct sql_call *call = sql_eval_call(run, function->site, arena);
        call->done = false;
        call->set_state = state->set_state;
        call->set_arena = &state->set_arena;
        call->column_count = (uint16_t)function->column_count;
        call->columns = NULL;
        if (function->composite) {
            columns = arena_array(arena, function->column_count, sizeof(*columns));
            if (!columns)
                return sql_fail_memory(run->env->error);
            for (uint32_t i = 0; i < function->column_count; i++)
                columns[i] = datum_null();
            call->columns = columns;
            call->column_names = function->names;
            call->column_types = function->type_ids;
            call->column_typmods = function->typmods;
        }
        if (!function->site->call(call, &run->regs[function->arg_base], &value))
            return false;
        state->set_state = call->set_state;
        state->done = call->done;
        if (columns && !call->columns)
            columns = NULL; /* it made a record instead */
    }
    if (state->done)
        return true;
    if (!function->composite) {
        if (function->columns[0] != SQL_NO_REGISTER)
            run->regs[function->columns[0]] = value;
    } else if (columns) {
        for (uint32_t i = 0; i < function->column_count; i++)
            if (function->columns[i] != SQL_NO_REGISTER)
                run->regs[function->columns[i]] = columns[i];
    } else {
        return load_record(run, function, value);
    }
    return true;
}

static enum sql_next function_next(struct sql_run *run, const struct sql_node *base_node,
                                   struct sql_state *base)
{
    const struct sql_node_function_scan *node = (const void *)base_node;
    struct function_state *state = (void *)base;
    bool any = false;
    if (!state->calls) {
        state->calls = arena_zalloc(run->arena, node->function_count * sizeof(*state->calls));
        if (!state->calls)
            return sql_fail_next(run);
    }
    if (!base->started) {
        base->started = true;
        state->row = 0;
        for (uint32_t i = 0; i < node->function_count; i++)
            reset_call(&state->calls[i]);
    }
    for (uint32_t i = 0; i < node->function_count; i++) {
        struct function_call *call = &state->calls[i];
        if (!call->done && !call_next(run, &node->functions[i], call, &base->arena))
            return SQL_NEXT_FAILED;
        if (call->done)
            load_nulls(run, &node->functions[i]);
        any |= !call->done;
    }
    if (node->ordinality != SQL_NO_REGISTER)
        run->regs[node->ordinality] = datum_int(++state->row);
    return any ? SQL_NEXT_ROW : SQL_NEXT_END;
}

static void function_close(struct sql_run *run, const struct sql_node *base_node,
                           struct sql_state *base)
{
    (void)run;
    const struct sql_node_function_scan *node = (const void *)base_node;
    struct function_state *state = (void *)base;
    for (uint32_t i = 0; state->calls && i < node->function_count; i++) {
        arena_done(&state->calls[i].arena);
        arena_done(&state->calls[i].set_arena);
    }
}

const struct sql_node_ops sql_function_scan_ops = {"Function Scan", sizeof(struct function_state),
                                                   function_next, NULL, function_close};
