/* References to expressions of the catalog: what system relations show as pg_node_tree. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_EXPRESSION_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_EXPRESSION_H

#include "emulators/sql/catalog/objects.h"

/* Where an expression stands: of the object with the id. */
enum pg_expression_kind {
    PG_EXPRESSION_DEFAULT = 'd',    /* column `part` of a relation */
    PG_EXPRESSION_CHECK = 'c',      /* a constraint */
    PG_EXPRESSION_INDEX = 'i',      /* all expressions of an index */
    PG_EXPRESSION_PREDICATE = 'p',  /* WHERE of an index */
    PG_EXPRESSION_USING = 'u',      /* of a policy */
    PG_EXPRESSION_WITH_CHECK = 'w', /* of a policy */
    PG_EXPRESSION_WHEN = 't',       /* of a trigger */
    PG_EXPRESSION_PARTITION = 'k',  /* expressions of a partition key */
    PG_EXPRESSION_BOUND = 'b',      /* a partition's bound */
    PG_EXPRESSION_ARGUMENTS = 'a',  /* defaults of a routine's arguments */
    PG_EXPRESSION_TYPE_DEFAULT = 'y',
    PG_EXPRESSION_BODY = 's',   /* of a routine written as SQL statements */
    PG_EXPRESSION_RULE = 'r',   /* actions of a rule, the query of a view */
    PG_EXPRESSION_FILTER = 'f', /* rows of a table in a publication */
};

struct slice pg_expression_text(struct arena *arena, enum pg_expression_kind kind, uint32_t id,
                                int32_t part);
/* Reads what pg_expression_text made; false: it is none. */
bool pg_expression_read(struct slice text, enum pg_expression_kind *out_kind, uint32_t *out_id,
                        int32_t *out_part);

#endif
