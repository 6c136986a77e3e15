/* What analysis must know of its dialect beyond the catalog and the dialect's ids of types: how
 * types and result columns are called, limits. One constant table a dialect. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_RULES_H
#define PARLEL_EMULATORS_SQL_ANALYZE_RULES_H

#include "emulators/sql/analyze/query.h"

struct sql_session;

struct sql_analysis_rules {
    uint32_t c_collation;
    char string_category, unknown_category;
    uint16_t targets_max, args_max;
    uint32_t name_max; /* bytes of an identifier */
    /* The schema of built-in objects, as written: system names are qualified with it. */
    struct slice system_schema;
    const char *variable_words; /* what stored code's variables are called */
    /* JSON_OBJECTAGG's and JSON_ARRAYAGG's functions: [jsonb][WITH UNIQUE KEYS][ABSENT ON NULL]. */
    const char *json_of_any; /* the function that makes jsonb of any value */
    const char *json_object_aggregates[2][2][2], *json_array_aggregates[2][2];
    /* The name of a result column without AS. */
    struct slice (*column_name)(const struct ast_node *expr);
    struct slice (*database_name)(struct sql_env *env);
    /* A type as messages show it. */
    struct slice (*type_name)(struct sql_env *env, uint32_t type, int32_t typmod);
    /* The modifier that a type's written arguments mean: varchar(20), numeric(8,2). Fails with the
     * type's own texts. */
    bool (*typmod)(struct sql_env *env, const struct sql_type *type, const struct slice *args,
                   uint32_t count, int32_t *out);
};

#endif
