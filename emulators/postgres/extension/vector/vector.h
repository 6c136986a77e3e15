/* Vectors of pgvector: vector and halfvec (dense), sparsevec.
 *
 *     dense   uint32 dimensions; float32 * dimensions
 *     sparse  uint32 dimensions; uint32 count; uint32 index * count (from 0, ascending);
 *             float32 * count
 *
 * in the machine's byte order, without alignment. A halfvec's elements are floats that a half
 * (binary16) can hold. Elements are finite. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_VECTOR_VECTOR_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_VECTOR_VECTOR_H

#include "emulators/postgres/extension/functions.h"

#define VECTOR_MAX     16000 /* dimensions; elements of a sparse one that are not 0 */
#define SPARSE_DIM_MAX 1000000000

struct vector {
    uint32_t count;
    const uint8_t *elements;
};

struct vector vector_open(struct datum value);
float vector_get(const struct vector *v, uint32_t index);

struct sparse {
    uint32_t dimensions, count;
    const uint8_t *indices, *elements;
};

struct sparse sparse_open(struct datum value);
uint32_t sparse_index(const struct sparse *v, uint32_t at);
float sparse_get(const struct sparse *v, uint32_t at);

/* ---- making */

/* 22000 or 54000 for a number of dimensions that a type ("vector") cannot have. */
bool vector_check_count(struct sql_call *call, const char *type, uint64_t count);
/* 22000 for a NaN or an infinity. */
bool vector_check_element(struct sql_call *call, const char *type, float value);
/* 22000 for dimensions that are not the modifier's (-1: any will do). */
bool vector_check_typmod(struct sql_call *call, int32_t typmod, uint32_t count);

/* A dense value of the elements, which are checked; half: they are rounded. */
bool vector_make(struct sql_call *call, const float *elements, uint32_t count, bool half,
                 struct datum *out);
/* A sparse one; zeros are left out. indices are ascending. */
bool sparse_make(struct sql_call *call, uint32_t dimensions, const uint32_t *indices,
                 const float *elements, uint32_t count, struct datum *out);

/* ---- halves */

/* Rounded to the nearest half, ties to even; an infinity when it is too large. */
float half_round(float value);
uint16_t half_bits(float value);
float half_of_bits(uint16_t bits);
/* Rounds; fails with 22003 when that is an infinity. */
bool half_of_float(struct sql_call *call, float value, float *out);

/* Is the type halfvec, or based on it? */
bool vector_is_half(const struct sql_type *type);

/* ---- reading texts */

/* A text that is read from the left. */
struct vector_reader {
    struct sql_call *call;
    const char *type;
    struct slice text;
    size_t at;
};

void vector_skip_blanks(struct vector_reader *reader);
/* Takes the character when it is next. */
bool vector_accept(struct vector_reader *reader, char c);
/* A number, checked and (half) rounded. */
bool vector_read_element(struct vector_reader *reader, bool half, float *out);
/* 22P02; detail NULL: none. */
bool vector_fail_syntax(struct vector_reader *reader, const char *detail);

void vector_put_float(struct sql_bytes *out, float value);

extern const struct sql_type_ops vector_ops;
extern const struct sql_type_ops halfvec_ops;
extern const struct sql_type_ops sparsevec_ops;

#endif
