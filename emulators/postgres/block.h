/* Transaction blocks: BEGIN, COMMIT, SAVEPOINT and the implicit block of a message.
 *
 * The state is what the real server shows after its statements: none, in a block, in a failed block.
 * Outside a block a message has a transaction of its own, which is begun before its first statement
 * and ends with its last (simple protocol) or at Sync. Savepoints are the core's; what settings
 * change under one has the level depth + 1.
 *
 * A failed block without savepoints has no transaction any more: its locks are gone at once. With
 * savepoints only what the innermost one covers is undone.
 *
 * Errors: false, session->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_BLOCK_H
#define PARLEL_EMULATORS_POSTGRES_BLOCK_H

#include "common/slice.h"

struct ast_node;
struct ast_transaction;
struct pg_session;

enum pg_block_state {
    PG_BLOCK_NONE,
    PG_BLOCK_IMPLICIT, /* several statements of one message, or of a pipeline */
    PG_BLOCK_OPEN,     /* after BEGIN */
    PG_BLOCK_FAILED    /* after an error in an open block: ROLLBACK and COMMIT alone are taken */
};

struct pg_block {
    enum pg_block_state state;
    int64_t started_us; /* of the transaction, as pg_now_us; 0: there is none */
    bool pipelined;     /* the implicit block is one of the extended protocol */
    bool ran;           /* a statement has run in it */
};

/* Begins a transaction unless there is one. */
bool pg_block_start(struct pg_session *session);
/* More statements will share the transaction that is not in a block. */
void pg_block_share(struct pg_session *session, bool pipelined);
/* Outside an open block: commits what the message did. */
bool pg_block_finish(struct pg_session *session);
/* The statement failed: rolls back, or fails the open block. */
void pg_block_fail(struct pg_session *session);
/* The savepoint of that depth (0: the transaction) is rolled back: portals and descriptors made in it
 * close; it is released: they are the outer level's. */
void pg_block_close_opened(struct pg_session *session, uint32_t depth);
void pg_block_keep_opened(struct pg_session *session, uint32_t depth);
/* PL/pgSQL's blocks with handlers are savepoints: that of this depth ends. */
void pg_block_end_guarded(struct pg_session *session, uint32_t depth, bool commit);
/* COMMIT and ROLLBACK in a procedure: ends the transaction and begins another one; chain: with the same
 * options. Loops over cursors go on with the rows that are left. */
bool pg_block_end_inside(struct pg_session *session, bool commit, bool chain);
/* Rolls back whatever is open, quietly: the session ends, or the state was rewound. */
void pg_block_abandon(struct pg_session *session);

/* Runs a transaction statement; *tag is what CommandComplete says. */
bool pg_block_run(struct pg_session *session, const struct ast_transaction *statement,
                  const char **tag);
/* May this statement run in the state of the block? Fills 25P02 otherwise. */
bool pg_block_allows(struct pg_session *session, const struct ast_node *statement);

/* "X cannot run inside a transaction block", 25001. */
bool pg_block_refuse_inside(struct pg_session *session, const char *command);
/* "X can only be used in transaction blocks", 25P01. */
bool pg_block_require(struct pg_session *session, const char *command);
/* The same as a warning. */
void pg_block_warn_outside(struct pg_session *session, const char *command);

/* Does the statement run in a block, be it an implicit one of several statements in one message? */
bool pg_block_is_open(const struct pg_session *session);
/* The letter of ReadyForQuery. */
char pg_block_status(const struct pg_session *session);
/* Level of the settings that a change now belongs to: 1 and up. */
unsigned pg_block_level(const struct pg_session *session);

#endif
