/* Functions over JSON, by what they do; the tables that builtins.c lists. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_JSON_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_JSON_H

#include "emulators/sql/value/type.h"

/* A path's step as an array index: an integer of 32 bits and nothing else. */
bool sql_json_index(struct slice text, int64_t *out);

extern const struct sql_builtin sql_json_get_builtins[];    /* ->, #>, @>, lengths, casts */
extern const struct sql_builtin sql_json_change_builtins[]; /* ||, -, jsonb_set ... */
extern const struct sql_builtin sql_json_each_builtins[];   /* sets: json_each ... */

#endif
