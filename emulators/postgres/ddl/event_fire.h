/* Event triggers around a statement that defines objects: which fire, and what they are told.
 *
 * A statement's events stand while it runs (session->events); those of a statement that an event
 * trigger's function runs have the others as `outer`. Lists are in the statement's arena.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_EVENT_FIRE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_EVENT_FIRE_H

#include "emulators/postgres/catalog/identity.h"
#include "emulators/postgres/ddl/ddl.h"

enum pg_event { PG_EVENT_START, PG_EVENT_END, PG_EVENT_DROP, PG_EVENT_REWRITE };

/* Why a table's rows are made anew, as pg_event_trigger_table_rewrite_reason() says. */
enum pg_rewrite_reason { PG_REWRITE_DEFAULT = 2, PG_REWRITE_TYPE = 4 };

/* An object that went: pg_event_trigger_dropped_objects(). */
struct pg_dropped {
    struct sql_reference object;
    struct pg_identity identity;
    bool original, normal;
};

/* An object that was made or changed: pg_event_trigger_ddl_commands(). */
struct pg_commanded {
    struct sql_reference object; /* class 0: GRANT and REVOKE name kinds of objects only */
    struct pg_identity identity;
    struct slice tag;
};

struct pg_event_run {
    struct pg_event_run *outer;
    bool running; /* functions for `event` run now */
    enum pg_event event;
    struct slice tag;  /* of the command */
    uint32_t first_id; /* objects that the statement makes have this one or later ones */
    struct pg_dropped *dropped;
    uint32_t dropped_count;
    struct pg_commanded *commanded;
    uint32_t commanded_count;
    uint32_t rewritten; /* the table of a table_rewrite event */
    enum pg_rewrite_reason reason;
};

/* Do commands with that tag fire event triggers? (event_trigger.c) */
bool pg_event_fires(struct slice tag);

/* Begins the statement's events and fires those of its start. *out NULL: nobody listens. */
bool pg_events_begin(struct pg_ddl *ddl, struct slice tag, struct pg_event_run **out);
/* The statement was run: fires those of dropped objects, and of its end. */
bool pg_events_finish(struct pg_ddl *ddl, const struct ast_node *node, struct pg_event_run *run);
/* The statement is over, however it ended. */
void pg_events_end(struct pg_ddl *ddl, struct pg_event_run *run);

/* The table's rows are about to be made anew. */
bool pg_events_rewrite(struct pg_ddl *ddl, uint32_t relation, enum pg_rewrite_reason reason);
/* The object is about to go. */
bool pg_events_note_drop(struct pg_ddl *ddl, struct sql_reference object, bool original,
                         bool normal);

#endif
