/* JSON from values of any type: to_json, json_build_object, json_agg and their jsonb twins.
 *
 * Booleans, numbers, JSON, arrays and rows become what JSON has for them; dates and times become
 * ISO 8601 whatever the session's style; everything else its text as a string. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_MAKE_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_MAKE_H

#include "emulators/sql/value/jsonb.h"

/* Appends the value as JSON text; breaks: elements of the outermost array or row on lines. */
bool sql_json_put(struct sql_call *call, const struct sql_type *type, struct datum value,
                  bool breaks, struct sql_bytes *out);
/* Adds the value to what is being built. */
bool sql_jsonb_put(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_jsonb_builder *builder);

/* The value as an object's key: its text. Fails for NULL and for composite kinds as the servers do. */
bool sql_json_key_text(struct sql_call *call, const struct sql_type *type, struct datum value,
                       bool scalar_only, struct slice *out);

/* Is it a row or a JSON value, of which json_agg puts each on a line? */
bool sql_json_is_row(struct sql_call *call, const struct sql_type *type);

extern const struct sql_builtin sql_json_make_builtins[], sql_json_aggregate_builtins[];

#endif
