/* Rows that are kept: of held and scrolling cursors, and of statements that run whole.
 *
 * Values are copied into the store's arena; they are read by number, and given to any sink. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROW_STORE_H
#define PARLEL_EMULATORS_POSTGRES_ROW_STORE_H

#include "common/arena.h"
#include "emulators/sql/exec/exec.h"

struct pg_row_store {
    struct sql_sink sink; /* FIRST: rows given to it are kept */
    struct sql_session *session;
    struct arena arena;
    const struct sql_result_column *columns; /* copied */
    bool *by_value;
    uint32_t column_count;
    struct datum **rows;
    uint64_t count, room;
    bool begun;
};

void pg_row_store_init(struct pg_row_store *store, struct sql_session *session);
void pg_row_store_done(struct pg_row_store *store);
/* Gives the rows [from, from + count) to the sink. */
bool pg_row_store_give(const struct pg_row_store *store, struct sql_env *env, uint64_t from,
                       uint64_t count, struct sql_sink *sink);

#endif
