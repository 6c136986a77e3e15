#include "emulators/postgres/syntax/parser.h"

/* Cursors, prepared statements and EXPLAIN. */

/* cursor_options. */
static uint32_t parse_cursor_options(struct pg_parser *p)
{
    uint32_t options = 0;
    for (;;) {
        if (pg_accept(p, PG_KW_BINARY)) {
            options |= AST_CURSOR_BINARY;
        } else if (pg_accept(p, PG_KW_SCROLL)) {
            options |= AST_CURSOR_SCROLL;
        } else if (pg_accept(p, PG_KW_NO)) {
            pg_expect(p, PG_KW_SCROLL);
            options |= AST_CURSOR_NO_SCROLL;
        } else if (pg_accept(p, PG_KW_INSENSITIVE)) {
            options |= AST_CURSOR_INSENSITIVE;
        } else if (pg_accept(p, PG_KW_ASENSITIVE)) {
            options |= AST_CURSOR_ASENSITIVE;
        } else {
            return options;
        }
    }
}

struct ast_node *pg_parse_declare(struct pg_parser *p)
{
    struct ast_declare_cursor *declare = PG_NEW(p, DECLARE_CURSOR, declare_cursor, pg_here(p));
    pg_skip(p);
    declare->name = pg_parse_col_id(p);
    declare->options = parse_cursor_options(p);
    pg_expect(p, PG_KW_CURSOR);
    if (pg_accept(p, PG_KW_WITH)) {
        pg_expect(p, PG_KW_HOLD);
        declare->options |= AST_CURSOR_HOLD;
    } else if (pg_accept(p, PG_KW_WITHOUT)) {
        pg_expect(p, PG_KW_HOLD);
    }
    pg_expect(p, PG_KW_FOR);
    declare->query = &pg_parse_select(p)->node;
    return &declare->node;
}

struct ast_node *pg_parse_close(struct pg_parser *p)
{
    struct ast_close_cursor *close = PG_NEW(p, CLOSE_CURSOR, close_cursor, pg_here(p));
    pg_skip(p);
    if (!pg_accept(p, PG_KW_ALL))
        close->name = pg_parse_col_id(p);
    return &close->node;
}

/* Words of fetch_args that fix direction and count. */
static const struct {
    uint16_t word;
    enum ast_fetch_direction direction;
    int64_t count;
    bool counted; /* SignedIconst follows */
} directions[] = {
    {PG_KW_NEXT,     AST_FETCH_FORWARD,  1,             false},
    {PG_KW_PRIOR,    AST_FETCH_BACKWARD, 1,             false},
    {PG_KW_FIRST,    AST_FETCH_ABSOLUTE, 1,             false},
    {PG_KW_LAST,     AST_FETCH_ABSOLUTE, -1,            false},
    {PG_KW_ABSOLUTE, AST_FETCH_ABSOLUTE, 0,             true },
    {PG_KW_RELATIVE, AST_FETCH_RELATIVE, 0,             true },
    {PG_KW_ALL,      AST_FETCH_FORWARD,  AST_FETCH_ALL, false},
};

static bool at_number(struct pg_parser *p)
{
    return pg_at(p) == PG_TOKEN_INTEGER || pg_at(p) == '+' || pg_at(p) == '-';
}

/* FORWARD, BACKWARD [count | ALL]. */
static void parse_ward(struct pg_parser *p, struct ast_fetch *fetch)
{
    if (at_number(p))
        fetch->count = pg_parse_signed_integer(p);
    else if (pg_accept(p, PG_KW_ALL))
        fetch->count = AST_FETCH_ALL;
}

static void parse_direction(struct pg_parser *p, struct ast_fetch *fetch)
{
    uint16_t next = pg_peek(p, 1);
    if (at_number(p)) {
        fetch->count = pg_parse_signed_integer(p);
        return;
    }
    if (pg_is_col_id(pg_token(p)) && (next == PG_TOKEN_END || next == ';'))
        return; /* the word is the cursor's name */
    if (pg_at(p) == PG_KW_FORWARD || pg_at(p) == PG_KW_BACKWARD) {
        fetch->direction = pg_at(p) == PG_KW_FORWARD ? AST_FETCH_FORWARD : AST_FETCH_BACKWARD;
        pg_skip(p);
        parse_ward(p, fetch);
        return;
    }
    for (size_t i = 0; i < sizeof(directions) / sizeof(*directions); i++) {
        if (!pg_accept(p, directions[i].word))
            continue;
        fetch->direction = directions[i].direction;
        fetch->count = directions[i].counted ? pg_parse_signed_integer(p) : directions[i].count;
        return;
    }
}

struct ast_node *pg_parse_fetch(struct pg_parser *p)
{
    struct ast_fetch *fetch = PG_NEW(p, FETCH, fetch, pg_here(p));
    fetch->move = pg_at(p) == PG_KW_MOVE;
    fetch->count = 1;
    pg_skip(p);
    parse_direction(p, fetch);
    if (!pg_accept(p, PG_KW_FROM))
        pg_accept(p, PG_KW_IN);
    fetch->cursor = pg_parse_col_id(p);
    return &fetch->node;
}

struct ast_node *pg_parse_prepare(struct pg_parser *p)
{
    if (pg_peek(p, 1) == PG_KW_TRANSACTION && pg_peek(p, 2) == PG_TOKEN_STRING)
        return pg_parse_transaction(p);
    struct ast_prepare *prepare = PG_NEW(p, PREPARE, prepare, pg_here(p));
    pg_skip(p);
    prepare->name = pg_parse_col_id(p);
    if (pg_accept(p, '(')) {
        prepare->types = pg_parse_type_list(p);
        pg_expect(p, ')');
    }
    pg_expect(p, PG_KW_AS);
    prepare->query = pg_parse_preparable(p);
    return &prepare->node;
}

struct ast_node *pg_parse_execute(struct pg_parser *p)
{
    struct ast_execute *execute = PG_NEW(p, EXECUTE, execute, pg_here(p));
    pg_expect(p, PG_KW_EXECUTE);
    execute->name = pg_parse_col_id(p);
    if (pg_accept(p, '(')) {
        execute->args = pg_parse_expr_list(p);
        pg_expect(p, ')');
    }
    return &execute->node;
}

struct ast_node *pg_parse_deallocate(struct pg_parser *p)
{
    struct ast_deallocate *deallocate = PG_NEW(p, DEALLOCATE, deallocate, pg_here(p));
    pg_skip(p);
    uint16_t next = pg_peek(p, 1);
    if (pg_at(p) == PG_KW_PREPARE && next != PG_TOKEN_END && next != ';')
        pg_skip(p);
    if (!pg_accept(p, PG_KW_ALL))
        deallocate->name = pg_parse_col_id(p);
    return &deallocate->node;
}

/* CREATE TABLE AS and CREATE MATERIALIZED VIEW are all of CREATE that EXPLAIN takes. */
static struct ast_node *parse_explainable_create(struct pg_parser *p)
{
    struct ast_node *node = pg_parse_statement(p);
    if (node->kind != AST_CREATE_TABLE_AS)
        pg_unexpected(p);
    return node;
}

/* ExplainableStmt. */
static struct ast_node *parse_explainable(struct pg_parser *p)
{
    switch (pg_at(p)) {
    case PG_KW_DECLARE: return pg_parse_declare(p);
    case PG_KW_CREATE: return parse_explainable_create(p);
    case PG_KW_REFRESH: return pg_parse_refresh(p);
    case PG_KW_EXECUTE: return pg_parse_execute(p);
    default: return pg_parse_preparable(p);
    }
}

struct ast_node *pg_parse_explain(struct pg_parser *p)
{
    struct ast_explain *explain = PG_NEW(p, EXPLAIN, explain, pg_here(p));
    pg_skip(p);
    uint16_t next = pg_peek(p, 1);
    if (pg_at(p) == '(' && next != '(' && !pg_starts_select(next)) {
        explain->options = pg_parse_utility_options(p);
    } else {
        int32_t at = pg_here(p);
        if (pg_accept(p, PG_KW_ANALYZE) || pg_accept(p, PG_KW_ANALYSE))
            pg_list_add(p, &explain->options, &pg_option(p, "analyze", NULL, at)->node);
        at = pg_here(p);
        if (pg_accept(p, PG_KW_VERBOSE))
            pg_list_add(p, &explain->options, &pg_option(p, "verbose", NULL, at)->node);
    }
    if (pg_enter(p)) {
        explain->query = parse_explainable(p);
        pg_leave(p);
    }
    return &explain->node;
}
