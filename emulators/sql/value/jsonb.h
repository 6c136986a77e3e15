/* jsonb: JSON values in a form that is searched without parsing.
 *
 * Flat form, in the machine's byte order and without alignment:
 *
 *     uint32  head: number of elements or pairs; SQL_JSONB_OBJECT, or SQL_JSONB_SCALAR for a value
 *             that stands alone and is kept as an array of one
 *     uint32  entries, one an element; for objects all keys' and then all values': where the bytes
 *             end, counted from the first, and what they are
 *     bytes   strings as they are, numbers as numeric, containers in this form again
 *
 * Keys are unique and ordered by length, then by bytes, so that they are found by halving.
 *
 * A struct sql_jsonb is one opened value and borrows its bytes. Making one goes through a builder.
 * Errors fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSONB_H
#define PARLEL_EMULATORS_SQL_VALUE_JSONB_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

#define SQL_JSONB_COUNT_MAX 0x0fffffffu /* elements, and bytes of one container */
#define SQL_JSONB_OBJECT    0x20000000u
#define SQL_JSONB_SCALAR    0x10000000u

/* In the order in which values of different kinds compare. */
enum sql_jsonb_kind {
    SQL_JSONB_KIND_NULL,
    SQL_JSONB_KIND_STRING,
    SQL_JSONB_KIND_NUMBER,
    SQL_JSONB_KIND_FALSE,
    SQL_JSONB_KIND_TRUE,
    SQL_JSONB_KIND_ARRAY,
    SQL_JSONB_KIND_OBJECT,
};

struct sql_jsonb {
    enum sql_jsonb_kind kind;
    struct slice bytes;               /* of a string, a number, a container */
    const struct sql_read_time *time; /* inside of paths: what the string was read as; else NULL */
};

/* ---- reading */

/* The value at the top, a scalar taken out of its array. */
struct sql_jsonb sql_jsonb_open(struct datum value);
static inline bool sql_jsonb_is_container(const struct sql_jsonb *value)
{
    return value->kind >= SQL_JSONB_KIND_ARRAY;
}

/* Of containers: elements or pairs. */
uint32_t sql_jsonb_count(const struct sql_jsonb *container);
struct sql_jsonb sql_jsonb_element(const struct sql_jsonb *array, uint32_t index);
struct slice sql_jsonb_key(const struct sql_jsonb *object, uint32_t index);
struct sql_jsonb sql_jsonb_member(const struct sql_jsonb *object, uint32_t index);
/* The value of that key; false: there is none. */
bool sql_jsonb_find(const struct sql_jsonb *object, struct slice key, struct sql_jsonb *out,
                    uint32_t *out_index);
/* As find for arrays: index from the end when negative. */
bool sql_jsonb_at(const struct sql_jsonb *array, int64_t index, struct sql_jsonb *out);

static inline struct datum sql_jsonb_number(const struct sql_jsonb *value)
{
    return datum_bytes(value->bytes);
}

/* Appends the text: {"a": 1, "b": [2, 3]}; pretty: on lines of their own. */
bool sql_jsonb_print(struct sql_call *call, const struct sql_jsonb *value, bool pretty,
                     struct sql_bytes *out);
/* A scalar as plain text (->>): strings without quotes, containers as JSON; *null for null. */
bool sql_jsonb_as_text(struct sql_call *call, const struct sql_jsonb *value, struct datum *out);

int sql_jsonb_compare(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b);
bool sql_jsonb_equal(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b);

/* ---- making */

struct sql_jsonb_pair {
    struct slice key;
    struct sql_jsonb value;
};

struct sql_jsonb_level {
    bool object;
    struct slice key;             /* of the pair under construction */
    struct sql_jsonb_pair *pairs; /* arrays use the values alone */
    uint32_t count, room;
};

struct sql_jsonb_builder {
    struct sql_call *call;
    struct arena *arena;
    struct sql_jsonb_level *levels;
    uint32_t depth, room;
    struct sql_jsonb top; /* the value that is complete */
};

/* What is added is borrowed until the end and copied by it; containers are made in `arena`. */
void sql_jsonb_build(struct sql_jsonb_builder *builder, struct sql_call *call, struct arena *arena);
bool sql_jsonb_begin(struct sql_jsonb_builder *builder, bool object);
bool sql_jsonb_end(struct sql_jsonb_builder *builder);
void sql_jsonb_add_key(struct sql_jsonb_builder *builder, struct slice key);
bool sql_jsonb_add(struct sql_jsonb_builder *builder, struct sql_jsonb value);
bool sql_jsonb_add_member(struct sql_jsonb_builder *builder, struct slice key,
                          struct sql_jsonb value);
/* The value at the top as a datum. */
bool sql_jsonb_finish(struct sql_jsonb_builder *builder, struct datum *out);
/* One value as a datum of its own. */
bool sql_jsonb_make(struct sql_call *call, struct sql_jsonb value, struct datum *out);

/* Adds what a JSON text says. */
bool sql_jsonb_add_text(struct sql_jsonb_builder *builder, struct slice text);
/* From a number's text; 22003 beyond numeric's range. */
bool sql_jsonb_number_of(struct sql_call *call, struct slice text, struct sql_jsonb *out);

extern const struct sql_type_ops sql_json_ops;
extern const struct sql_type_ops sql_jsonb_ops;

#endif
