/* Which members of each kind of node lead to further nodes: a generated table (generate_fields). */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_FIELDS_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_FIELDS_H

#include "emulators/sql/syntax/ast.h"

struct ast_field {
    uint16_t offset;
    bool list; /* a struct ast_list rather than a pointer to a node */
};

/* Those of a kind are ast_fields[ast_field_starts[kind]] up to the next kind's. */
extern const struct ast_field ast_fields[];
extern const uint16_t ast_field_starts[AST_KIND_COUNT + 1];

#endif
