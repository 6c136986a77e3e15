/* A sequence as a relation: one row that says how far it is. */
#include "emulators/sql/session.h"
#include "emulators/sql/storage/sequence.h"

static bool open_sequence(struct sql_system_scan *scan)
{
    scan->state = NULL;
    return true;
}

static bool next_row(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                     bool *done)
{
    struct sql_sequence_state state;
    (void)arena;
    *done = scan->state != NULL;
    if (*done)
        return true;
    scan->state = scan;
    if (!sql_sequence_get(scan->env, scan->env->session->database, scan->relation, &state))
        return false;
    values[0] = datum_int(state.last_value);
    values[1] = datum_int(0); /* log_cnt: values are not fetched ahead */
    values[2] = datum_bool(state.is_called);
    return true;
}

static const struct sql_system_relation sequence_rows = {.open = open_sequence, .next = next_row};

const struct sql_system_relation *sql_generated_rows(const struct sql_relation *relation)
{
    return relation->kind == SQL_RELATION_SEQUENCE ? &sequence_rows : relation->system;
}
