/* Which row of a table a cursor is on: UPDATE and DELETE ... WHERE CURRENT OF. */
#ifndef PARLEL_EMULATORS_POSTGRES_CURSOR_ROW_H
#define PARLEL_EMULATORS_POSTGRES_CURSOR_ROW_H

#include "emulators/postgres/portal.h"

/* Notes of which rows the row is made that the portal's run has just given. kept: the portal keeps the
 * row in its store; else this one's place is all that is known. */
bool pg_cursor_note_row(struct sql_env *env, struct pg_portal *portal, bool kept);

/* The row of that table which the cursor is on; *row_id 0: it is on none. False: there is no such
 * cursor, it is not on a row, or its query is not about rows of that table alone. (cursor_row of
 * struct sql_session_owner.) */
bool pg_cursor_row(struct sql_session *session, struct slice cursor,
                   const struct sql_relation *relation, uint64_t *row_id, struct sql_error *error);

#endif
