/* Ranges and multiranges over any ordered type.
 *
 * A range is opened into struct sql_range and made of it again; the flat form is a flag byte and the
 * finite bounds (8 bytes each for subtypes by value, else a length of 4 bytes and the bytes). A
 * multirange is a count, as many ends (uint32) and the ranges in their flat form: not empty,
 * ascending, neither touching nor overlapping.
 *
 * Operators treat both alike: as a struct sql_spans, the ranges that a value consists of.
 *
 * What a range type is of stands in its type->extra (struct sql_range_info). Errors fill the call's
 * error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_RANGE_H
#define PARLEL_EMULATORS_SQL_VALUE_RANGE_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

/* What a range type is made of; type.extra of ranges and of their multiranges. */
struct sql_range_info {
    uint32_t range, subtype, multirange, collation, operator_class;
    uint32_t canonical, difference; /* routines, 0: none */
};

struct sql_bound {
    struct datum value;
    bool infinite, inclusive, lower;
};

struct sql_range {
    bool empty;
    struct sql_bound lower, upper;
};

/* The ranges of a value; what its subtype is. */
struct sql_spans {
    struct sql_range *items;
    uint32_t count;
    const struct sql_type *subtype;
};

/* The range type of a range or multirange type, and its subtype. */
const struct sql_type *sql_range_type(struct sql_call *call, const struct sql_type *type);
const struct sql_type *sql_range_subtype(struct sql_call *call, const struct sql_type *type);

void sql_range_open(const struct sql_type *subtype, struct slice bytes, struct sql_range *out);
/* Appends the flat form of a range that is in its canonical form. */
void sql_range_put(const struct sql_type *subtype, const struct sql_range *range,
                   struct sql_bytes *out);
/* Brings bounds into canonical form ([) for whole numbers), empties what holds nothing; 22000 when
 * the bounds are the wrong way round. */
bool sql_range_normalize(struct sql_call *call, const struct sql_type *range_type,
                         struct sql_range *range);
bool sql_range_make(struct sql_call *call, const struct sql_type *range_type,
                    struct sql_range *range, struct datum *out);
/* From "[)" and the like; 42601. */
bool sql_range_flags(struct sql_call *call, struct slice flags, struct sql_range *range);

/* Order of two bounds, whichever side they are of. */
int sql_bound_compare(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_bound *a, const struct sql_bound *b);
/* Is nothing between an upper and a lower bound, and nothing in both? */
bool sql_bound_adjacent(struct sql_call *call, const struct sql_type *subtype,
                        const struct sql_bound *upper, const struct sql_bound *lower,
                        const struct sql_type *range_type);
int sql_range_compare(struct sql_call *call, const struct sql_type *subtype,
                      const struct sql_range *a, const struct sql_range *b);

/* Reads one range's text from *at on, up to its closing bracket; malformed: the whole literal and its
 * kind for the error. */
bool sql_range_read(struct sql_call *call, const struct sql_type *range_type, struct slice text,
                    size_t *at, int32_t typmod, struct sql_range *out);

/* The ranges of a range or multirange value. */
bool sql_spans_open(struct sql_call *call, const struct sql_type *type, struct datum value,
                    struct sql_spans *out);
/* Sorts and joins what touches; empty ones are dropped. */
bool sql_spans_normalize(struct sql_call *call, const struct sql_type *range_type,
                         struct sql_spans *spans);
/* As a multirange, or, where type is a range type, as the one range they must be (false in *single
 * when they are several). */
bool sql_spans_make(struct sql_call *call, const struct sql_type *type,
                    const struct sql_spans *spans, bool *single, struct datum *out);

extern const struct sql_type_ops sql_range_ops;
extern const struct sql_type_ops sql_multirange_ops;
extern const struct sql_builtin sql_range_builtins[];
extern const struct sql_builtin sql_span_builtins[];

#endif
