/* Queries of operands with & | ! and parentheses, ! binding closest: ltxtquery, query_int. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_BOOLEAN_QUERY_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_BOOLEAN_QUERY_H

#include "emulators/sql/value/call.h"

struct pg_boolean_node {
    char kind; /* & | ! or o, an operand */
    uint32_t depth;
    const void *operand;
    const struct pg_boolean_node *left, *right; /* !: left */
};

/* A text that is read. */
struct pg_boolean_reader {
    struct sql_call *call;
    struct slice text;
    size_t at;
    const struct pg_boolean_kind *kind;
};

/* What the operands of a type of queries are. */
struct pg_boolean_kind {
    const char *no_operand; /* 42601 where one is due; all else is a "syntax error" */
    bool (*begins)(uint8_t c);
    /* Reads one, from its first character on. NULL: the error is filled. */
    const void *(*read)(struct pg_boolean_reader *reader);
    void (*print)(struct sql_bytes *out, const void *operand);
    bool (*holds)(const void *context, const void *operand);
};

/* NULL: the error is filled. */
const struct pg_boolean_node *pg_boolean_parse(struct sql_call *call, struct slice text,
                                               const struct pg_boolean_kind *kind);
bool pg_boolean_fail(struct pg_boolean_reader *reader, const char *what); /* 42601 */
/* The canonical text. */
void pg_boolean_print(struct sql_bytes *out, const struct pg_boolean_node *node,
                      const struct pg_boolean_kind *kind);
bool pg_boolean_holds(const struct pg_boolean_node *node, const struct pg_boolean_kind *kind,
                      const void *context);
/* A type's input: the query's canonical text. */
bool pg_boolean_input(struct sql_call *call, struct slice text, const struct pg_boolean_kind *kind,
                      struct datum *out);

#endif
