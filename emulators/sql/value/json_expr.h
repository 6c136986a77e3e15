/* Expressions of SQL/JSON that have words of their own: constructors, IS JSON. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_EXPR_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_EXPR_H

#include "emulators/sql/value/json_keys.h"
#include "emulators/sql/value/type.h"

enum sql_json_op {
    SQL_JSON_OP_OBJECT, /* keys and values in turns */
    SQL_JSON_OP_ARRAY,
    SQL_JSON_OP_PARSE,  /* a text, checked; of anything else: the value as it is */
    SQL_JSON_OP_SCALAR, /* a value of any type */
    SQL_JSON_OP_DECODE, /* bytes that are text */
    SQL_JSON_OP_IS,     /* IS JSON of a text, json or jsonb */
    /* Their one argument as it is; they stand for how it was written. */
    SQL_JSON_OP_SERIALIZE,
    SQL_JSON_OP_OBJECTAGG, /* the aggregate or window function that does it */
    SQL_JSON_OP_ARRAYAGG,
    SQL_JSON_OP_FORMATTED, /* value FORMAT JSON [ENCODING name]: its casts were not written */
    SQL_JSON_OP_RETURNING, /* a constructor's value, cast as RETURNING says */
};

enum {
    SQL_JSON_OPTION_ABSENT = 1,           /* ABSENT ON NULL */
    SQL_JSON_OPTION_UNIQUE = 2,           /* WITH UNIQUE KEYS */
    SQL_JSON_OPTION_FORMAT = 4,           /* FORMATTED: FORMAT JSON was written */
    SQL_JSON_OPTION_RETURNING_FORMAT = 8, /* FORMAT JSON was written of what is jsonb */
    SQL_JSON_OPTION_IS = 16,              /* times an enum sql_json_test */
};

enum sql_json_test {
    SQL_JSON_TEST_ANY,
    SQL_JSON_TEST_OBJECT,
    SQL_JSON_TEST_ARRAY,
    SQL_JSON_TEST_SCALAR,
};

struct sql_json_operation {
    enum sql_json_op op;
    uint32_t options;
    bool binary; /* jsonb is made rather than json */
    const struct sql_type *const *types;
    uint32_t count;
};

/* The value of one, those after OP_IS excepted. Errors: 22030 for keys that are not unique, 22004 and
 * 22023 for keys that are NULL or not scalar, 22P02 for texts that are no JSON. */
bool sql_json_construct(struct sql_call *call, const struct sql_json_operation *operation,
                        const struct datum *values, struct datum *out);

/* Adds a key to those that must be unique; 22030 when it was there. In a binary value's message it is
 * not named. */
bool sql_json_unique_key(struct sql_call *call, struct sql_json_keys *keys, struct slice key,
                         bool binary);

#endif
