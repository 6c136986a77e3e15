#include "emulators/postgres/syntax/parser.h"

/* Whether the token is a name: an identifier or a keyword of one of these classes (bits). */
static bool is_name(const struct pg_token *token, unsigned classes)
{
    if (token->kind == PG_TOKEN_IDENT)
        return true;
    const struct pg_keyword *keyword = pg_token_keyword(token);
    return keyword && (classes >> keyword->class & 1) != 0;
}

bool pg_is_col_id(const struct pg_token *token)
{
    return is_name(token, 1u << PG_UNRESERVED | 1u << PG_COLUMN_NAME);
}

bool pg_is_type_function_name(const struct pg_token *token)
{
    return is_name(token, 1u << PG_UNRESERVED | 1u << PG_TYPE_OR_FUNCTION);
}

bool pg_is_non_reserved_word(const struct pg_token *token)
{
    return is_name(token, 1u << PG_UNRESERVED | 1u << PG_COLUMN_NAME | 1u << PG_TYPE_OR_FUNCTION);
}

bool pg_is_col_label(const struct pg_token *token)
{
    return token->kind == PG_TOKEN_IDENT || token->kind > PG_TOKEN_KEYWORD;
}

bool pg_is_bare_col_label(const struct pg_token *token)
{
    const struct pg_keyword *keyword = pg_token_keyword(token);
    return token->kind == PG_TOKEN_IDENT || (keyword && keyword->bare_label);
}

static struct slice take_name(struct pg_parser *p, bool (*is)(const struct pg_token *token))
{
    const struct pg_token *token = pg_token(p);
    if (!is(token)) {
        pg_unexpected(p);
        return slice_of("", 0);
    }
    struct slice name = token->text;
    pg_skip(p);
    return name;
}

struct slice pg_parse_col_id(struct pg_parser *p)
{
    return take_name(p, pg_is_col_id);
}

struct slice pg_parse_col_label(struct pg_parser *p)
{
    return take_name(p, pg_is_col_label);
}

struct slice pg_parse_type_function_name(struct pg_parser *p)
{
    return take_name(p, pg_is_type_function_name);
}

struct slice pg_parse_non_reserved_word(struct pg_parser *p)
{
    return take_name(p, pg_is_non_reserved_word);
}

static bool is_string(const struct pg_token *token)
{
    return token->kind == PG_TOKEN_STRING;
}

struct slice pg_parse_string(struct pg_parser *p)
{
    return take_name(p, is_string);
}

struct slice pg_parse_non_reserved_word_or_string(struct pg_parser *p)
{
    return pg_at(p) == PG_TOKEN_STRING ? pg_parse_string(p) : pg_parse_non_reserved_word(p);
}

int32_t pg_parse_integer(struct pg_parser *p)
{
    int32_t value = pg_token(p)->integer;
    pg_expect(p, PG_TOKEN_INTEGER);
    return value;
}

int32_t pg_parse_signed_integer(struct pg_parser *p)
{
    if (pg_accept(p, '-'))
        return -pg_parse_integer(p);
    pg_accept(p, '+');
    return pg_parse_integer(p);
}

struct ast_node *pg_parse_numeric_only(struct pg_parser *p)
{
    int32_t location = pg_here(p);
    bool minus = pg_accept(p, '-');
    if (!minus)
        pg_accept(p, '+');
    struct ast_node *number;
    if (pg_at(p) == PG_TOKEN_FLOAT) {
        struct ast_const *node = PG_NEW(p, CONST, const, location);
        node->type = AST_CONST_FLOAT;
        node->text = pg_token(p)->text;
        pg_skip(p);
        number = &node->node;
    } else {
        number = pg_integer(p, pg_parse_integer(p), location);
    }
    return minus ? pg_negate(p, number, location) : number;
}

/* attrs. */
static void parse_attributes(struct pg_parser *p, struct ast_names *names)
{
    while (pg_accept(p, '.'))
        pg_names_add(p, names, pg_parse_col_label(p));
}

struct ast_names pg_parse_any_name(struct pg_parser *p)
{
    struct ast_names names = {0};
    pg_names_add(p, &names, pg_parse_col_id(p));
    parse_attributes(p, &names);
    return names;
}

struct ast_names pg_parse_func_name(struct pg_parser *p)
{
    struct ast_names names = {0};
    /* A word that names no function can only begin a qualified name. */
    bool qualified = pg_is_col_id(pg_token(p)) && !pg_is_type_function_name(pg_token(p));
    if (pg_peek(p, 1) == '.')
        qualified = true;
    pg_names_add(p, &names, qualified ? pg_parse_col_id(p) : pg_parse_type_function_name(p));
    if (qualified && pg_at(p) != '.')
        pg_unexpected(p);
    parse_attributes(p, &names);
    return names;
}

/* all_Op. */
static bool is_operator(const struct pg_token *token)
{
    return token->kind == PG_TOKEN_OPERATOR ||
           (token->kind < 128 && memchr("+-*/%^<>=", token->kind, 9)) ||
           (token->kind >= PG_TOKEN_LESS_EQUAL && token->kind <= PG_TOKEN_NOT_EQUAL);
}

struct ast_names pg_parse_any_operator(struct pg_parser *p)
{
    struct ast_names names = {0};
    while (pg_is_col_id(pg_token(p))) {
        pg_names_add(p, &names, pg_parse_col_id(p));
        pg_expect(p, '.');
    }
    pg_names_add(p, &names, take_name(p, is_operator));
    return names;
}

struct ast_names pg_parse_qual_all_operator(struct pg_parser *p)
{
    struct ast_names names = {0};
    if (pg_accept(p, PG_KW_OPERATOR)) {
        pg_expect(p, '(');
        names = pg_parse_any_operator(p);
        pg_expect(p, ')');
    } else {
        pg_names_add(p, &names, take_name(p, is_operator));
    }
    return names;
}

struct ast_names pg_parse_name_list(struct pg_parser *p)
{
    struct ast_names names = {0};
    do
        pg_names_add(p, &names, pg_parse_col_id(p));
    while (pg_accept(p, ','));
    return names;
}

struct ast_names pg_parse_column_list(struct pg_parser *p)
{
    pg_expect(p, '(');
    struct ast_names names = pg_parse_name_list(p);
    pg_expect(p, ')');
    return names;
}

struct ast_names pg_parse_opt_column_list(struct pg_parser *p)
{
    return pg_at(p) == '(' ? pg_parse_column_list(p) : (struct ast_names){0};
}

struct ast_names pg_parse_opt_collate(struct pg_parser *p)
{
    return pg_accept(p, PG_KW_COLLATE) ? pg_parse_any_name(p) : (struct ast_names){0};
}

struct ast_collate *pg_parse_opt_collate_clause(struct pg_parser *p)
{
    struct ast_collate *collate = PG_NEW(p, COLLATE, collate, pg_here(p));
    collate->name = pg_parse_opt_collate(p);
    return collate->name.count ? collate : NULL;
}

struct ast_role *pg_parse_role(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    struct ast_role *role = PG_NEW(p, ROLE, role, token->at);
    if (token->kind == PG_KW_CURRENT_ROLE || token->kind == PG_KW_CURRENT_USER ||
        token->kind == PG_KW_SESSION_USER) {
        role->type = token->kind == PG_KW_CURRENT_ROLE   ? AST_ROLE_CURRENT_ROLE
                     : token->kind == PG_KW_CURRENT_USER ? AST_ROLE_CURRENT_USER
                                                         : AST_ROLE_SESSION_USER;
        pg_skip(p);
        return role;
    }
    int32_t at = token->at;
    role->name = pg_parse_non_reserved_word(p);
    if (slice_eq_str(role->name, "public"))
        role->type = AST_ROLE_PUBLIC;
    else if (slice_eq_str(role->name, "none"))
        pg_fail(p, at, "42939", "role name \"none\" is reserved");
    return role;
}

struct slice pg_parse_role_id(struct pg_parser *p)
{
    struct ast_role *role = pg_parse_role(p);
    static const char *const words[] = {
        [AST_ROLE_CURRENT_ROLE] = "CURRENT_ROLE",
        [AST_ROLE_CURRENT_USER] = "CURRENT_USER",
        [AST_ROLE_SESSION_USER] = "SESSION_USER",
    };
    if (role->type == AST_ROLE_PUBLIC)
        pg_fail(p, role->node.location, "42939", "role name \"public\" is reserved");
    else if (role->type != AST_ROLE_NAME)
        pg_fail(p, role->node.location, "42939", "%s cannot be used as a role name here",
                words[role->type]);
    return role->name;
}

struct ast_list pg_parse_role_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &pg_parse_role(p)->node);
    while (pg_accept(p, ','));
    return list;
}

struct slice pg_names_text(struct pg_parser *p, struct ast_names names)
{
    struct slice text = slice_of("", 0);
    for (uint32_t i = 0; i < names.count; i++)
        text = arena_concat(p->arena, text, i ? slice_str(".") : slice_str(""), names.items[i]);
    return text;
}

struct ast_relation *pg_relation_of_names(struct pg_parser *p, struct ast_names names,
                                          int32_t location)
{
    struct ast_relation *relation = PG_NEW(p, RELATION, relation, location);
    uint32_t count = names.count;
    if (count == 0)
        return relation;
    if (count > 3)
        pg_fail(p, location, "42601", "improper relation name (too many dotted names): " SLICE_FMT,
                SLICE_ARG(pg_names_text(p, names)));
    relation->name = names.items[count - 1];
    if (count > 1)
        relation->schema = names.items[count - 2];
    if (count > 2)
        relation->catalog = names.items[count - 3];
    return relation;
}

struct ast_relation *pg_parse_qualified_name(struct pg_parser *p)
{
    int32_t location = pg_here(p);
    struct ast_names names = {0};
    pg_names_add(p, &names, pg_parse_col_id(p));
    parse_attributes(p, &names);
    if (names.count > 3)
        pg_fail(p, location, "42601", "improper qualified name (too many dotted names): " SLICE_FMT,
                SLICE_ARG(pg_names_text(p, names)));
    return pg_relation_of_names(p, names, location);
}

struct ast_list pg_parse_qualified_name_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &pg_parse_qualified_name(p)->node);
    while (pg_accept(p, ','));
    return list;
}

/* qualified_name ['*'] | ONLY qualified_name | ONLY '(' qualified_name ')'. */
struct ast_relation *pg_parse_relation_expr(struct pg_parser *p)
{
    struct ast_relation *relation;
    if (pg_accept(p, PG_KW_ONLY)) {
        bool parentheses = pg_accept(p, '(');
        relation = pg_parse_qualified_name(p);
        if (parentheses)
            pg_expect(p, ')');
        relation->only = true;
        return relation;
    }
    relation = pg_parse_qualified_name(p);
    pg_accept(p, '*');
    return relation;
}

struct ast_list pg_parse_relation_expr_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &pg_parse_relation_expr(p)->node);
    while (pg_accept(p, ','));
    return list;
}
