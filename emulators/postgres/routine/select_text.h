/* Queries given as text to functions: crosstab, query_to_xml, ts_stat. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROUTINE_SELECT_TEXT_H
#define PARLEL_EMULATORS_POSTGRES_ROUTINE_SELECT_TEXT_H

#include "emulators/sql/exec/exec.h"

struct sql_call;

enum pg_select_kind {
    PG_SELECT_COLUMNS, /* it is not run */
    PG_SELECT_ROWS,
    PG_SELECT_CURSOR, /* rows, too; what is no SELECT is refused as a cursor refuses it */
};

/* Plans the text, which must be one SELECT, calls the sink's begin with its columns and gives it all
 * rows. What is made for it is in `arena`. An error's position is one in the text, which is its
 * internal query then. */
bool pg_select_text(struct sql_call *call, struct arena *arena, struct slice text,
                    enum pg_select_kind kind, struct sql_sink *sink);

#endif
