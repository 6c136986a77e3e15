/* What the files that change tables share: change.c, insert.c, conflict.c, merge.c. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_CHANGE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_CHANGE_H

#include "emulators/sql/analyze/assign.h"

bool start_change(struct analysis *a, enum sql_command command, const struct ast_with *with);
/* The number of the changed table's column. */
bool changed_column(struct analysis *a, struct slice name, int32_t location, uint32_t *out);
struct assign_target column_target(struct analysis *a, uint32_t number,
                                   const struct ast_list *indirection, int32_t location);
/* Adds it to inserted_columns or updated_columns of a table. */
void mark_column_in(uint64_t *set, uint32_t column);
bool analyze_on_conflict(struct analysis *a, const struct ast_on_conflict *clause);

/* The columns that INSERT names, or all. */
struct insert_columns {
    uint32_t *numbers;
    const struct ast_target **asts; /* NULL items: not written */
    uint32_t count;
};
bool insert_columns(struct analysis *a, const struct ast_list *list, struct insert_columns *out);
/* Values of one row, brought to the columns' types. */
bool insert_row(struct analysis *a, const struct insert_columns *columns, struct sql_exprs values,
                struct sql_target **out, uint32_t *out_count);

#endif
