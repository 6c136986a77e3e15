/* Bodies of SQL_OP_GENERAL: every kind of expression that has no opcode of its own.
 *
 * Each begins with struct sql_general; arguments are in registers from op->a on, op->n of them,
 * unless the body says otherwise. Types and sites are borrowed of the plan. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_GENERAL_H
#define PARLEL_EMULATORS_SQL_EXEC_GENERAL_H

#include "emulators/sql/exec/program.h"
#include "emulators/sql/value/json_expr.h"
#include "emulators/sql/value/xml/xml.h"

typedef bool sql_general_evaluate(struct sql_eval *eval, const struct sql_op *op,
                                  struct datum *out);

/* Something that needs no more than a site and a type. */
struct sql_general_typed {
    struct sql_general general;
    const struct sql_call_site *site;
    const struct sql_type *type, *source;
    int32_t typmod;
    /* convert_row: the source's column (from 0, -1: none) for each of the result's; NULL: the same */
    const int32_t *map;
    const struct sql_type *const *types;
    uint32_t count;
};
sql_general_evaluate sql_eval_distinct;    /* site: equality; registers a, b */
sql_general_evaluate sql_eval_nullif;      /* likewise */
sql_general_evaluate sql_eval_convert_io;  /* source's text, read as type */
sql_general_evaluate sql_eval_convert_row; /* record as another row type */
sql_general_evaluate sql_eval_row_null;    /* op->n: 0 IS NULL, 1 IS NOT NULL */
sql_general_evaluate sql_eval_unsupported; /* a function that the program lacks: site */

struct sql_general_list {
    struct sql_general general;
    const struct sql_call_site *site; /* for the type's operations */
    const struct sql_type *type;      /* of the elements; of the result */
    const struct sql_type *const *types;
    uint32_t count; /* of the arguments: an array may have more than op->n can tell */
    uint32_t result_type;
    bool nested, least;
    bool null_when_empty; /* ROW: NULL when all of its columns are */
};
sql_general_evaluate sql_eval_array;
sql_general_evaluate sql_eval_row;
sql_general_evaluate sql_eval_min_max;

struct sql_general_scalar_array {
    struct sql_general general;
    const struct sql_call_site *site; /* the operator; argc 2 */
    bool any;
    uint32_t lookup; /* index of the run's hash of a constant array; SQL_NO_REGISTER: none */
    bool fast_int;   /* equality of by-value numbers */
    bool fast_bytes;
};
sql_general_evaluate sql_eval_scalar_array; /* registers a: scalar, b: array */

struct sql_general_row_compare {
    struct sql_general general;
    const struct sql_call_site *const *sites;  /* the comparison of each pair */
    const struct sql_call_site *const *equals; /* equality of each pair; NULL at the last */
    uint32_t count;                            /* registers a...: left, then right */
    enum sql_compare op;
};
sql_general_evaluate sql_eval_row_compare;

struct sql_general_field {
    struct sql_general general;
    const struct sql_call_site *site;
    uint32_t column; /* in the record, from 0 */
    uint32_t type;   /* expected */
    bool never;      /* a dropped column: NULL */
};
sql_general_evaluate sql_eval_field;

struct sql_general_field_store {
    struct sql_general general;
    const struct sql_call_site *site;
    const struct sql_type *const *types; /* of all columns of the record */
    uint32_t count;
    const uint32_t *columns; /* in the record, from 0; values follow the row at op->a + 1 */
    uint32_t stored;
    uint32_t result_type;
};
sql_general_evaluate sql_eval_field_store;

struct sql_general_subscript {
    struct sql_general general;
    const struct sql_call_site *site;
    const struct sql_type *element;
    uint32_t count;
    bool slice, assign;
    const bool *has_lower, *has_upper;
    const bool *is_number;                   /* of documents: upper is an integer, not a text */
    uint32_t container, upper, lower, value; /* registers */
    const struct sql_type *container_type;
};
sql_general_evaluate sql_eval_subscript;
/* Of documents: subscripts are texts and integers. */
sql_general_evaluate sql_eval_document_subscript;

struct sql_general_convert_array {
    struct sql_general general;
    const struct sql_call_site *site;
    const struct sql_type *element; /* of the result */
    struct sql_program program;
    uint32_t test; /* register of the element */
};
sql_general_evaluate sql_eval_convert_array;

struct sql_domain_check {
    struct sql_program program;
    struct slice name;
};
struct sql_general_domain {
    struct sql_general general;
    const struct sql_type *type;
    uint32_t test; /* register of the value under check */
    bool not_null;
    const struct sql_domain_check *checks;
    uint32_t count;
};
sql_general_evaluate sql_eval_domain;

struct sql_general_session {
    struct sql_general general;
    enum sql_session_value value;
    int32_t typmod;
    const struct sql_call_site *site;
};
sql_general_evaluate sql_eval_session_value;

struct sql_general_next_value {
    struct sql_general general;
    const struct sql_call_site *site;
    uint32_t sequence;
};
sql_general_evaluate sql_eval_next_value;

struct sql_general_xml {
    struct sql_general general;
    const struct sql_call_site *site;
    struct sql_xml_operation operation; /* its values: registers from a on */
};
sql_general_evaluate sql_eval_xml;

struct sql_general_json {
    struct sql_general general;
    const struct sql_call_site *site;
    struct sql_json_operation operation; /* its values: registers from a on */
};
sql_general_evaluate sql_eval_json;

#endif
