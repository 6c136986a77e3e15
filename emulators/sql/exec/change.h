/* Changing rows of one relation as SQL sees it: row triggers around what the writer does. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_CHANGE_H
#define PARLEL_EMULATORS_SQL_EXEC_CHANGE_H

#include "emulators/sql/exec/after.h"
#include "emulators/sql/exec/writer.h"

struct sql_changer {
    const struct sql_relation *relation;
    struct sql_writer *writer;
    struct sql_after *after;
    const struct sql_trigger **triggers; /* enabled ones, by name */
    uint32_t trigger_count;
    struct sql_trigger_when *whens; /* compiled conditions, parallel to triggers */
    struct arena *arena;
    struct arena scratch;                       /* of one row */
    struct arena proposed;                      /* of a row to be inserted: ON CONFLICT reads it */
    struct sql_transition *transition;          /* where changed rows are kept; NULL: nowhere */
    const int32_t *transition_map;              /* its columns in this relation; NULL: the same */
    bool statement_fired[SQL_TRIGGER_TRUNCATE]; /* for what foreign keys did to the table */
    const uint32_t *set_columns;                /* of the running UPDATE, from 1; NULL: not known */
    uint32_t set_count;
};

/* plan: the writer's, NULL: made here. */
bool sql_changer_open(struct sql_env *env, struct arena *arena, const struct sql_relation *relation,
                      const struct sql_writer_plan *plan, struct sql_after *after,
                      struct sql_changer **out);
void sql_changer_close(struct sql_changer *changer);

/* BEFORE triggers may change `values`, which has room for all columns; *skipped: they dropped the row.
 * Then generated columns, checks, the row itself, AFTER triggers. */
bool sql_changer_insert(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                        uint64_t *out_row_id, const struct sql_row **out_row, bool *skipped);
/* The BEFORE part alone (ON CONFLICT looks for conflicts between the two), and the rest. */
bool sql_changer_before(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                        bool *skipped);
bool sql_changer_put(struct sql_changer *changer, struct sql_env *env, struct datum *values,
                     uint64_t *out_row_id, const struct sql_row **out_row, bool *out_conflict);
/* An update: its BEFORE part, after which the row may belong to another partition, then the rest.
 * *out_before: the old values, NULL when no trigger wants them. */
enum sql_change sql_changer_before_update(struct sql_changer *changer, struct sql_env *env,
                                          uint64_t row_id, const struct sql_row *old,
                                          struct datum *values, struct datum **out_before,
                                          bool *skipped);
enum sql_change sql_changer_update(struct sql_changer *changer, struct sql_env *env,
                                   uint64_t row_id, const struct sql_row *old,
                                   const struct datum *before, struct datum *values,
                                   const struct sql_row **out_row);
/* moves: the row goes to another partition, where it is inserted next. */
enum sql_change sql_changer_delete(struct sql_changer *changer, struct sql_env *env,
                                   uint64_t row_id, const struct sql_row *old, bool moves,
                                   bool *skipped);
/* INSTEAD OF triggers of a view. */
bool sql_changer_instead(struct sql_changer *changer, struct sql_env *env,
                         enum sql_trigger_event event, const struct datum *old,
                         struct datum *values, bool *skipped);
/* Statement triggers; AFTER ones are noted as the last events. columns: of an UPDATE, numbers from 1. */
bool sql_changer_statement(struct sql_changer *changer, struct sql_env *env,
                           enum sql_trigger_event event, bool before, const uint32_t *columns,
                           uint32_t column_count);
/* The statement triggers of a table that a foreign key changes: once, whatever number of rows it is. */
bool sql_changer_statement_once(struct sql_changer *changer, struct sql_env *env,
                                enum sql_trigger_event event);
bool sql_changer_has(const struct sql_changer *changer, enum sql_trigger_event event, bool row,
                     bool before, bool instead);

/* An AFTER trigger's turn has come. */
bool sql_trigger_fire_after(struct sql_after *after, struct sql_env *env,
                            const struct sql_after_event *event);

#endif
