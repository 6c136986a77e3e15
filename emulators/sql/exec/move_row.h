/* Rows of partitioned tables that go from one partition to another.
 *
 * The row is deleted where it was; who calls then routes the values to their new partition, inserts them
 * there and says so (sql_after_move), so that foreign keys to the whole table see an update. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_MOVE_ROW_H
#define PARLEL_EMULATORS_SQL_EXEC_MOVE_ROW_H

#include "emulators/sql/exec/change.h"

/* A row that is on its way, in the order of the partitioned table's columns. */
struct sql_moving_row {
    const struct sql_relation *root;
    struct datum *old, *values;
};

/* Takes the row out of `from`'s partition; `values`, which it shall have, are in that partition's order,
 * and are overwritten. *skipped: a trigger kept it. Fails with 0A000 when a foreign key forbids it. */
enum sql_change sql_move_out(struct sql_changer *from, struct sql_env *env, struct arena *arena,
                             uint64_t row_id, const struct sql_row *version, struct datum *values,
                             struct sql_moving_row *row, bool *skipped);

#endif
