/* Changing the rows of one table: constraints are checked, indexes kept, foreign keys noted.
 *
 * A struct sql_writer_plan is immutable and made once a table; a struct sql_writer is opened on it by
 * a statement. Values are those of all columns of the relation, [0] is column 1. Triggers are not the
 * writer's business: exec/modify.h fires them around it. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_WRITER_H
#define PARLEL_EMULATORS_SQL_EXEC_WRITER_H

#include "emulators/sql/exec/index_key.h"

struct sql_after;

struct sql_writer_check {
    const struct sql_program *program;
    struct slice name;
};

struct sql_writer_generated {
    const struct sql_program *program;
    uint32_t column; /* from 0 */
};

struct sql_writer_plan {
    const struct sql_relation *relation;
    struct sql_index_keys **indexes;
    uint32_t index_count;
    struct sql_plan *plan; /* of the checks and generated columns; NULL: there are none */
    struct sql_writer_check *checks;
    uint32_t check_count;
    struct sql_writer_generated *generated;
    uint32_t generated_count;
    struct sql_scan_column *loads;
    uint32_t load_count;
    bool *indexed;    /* by column: some index depends on it */
    bool *keys;       /* by column: of a unique index that foreign keys may refer to */
    bool all_indexed; /* some index has expressions or a predicate */
};

bool sql_writer_plan_make(struct sql_env *env, struct arena *arena,
                          const struct sql_relation *relation, struct sql_writer_plan **out);

struct sql_writer {
    const struct sql_writer_plan *plan;
    struct sql_env *env;
    struct sql_table_rows *table;
    struct sql_index_access *indexes;
    struct sql_run *run;  /* of the plan */
    struct arena scratch; /* of one row */
    struct datum *before; /* the old values of the row being changed */
    struct sql_after *after;
    const struct sql_snapshot *snapshot;
    bool tells_conflicts;     /* the running insert tells its caller of a key that is taken, */
    const uint32_t *arbiters; /* in one of these indexes; NULL: in any */
    uint32_t arbiter_count;
    bool partition_checked; /* rows were routed here: their bounds hold */
};

/* after: where foreign keys and deferred checks are noted; NULL: nowhere (none are checked). */
bool sql_writer_open(struct sql_env *env, struct arena *arena, const struct sql_writer_plan *plan,
                     struct sql_after *after, const struct sql_snapshot *snapshot,
                     struct sql_writer **out);
void sql_writer_close(struct sql_writer *writer);

/* Fills the generated columns from the others; what they refer to is made in `arena`. */
bool sql_writer_generate(struct sql_writer *writer, struct arena *arena, struct datum *values);
/* NOT NULL, CHECK and the partition's bounds. */
bool sql_writer_check(struct sql_writer *writer, const struct datum *values);
/* Does another row have a key of these values? For ON CONFLICT; waits for uncommitted ones. only: ids
 * of the indexes that count; NULL: all unique ones. *out_row_id 0: none. */
bool sql_writer_find_conflict(struct sql_writer *writer, const struct datum *values,
                              const uint32_t *only, uint32_t only_count, uint64_t *out_row_id,
                              const struct sql_relation **out_index);
/* Puts the row in; sql_writer_check is the caller's. *out_conflict (may be NULL): instead of failing, a
 * key that is taken is told; the row was taken out again then. */
bool sql_writer_insert(struct sql_writer *writer, const struct datum *values, uint64_t *out_row_id,
                       const struct sql_row **out_row, bool *out_conflict);
enum sql_change sql_writer_update(struct sql_writer *writer, uint64_t row_id,
                                  const struct sql_row *old, const struct datum *values,
                                  const struct sql_row **out_row);
enum sql_change sql_writer_delete(struct sql_writer *writer, uint64_t row_id,
                                  const struct sql_row *old, bool moves);

/* ---- errors */

/* Adds the row to the error that was just made: its table, and what it contains. Returns false. */
bool sql_fail_row(struct sql_env *env, const struct sql_relation *relation,
                  const struct datum *values);
/* Fails with 23514 when the row does not fit the bounds of the partition and of those above it. */
bool sql_partition_check(struct sql_env *env, const struct sql_relation *partition,
                         const struct datum *values);

/* "(1, null, abc)" of a row; "a, b" and "1, x" of some columns. */
bool sql_row_text(struct sql_env *env, const struct sql_relation *relation,
                  const struct datum *values, struct slice *out);
/* "(a, b)=(1, x)" of the key made last. */
bool sql_key_text(struct sql_env *env, const struct sql_index_access *access,
                  struct sql_bytes *text);
bool sql_fail_unique(struct sql_env *env, const struct sql_index_access *access, bool exists);
void sql_error_relation(struct sql_env *env, const struct sql_relation *relation);
/* A value as messages show it; cut: to 64 bytes. */
bool sql_value_text(struct sql_env *env, const struct sql_type *type, struct datum value, bool cut,
                    struct sql_bytes *out);

#endif
