/* An error of a statement, with every field that a client may be shown.
 *
 * The strings belong to the arena given to sql_error_begin (the statement's). A function that fails
 * fills the error once, where the cause is known, and returns false; whoever passes it on may add
 * context. The dialect makes its own packet of it.
 *
 * SQLSTATE codes are those of the SQL standard and of the server the dialect stands for. */
#ifndef PARLEL_EMULATORS_SQL_ERROR_H
#define PARLEL_EMULATORS_SQL_ERROR_H

#include "common/arena.h"

enum sql_severity {
    SQL_DEBUG,
    SQL_LOG,
    SQL_INFO,
    SQL_NOTICE,
    SQL_WARNING,
    SQL_ERROR,
    SQL_FATAL, /* the session ends */
};

struct sql_error {
    struct arena *arena;
    enum sql_severity severity;
    char sqlstate[6]; /* "" while there is no error */
    struct slice message, detail, hint;
    struct slice context;        /* lines, innermost first */
    struct slice internal_query; /* text of a statement that the server ran itself */
    uint32_t internal_position;
    uint32_t position; /* 1-based character in the statement's text, 0: none */
    struct slice schema, table, column, type, constraint;
};

/* Empties the error; strings will be made in `arena`. */
void sql_error_begin(struct sql_error *error, struct arena *arena);

/* Fills code and message and returns false, so that failing and reporting are one line. */
bool sql_fail(struct sql_error *error, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a place in the statement: `location` is a byte offset as the AST has it (-1: none);
 * it becomes a character position when the session answers. */
bool sql_fail_at(struct sql_error *error, int32_t location, const char *sqlstate,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Memory ran out: 53200. */
bool sql_fail_memory(struct sql_error *error);

/* Further fields of an error that is filled; all return false, to be used in a return. */
bool sql_detail(struct sql_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sql_hint(struct sql_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds one line of context below those that are there. */
bool sql_context_line(struct sql_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
