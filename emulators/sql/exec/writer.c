#include "emulators/sql/exec/writer.h"

#include "emulators/sql/exec/after.h"
#include "emulators/sql/exec/exclusion.h"
#include "emulators/sql/exec/partition.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

/* ---- plans */

static bool no_memory(struct sql_env *env)
{
    return sql_fail_memory(env->error);
}

static void note_index(struct sql_writer_plan *plan, const struct sql_index *index)
{
    bool plain = index->where == NULL && index->exclusion == false;
    for (uint32_t i = 0; i < index->key_count; i++)
        plain &= index->columns[i] != 0;
    plan->all_indexed |= index->where != NULL;
    for (uint32_t i = 0; i < index->key_count; i++) {
        if (index->columns[i] <= 0) {
            plan->all_indexed = true;
            continue;
        }
        plan->indexed[index->columns[i] - 1] = true;
        if (index->unique && plain)
            plan->keys[index->columns[i] - 1] = true;
    }
}

static bool make_indexes(struct sql_env *env, struct arena *arena, struct sql_writer_plan *plan)
{
    const struct sql_relation *relation = plan->relation;
    plan->indexes = arena_array(arena, relation->index_count, sizeof(*plan->indexes));
    if (!plan->indexes)
        return no_memory(env);
    for (uint32_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(env->session, relation->indexes[i]);
        if (!index || !index->index || index->kind != SQL_RELATION_INDEX)
            continue;
        if (!sql_index_keys_make(env, arena, relation, index, &plan->indexes[plan->index_count]))
            return false;
        if (!plan->indexes[plan->index_count]->stored && !index->index->exclusion)
            continue;
        plan->index_count++;
        note_index(plan, index->index);
    }
    return true;
}

static void sort_checks(struct sql_writer_check *checks, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct sql_writer_check check = checks[i];
        uint32_t at = i;
        for (; at > 0 && slice_compare(check.name, checks[at - 1].name) < 0; at--)
            checks[at] = checks[at - 1];
        checks[at] = check;
    }
}

static bool make_checks(struct sql_env *env, struct arena *arena, struct sql_writer_plan *plan,
                        struct sql_plan_query **query)
{
    const struct sql_relation *relation = plan->relation;
    for (uint32_t i = 0; i < relation->constraint_count; i++) {
        const struct sql_constraint *constraint =
            sql_find_constraint(env->session, relation->constraints[i]);
        if (!constraint || constraint->kind != SQL_CONSTRAINT_CHECK || !constraint->check)
            continue;
        if (!*query && !sql_plan_relation_query(env, arena, relation, query))
            return false;
        if (!plan->checks &&
            !(plan->checks = arena_array(arena, relation->constraint_count, sizeof(*plan->checks))))
            return no_memory(env);
        struct sql_writer_check *check = &plan->checks[plan->check_count++];
        check->name = constraint->object.name;
        if (!sql_compile_bare(*query, constraint->check, &check->program))
            return false;
    }
    sort_checks(plan->checks, plan->check_count);
    return true;
}

static bool make_generated(struct sql_env *env, struct arena *arena, struct sql_writer_plan *plan,
                           struct sql_plan_query **query)
{
    const struct sql_relation *relation = plan->relation;
    for (uint32_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (!column->generated || column->dropped)
            continue;
        if (!*query && !sql_plan_relation_query(env, arena, relation, query))
            return false;
        if (!plan->generated && !(plan->generated = arena_array(arena, relation->column_count,
                                                                sizeof(*plan->generated))))
            return no_memory(env);
        struct sql_writer_generated *generated = &plan->generated[plan->generated_count++];
        generated->column = i;
        if (!sql_compile_bare(*query, column->value, &generated->program))
            return false;
    }
    return true;
}

static bool make_programs(struct sql_env *env, struct arena *arena, struct sql_writer_plan *plan)
{
    struct sql_plan_query *query = NULL;
    if (!make_checks(env, arena, plan, &query) || !make_generated(env, arena, plan, &query))
        return false;
    return !query || (sql_plan_query_loads(query, &plan->loads, &plan->load_count) &&
                      sql_plan_seal(query->planner, &plan->plan));
}

bool sql_writer_plan_make(struct sql_env *env, struct arena *arena,
                          const struct sql_relation *relation, struct sql_writer_plan **out)
{
    struct sql_writer_plan *plan = arena_zalloc(arena, sizeof(*plan));
    if (!plan || !(plan->indexed = arena_zalloc(arena, relation->column_count + 1u)) ||
        !(plan->keys = arena_zalloc(arena, relation->column_count + 1u)))
        return no_memory(env);
    plan->relation = relation;
    *out = plan;
    return make_indexes(env, arena, plan) && make_programs(env, arena, plan);
}

bool sql_writer_open(struct sql_env *env, struct arena *arena, const struct sql_writer_plan *plan,
                     struct sql_after *after, const struct sql_snapshot *snapshot,
                     struct sql_writer **out)
{
    struct sql_writer *writer = arena_zalloc(arena, sizeof(*writer));
    if (!writer ||
        !(writer->indexes = arena_zalloc(arena, plan->index_count * sizeof(*writer->indexes))))
        return no_memory(env);
    writer->plan = plan;
    writer->env = env;
    writer->after = after;
    writer->snapshot = snapshot;
    writer->before = arena_array(arena, plan->relation->column_count, sizeof(*writer->before));
    if (!writer->before)
        return no_memory(env);
    writer->table = sql_table_open(env, env->session->database, plan->relation);
    if (!writer->table)
        return false;
    for (uint32_t i = 0; i < plan->index_count; i++)
        if (!sql_index_access_open(env, arena, plan->indexes[i], writer->table,
                                   &writer->indexes[i]))
            return false;
    static const struct sql_run_options none = {0};
    *out = writer;
    return !plan->plan || sql_run_open(env, arena, plan->plan, &none, &writer->run);
}

/* How many entries of an index that rows left behind are looked at for each statement. */
#define SWEEP_BUDGET 256

/* What fails here fails again, and is told, when the key is made next. */
static void sweep(struct sql_writer *writer, struct sql_index_access *access)
{
    struct sql_error none, *error = writer->env->error;
    if (error->sqlstate[0] || !access->use.tree || !sql_index_wants_sweep(&access->use))
        return;
    sql_error_begin(&none, writer->env->arena);
    writer->env->error = &none;
    (void)sql_index_sweep(writer->env, &access->use, SWEEP_BUDGET);
    writer->env->error = error;
}

void sql_writer_close(struct sql_writer *writer)
{
    if (!writer)
        return;
    for (uint32_t i = 0; i < writer->plan->index_count; i++) {
        sweep(writer, &writer->indexes[i]);
        sql_index_access_close(&writer->indexes[i]);
    }
    if (writer->run)
        sql_run_close(writer->run);
    arena_done(&writer->scratch);
}

/* ---- constraints on a row */

static bool fail_row(struct sql_writer *writer, const struct datum *values)
{
    return sql_fail_row(writer->env, writer->plan->relation, values);
}

static bool check_nulls(struct sql_writer *writer, const struct datum *values)
{
    const struct sql_relation *relation = writer->plan->relation;
    for (uint32_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (!column->not_null || column->dropped || !values[i].null)
            continue;
        sql_fail(writer->env->error, "23502",
                 "null value in column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                 "\" violates not-null constraint",
                 SLICE_ARG(column->name), SLICE_ARG(relation->object.name));
        writer->env->error->column = column->name;
        return fail_row(writer, values);
    }
    return true;
}

/* The row in the registers of the checks and generated columns. */
static void load_row(struct sql_writer *writer, const struct datum *values)
{
    const struct sql_writer_plan *plan = writer->plan;
    writer->run->env = writer->env;
    for (uint32_t i = 0; i < plan->load_count; i++)
        writer->run->regs[plan->loads[i].reg] = plan->loads[i].column > 0
                                                    ? values[plan->loads[i].column - 1]
                                                    : datum_int(plan->relation->object.id);
}

bool sql_writer_generate(struct sql_writer *writer, struct arena *arena, struct datum *values)
{
    const struct sql_writer_plan *plan = writer->plan;
    if (!plan->generated_count)
        return true;
    load_row(writer, values);
    for (uint32_t i = 0; i < plan->generated_count; i++) {
        const struct sql_program *program = plan->generated[i].program;
        if (!sql_program_run(writer->run, program, arena))
            return false;
        values[plan->generated[i].column] = writer->run->regs[program->result];
    }
    return true;
}

static bool run_checks(struct sql_writer *writer, const struct datum *values)
{
    const struct sql_writer_plan *plan = writer->plan;
    struct sql_run *run = writer->run;
    arena_reset(&writer->scratch);
    load_row(writer, values);
    for (uint32_t i = 0; i < plan->check_count; i++) {
        const struct sql_program *program = plan->checks[i].program;
        if (!sql_program_run(run, program, &writer->scratch))
            return false;
        struct datum result = run->regs[program->result];
        if (result.null || result.i)
            continue;
        sql_fail(writer->env->error, "23514",
                 "new row for relation \"" SLICE_FMT "\" violates check constraint \"" SLICE_FMT
                 "\"",
                 SLICE_ARG(plan->relation->object.name), SLICE_ARG(plan->checks[i].name));
        writer->env->error->constraint = plan->checks[i].name;
        return fail_row(writer, values);
    }
    return true;
}

bool sql_writer_check(struct sql_writer *writer, const struct datum *values)
{
    return check_nulls(writer, values) &&
           (!writer->plan->check_count || run_checks(writer, values)) &&
           (writer->partition_checked ||
            sql_partition_check(writer->env, writer->plan->relation, values));
}

/* ---- indexes */

static enum sql_unique unique_of(const struct sql_index_access *access, bool has_null)
{
    const struct sql_index *index = access->keys->index->index;
    if (!index->unique || (has_null && !index->nulls_not_distinct))
        return SQL_UNIQUE_NO;
    return index->immediate ? SQL_UNIQUE_NOW : SQL_UNIQUE_DEFERRED;
}

/* Is the index one of those, or its partition's part of one? */
static bool is_of(struct sql_session *session, const struct sql_relation *index,
                  const uint32_t *list, uint32_t count)
{
    while (index) {
        for (uint32_t i = 0; i < count; i++)
            if (index->object.id == list[i])
                return true;
        index = index->parent_count ? sql_find_relation_id(session, index->parents[0]) : NULL;
    }
    return false;
}

/* Is the caller of the running insert told when that index has the key already? */
static bool tells(const struct sql_writer *writer, const struct sql_index_access *access)
{
    return writer->tells_conflicts &&
           (!writer->arbiters || is_of(writer->env->session, access->keys->index, writer->arbiters,
                                       writer->arbiter_count));
}

/* May the row stand beside the others? */
static bool check_exclusion(struct sql_writer *writer, struct sql_index_access *access,
                            const struct datum *values, uint64_t row_id, bool *taken)
{
    struct slice detail;
    uint64_t other;
    if (!access->keys->index->index->immediate)
        return !writer->after || sql_after_unique(writer->after, writer->env, access->keys, row_id);
    if (!sql_exclusion_find(access, writer->env, values, row_id, &other, &detail))
        return false;
    *taken = other != 0;
    return !other || tells(writer, access) || sql_exclusion_fail(access, writer->env, detail, true);
}

/* Adds the row's entry. *taken: its key is another row's. */
static bool add_entry(struct sql_writer *writer, struct sql_index_access *access,
                      const struct datum *values, uint64_t row_id, bool *taken)
{
    struct slice key;
    bool skip, null;
    uint64_t conflict = 0;
    access->env = writer->env;
    if (access->keys->index->index->exclusion &&
        !check_exclusion(writer, access, values, row_id, taken))
        return false;
    if (*taken)
        return true;
    if (!sql_index_key_of(access, values, &key, &skip, &null))
        return false;
    if (skip)
        return true;
    enum sql_unique unique = unique_of(access, null);
    if (!sql_index_insert(writer->env, &access->use, key, row_id, unique, &conflict))
        return false;
    *taken = conflict && unique == SQL_UNIQUE_NOW;
    if (conflict && unique == SQL_UNIQUE_DEFERRED && writer->after)
        return sql_after_unique(writer->after, writer->env, access->keys, row_id);
    return true;
}

bool sql_writer_find_conflict(struct sql_writer *writer, const struct datum *values,
                              const uint32_t *only, uint32_t only_count, uint64_t *out_row_id,
                              const struct sql_relation **out_index)
{
    *out_row_id = 0;
    for (uint32_t i = 0; i < writer->plan->index_count; i++) {
        struct sql_index_access *access = &writer->indexes[i];
        struct slice key;
        bool skip, null;
        const struct sql_index *index = access->keys->index->index;
        if (!(index->unique || index->exclusion) ||
            (only && !is_of(writer->env->session, access->keys->index, only, only_count)))
            continue;
        access->env = writer->env;
        if (index->exclusion) {
            struct slice detail;
            if (!sql_exclusion_find(access, writer->env, values, 0, out_row_id, &detail))
                return false;
            if (!*out_row_id)
                continue;
            *out_index = access->keys->index;
            return true;
        }
        if (!sql_index_key_of(access, values, &key, &skip, &null))
            return false;
        if (skip || unique_of(access, null) == SQL_UNIQUE_NO)
            continue;
        if (!sql_index_check(writer->env, &access->use, key, 0, out_row_id))
            return false;
        if (*out_row_id) {
            *out_index = access->keys->index;
            return true;
        }
    }
    return true;
}

/* ---- rows */

bool sql_writer_insert(struct sql_writer *writer, const struct datum *values, uint64_t *out_row_id,
                       const struct sql_row **out_row, bool *out_conflict)
{
    struct sql_env *env = writer->env;
    struct heap *heap = env->session->instance->heap;
    const struct sql_relation *relation = writer->plan->relation;
    struct sql_row *row = sql_row_create(env, heap, relation->layout, values);
    if (!row)
        return false;
    if (!sql_table_insert(env, writer->table, row, out_row_id)) {
        sql_row_release(heap, row);
        return false;
    }
    *out_row = row;
    writer->tells_conflicts = out_conflict != NULL;
    for (uint32_t i = 0; i < writer->plan->index_count; i++) {
        bool taken = false;
        if (!add_entry(writer, &writer->indexes[i], values, *out_row_id, &taken))
            return false;
        if (!taken)
            continue;
        if (!tells(writer, &writer->indexes[i]))
            return sql_fail_unique(env, &writer->indexes[i], true);
        struct sql_change_options options = {
            .row_id = *out_row_id, .seen = row, .snapshot = writer->snapshot};
        *out_conflict = true;
        return sql_table_delete(env, writer->table, &options) != SQL_CHANGE_FAILED;
    }
    return !writer->after || sql_after_insert(writer->after, env, relation, *out_row_id, values);
}

static bool same_value(struct datum a, struct datum b, bool by_value)
{
    if (a.null || b.null)
        return a.null == b.null;
    return by_value ? a.u == b.u
                    : a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct changed_columns {
    bool indexed, keys;
};

static struct changed_columns compare_rows(const struct sql_writer *writer, const struct datum *old,
                                           const struct datum *values)
{
    const struct sql_writer_plan *plan = writer->plan;
    const struct sql_row_layout *layout = plan->relation->layout;
    struct changed_columns changed = {false, false};
    for (uint32_t i = 0; i < plan->relation->column_count; i++) {
        if (!plan->indexed[i] && !plan->keys[i] && !plan->all_indexed)
            continue;
        if (same_value(old[i], values[i], layout->places[i].width != 0))
            continue;
        changed.indexed = true;
        changed.keys |= plan->keys[i];
    }
    return changed;
}

/* Entries for the new version where its key is another one. */
static bool update_entries(struct sql_writer *writer, const struct datum *old,
                           const struct datum *values, uint64_t row_id)
{
    for (uint32_t i = 0; i < writer->plan->index_count; i++) {
        struct sql_index_access *access = &writer->indexes[i];
        struct slice key, copy = {0};
        bool skip, null, taken = false, had;
        access->env = writer->env;
        if (!access->keys->stored) { /* an exclusion constraint without entries */
            if (!check_exclusion(writer, access, values, row_id, &taken))
                return false;
            continue;
        }
        if (!sql_index_key_of(access, old, &key, &skip, &null))
            return false;
        had = !skip;
        if (had) {
            arena_reset(&writer->scratch);
            copy = arena_dup(&writer->scratch, key);
            if (!copy.ptr)
                return no_memory(writer->env);
        }
        if (!sql_index_key_of(access, values, &key, &skip, &null))
            return false;
        if (skip || (had && slice_eq(copy, key)))
            continue;
        if (!add_entry(writer, access, values, row_id, &taken))
            return false;
        if (taken)
            return sql_fail_unique(writer->env, access, true);
    }
    return true;
}

enum sql_change sql_writer_update(struct sql_writer *writer, uint64_t row_id,
                                  const struct sql_row *old, const struct datum *values,
                                  const struct sql_row **out_row)
{
    struct sql_env *env = writer->env;
    struct heap *heap = env->session->instance->heap;
    const struct sql_relation *relation = writer->plan->relation;
    struct datum *before = writer->before;
    sql_row_read(old, relation->layout, relation->column_count, before);
    struct changed_columns changed = compare_rows(writer, before, values);
    struct sql_row *row = sql_row_create_linked(env, heap, relation->layout, values);
    if (!row)
        return SQL_CHANGE_FAILED;
    struct sql_change_options options = {.row_id = row_id,
                                         .seen = old,
                                         .snapshot = writer->snapshot,
                                         .keys_changed = changed.indexed,
                                         .key_lock = changed.keys};
    enum sql_change change = sql_table_update(env, writer->table, &options, row);
    if (change != SQL_CHANGE_DONE) {
        sql_row_release(heap, row);
        return change;
    }
    *out_row = row;
    writer->tells_conflicts = false;
    if (changed.indexed && !update_entries(writer, before, values, row_id))
        return SQL_CHANGE_FAILED;
    if (writer->after && !sql_after_update(writer->after, env, relation, row_id, before, values))
        return SQL_CHANGE_FAILED;
    return SQL_CHANGE_DONE;
}

enum sql_change sql_writer_delete(struct sql_writer *writer, uint64_t row_id,
                                  const struct sql_row *old, bool moves)
{
    struct sql_env *env = writer->env;
    const struct sql_relation *relation = writer->plan->relation;
    struct sql_change_options options = {.row_id = row_id,
                                         .seen = old,
                                         .snapshot = writer->snapshot,
                                         .key_lock = true,
                                         .moves = moves};
    enum sql_change change = sql_table_delete(env, writer->table, &options);
    if (change != SQL_CHANGE_DONE || !writer->after || !relation->referencing_count)
        return change;
    struct datum *before = writer->before;
    sql_row_read(old, relation->layout, relation->column_count, before);
    return sql_after_delete(writer->after, env, relation, row_id, before) ? SQL_CHANGE_DONE
                                                                          : SQL_CHANGE_FAILED;
}
