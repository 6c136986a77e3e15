#include "emulators/postgres/syntax/parser.h"

/* iso_level. */
static const char *parse_isolation(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_SERIALIZABLE))
        return "serializable";
    if (pg_accept(p, PG_KW_REPEATABLE)) {
        pg_expect(p, PG_KW_READ);
        return "repeatable read";
    }
    pg_expect(p, PG_KW_READ);
    if (pg_accept(p, PG_KW_UNCOMMITTED))
        return "read uncommitted";
    pg_expect(p, PG_KW_COMMITTED);
    return "read committed";
}

/* transaction_mode_item; NULL: none here. */
static struct ast_option *parse_mode(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_ISOLATION)) {
        pg_expect(p, PG_KW_LEVEL);
        int32_t value_at = pg_here(p);
        struct ast_node *level = pg_string(p, slice_str(parse_isolation(p)), value_at);
        return pg_option(p, "transaction_isolation", level, at);
    }
    if (pg_accept(p, PG_KW_READ)) {
        bool only = pg_accept(p, PG_KW_ONLY);
        if (!only)
            pg_expect(p, PG_KW_WRITE);
        return pg_option(p, "transaction_read_only", pg_integer(p, only, at), at);
    }
    bool not = pg_at(p) == PG_KW_NOT;
    if (!not &&pg_at(p) != PG_KW_DEFERRABLE)
        return NULL;
    if (not )
        pg_skip(p);
    pg_expect(p, PG_KW_DEFERRABLE);
    return pg_option(p, "transaction_deferrable", pg_integer(p, !not, at), at);
}

struct ast_list pg_parse_transaction_modes(struct pg_parser *p)
{
    struct ast_list list = {0};
    for (;;) {
        bool comma = list.count && pg_accept(p, ',');
        struct ast_option *mode = parse_mode(p);
        if (!mode) {
            if (comma)
                pg_unexpected(p);
            return list;
        }
        pg_list_add(p, &list, &mode->node);
    }
}

/* opt_transaction. */
static void skip_work(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_WORK))
        pg_accept(p, PG_KW_TRANSACTION);
}

/* opt_transaction_chain. */
static bool parse_chain(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_AND))
        return false;
    bool no = pg_accept(p, PG_KW_NO);
    pg_expect(p, PG_KW_CHAIN);
    return !no;
}

/* COMMIT and ROLLBACK: PREPARED 'id', TO SAVEPOINT, or AND CHAIN. */
static void parse_end(struct pg_parser *p, struct ast_transaction *t, uint16_t word)
{
    bool rollback = word == PG_KW_ROLLBACK || word == PG_KW_ABORT;
    t->type = rollback ? AST_TRANSACTION_ROLLBACK : AST_TRANSACTION_COMMIT;
    bool prepared = word == PG_KW_ROLLBACK || word == PG_KW_COMMIT;
    if (prepared && pg_accept(p, PG_KW_PREPARED)) {
        t->type = rollback ? AST_TRANSACTION_ROLLBACK_PREPARED : AST_TRANSACTION_COMMIT_PREPARED;
        t->global_id = pg_parse_string(p);
        return;
    }
    skip_work(p);
    if (word == PG_KW_ROLLBACK && pg_accept(p, PG_KW_TO)) {
        t->type = AST_TRANSACTION_ROLLBACK_TO;
        if (pg_at(p) == PG_KW_SAVEPOINT && pg_is_col_id(pg_token_ahead(p, 1)))
            pg_skip(p);
        t->savepoint = pg_parse_col_id(p);
        return;
    }
    t->chain = parse_chain(p);
}

struct ast_node *pg_parse_transaction(struct pg_parser *p)
{
    struct ast_transaction *t = PG_NEW(p, TRANSACTION, transaction, pg_here(p));
    uint16_t word = pg_at(p);
    pg_skip(p);
    switch (word) {
    case PG_KW_BEGIN:
        t->type = AST_TRANSACTION_BEGIN;
        skip_work(p);
        t->options = pg_parse_transaction_modes(p);
        break;
    case PG_KW_START:
        t->type = AST_TRANSACTION_START;
        pg_expect(p, PG_KW_TRANSACTION);
        t->options = pg_parse_transaction_modes(p);
        break;
    case PG_KW_SAVEPOINT:
        t->type = AST_TRANSACTION_SAVEPOINT;
        t->savepoint = pg_parse_col_id(p);
        break;
    case PG_KW_RELEASE:
        t->type = AST_TRANSACTION_RELEASE;
        if (pg_at(p) == PG_KW_SAVEPOINT && pg_is_col_id(pg_token_ahead(p, 1)))
            pg_skip(p);
        t->savepoint = pg_parse_col_id(p);
        break;
    case PG_KW_PREPARE:
        t->type = AST_TRANSACTION_PREPARE;
        pg_expect(p, PG_KW_TRANSACTION);
        t->global_id = pg_parse_string(p);
        break;
    default: parse_end(p, t, word); break;
    }
    return &t->node;
}
