/* Sequences: numbers that are handed out once, whatever becomes of the transaction.
 *
 * nextval and setval are not undone by ROLLBACK, but by rewinding the database. ALTER SEQUENCE ...
 * RESTART and the like are: they make a new storage, as TRUNCATE does for tables. currval and lastval
 * are the session's business.
 *
 * Errors: 2200H and the texts of the server, the sequence's name in them; 53200. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_SEQUENCE_H
#define PARLEL_EMULATORS_SQL_STORAGE_SEQUENCE_H

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/catalog/system.h"

struct sql_database;

struct sql_sequence_state {
    int64_t last_value;
    bool is_called;
};

bool sql_sequence_create(struct sql_env *env, struct sql_database *database, int64_t start,
                         uint32_t *out_storage);
bool sql_sequence_get(struct sql_env *env, struct sql_database *database,
                      const struct sql_relation *relation, struct sql_sequence_state *out);
/* Sets without looking at the limits. */
bool sql_sequence_set(struct sql_env *env, struct sql_database *database,
                      const struct sql_relation *relation, struct sql_sequence_state state);
/* The next value after the relation's options (increment, limits, cycle). */
bool sql_sequence_next(struct sql_env *env, struct sql_database *database,
                       const struct sql_relation *relation, int64_t *out);

/* Where a relation's rows come from when it has none stored: a sequence's from its state, a system
 * relation's from the catalog. NULL: they are stored (or there are none). */
const struct sql_system_relation *sql_generated_rows(const struct sql_relation *relation);

#endif
