/* Rows as values: records and composites, as flat bytes.
 *
 *     uint32  type        id of the composite type, 0 for an anonymous record
 *     uint32  count       columns
 *     count * { uint32 type; uint16 flags; uint16 number }     IS_NULL, BY_VALUE; see below
 *     count * 8 bytes     by value: the number; otherwise uint32 offset, uint32 length into
 *     bytes
 *
 * in the machine's byte order and without alignment. Columns that were dropped are not in a record.
 *
 * type->extra of a composite is its struct sql_row_type, made by the catalog; record_in and
 * record_recv read the columns' types from there. Values outlive changes of their type: each column
 * bears the number that the type gave it, and an opened record shows the columns that the type has
 * now. Those that were added since are NULL, those that were dropped are not seen. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_RECORD_H
#define PARLEL_EMULATORS_SQL_VALUE_RECORD_H

#include "emulators/sql/value/type.h"

struct sql_row_column {
    struct slice name;
    uint32_t type;
    int32_t typmod;
    uint16_t number; /* for good, from 1; 0: the row type never changes */
};

/* Columns of a composite type, without those that were dropped. */
struct sql_row_type {
    uint32_t count;
    const struct sql_row_column *columns;
};

/* An opened record; borrows the bytes. */
struct sql_record {
    uint32_t type;
    uint32_t count;
    uint32_t stored;                  /* columns that the bytes have */
    const struct sql_row_type *shape; /* NULL: the stored columns are the type's */
    const uint8_t *columns, *slots, *bytes;
};

/* `value` is not NULL. The record is good until the type changes. */
void sql_record_open(struct sql_env *env, struct datum value, struct sql_record *out);
uint32_t sql_record_column_type(const struct sql_record *record, uint32_t index);
bool sql_record_by_value(const struct sql_record *record, uint32_t index);
struct datum sql_record_get(const struct sql_record *record, uint32_t index);

/* Makes a row value. `type` is the composite's id or 0; the columns' types say what is by value. */
bool sql_record_make(struct sql_call *call, uint32_t type, const struct sql_type *const *types,
                     const struct datum *values, uint32_t count, struct datum *out);
/* The same record under another row type: a cast between a record and a composite whose columns
 * have the same types. */
bool sql_record_retype(struct sql_call *call, struct datum record, uint32_t type,
                       struct datum *out);

/* Operations of every composite and of the pseudo type of anonymous rows. */
extern const struct sql_type_ops sql_record_ops;

extern const struct sql_builtin sql_record_builtins[];

#endif
