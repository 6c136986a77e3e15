#include "emulators/postgres/syntax/parser.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/fiber.h"
#include "emulators/postgres/syntax/literal.h"

void pg_parser_init(struct pg_parser *p, struct arena *arena, struct slice text,
                    const struct pg_parse_options *options, struct sql_error *error)
{
    p->arena = arena;
    p->error = error;
    p->failed = p->in_substring = false;
    p->depth = p->head = p->filled = 0;
    p->last_end = 0;
    pg_lexer_init(&p->lexer, arena, text, options);
}

/* Nothing goes on after an error: all tokens are the end. */
static void poison(struct pg_parser *p)
{
    p->failed = true;
    p->filled = PG_LOOKAHEAD;
    for (uint32_t i = 0; i < PG_LOOKAHEAD; i++)
        p->tokens[i] = (struct pg_token){.kind = PG_TOKEN_END, .at = p->last_end};
}

static void fail_lexer(struct pg_parser *p)
{
    struct arena *arena = p->error->arena;
    *p->error = p->lexer.failure;
    p->error->arena = arena;
    poison(p);
}

/* U&'' and U&"": UESCAPE 'c' behind them belongs to them. */
static void finish_unicode(struct pg_parser *p, struct pg_token *token)
{
    uint8_t escape = '\\';
    size_t before = p->lexer.at;
    struct pg_token next;
    bool string = token->kind == PG_TOKEN_UNICODE_STRING;
    if (string && !p->lexer.options->standard_conforming_strings) {
        sql_fail_at(&p->lexer.failure, token->at, "0A000",
                    "unsafe use of string constant with Unicode escapes");
        sql_detail(&p->lexer.failure, "String constants with Unicode escapes cannot be used when "
                                      "standard_conforming_strings is off.");
        token->kind = PG_TOKEN_ERROR;
        return;
    }
    pg_lexer_next(&p->lexer, &next);
    if (next.kind == PG_KW_UESCAPE) {
        pg_lexer_next(&p->lexer, &next);
        const char *problem = NULL;
        if (next.kind != PG_TOKEN_STRING)
            problem = "UESCAPE must be followed by a simple string literal";
        else if (next.text.len != 1 ||
                 strchr("0123456789abcdefABCDEF+'\" \t\n\r\f", next.text.ptr[0]))
            problem = "invalid Unicode escape character";
        if (problem) {
            pg_fail_near(&p->lexer.failure, p->lexer.text, next.at, next.end, problem);
            token->kind = PG_TOKEN_ERROR;
            return;
        }
        escape = next.text.ptr[0];
        token->end = next.end;
    } else {
        p->lexer.at = before;
    }
    struct slice value = token->text;
    bool good = pg_literal_unicode(&p->lexer, value, escape, token->at, &token->text);
    token->kind = !good ? PG_TOKEN_ERROR : string ? PG_TOKEN_STRING : PG_TOKEN_IDENT;
    if (token->kind == PG_TOKEN_IDENT)
        token->text = pg_name_cut(&p->lexer, token->text, token->at);
}

void pg_fill(struct pg_parser *p, uint32_t count)
{
    while (p->filled < count) {
        struct pg_token *token = &p->tokens[(p->head + p->filled) % PG_LOOKAHEAD];
        pg_lexer_next(&p->lexer, token);
        if (token->kind == PG_TOKEN_UNICODE_IDENT || token->kind == PG_TOKEN_UNICODE_STRING)
            finish_unicode(p, token);
        p->filled++;
    }
}

void pg_skip(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    if (p->failed)
        return;
    if (token->kind == PG_TOKEN_ERROR) {
        fail_lexer(p);
        return;
    }
    p->last_end = token->end;
    if (token->kind == PG_TOKEN_END)
        return;
    p->head++;
    p->filled--;
}

bool pg_accept(struct pg_parser *p, uint16_t kind)
{
    if (pg_at(p) != kind)
        return false;
    pg_skip(p);
    return true;
}

bool pg_accept_two(struct pg_parser *p, uint16_t first, uint16_t second)
{
    if (pg_at(p) != first || pg_peek(p, 1) != second)
        return false;
    pg_skip(p);
    pg_skip(p);
    return true;
}

void pg_expect(struct pg_parser *p, uint16_t kind)
{
    if (!pg_accept(p, kind))
        pg_unexpected(p);
}

void pg_expect_two(struct pg_parser *p, uint16_t first, uint16_t second)
{
    pg_expect(p, first);
    pg_expect(p, second);
}

bool pg_at_word(struct pg_parser *p, uint32_t ahead, const char *word)
{
    const struct pg_token *token = pg_token_ahead(p, ahead);
    return token->kind == PG_TOKEN_IDENT && slice_eq_str(token->text, word) &&
           (size_t)(token->end - token->at) == token->text.len;
}

bool pg_accept_word(struct pg_parser *p, const char *word)
{
    if (!pg_at_word(p, 0, word))
        return false;
    pg_skip(p);
    return true;
}

void pg_expect_word(struct pg_parser *p, const char *word)
{
    if (!pg_accept_word(p, word))
        pg_unexpected(p);
}

bool pg_accept_if_exists(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_IF || pg_peek(p, 1) != PG_KW_EXISTS)
        return false;
    pg_skip(p);
    pg_skip(p);
    return true;
}

bool pg_accept_if_not_exists(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_IF || pg_peek(p, 1) != PG_KW_NOT)
        return false;
    pg_skip(p);
    pg_skip(p);
    pg_expect(p, PG_KW_EXISTS);
    return true;
}

bool pg_opt_drop_behavior(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_CASCADE))
        return true;
    pg_accept(p, PG_KW_RESTRICT);
    return false;
}

void pg_fail_here(struct pg_parser *p, const char *message)
{
    if (p->failed)
        return;
    const struct pg_token *token = pg_token(p);
    if (token->kind == PG_TOKEN_ERROR) {
        fail_lexer(p);
        return;
    }
    pg_fail_near(p->error, p->lexer.text, token->at, token->end, message);
    poison(p);
}

void pg_unexpected(struct pg_parser *p)
{
    pg_fail_here(p, "syntax error");
}

void pg_fail(struct pg_parser *p, int32_t location, const char *sqlstate, const char *format, ...)
{
    if (p->failed)
        return;
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sql_fail_at(p->error, location, sqlstate, "%s", message);
    poison(p);
}

bool pg_enter(struct pg_parser *p)
{
    if (p->failed)
        return false;
    if (++p->depth > PG_PARSE_DEPTH_MAX || fiber_stack_left() < PG_PARSE_STACK_MIN) {
        sql_fail(p->error, "54001", "stack depth limit exceeded");
        sql_hint(
            p->error,
            "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after "
            "ensuring the platform's stack depth limit is adequate.");
        poison(p);
        return false;
    }
    return true;
}

void pg_leave(struct pg_parser *p)
{
    p->depth--;
}

static void fail_memory(struct pg_parser *p)
{
    if (!p->failed)
        sql_fail_memory(p->error);
    poison(p);
}

void *pg_new(struct pg_parser *p, enum ast_kind kind, size_t size, int32_t location)
{
    struct ast_node *node = arena_zalloc(p->arena, size);
    if (!node) {
        fail_memory(p);
        memset(p->spare, 0, sizeof(p->spare));
        node = (struct ast_node *)p->spare;
    }
    node->kind = kind;
    node->location = location;
    return node;
}

/* Lists grow by doubling: at 0, 4, 8, 16 ... items. Returns the room for one more, NULL: none. */
static void *grow(struct pg_parser *p, void *items, uint32_t count, size_t size)
{
    if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
        return items;
    void *larger = arena_array(p->arena, count ? (size_t)count * 2 : 4, size);
    if (!larger)
        fail_memory(p);
    else if (count)
        memcpy(larger, items, count * size);
    return larger;
}

void pg_list_add(struct pg_parser *p, struct ast_list *list, struct ast_node *node)
{
    struct ast_node **items = grow(p, list->items, list->count, sizeof(*items));
    if (!items)
        return;
    list->items = items;
    list->items[list->count++] = node;
}

void pg_names_add(struct pg_parser *p, struct ast_names *names, struct slice name)
{
    struct slice *items = grow(p, names->items, names->count, sizeof(*items));
    if (!items)
        return;
    names->items = items;
    names->items[names->count++] = name;
}

struct ast_names pg_names_of(struct pg_parser *p, const char *first, const char *second)
{
    struct ast_names names = {0};
    pg_names_add(p, &names, slice_str(first));
    if (second)
        pg_names_add(p, &names, slice_str(second));
    return names;
}

static struct ast_const *constant(struct pg_parser *p, enum ast_const_type type, int32_t location)
{
    struct ast_const *node = PG_NEW(p, CONST, const, location);
    node->type = type;
    return node;
}

struct ast_node *pg_integer(struct pg_parser *p, int32_t value, int32_t location)
{
    struct ast_const *node = constant(p, AST_CONST_INTEGER, location);
    node->integer = value;
    return &node->node;
}

struct ast_node *pg_string(struct pg_parser *p, struct slice value, int32_t location)
{
    struct ast_const *node = constant(p, AST_CONST_STRING, location);
    node->text = value;
    return &node->node;
}

struct ast_node *pg_boolean(struct pg_parser *p, bool value, int32_t location)
{
    struct ast_const *node = constant(p, AST_CONST_BOOLEAN, location);
    node->boolean = value;
    return &node->node;
}

struct ast_node *pg_null(struct pg_parser *p, int32_t location)
{
    return &constant(p, AST_CONST_NULL, location)->node;
}

struct ast_node *pg_name_node(struct pg_parser *p, struct slice name, int32_t location)
{
    struct ast_name *node = PG_NEW(p, NAME, name, location);
    pg_names_add(p, &node->names, name);
    return &node->node;
}

struct ast_node *pg_list_node(struct pg_parser *p, struct ast_list list, int32_t location)
{
    struct ast_list_node *node = PG_NEW(p, LIST, list_node, location);
    node->list = list;
    return &node->node;
}

struct ast_option *pg_option(struct pg_parser *p, const char *name, struct ast_node *value,
                             int32_t location)
{
    struct ast_option *option = PG_NEW(p, OPTION, option, location);
    option->name = slice_str(name);
    option->value = value;
    return option;
}
