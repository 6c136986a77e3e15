/* Objects in words, as messages have them, and names as SQL has them. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_DESCRIBE_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_DESCRIBE_H

#include "emulators/sql/catalog/change.h"

/* "table", "view", "function" ...: what messages call an object of that kind. */
const char *pg_describe_kind(struct sql_session *session, const struct sql_object *object);

/* "column a of table t", "constraint c on table t", "function f(integer)": as DETAIL of a DROP. Made in
 * the arena. */
struct slice pg_describe(struct sql_session *session, struct arena *arena,
                         struct sql_reference object);

/* The column whose default has that id; false: there is none. */
bool pg_find_default(struct sql_session *session, uint32_t id, uint32_t *out_relation,
                     int32_t *out_column);

/* ---- names */

/* Appends the identifier, in quotes when it needs them. */
void pg_quote_name(struct sql_bytes *out, struct slice name);
/* Appends the text in single quotes, backslashes as they are: definitions never say E''. */
void pg_quote_text(struct sql_bytes *out, struct slice text);
/* Appends schema.name, both quoted; schema 0: without. */
void pg_quote_qualified(struct sql_session *session, struct sql_bytes *out, uint32_t schema,
                        struct slice name);
/* Can an object of that kind, name and schema be named without its schema? */
bool pg_relation_is_visible(struct sql_session *session, const struct sql_relation *relation);
bool pg_type_is_visible(struct sql_session *session, const struct sql_type *type);
bool pg_routine_is_visible(struct sql_session *session, struct sql_env *env,
                           const struct sql_routine *routine);
bool pg_operator_is_visible(struct sql_session *session, const struct sql_operator *op);
/* Other kinds that are in schemas: the first of that name along the path is it. */
bool pg_object_is_visible(struct sql_session *session, const struct sql_object *object);
/* The relation's name, with its schema when it would not be found without. */
void pg_quote_relation(struct sql_session *session, struct sql_bytes *out,
                       const struct sql_relation *relation);
/* "f(integer, text)": regprocedure's text; qualified when it must be. */
void pg_quote_signature(struct sql_session *session, struct sql_env *env, struct sql_bytes *out,
                        const struct sql_routine *routine);
/* The collation's name, NULL object: built in. ptr NULL: there is none. */
struct slice pg_collation_name(struct sql_session *session, uint32_t id, uint32_t *out_schema);

/* ---- types */

enum pg_type_format {
    PG_TYPE_NO_TYPMOD = 1 << 0, /* typmod was not given: "character" rather than "character(1)" */
    PG_TYPE_QUALIFY = 1 << 1,   /* always with the schema, but for SQL's own words */
};
/* Appends the type as format_type() gives it; "???" when there is none. */
void pg_format_type(struct sql_session *session, struct sql_bytes *out, uint32_t type,
                    int32_t typmod, unsigned flags);
/* The same as a slice in the arena, without typmod. */
struct slice pg_type_text(struct sql_session *session, struct arena *arena, uint32_t type);

#endif
