#include "emulators/sql/exec/transition.h"

#include "emulators/sql/exec/after.h"

static void note_wishes(struct sql_transition *transition, const struct sql_trigger *trigger)
{
    const bool events[] = {trigger->on_insert, trigger->on_update, trigger->on_delete};
    for (int event = 0; event < SQL_TRIGGER_TRUNCATE; event++) {
        transition->wanted[event][SQL_TRANSITION_OLD] |= events[event] && trigger->old_table.len;
        transition->wanted[event][SQL_TRANSITION_NEW] |= events[event] && trigger->new_table.len;
    }
}

bool sql_transition_of(struct sql_after *after, struct sql_env *env,
                       const struct sql_relation *root, struct sql_transition **out)
{
    struct sql_transition *made = NULL;
    for (*out = after->transitions; *out; *out = (*out)->next)
        if ((*out)->root->object.id == root->object.id)
            return true;
    for (uint32_t i = 0; i < root->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(env->session, root->triggers[i]);
        if (!trigger || trigger->enabled == 'D' ||
            !(trigger->old_table.len || trigger->new_table.len))
            continue;
        if (!made && !(made = arena_zalloc(after->arena, sizeof(*made))))
            return sql_fail_memory(env->error);
        note_wishes(made, trigger);
    }
    if (!made)
        return true;
    made->root = root;
    made->next = after->transitions;
    after->transitions = *out = made;
    return true;
}

static bool keep(struct sql_spool *spool, const struct sql_relation *root,
                 const struct sql_relation *relation, const int32_t *map,
                 const struct datum *values)
{
    struct datum *tuple = arena_array(&spool->arena, root->column_count + 1u, sizeof(struct datum));
    for (uint32_t i = 0; tuple && i < root->column_count; i++) {
        uint32_t at = map ? (uint32_t)map[i] : i + 1;
        tuple[i] = at ? values[at - 1] : datum_null();
        if (!tuple[i].null && relation->layout->places[at - 1].width == 0 &&
            !sql_datum_copy(&spool->arena, &tuple[i]))
            return false;
    }
    return tuple && sql_spool_add(spool, tuple);
}

bool sql_transition_keep(struct sql_transition *transition, struct sql_env *env,
                         enum sql_trigger_event event, const struct sql_relation *relation,
                         const int32_t *map, const struct datum *rows[2])
{
    for (int side = SQL_TRANSITION_OLD; side <= SQL_TRANSITION_NEW; side++)
        if (rows[side] && transition->wanted[event][side] &&
            !keep(&transition->rows[event][side], transition->root, relation, map, rows[side]))
            return sql_fail_memory(env->error);
    return true;
}

void sql_transitions_done(struct sql_after *after)
{
    for (struct sql_transition *at = after->transitions; at; at = at->next)
        for (int event = 0; event < SQL_TRIGGER_TRUNCATE; event++) {
            sql_spool_done(&at->rows[event][SQL_TRANSITION_OLD]);
            sql_spool_done(&at->rows[event][SQL_TRANSITION_NEW]);
        }
}
