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

extern const struct sql_builtin sql_json_get_builtins[];      /* ->, #>, @>, lengths, casts */
extern const struct sql_builtin sql_json_change_builtins[];   /* ||, -, jsonb_set ... */
extern const struct sql_builtin sql_json_each_builtins[];     /* sets: json_each ... */
extern const struct sql_builtin sql_json_populate_builtins[]; /* rows: json_populate_record ... */

#endif
