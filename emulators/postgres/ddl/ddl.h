/* Statements that define objects: CREATE, ALTER, DROP, COMMENT, GRANT ...
 *
 * Each kind of statement is a handler in a table (pg_ddl_table). A handler works in env->arena, in the
 * session's transaction, and changes the catalog through catalog/change.h; what it did is undone with
 * the transaction.
 *
 * Errors: false, env->error is filled with the real server's code and text. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_DDL_H
#define PARLEL_EMULATORS_POSTGRES_DDL_DDL_H

#include "emulators/sql/catalog/change.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/exec.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/syntax/ast.h"

struct ast_alter_table_command;

/* One statement that is run. */
struct pg_ddl {
    struct sql_session *session;
    struct sql_env *env;
    struct arena *arena;           /* env->arena */
    const struct sql_query *query; /* analysed; utility_query: the query inside. NULL: none */
    struct slice text;             /* of the statement */
    struct sql_sink *sink;         /* for statements that return rows; may be NULL */
    bool only;                     /* ALTER TABLE ONLY: children are left alone */
    struct slice tag;              /* the command's tag: set beforehand, a handler may change it */
    struct sql_reference subject;  /* the object that was named first; class 0: none yet */
    bool replaced;                 /* CREATE OR REPLACE: it was there, and is changed */
};

typedef bool pg_ddl_handler(struct pg_ddl *ddl, const struct ast_node *node);

/* Is there a handler for statements of that kind? */
bool pg_ddl_handles(enum ast_kind kind);
/* Runs the statement; ddl->tag is set when it succeeds. Fails with 0A000 for kinds that it does not
 * have. */
bool pg_ddl_run(struct pg_ddl *ddl, const struct ast_node *node);

/* Runs statements of definition in a schema: names without one mean it. */
bool pg_ddl_run_in_schema(struct pg_ddl *ddl, const struct ast_list *statements, uint32_t schema);

/* A notice of severity NOTICE (or another one) to the client. */
void pg_ddl_debug(struct pg_ddl *ddl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void pg_ddl_notice(struct pg_ddl *ddl, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pg_ddl_warning(struct pg_ddl *ddl, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pg_ddl_warning_hint(struct pg_ddl *ddl, const char *hint, const char *sqlstate,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

static inline const struct sql_class_ids *pg_classes(const struct pg_ddl *ddl)
{
    return &ddl->session->dialect->classes_of;
}

/* The reference to a whole object. */
static inline struct sql_reference pg_whole(uint32_t class_id, uint32_t id)
{
    return (struct sql_reference){class_id, id, 0};
}

/* The array with one more item, which *out points to (zeroed). items may be NULL with count 0. Room
 * doubles, so that count must only grow by this. NULL: out of memory, the error is filled. */
void *pg_ddl_grow(struct pg_ddl *ddl, const void *items, uint32_t count, size_t size);

#endif
