/* Enumerated types. A value is its label's id (by value, datum.u); the order is the labels', not
 * the ids', because labels can be put in between later.
 *
 * type->extra of an enum is its struct sql_enum, made by the catalog. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_ENUM_H
#define PARLEL_EMULATORS_SQL_VALUE_ENUM_H

#include "emulators/sql/value/type.h"

struct sql_enum_label {
    uint32_t id;
    float order; /* the catalog's sort order: 1, 2, 2.5, 3 ... */
    struct slice label;
    uint32_t added_by; /* the transaction that added it; 0: it came with its type */
};

/* In ascending order. */
struct sql_enum {
    uint32_t count;
    const struct sql_enum_label *labels;
};

/* NULL: there is none. */
const struct sql_enum_label *sql_enum_find(const struct sql_type *type, uint32_t id);
const struct sql_enum_label *sql_enum_find_label(const struct sql_type *type, struct slice label);

extern const struct sql_type_ops sql_enum_ops;

extern const struct sql_builtin sql_enum_builtins[];

#endif
