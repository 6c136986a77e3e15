/* Shapes of rows without a type of their own: what the columns of a subquery are called, so that a
 * row of it can be told about (row_to_json, hstore).
 *
 * Equal shapes are one; they are kept by the instance until it ends, SQL_ROW_SHAPES_MAX of them. A
 * row names its shape where others name their composite type, with ids that no type has. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_ROW_SHAPE_H
#define PARLEL_EMULATORS_SQL_CATALOG_ROW_SHAPE_H

#include "emulators/sql/value/record.h"

struct heap;
struct sql_row_shapes;

#define SQL_ROW_SHAPE_FIRST 0xf0000000u
#define SQL_ROW_SHAPES_MAX  4096

static inline bool sql_is_row_shape(uint32_t type)
{
    return type >= SQL_ROW_SHAPE_FIRST;
}

/* The id of the shape; 0: there is no room for another. *shapes is NULL at first. */
uint32_t sql_row_shape_intern(struct sql_row_shapes **shapes, struct heap *heap,
                              const struct sql_row_column *columns, uint32_t count);
/* The shape as a type whose extra is its struct sql_row_type; NULL: there is none. */
const struct sql_type *sql_row_shape_type(const struct sql_row_shapes *shapes, uint32_t id);
void sql_row_shapes_destroy(struct sql_row_shapes *shapes, struct heap *heap);

#endif
