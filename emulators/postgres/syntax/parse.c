#include "emulators/postgres/syntax/parser.h"

const struct pg_parse_options pg_parse_options_default = {
    .standard_conforming_strings = true,
    .escape_string_warning = true,
    .backslash_quote = PG_BACKSLASH_QUOTE_SAFE_ENCODING,
};

/* stmtmulti. */
static void parse_statements(struct pg_parser *p, struct ast_list *out)
{
    do {
        int32_t start = p->last_end;
        struct ast_node *statement = pg_parse_statement(p);
        if (pg_at(p) != ';' && pg_at(p) != PG_TOKEN_END)
            pg_unexpected(p);
        if (!statement)
            continue;
        struct ast_raw_statement *raw = PG_NEW(p, RAW_STATEMENT, raw_statement, start);
        raw->statement = statement;
        raw->start = start;
        raw->len = pg_at(p) == ';' ? pg_here(p) - start : 0;
        pg_list_add(p, out, &raw->node);
    } while (pg_accept(p, ';'));
}

bool pg_parse(struct arena *arena, struct slice text, const struct pg_parse_options *options,
              struct ast_list *out, struct sql_error *error)
{
    struct pg_parser p;
    struct ast_list list = {0};
    pg_parser_init(&p, arena, text, options, error);
    parse_statements(&p, &list);
    if (!p.failed)
        *out = list;
    return !p.failed;
}

static bool finish(struct pg_parser *p)
{
    if (pg_at(p) != PG_TOKEN_END)
        pg_unexpected(p);
    return !p->failed;
}

bool pg_parse_expression(struct arena *arena, struct slice text,
                         const struct pg_parse_options *options, struct ast_node **out,
                         struct sql_error *error)
{
    struct pg_parser p;
    pg_parser_init(&p, arena, text, options, error);
    struct ast_node *select = &pg_parse_routine_expression(&p)->node;
    if (!finish(&p))
        return false;
    *out = select;
    return true;
}

bool pg_parse_type_name(struct arena *arena, struct slice text,
                        const struct pg_parse_options *options, struct ast_type_name **out,
                        struct sql_error *error)
{
    struct pg_parser p;
    pg_parser_init(&p, arena, text, options, error);
    struct ast_type_name *type = pg_parse_typename(&p);
    if (!finish(&p))
        return false;
    *out = type;
    return true;
}

/* PLAssignStmt: plassign_target plassign_equals PLpgSQL_Expr. */
bool pg_parse_assignment(struct arena *arena, struct slice text, int32_t name_parts,
                         const struct pg_parse_options *options, struct ast_assignment **out,
                         struct sql_error *error)
{
    struct pg_parser p;
    pg_parser_init(&p, arena, text, options, error);
    struct ast_assignment *node = PG_NEW(&p, ASSIGNMENT, assignment, pg_here(&p));
    node->name_parts = name_parts;
    if (pg_at(&p) == PG_TOKEN_PARAM) {
        node->param = pg_token(&p)->integer;
        pg_skip(&p);
    } else {
        node->name = pg_parse_col_id(&p);
    }
    node->indirection = pg_parse_opt_indirection(&p);
    if (!pg_accept(&p, PG_TOKEN_ASSIGN))
        pg_expect(&p, '=');
    node->query = pg_parse_routine_expression(&p);
    if (!finish(&p))
        return false;
    *out = node;
    return true;
}
