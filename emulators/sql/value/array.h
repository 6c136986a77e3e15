/* Arrays of any element type, as flat bytes.
 *
 *     uint32  element     id of the elements' type
 *     uint32  flags       SQL_ARRAY_BY_VALUE, SQL_ARRAY_HAS_NULLS; the number of dimensions
 *     uint32  count       elements: the product of the lengths, 0 for an empty array
 *     dims * { int32 length; int32 lower }
 *     null bits           (count + 31) / 32 words, only with SQL_ARRAY_HAS_NULLS; 1: NULL
 *     elements            by value: count * 8 bytes; otherwise count + 1 offsets (uint32) into the
 *                         bytes that follow them
 *
 * in the machine's byte order and without alignment, so that any element is read in constant time
 * through struct sql_array, which borrows the bytes. int2vector and oidvector are such arrays, too:
 * one dimension with lower bound 0.
 *
 * Operations here that can fail fill the call's error. What they make is in call->arena. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_ARRAY_H
#define PARLEL_EMULATORS_SQL_VALUE_ARRAY_H

#include "emulators/sql/value/type.h"

#define SQL_ARRAY_DIMS_MAX  6
#define SQL_ARRAY_COUNT_MAX 134217727 /* elements */

/* Where those are. */
enum { SQL_ARRAY_COUNT_AT = 8, SQL_ARRAY_SHAPE_AT = 12, SQL_ARRAY_SLOT_SIZE = 8 };

struct sql_array_shape {
    uint32_t dims; /* 0: an empty array */
    int32_t length[SQL_ARRAY_DIMS_MAX];
    int32_t lower[SQL_ARRAY_DIMS_MAX];
};

/* An opened array. */
struct sql_array {
    uint32_t element;
    bool by_value;
    uint32_t count;
    struct sql_array_shape shape;
    const uint8_t *nulls; /* NULL: no element is NULL */
    const uint8_t *slots; /* numbers, or offsets */
    const uint8_t *bytes;
};

void sql_array_open(struct datum value, struct sql_array *out);
/* Element at 0 <= index < count, in storage order (the last subscript runs fastest). */
struct datum sql_array_get(const struct sql_array *array, uint32_t index);
bool sql_array_is_null(const struct sql_array *array, uint32_t index);

/* An array of `shape` from its elements in storage order; as many as the shape says. */
bool sql_array_make(struct sql_call *call, const struct sql_type *element,
                    const struct sql_array_shape *shape, const struct datum *elements,
                    struct datum *out);
/* One dimension, lower bound 1; empty when count is 0. */
bool sql_array_make_vector(struct sql_call *call, const struct sql_type *element,
                           const struct datum *elements, uint32_t count, struct datum *out);
/* Number of elements of a shape; fails when there are too many or a bound overflows. */
bool sql_array_count(struct sql_call *call, const struct sql_array_shape *shape, uint32_t *out);
/* False, with 54000, when there are more dimensions than an array can have. */
bool sql_array_check_dims(struct sql_call *call, uint32_t dims);
/* All elements as an array in call->arena that may be changed; NULL: memory ran out. */
struct datum *sql_array_elements(struct sql_call *call, const struct sql_array *array);

/* What ARRAY[...] makes: of element values (nested false), or of arrays, all of one shape, that
 * become a dimension more (nested true; NULL or empty ones give an empty array if all are). */
bool sql_array_construct(struct sql_call *call, const struct sql_type *element, bool nested,
                         const struct datum *values, uint32_t count, struct datum *out);

/* One subscript of a[...]: an element's, or a slice's bounds, each of which may be left out. */
struct sql_subscript {
    bool slice;
    bool has_lower, has_upper; /* of a slice */
    int32_t lower, upper;      /* an element's subscript is `upper` */
};

/* Storage position of an element, one subscript a dimension; false: it is outside. */
bool sql_array_locate(const struct sql_array_shape *shape, const struct sql_subscript *subscripts,
                      uint32_t *out);
/* a[i][j]: NULL outside the array or with a wrong number of subscripts. */
bool sql_array_subscript(struct sql_call *call, struct datum array,
                         const struct sql_subscript *subscripts, uint32_t count, struct datum *out);
/* a[l:u][i]: an array (empty outside); a single subscript i stands for 1:i. */
bool sql_array_slice(struct sql_call *call, const struct sql_type *element, struct datum array,
                     const struct sql_subscript *subscripts, uint32_t count, struct datum *out);
/* The array with one element replaced, grown where that is allowed; a NULL array is empty. */
bool sql_array_assign(struct sql_call *call, const struct sql_type *element, struct datum array,
                      const struct sql_subscript *subscripts, uint32_t count, struct datum value,
                      struct datum *out);
/* Bytes that hold an array and may be changed. */
struct sql_array_room {
    uint8_t *ptr;
    size_t len, room;
};

/* The same where it lies, if that costs no more than moving bytes: the element is there, or is the next
 * one of a vector, and the room suffices. False: it must be made anew; nothing was changed. `value` lies
 * outside of the room. */
bool sql_array_assign_here(struct sql_array_room *room, const struct sql_subscript *subscripts,
                           uint32_t count, struct datum value);
/* The array with a slice replaced by the elements of `source`, an array. */
bool sql_array_assign_slice(struct sql_call *call, const struct sql_type *element,
                            struct datum array, const struct sql_subscript *subscripts,
                            uint32_t count, struct datum source, struct datum *out);

/* The array with its elements converted one by one (coercion of int4[] to int8[]). */
bool sql_array_map(struct sql_call *call, struct datum array, const struct sql_type *element,
                   bool (*convert)(void *context, struct datum in, struct datum *out),
                   void *context, struct datum *out);

/* Growing arrays: ARRAY(SELECT ...), array_agg. The elements are copied into `arena`. */
struct sql_array_builder {
    struct arena *arena;
    const struct sql_type *element;
    struct datum *elements;
    uint32_t count, room;
};

void sql_array_builder_init(struct sql_array_builder *builder, struct arena *arena,
                            const struct sql_type *element);
bool sql_array_builder_add(struct sql_call *call, struct sql_array_builder *builder,
                           struct datum value);
/* A vector; the builder can go on growing. */
bool sql_array_builder_finish(struct sql_call *call, const struct sql_array_builder *builder,
                              struct datum *out);

/* Operations of all array types (type->element says of what), and of the two fixed vectors. */
extern const struct sql_type_ops sql_array_ops;
extern const struct sql_type_ops sql_int2vector_ops;
extern const struct sql_type_ops sql_oidvector_ops;

extern const struct sql_builtin sql_array_builtins[];
extern const struct sql_builtin sql_array_set_builtins[];
extern const struct sql_builtin sql_array_text_builtins[];

#endif
