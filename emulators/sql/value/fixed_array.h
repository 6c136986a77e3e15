/* Values of a fixed length that are subscripted like arrays: points, segments, boxes, lines, names.
 *
 * Elements lie one after the other, counted from 0. Errors fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FIXED_ARRAY_H
#define PARLEL_EMULATORS_SQL_VALUE_FIXED_ARRAY_H

#include "emulators/sql/value/array.h"

static inline bool sql_is_fixed_array(const struct sql_type *type)
{
    return type->len > 0 && type->element;
}

/* The element at the subscripts; NULL when nothing stands there. */
bool sql_fixed_array_get(struct sql_call *call, const struct sql_type *type,
                         const struct sql_type *element, struct datum value,
                         const struct sql_subscript *subscripts, uint32_t count, struct datum *out);
/* The value with another element; a NULL value or element changes nothing. */
bool sql_fixed_array_set(struct sql_call *call, const struct sql_type *type,
                         const struct sql_type *element, struct datum value,
                         const struct sql_subscript *subscripts, uint32_t count,
                         struct datum new_element, struct datum *out);

#endif
