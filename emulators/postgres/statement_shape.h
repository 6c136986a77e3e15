/* Statements of the simple protocol that differ in their integers alone, as programs write them that put
 * values into the text: pgbench, and drivers that send no parameters.
 *
 * The form of a text is the text with each integer replaced by 0. A statement of that form becomes one with
 * parameters where that changes nothing: integers beside a column in a comparison of the outer WHERE, in a row
 * of VALUES that is inserted, assigned in UPDATE. All others (LIMIT, positions in ORDER BY, lengths of types)
 * stay, and texts with other ones are other statements. No form is made of texts with strings, comments,
 * quoted names or fractions, nor of integers that may be too large for an int4.
 *
 * An analysed statement keeps its parameters only if a constant could not have been used better (partial
 * indexes, partitions), nor have failed before a row was seen; else it gets its constants back. */
#ifndef PARLEL_EMULATORS_POSTGRES_STATEMENT_SHAPE_H
#define PARLEL_EMULATORS_POSTGRES_STATEMENT_SHAPE_H

#include "common/arena.h"
#include "emulators/sql/value/datum.h"

#define PG_SHAPE_TEXT_MAX 1024
#define PG_SHAPE_INTEGERS 24

struct ast_node;
struct pg_analysis;
struct pg_session;
struct pg_statement;

struct pg_shape_integer {
    uint32_t at; /* in the text */
    int32_t value;
};

/* A text's. */
struct pg_shape {
    struct slice form;
    uint32_t count;
    struct pg_shape_integer integers[PG_SHAPE_INTEGERS];
};

/* A statement's. */
struct pg_shaping {
    struct pg_shape shape; /* of the text that it was made of */
    struct pg_shape_slot {
        struct ast_node **place; /* in the tree; NULL: the integer stays */
        struct ast_node *constant;
        bool negative;
    } slots[PG_SHAPE_INTEGERS]; /* parallel to the integers */
    /* Of the run at hand: its text, borrowed, and the values of the parameters. */
    struct slice text;
    struct datum values[PG_SHAPE_INTEGERS];
};

/* False: the text has no form. */
bool pg_shape_of(struct arena *arena, struct slice text, struct pg_shape *out);
/* Makes parameters of integers in a statement that was just parsed. False: out of memory. */
bool pg_shape_apply(struct pg_session *session, struct pg_statement *statement,
                    const struct pg_shape *shape);
/* Is the shaped statement the one of a text of the same form? */
bool pg_shape_fits(const struct pg_shaping *shaping, const struct pg_shape *shape);
/* The text of that shape is to be run: its integers become the statement's parameters. */
void pg_shape_fill(struct pg_shaping *shaping, const struct pg_shape *shape, struct slice text);
/* May the statement keep its parameters? */
bool pg_shape_holds(struct pg_session *session, const struct pg_analysis *analysis);
/* Gives the statement the values of its parameters as constants; it has no shape from now on. */
void pg_shape_undo(struct pg_statement *statement);

#endif
