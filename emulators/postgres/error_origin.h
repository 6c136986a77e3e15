/* Where in PostgreSQL's own code an error arises: the file, line and routine that it tells with the message.
 *
 * Drivers look at some routines' names: RevalidateCachedQuery says that a prepared statement is out of date, not
 * wrong, and asyncpg, pgjdbc and postgres.js prepare it again; the latter does so for FetchPreparedStatement and
 * transformAssignedExpr, too. Logs and error reports show the others. */
#ifndef PARLEL_EMULATORS_POSTGRES_ERROR_ORIGIN_H
#define PARLEL_EMULATORS_POSTGRES_ERROR_ORIGIN_H

struct sql_error;

struct pg_error_origin {
    const char *sqlstate;
    const char *phrase; /* the message has it; NULL: whatever it says */
    const char *file, *line, *routine;
};

/* Of several that say the same the one that most often does. Never NULL: what is not in the table
 * arises in parlel. */
const struct pg_error_origin *pg_error_origin(const struct sql_error *error);

#endif
