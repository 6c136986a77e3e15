#include "emulators/sql/exec/change.h"

#include "emulators/sql/exec/partition.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

/* A WHEN condition: tables 1 (OLD) and 2 (NEW). */
struct sql_trigger_when {
    const struct sql_program *program;
    struct sql_run *run;
    struct sql_scan_column *loads[2];
    uint32_t load_count[2];
};

/* ---- which triggers there are */

static bool is_enabled(const struct sql_session *session, const struct sql_trigger *trigger)
{
    (void)session;
    return trigger->enabled == 'A' || trigger->enabled == 'O';
}

static bool find_triggers(struct sql_env *env, struct sql_changer *changer)
{
    const struct sql_relation *relation = changer->relation;
    changer->triggers =
        arena_array(changer->arena, relation->trigger_count, sizeof(*changer->triggers));
    changer->whens =
        arena_zalloc(changer->arena, relation->trigger_count * sizeof(*changer->whens));
    if (!changer->triggers || !changer->whens)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < relation->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(env->session, relation->triggers[i]);
        if (!trigger || trigger->internal || !is_enabled(env->session, trigger))
            continue;
        uint32_t at = changer->trigger_count++;
        for (; at > 0 &&
               slice_compare(trigger->object.name, changer->triggers[at - 1]->object.name) < 0;
             at--)
            changer->triggers[at] = changer->triggers[at - 1];
        changer->triggers[at] = trigger;
    }
    return true;
}

bool sql_changer_open(struct sql_env *env, struct arena *arena, const struct sql_relation *relation,
                      const struct sql_writer_plan *plan, struct sql_after *after,
                      struct sql_changer **out)
{
    struct sql_changer *changer = arena_zalloc(arena, sizeof(*changer));
    struct sql_writer_plan *made;
    if (!changer)
        return sql_fail_memory(env->error);
    const struct sql_dialect *dialect = env->session->dialect;
    if (relation->on_commit && dialect->note_change && !dialect->note_change(env, relation))
        return false;
    changer->relation = relation;
    changer->after = after;
    changer->arena = arena;
    *out = changer;
    changer->transition = after ? after->transition : NULL;
    if (!find_triggers(env, changer))
        return false;
    if (changer->transition && changer->transition->root != relation &&
        !sql_partition_map(env, arena, changer->transition->root, relation,
                           &changer->transition_map))
        return false;
    if (relation->kind == SQL_RELATION_VIEW || relation->kind == SQL_RELATION_PARTITIONED ||
        relation->system)
        return true;
    if (!plan) {
        if (!sql_writer_plan_make(env, arena, relation, &made))
            return false;
        plan = made;
    }
    return sql_writer_open(env, arena, plan, after, after ? after->snapshot : NULL,
                           &changer->writer);
}

void sql_changer_close(struct sql_changer *changer)
{
    if (!changer)
        return;
    sql_writer_close(changer->writer);
    for (uint32_t i = 0; i < changer->trigger_count; i++)
        if (changer->whens[i].run)
            sql_run_close(changer->whens[i].run);
    arena_done(&changer->scratch);
    arena_done(&changer->proposed);
}

static bool fires_on(const struct sql_trigger *trigger, enum sql_trigger_event event)
{
    switch (event) {
    case SQL_TRIGGER_INSERT: return trigger->on_insert;
    case SQL_TRIGGER_UPDATE: return trigger->on_update;
    case SQL_TRIGGER_DELETE: return trigger->on_delete;
    default: return trigger->on_truncate;
    }
}

static bool matches(const struct sql_trigger *trigger, enum sql_trigger_event event, bool row,
                    bool before, bool instead)
{
    return fires_on(trigger, event) && trigger->row == row && trigger->before == before &&
           trigger->instead == instead;
}

bool sql_changer_has(const struct sql_changer *changer, enum sql_trigger_event event, bool row,
                     bool before, bool instead)
{
    for (uint32_t i = 0; i < changer->trigger_count; i++)
        if (matches(changer->triggers[i], event, row, before, instead))
            return true;
    return false;
}

/* ---- WHEN */

static bool compile_when(struct sql_env *env, struct sql_changer *changer, uint32_t at)
{
    struct sql_plan_query *query;
    struct sql_plan *plan;
    struct sql_trigger_when *when = &changer->whens[at];
    static const struct sql_run_options none = {0};
    if (!sql_plan_relation_query(env, changer->arena, NULL, &query) ||
        !sql_plan_add_relation(query, changer->relation) ||
        !sql_plan_add_relation(query, changer->relation) ||
        !sql_compile_bare(query, changer->triggers[at]->when, &when->program))
        return false;
    for (uint32_t t = 0; t < 2; t++)
        if (!sql_plan_table_loads(query, t + 1, &when->loads[t], &when->load_count[t]))
            return false;
    return sql_plan_seal(query->planner, &plan) &&
           sql_run_open(env, changer->arena, plan, &none, &when->run);
}

static bool test_when(struct sql_env *env, struct sql_changer *changer, uint32_t at,
                      const struct datum *old, const struct datum *values, bool *holds)
{
    struct sql_trigger_when *when = &changer->whens[at];
    const struct datum *rows[2] = {old, values};
    *holds = true;
    if (!changer->triggers[at]->when)
        return true;
    if (!when->program && !compile_when(env, changer, at))
        return false;
    when->run->env = env;
    for (uint32_t t = 0; t < 2; t++)
        for (uint32_t i = 0; i < when->load_count[t]; i++) {
            int32_t column = when->loads[t][i].column;
            when->run->regs[when->loads[t][i].reg] =
                column > 0 && rows[t] ? rows[t][column - 1] : datum_null();
        }
    return sql_program_test(when->run, when->program, &changer->scratch, holds);
}

/* Is one of the columns that UPDATE OF names set? NULL: nobody knows, all are. */
static bool names_column(const struct sql_trigger *trigger, enum sql_trigger_event event,
                         const uint32_t *columns, uint32_t count)
{
    if (event != SQL_TRIGGER_UPDATE || trigger->column_count == 0 || !columns)
        return true;
    for (uint32_t i = 0; i < trigger->column_count; i++)
        for (uint32_t c = 0; c < count; c++)
            if ((uint32_t)trigger->columns[i] == columns[c])
                return true;
    return false;
}

/* ---- firing */

static bool call_trigger(struct sql_env *env, struct sql_trigger_data *data)
{
    struct sql_session *session = env->session;
    if (!session->owner || !session->owner->call_trigger)
        return sql_fail(env->error, "0A000", "triggers are not supported");
    return session->owner->call_trigger(env, data);
}

/* A partition's trigger, which it has of its parent, must leave the row to that partition. */
static bool check_stays(struct sql_env *env, const struct sql_relation *relation,
                        const struct sql_trigger *trigger, const struct datum *values)
{
    const struct sql_schema *schema = sql_find_schema_id(env->session, relation->object.schema);
    bool fits;
    if (!relation->partition_bound)
        return true;
    if (!sql_partition_fits(env, relation, values, &fits))
        return false;
    if (fits)
        return true;
    sql_fail(env->error, "0A000",
             "moving row to another partition during a BEFORE FOR EACH ROW trigger is not "
             "supported");
    return sql_detail(env->error,
                      "Before executing trigger \"" SLICE_FMT
                      "\", the row was to be in partition \"" SLICE_FMT "." SLICE_FMT "\".",
                      SLICE_ARG(trigger->object.name), SLICE_ARG(schema->object.name),
                      SLICE_ARG(relation->object.name));
}

/* Triggers do not see the old values in the new row: the new ones come after. */
static void clear_generated(struct sql_changer *changer, struct datum *values)
{
    const struct sql_writer_plan *plan = changer->writer ? changer->writer->plan : NULL;
    for (uint32_t i = 0; plan && i < plan->generated_count; i++)
        values[plan->generated[i].column] = datum_null();
}

/* Row triggers before the change; what they return is the row from then on. */
static bool fire_before(struct sql_changer *changer, struct sql_env *env, struct arena *arena,
                        enum sql_trigger_event event, bool instead, const struct datum *old,
                        struct datum *values, bool *skipped)
{
    struct datum *result = NULL;
    *skipped = false;
    for (uint32_t i = 0; i < changer->trigger_count; i++) {
        const struct sql_trigger *trigger = changer->triggers[i];
        bool holds;
        if (!matches(trigger, event, true, !instead, instead) ||
            !names_column(trigger, event, changer->set_columns, changer->set_count))
            continue;
        if (event == SQL_TRIGGER_UPDATE)
            clear_generated(changer, values);
        if (!test_when(env, changer, i, old, values, &holds))
            return false;
        if (!holds)
            continue;
        if (!result &&
            !(result = arena_array(arena, changer->relation->column_count, sizeof(*result))))
            return sql_fail_memory(env->error);
        struct sql_trigger_data data = {.relation = changer->relation,
                                        .trigger = trigger,
                                        .event = event,
                                        .before = !instead,
                                        .instead = instead,
                                        .row = true,
                                        .old_row = old,
                                        .new_row = values,
                                        .result = result,
                                        .arena = arena};
        if (!call_trigger(env, &data))
            return false;
        if (data.returned_null) {
            *skipped = true;
            return true;
        }
        if (values && data.result_set)
            memcpy(values, result, changer->relation->column_count * sizeof(*result));
        if (event == SQL_TRIGGER_INSERT && trigger->parent &&
            !check_stays(env, changer->relation, trigger, values))
            return false;
    }
    return true;
}

static bool note_after(struct sql_changer *changer, struct sql_env *env,
                       enum sql_trigger_event event, const struct datum *old,
                       const struct datum *values)
{
    struct sql_after *after = changer->after;
    const struct datum *rows[2] = {old, values};
    if (!after)
        return true;
    if (changer->transition &&
        !sql_transition_keep(changer->transition, env,
                             after->moving || after->arriving ? SQL_TRIGGER_UPDATE : event,
                             changer->relation, changer->transition_map, rows))
        return false;
    for (uint32_t i = 0; i < changer->trigger_count; i++) {
        const struct sql_trigger *trigger = changer->triggers[i];
        bool holds;
        if (!matches(trigger, event, true, false, false) ||
            !names_column(trigger, event, changer->set_columns, changer->set_count))
            continue;
        if (!test_when(env, changer, i, old, values, &holds))
            return false;
        if (holds && !sql_after_trigger(after, env, trigger, changer->relation, event, old, values))
            return false;
    }
    return true;
}

bool sql_trigger_fire_after(struct sql_after *after, struct sql_env *env,
                            const struct sql_after_event *event)
{
    bool row = event->trigger->row;
    struct datum *room =
        arena_array(env->arena, event->relation->column_count, sizeof(struct datum));
    struct sql_trigger_data data = {.relation = event->relation,
                                    .trigger = event->trigger,
                                    .event = event->event,
                                    .row = row,
                                    .old_row = event->old_row,
                                    .new_row = event->new_row,
                                    .result = room,
                                    .arena = env->arena};
    if (!room)
        return sql_fail_memory(env->error);
    struct sql_transition *transition = NULL;
    bool named = event->trigger->old_table.len || event->trigger->new_table.len;
    if (named && !sql_transition_of(after, env, event->relation, &transition))
        return false;
    if (transition && event->trigger->old_table.len)
        data.old_table = &transition->rows[event->event][SQL_TRANSITION_OLD];
    if (transition && event->trigger->new_table.len)
        data.new_table = &transition->rows[event->event][SQL_TRANSITION_NEW];
    return call_trigger(env, &data);
}

bool sql_changer_statement(struct sql_changer *changer, struct sql_env *env,
                           enum sql_trigger_event event, bool before, const uint32_t *columns,
                           uint32_t column_count)
{
    for (uint32_t i = 0; i < changer->trigger_count; i++) {
        const struct sql_trigger *trigger = changer->triggers[i];
        bool holds;
        if (!matches(trigger, event, false, before, false) ||
            !names_column(trigger, event, columns, column_count))
            continue;
        if (!test_when(env, changer, i, NULL, NULL, &holds))
            return false;
        if (!holds)
            continue;
        if (!before) {
            if (!sql_after_trigger(changer->after, env, trigger, changer->relation, event, NULL,
                                   NULL))
                return false;
            continue;
        }
        struct sql_trigger_data data = {.relation = changer->relation,
                                        .trigger = trigger,
                                        .event = event,
                                        .before = true,
                                        .arena = env->arena};
        if (!call_trigger(env, &data))
            return false;
    }
    return true;
}

bool sql_changer_statement_once(struct sql_changer *changer, struct sql_env *env,
                                enum sql_trigger_event event)
{
    if (changer->statement_fired[event])
        return true;
    changer->statement_fired[event] = true;
    return sql_changer_statement(changer, env, event, true, NULL, 0) &&
           sql_changer_statement(changer, env, event, false, NULL, 0);
}

/* ---- rows */

/* BEFORE triggers of a new row, whose generated columns follow from what they leave. */
static bool make_row(struct sql_changer *changer, struct sql_env *env, struct arena *arena,
                     enum sql_trigger_event event, const struct datum *old, struct datum *values,
                     bool *skipped)
{
    if (changer->trigger_count &&
        !fire_before(changer, env, arena, event, false, old, values, skipped))
        return false;
    changer->writer->env = env;
    return *skipped || sql_writer_generate(changer->writer, arena, values);
}

bool sql_changer_before(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                        bool *skipped)
{
    arena_reset(&changer->proposed);
    *skipped = false;
    return make_row(changer, env, &changer->proposed, SQL_TRIGGER_INSERT, NULL, values, skipped);
}

bool sql_changer_instead(struct sql_changer *changer, struct sql_env *env,
                         enum sql_trigger_event event, const struct datum *old,
                         struct datum *values, bool *skipped)
{
    arena_reset(&changer->scratch);
    return fire_before(changer, env, &changer->scratch, event, true, old, values, skipped);
}

bool sql_changer_put(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                     uint64_t *out_row_id, const struct sql_row **out_row, bool *out_conflict)
{
    changer->writer->env = env;
    if (!sql_writer_check(changer->writer, values) ||
        !sql_writer_insert(changer->writer, values, out_row_id, out_row, out_conflict))
        return false;
    if (out_conflict && *out_conflict)
        return true;
    return note_after(changer, env, SQL_TRIGGER_INSERT, NULL, values);
}

bool sql_changer_insert(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                        uint64_t *out_row_id, const struct sql_row **out_row, bool *skipped)
{
    return sql_changer_before(changer, env, values, skipped) &&
           (*skipped || sql_changer_put(changer, env, values, out_row_id, out_row, NULL));
}

/* The old values, when a trigger or a transition table wants them. */
static bool old_values(struct sql_changer *changer, struct sql_env *env, const struct sql_row *old,
                       struct datum **out)
{
    *out = NULL;
    if (!changer->trigger_count && !changer->transition)
        return true;
    const struct sql_relation *relation = changer->relation;
    *out = arena_array(&changer->scratch, relation->column_count, sizeof(**out));
    if (!*out)
        return sql_fail_memory(env->error);
    sql_row_read(old, relation->layout, relation->column_count, *out);
    return true;
}

/* Triggers before a change see the row's last version, which stays that until the change. */
static enum sql_change lock_for_triggers(struct sql_changer *changer, struct sql_env *env,
                                         enum sql_trigger_event event, uint64_t row_id,
                                         const struct sql_row *old)
{
    const struct sql_change_options options = {
        .row_id = row_id, .seen = old, .snapshot = changer->writer->snapshot};
    if (!sql_changer_has(changer, event, true, true, false))
        return SQL_CHANGE_DONE;
    return sql_table_lock(env, changer->writer->table, &options,
                          event == SQL_TRIGGER_DELETE ? SQL_LOCK_UPDATE : SQL_LOCK_NO_KEY_UPDATE);
}

enum sql_change sql_changer_before_update(struct sql_changer *changer, struct sql_env *env,
                                          uint64_t row_id, const struct sql_row *old,
                                          struct datum *values, struct datum **out_before,
                                          bool *skipped)
{
    *skipped = false;
    arena_reset(&changer->scratch);
    changer->writer->env = env;
    enum sql_change change = lock_for_triggers(changer, env, SQL_TRIGGER_UPDATE, row_id, old);
    if (change != SQL_CHANGE_DONE)
        return change;
    bool good =
        old_values(changer, env, old, out_before) &&
        make_row(changer, env, &changer->scratch, SQL_TRIGGER_UPDATE, *out_before, values, skipped);
    return good ? SQL_CHANGE_DONE : SQL_CHANGE_FAILED;
}

enum sql_change sql_changer_update(struct sql_changer *changer, struct sql_env *env,
                                   uint64_t row_id, const struct sql_row *old,
                                   const struct datum *before, struct datum *values,
                                   const struct sql_row **out_row)
{
    changer->writer->env = env;
    if (!sql_writer_check(changer->writer, values))
        return SQL_CHANGE_FAILED;
    enum sql_change change = sql_writer_update(changer->writer, row_id, old, values, out_row);
    if (change != SQL_CHANGE_DONE)
        return change;
    return note_after(changer, env, SQL_TRIGGER_UPDATE, before, values) ? SQL_CHANGE_DONE
                                                                        : SQL_CHANGE_FAILED;
}

enum sql_change sql_changer_delete(struct sql_changer *changer, struct sql_env *env,
                                   uint64_t row_id, const struct sql_row *old, bool moves,
                                   bool *skipped)
{
    struct datum *before;
    *skipped = false;
    arena_reset(&changer->scratch);
    changer->writer->env = env;
    enum sql_change change = lock_for_triggers(changer, env, SQL_TRIGGER_DELETE, row_id, old);
    if (change != SQL_CHANGE_DONE)
        return change;
    if (!old_values(changer, env, old, &before) ||
        (before && !fire_before(changer, env, &changer->scratch, SQL_TRIGGER_DELETE, false, before,
                                NULL, skipped)))
        return SQL_CHANGE_FAILED;
    if (*skipped)
        return SQL_CHANGE_DONE;
    change = sql_writer_delete(changer->writer, row_id, old, moves);
    if (change != SQL_CHANGE_DONE)
        return change;
    return note_after(changer, env, SQL_TRIGGER_DELETE, before, NULL) ? SQL_CHANGE_DONE
                                                                      : SQL_CHANGE_FAILED;
}

/* ---- transition tables by name */

struct sql_spool *sql_trigger_table(const struct sql_trigger_data *data, struct slice name)
{
    if (!data)
        return NULL;
    if (data->old_table && slice_eq(data->trigger->old_table, name))
        return data->old_table;
    if (data->new_table && slice_eq(data->trigger->new_table, name))
        return data->new_table;
    return NULL;
}
