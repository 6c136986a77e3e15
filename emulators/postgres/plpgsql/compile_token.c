/* Tokens of a body, and the texts of expressions and statements in it. */
#include <stdarg.h>
#include <stdio.h>

#include "emulators/postgres/plpgsql/compiler.h"
#include "emulators/postgres/session.h"

bool pl_failed(const struct pl_compiler *c)
{
    return c->env->error->sqlstate[0] != '\0';
}

int pl_line(const struct pl_compiler *c, int32_t at)
{
    int line = 1;
    for (int32_t i = 0; i < at && (size_t)i < c->text.len; i++)
        line += c->text.ptr[i] == '\n';
    return line;
}

bool pl_error(struct pl_compiler *c, const char *sqlstate, const char *format, ...)
{
    char text[400];
    va_list args;
    if (pl_failed(c))
        return false;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sql_fail(c->env->error, sqlstate, "%s", text);
    c->env->error->internal_query = c->text;
    c->env->error->internal_position = (uint32_t)c->token.at + 1;
    return false;
}

bool pl_syntax_error(struct pl_compiler *c)
{
    struct slice near = slice_of(c->text.ptr + c->token.at, (size_t)(c->token.end - c->token.at));
    if (c->token.kind == PG_TOKEN_END || near.len == 0)
        return pl_error(c, "42601", "syntax error at end of input");
    return pl_error(c, "42601", "syntax error at or near \"" SLICE_FMT "\"", SLICE_ARG(near));
}

static bool fetch(struct pl_compiler *c, struct pg_token *out)
{
    pg_lexer_next(&c->lexer, out);
    if (out->kind != PG_TOKEN_ERROR)
        return true;
    if (!pl_failed(c)) {
        struct arena *arena = c->env->error->arena;
        *c->env->error = c->lexer.failure;
        c->env->error->arena = arena;
        c->env->error->internal_query = c->text;
        c->env->error->internal_position = c->env->error->position;
        c->env->error->position = 0;
    }
    out->kind = PG_TOKEN_END;
    return false;
}

bool pl_next(struct pl_compiler *c)
{
    c->last_end = c->token.end;
    if (c->ahead_count) {
        c->token = c->ahead[0];
        c->ahead[0] = c->ahead[1];
        c->ahead_count--;
        return !pl_failed(c);
    }
    return fetch(c, &c->token);
}

const struct pg_token *pl_peek(struct pl_compiler *c, unsigned ahead)
{
    while (c->ahead_count <= ahead) {
        fetch(c, &c->ahead[c->ahead_count]);
        c->ahead_count++;
    }
    return &c->ahead[ahead];
}

/* A word as it is spelled, folded; empty: it is none, or in quotes. */
static struct slice word_of(const struct pl_compiler *c, const struct pg_token *token)
{
    const struct pg_keyword *keyword = pg_token_keyword(token);
    if (keyword)
        return keyword->word;
    if (token->kind != PG_TOKEN_IDENT || c->text.ptr[token->at] == '"')
        return slice_of(NULL, 0);
    return token->text;
}

bool pl_is(const struct pl_compiler *c, const char *word)
{
    return slice_eq_str(word_of(c, &c->token), word);
}

bool pl_is_sign(const struct pl_compiler *c, int sign)
{
    return c->token.kind == sign;
}

bool pl_accept(struct pl_compiler *c, const char *word)
{
    return pl_is(c, word) && pl_next(c);
}

bool pl_accept_sign(struct pl_compiler *c, int sign)
{
    return pl_is_sign(c, sign) && pl_next(c);
}

bool pl_expect(struct pl_compiler *c, const char *word)
{
    return pl_is(c, word) ? pl_next(c) : pl_syntax_error(c);
}

bool pl_expect_sign(struct pl_compiler *c, int sign)
{
    return pl_is_sign(c, sign) ? pl_next(c) : pl_syntax_error(c);
}

bool pl_is_name(const struct pl_compiler *c)
{
    const struct pg_keyword *keyword = pg_token_keyword(&c->token);
    return c->token.kind == PG_TOKEN_IDENT || (keyword && keyword->class != PG_RESERVED);
}

bool pl_name(struct pl_compiler *c, struct slice *out)
{
    const struct pg_keyword *keyword = pg_token_keyword(&c->token);
    if (!pl_is_name(c))
        return pl_syntax_error(c);
    *out = arena_dup(c->arena, keyword ? keyword->word : c->token.text);
    if (!out->ptr)
        return sql_fail_memory(c->env->error);
    return pl_next(c);
}

bool pl_grow(struct pl_compiler *c, void **items, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room ? *room * 2 : 4;
    void *grown = arena_array(c->arena, more, size);
    if (!grown)
        return sql_fail_memory(c->env->error);
    if (count)
        memcpy(grown, *items, count * size);
    *items = grown;
    *room = more;
    return true;
}

/* ---- texts */

static bool ends_here(const struct pl_compiler *c, const char *const *words, const char *signs)
{
    if (c->token.kind < 256 && signs && strchr(signs, (char)c->token.kind))
        return true;
    if (c->token.kind == PG_TOKEN_DOT_DOT && signs && strchr(signs, '\2'))
        return true;
    for (; words && *words; words++)
        if (pl_is(c, *words))
            return true;
    return false;
}

bool pl_read_text(struct pl_compiler *c, const char *const *words, const char *signs,
                  struct slice *out)
{
    int32_t start = c->token.at, end = start;
    int brackets = 0;
    while (brackets > 0 || !ends_here(c, words, signs)) {
        if (c->token.kind == PG_TOKEN_END || (c->token.kind == ';' && !strchr(signs, ';'))) {
            if (brackets > 0)
                return pl_error(c, "42601", "mismatched parentheses");
            return pl_syntax_error(c);
        }
        if (c->token.kind == '(' || c->token.kind == '[')
            brackets++;
        else if (c->token.kind == ')' || c->token.kind == ']')
            brackets--;
        if (brackets < 0)
            return pl_error(c, "42601", "mismatched parentheses");
        if (c->token.kind == ';')
            return pl_error(c, "42601", "mismatched parentheses");
        end = c->token.end;
        if (!pl_next(c))
            return false;
    }
    *out = slice_of(c->text.ptr + start, (size_t)(end - start));
    return true;
}

static bool parse_text(struct pl_compiler *c, struct pl_expr *expr, bool statement)
{
    struct sql_error *error = c->env->error;
    struct pg_parse_options options = pg_parse_options_default;
    struct ast_list list;
    bool ok;
    if (statement) {
        ok = pg_parse(c->arena, expr->query.text, &options, &list, error);
        if (ok && list.count != 1)
            return pl_error(c, "42601", "syntax error at end of input");
        if (ok)
            expr->query.tree = ((const struct ast_raw_statement *)list.items[0])->statement;
    } else {
        struct ast_node *tree = NULL;
        ok = pg_parse_expression(c->arena, expr->query.text, &options, &tree, error);
        expr->query.tree = tree;
    }
    if (!ok && error->position) {
        error->internal_query = c->text;
        error->internal_position = error->position + (uint32_t)(expr->query.text.ptr - c->text.ptr);
        error->position = 0;
    }
    return ok;
}

bool pl_make_expr(struct pl_compiler *c, struct slice text, bool statement, struct pl_expr **out)
{
    struct pl_expr *expr = arena_zalloc(c->arena, sizeof(*expr));
    if (!expr)
        return sql_fail_memory(c->env->error);
    expr->whole = statement;
    expr->function = c->function;
    expr->scope = c->scope;
    expr->visible = c->scope ? c->scope->count : 0;
    expr->query.text = text;
    expr->line = pl_line(c, (int32_t)(text.ptr - c->text.ptr));
    arena_init(&expr->query.arena);
    expr->next = c->function->exprs;
    c->function->exprs = expr;
    *out = expr;
    return parse_text(c, expr, statement);
}

bool pl_read_expr(struct pl_compiler *c, const char *const *words, const char *signs,
                  struct pl_expr **out)
{
    struct slice text;
    if (!pl_read_text(c, words, signs, &text))
        return false;
    if (text.len == 0) {
        if (c->token.kind == ';')
            return pl_error(c, "42601", "missing expression at or near \";\"");
        return pl_syntax_error(c);
    }
    return pl_make_expr(c, text, false, out);
}

bool pl_read_expr_semicolon(struct pl_compiler *c, struct pl_expr **out)
{
    return pl_read_expr(c, NULL, ";", out) && pl_next(c);
}

bool pl_add_expr(struct pl_compiler *c, struct pl_exprs *list, struct pl_expr *expr)
{
    if (!pl_grow(c, (void **)&list->items, list->count, &list->room, sizeof(*list->items)))
        return false;
    list->items[list->count++] = expr;
    return true;
}
