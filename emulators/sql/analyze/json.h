/* What the expressions of SQL/JSON share: values with FORMAT JSON, and what RETURNING asks for. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_JSON_H
#define PARLEL_EMULATORS_SQL_ANALYZE_JSON_H

#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/value/json_expr.h"

/* What an expression gives. */
struct json_output {
    uint32_t type;
    int32_t typmod;
    bool binary; /* it is made as jsonb, be it json or text in the end */
    bool format; /* FORMAT JSON was written of what is jsonb */
};

/* RETURNING type [FORMAT JSON]; node NULL: jsonb when one of args is, else json. 22023 and 0A000 for
 * types and encodings that cannot be. */
bool analyze_json_output(struct analysis *a, const struct ast_json_returning *node,
                         const struct sql_exprs *args, struct json_output *out);
/* The value as RETURNING asks for it: expr made json or jsonb before. 42846 when it cannot be. */
struct sql_expr *coerce_to_json_output(struct analysis *a, struct sql_expr *expr,
                                       const struct json_output *output);

/* Which type a value is wanted as, and whether FORMAT JSON goes without saying. */
enum json_wanted {
    JSON_WANTED_ANY,    /* as it is; with FORMAT JSON: json */
    JSON_WANTED_FORMAT, /* FORMAT JSON is implied: json, or jsonb as it is */
    JSON_WANTED_JSON,   /* a cast to json */
    JSON_WANTED_JSONB,  /* a cast to jsonb */
};

/* value [FORMAT JSON]. 42804 when its type cannot have a format. */
struct sql_expr *analyze_json_value(struct analysis *a, const struct ast_json_value *node,
                                    enum json_wanted wanted);
/* A literal without a type becomes text, bytes in some encoding the text that they are. */
struct sql_expr *json_text_argument(struct analysis *a, const struct ast_node *node,
                                    const struct ast_json_format *format);

/* An expression of this kind with its arguments. */
struct sql_expr_special *make_json(struct analysis *a, enum sql_json_op op, uint32_t type,
                                   struct sql_exprs args, int32_t location);
struct sql_expr_special *make_json_of(struct analysis *a, enum sql_json_op op,
                                      struct sql_expr *arg);

#endif
