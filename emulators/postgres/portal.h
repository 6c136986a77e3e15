/* Prepared statements' executions: portals of the extended protocol and cursors of SQL, in one
 * namespace.
 *
 * A portal is made bound (plan, parameters), gives rows in portions, and dies with its transaction
 * unless it is held (WITH HOLD): its rows are kept then. Whatever cannot be interrupted between rows
 * (INSERT ... RETURNING, SHOW, EXPLAIN) runs whole at the first Execute; its rows are kept likewise.
 * So are those of a cursor that scrolls.
 *
 * Ownership: a portal owns its arena with everything in it; the session lists its portals. */
#ifndef PARLEL_EMULATORS_POSTGRES_PORTAL_H
#define PARLEL_EMULATORS_POSTGRES_PORTAL_H

#include "emulators/postgres/reply.h"
#include "emulators/postgres/row_store.h"
#include "emulators/postgres/statement.h"

struct ast_fetch;

enum pg_portal_state {
    PG_PORTAL_NEW,
    PG_PORTAL_OPEN, /* it has begun */
    PG_PORTAL_DONE, /* the statement has run; rows may be left in the store */
    PG_PORTAL_FAILED
};

struct pg_portal {
    struct pg_named named; /* FIRST; "" the unnamed one */
    struct heap *heap;
    struct arena arena;
    struct arena parsed; /* of a dynamic query: the tree that its analysis borrows of */
    struct slice text;   /* for pg_cursors */
    struct slice source; /* the client's text that it is a part of, for positions of errors */
    enum pg_portal_state state;
    struct pg_statement *statement; /* shared */
    struct pg_analysis *analysis;   /* shared */
    struct datum *params;
    uint32_t param_count;
    struct pg_result_formats formats;
    struct sql_run *run;        /* of a query that gives its rows in portions; NULL: none is open */
    struct pg_row_store *store; /* rows that are kept; NULL: none are */
    uint64_t given;             /* rows that were given out of the store */
    uint64_t passed;            /* rows that were given before any were kept */
    struct sql_result_place *places; /* of the rows in the store, or of the last one */
    uint64_t placed, place_room;     /* rows that `places` is of, has room for */
    struct slice tag;                /* of a statement that has run whole */
    int64_t position; /* of a cursor: number of the row it is on; 0: before the first */
    bool at_end;      /* of a cursor: behind the last row */
    bool is_cursor, scroll, hold, binary, held, in_use;
    bool pinned;    /* a loop of stored code runs over it */
    bool shows_all; /* the client takes what queries of rules return, too */
    uint32_t depth; /* savepoints when it was made */
    int64_t created_us;
};

/* The session's portals, from the newest to the oldest; NULL: there is none. */
static inline struct pg_portal *pg_portal_newest(const struct pg_session *session)
{
    return (struct pg_portal *)(void *)session->portals.newest;
}

static inline struct pg_portal *pg_portal_next(const struct pg_portal *portal)
{
    return (struct pg_portal *)(void *)portal->named.next;
}

struct pg_portal *pg_portal_find(struct pg_session *session, struct slice name);
/* "<unnamed portal 7>": the next name of those that stored code gives; ptr NULL: out of memory. */
struct slice pg_portal_new_name(struct pg_session *session, struct arena *arena);
/* Makes one that runs the statement, which must have been analysed; it shares it. An unnamed one
 * replaces the last, another's name must be free (42P03). listed: others find it by its name. NULL:
 * the error is filled. */
struct pg_portal *pg_portal_create(struct pg_session *session, struct slice name,
                                   struct pg_statement *statement, bool listed);
void pg_portal_close(struct pg_session *session, struct pg_portal *portal);
/* What CLOSE does: not to a cursor that a loop runs over. */
bool pg_portal_drop(struct pg_session *session, struct pg_portal *portal);
void pg_portals_close_all(struct pg_session *session);

/* The transaction is to be committed: held cursors keep their rows, the others go. */
bool pg_portals_before_commit(struct pg_session *session);
/* Cursors that loops run over keep their rows: the transaction ends while they do. */
bool pg_portals_hold_pinned(struct pg_session *session);
bool pg_portals_before_prepare(struct pg_session *session);
/* The transaction, or what followed its savepoint with that depth, has failed: portals made since
 * cannot be run; they are found until the client rolls back. */
void pg_portals_fail(struct pg_session *session, uint32_t depth);
/* A rollback of the savepoint with that depth (0: of the transaction): portals made since go. */
void pg_portals_abort(struct pg_session *session, uint32_t depth);
/* The savepoint is released: its portals are the outer level's. */
void pg_portals_release(struct pg_session *session, uint32_t depth);

/* Gives it copies of the parameters' values, of the types that its analysis found. */
bool pg_portal_copy_params(struct pg_session *session, struct pg_portal *portal,
                           const struct datum *params, uint32_t count);
/* Plans and begins a query that gives its rows in portions: what it sees is what there is now. */
bool pg_portal_start(struct pg_session *session, struct pg_portal *portal);
/* Gives at most max rows (0: all) to the sink, and says whether there are no more. Fills the
 * command's tag, with the rows of this portion, when it is done; tag.ptr NULL: it has none. */
bool pg_portal_run(struct pg_session *session, struct pg_portal *portal, struct sql_sink *sink,
                   uint64_t max, bool *done, struct slice *tag);
/* The same with rows to the client, in the portal's formats. */
bool pg_portal_send(struct pg_session *session, struct pg_portal *portal, bool describe,
                    uint64_t max, bool *done, struct slice *tag);
/* FETCH and MOVE on a cursor. rows: how many were given or passed. */
bool pg_portal_fetch(struct pg_session *session, const struct ast_fetch *fetch,
                     struct sql_sink *sink, uint64_t *rows);

#endif
