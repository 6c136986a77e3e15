/* Transition tables: the rows that a statement changed, as its AFTER triggers read them by name.
 *
 * They belong to the table that the statement names, and are in its order of columns, whichever of its
 * partitions or children a row is in. INSERT, UPDATE and DELETE have tables of their own, since ON CONFLICT
 * and MERGE do several of them. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_TRANSITION_H
#define PARLEL_EMULATORS_SQL_EXEC_TRANSITION_H

#include "emulators/sql/exec/spool.h"
#include "emulators/sql/exec/trigger.h"

struct sql_after;

enum { SQL_TRANSITION_OLD, SQL_TRANSITION_NEW };

struct sql_transition {
    struct sql_transition *next; /* of the list of events */
    const struct sql_relation *root;
    bool wanted[SQL_TRIGGER_TRUNCATE][2]; /* by event: old, new */
    struct sql_spool rows[SQL_TRIGGER_TRUNCATE][2];
};

/* Those of the table in this list of events; *out NULL: none of its triggers has any. */
bool sql_transition_of(struct sql_after *after, struct sql_env *env,
                       const struct sql_relation *root, struct sql_transition **out);
/* Keeps a changed row of `relation`, whose column for each of root's map says (NULL: they are root's);
 * old or values NULL: there is none. */
bool sql_transition_keep(struct sql_transition *transition, struct sql_env *env,
                         enum sql_trigger_event event, const struct sql_relation *relation,
                         const int32_t *map, const struct datum *rows[2]);
void sql_transitions_done(struct sql_after *after);

#endif
