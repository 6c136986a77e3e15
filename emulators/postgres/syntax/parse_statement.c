#include "emulators/postgres/syntax/parser.h"

struct ast_node *pg_parse_statement(struct pg_parser *p)
{
    uint16_t kind = pg_at(p);
    if (kind == ';' || kind == PG_TOKEN_END)
        return NULL;
    return pg_parse_preparable(p);
}
