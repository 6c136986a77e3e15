/* What follows a statement's changes: foreign keys, deferred uniqueness, AFTER triggers.
 *
 * Events are noted row by row and worked off when the statement has changed all its rows, or, where a
 * constraint is deferred, when the transaction commits (or SET CONSTRAINTS says IMMEDIATE). Working one
 * off may change further rows, whose events follow in the same list. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_AFTER_H
#define PARLEL_EMULATORS_SQL_EXEC_AFTER_H

#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/exec/transition.h"

struct sql_changer;

enum sql_after_kind {
    SQL_AFTER_CHILD,  /* a referencing row must have its parent */
    SQL_AFTER_PARENT, /* a referenced row has changed or gone */
    SQL_AFTER_UNIQUE, /* a deferrable key was taken */
    SQL_AFTER_TRIGGER,
    SQL_AFTER_DONE, /* worked off before its turn */
};

struct sql_after_event {
    enum sql_after_kind kind;
    const struct sql_constraint *constraint;
    const struct sql_trigger *trigger;
    const struct sql_relation *relation; /* of the row */
    const struct sql_index_keys *keys;   /* UNIQUE */
    enum sql_trigger_event event;
    uint64_t row_id;
    struct datum *old_row, *new_row;
};

struct sql_after {
    struct arena *arena; /* of the events */
    struct sql_after_event *events;
    uint32_t count, room, at;
    struct sql_changer **changers; /* tables that were changed, by relation */
    uint32_t changer_count, changer_room;
    struct sql_matcher_cache *matchers;  /* exec/foreign_key.c */
    struct sql_transition *transitions;  /* of all tables whose triggers have some */
    struct sql_transition *transition;   /* of the table that is being changed; NULL: none */
    const struct sql_snapshot *snapshot; /* the statement's */
    /* A row leaves its partition for another one (whoever refers to the whole table does not lose
     * it), and is put in there. */
    bool moving, arriving;
};

void sql_after_init(struct sql_after *after, struct arena *arena);
void sql_after_done(struct sql_after *after);

bool sql_after_insert(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id,
                      const struct datum *values);
bool sql_after_update(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id, const struct datum *old,
                      const struct datum *values);
bool sql_after_delete(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id,
                      const struct datum *old);
/* A row of the partitioned table `root` has moved (its values are in root's order): what refers to root
 * takes it for an update. */
bool sql_after_move(struct sql_after *after, struct sql_env *env, const struct sql_relation *root,
                    const struct datum *old, const struct datum *values);
bool sql_after_unique(struct sql_after *after, struct sql_env *env,
                      const struct sql_index_keys *keys, uint64_t row_id);
bool sql_after_trigger(struct sql_after *after, struct sql_env *env,
                       const struct sql_trigger *trigger, const struct sql_relation *relation,
                       enum sql_trigger_event event, const struct datum *old,
                       const struct datum *values);

/* Works off all events that are due now; the deferred ones go to the transaction. */
bool sql_after_run(struct sql_after *after, struct sql_env *env);

/* The changer of a relation for this list of events, opened when it is first asked for. */
bool sql_after_changer(struct sql_after *after, struct sql_env *env,
                       const struct sql_relation *relation, struct sql_changer **out);

/* Does the transaction still have events of the relation before it? */
bool sql_after_is_pending(const struct sql_session *session, uint32_t relation);
/* SET CONSTRAINTS: all (count 0) or those ids. IMMEDIATE works off what is due. */
bool sql_set_constraints(struct sql_env *env, const uint32_t *ids, uint32_t count, bool deferred);

/* ---- foreign_key.c */
bool sql_foreign_key_child(struct sql_after *after, struct sql_env *env,
                           const struct sql_after_event *event);
bool sql_foreign_key_parent(struct sql_after *after, struct sql_env *env,
                            const struct sql_after_event *event);
void sql_foreign_key_done(struct sql_after *after);

#endif
