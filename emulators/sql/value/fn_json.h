/* Functions over JSON, by what they do; the tables that builtins.c lists. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_JSON_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_JSON_H

#include "emulators/sql/value/type.h"

/* A path's step as an array index: an integer of 32 bits and nothing else. */
bool sql_json_index(struct slice text, int64_t *out);

/* The document with `value` (NULL: null) at the end of a path of texts, none of them NULL: what the
 * path misses is made, an array's gaps are filled with null. A NULL document is an empty one. */
bool sql_jsonb_assign(struct sql_call *call, struct datum document, const struct datum *path,
                      uint32_t count, struct datum value, struct datum *out);
/* What stands at the end of a path of texts; NULL when nothing does. */
bool sql_jsonb_fetch(struct sql_call *call, struct datum document, const struct datum *path,
                     uint32_t count, struct datum *out);

/* The jsonb value, which may be NULL, as one of a type: arrays and rows piece by piece, anything else
 * through its text. unquoted: a string counts as the text between its quotes, which the type's input
 * reads. Fails as the input does, and for domains' constraints. */
bool sql_jsonb_populate(struct sql_call *call, const struct sql_type *type, int32_t typmod,
                        struct datum value, bool unquoted, struct datum *out);

extern const struct sql_builtin sql_json_get_builtins[];      /* ->, #>, @>, lengths, casts */
extern const struct sql_builtin sql_json_change_builtins[];   /* ||, -, jsonb_set ... */
extern const struct sql_builtin sql_json_each_builtins[];     /* sets: json_each ... */
extern const struct sql_builtin sql_json_populate_builtins[]; /* rows: json_populate_record ... */

#endif
