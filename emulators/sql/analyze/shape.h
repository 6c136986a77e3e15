/* What stands where in the structs of analyzed queries, so that walking, copying and comparing them
 * are three short functions over tables rather than a case for each kind.
 *
 * A shape lists the members of a struct that matter. Members that are not listed are copied as they
 * are, not walked, and do not count when two are compared (locations, forms of printing, what the
 * planner fills in). */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_SHAPE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_SHAPE_H

#include "emulators/sql/analyze/query.h"

enum sql_member_kind {
    SQL_MEMBER_EXPR,     /* struct sql_expr * */
    SQL_MEMBER_EXPRS,    /* struct sql_exprs */
    SQL_MEMBER_QUERY,    /* struct sql_query *: one level of queries further in */
    SQL_MEMBER_STRUCT,   /* a pointer to one struct of `shape` */
    SQL_MEMBER_STRUCTS,  /* a pointer to an array of them, whose count is a uint32_t at count_at */
    SQL_MEMBER_POINTERS, /* the same with an array of pointers to them */
    SQL_MEMBER_RAW,      /* `size` bytes of numbers */
    SQL_MEMBER_RAWS,     /* a pointer to an array of numbers of `size` bytes each */
    SQL_MEMBER_SLICE,
    SQL_MEMBER_SLICES, /* a pointer to an array of slices */
    SQL_MEMBER_DATUM,  /* of the type whose id stands at count_at; 0: a struct sql_expr's type */
    SQL_MEMBER_FORGET, /* a pointer that a lasting copy does not keep (kept members only) */
};

struct sql_shape;

struct sql_member {
    uint8_t kind;
    uint8_t count_size; /* bytes of the count; 0: 4 */
    uint16_t at, count_at, size;
    const struct sql_shape *shape;
};

struct sql_shape {
    uint16_t size, count;
    const struct sql_member *members; /* first those with something to walk: below SQL_MEMBER_RAW */
    /* Pointers that matter only to copies that own all they have (catalog/flat.h). */
    uint16_t kept_count;
    const struct sql_member *kept;
};

/* The shape of an expression's own struct; its first members are those of struct sql_expr. */
const struct sql_shape *sql_shape_of(enum sql_expr_kind kind);
extern const struct sql_shape sql_shape_query, sql_shape_table, sql_shape_cte;

#endif
