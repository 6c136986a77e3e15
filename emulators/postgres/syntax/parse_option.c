#include "emulators/postgres/syntax/parser.h"

/* Lists of name [= value] in their several spellings. */

/* def_arg: a type's name, a word, an operator, a number, a string, NONE. */
struct ast_node *pg_parse_def_arg(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    uint16_t kind = token->kind;
    int32_t at = token->at;
    const struct pg_keyword *keyword = pg_token_keyword(token);
    if (kind == PG_TOKEN_STRING)
        return pg_string(p, pg_parse_string(p), at);
    if (kind == PG_TOKEN_INTEGER || kind == PG_TOKEN_FLOAT ||
        ((kind == '+' || kind == '-') &&
         (pg_peek(p, 1) == PG_TOKEN_INTEGER || pg_peek(p, 1) == PG_TOKEN_FLOAT)))
        return pg_parse_numeric_only(p);
    if (keyword && (keyword->class == PG_RESERVED || kind == PG_KW_NONE)) {
        pg_skip(p);
        return pg_string(p, keyword->word, at);
    }
    if ((kind == PG_KW_OPERATOR && pg_peek(p, 1) == '(') || kind == PG_TOKEN_OPERATOR ||
        kind < 256 || (kind >= PG_TOKEN_LESS_EQUAL && kind <= PG_TOKEN_NOT_EQUAL)) {
        struct ast_name *name = PG_NEW(p, NAME, name, at);
        name->names = pg_parse_qual_all_operator(p);
        return &name->node;
    }
    return &pg_parse_func_type(p)->node;
}

/* reloption_elem: [space.]name [= value]. */
static struct ast_node *parse_reloption(struct pg_parser *p)
{
    struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
    option->name = pg_parse_col_label(p);
    if (pg_accept(p, '.')) {
        option->space = option->name;
        option->name = pg_parse_col_label(p);
    }
    if (pg_accept(p, '='))
        option->value = pg_parse_def_arg(p);
    return &option->node;
}

struct ast_list pg_parse_reloptions(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do
        pg_list_add(p, &list, parse_reloption(p));
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* definition: '(' def_elem, ... ')', names without a space. */
struct ast_list pg_parse_definition(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
        option->name = pg_parse_col_label(p);
        if (pg_accept(p, '='))
            option->value = pg_parse_def_arg(p);
        pg_list_add(p, &list, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* operator_def_list: each has a value. */
struct ast_list pg_parse_operator_definition(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
        option->name = pg_parse_col_label(p);
        pg_expect(p, '=');
        if (!pg_accept(p, PG_KW_NONE))
            option->value = pg_parse_def_arg(p);
        pg_list_add(p, &list, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

struct ast_list pg_parse_opt_with_definition(struct pg_parser *p)
{
    return pg_accept(p, PG_KW_WITH) ? pg_parse_definition(p) : (struct ast_list){0};
}

/* opt_boolean_or_string and NumericOnly: what settings and utility options take. */
static struct ast_node *parse_utility_argument(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    int32_t at = token->at;
    struct slice text = token->text;
    uint16_t kind = token->kind;
    if (kind == PG_KW_TRUE || kind == PG_KW_FALSE || kind == PG_KW_ON || kind == PG_TOKEN_STRING ||
        pg_is_non_reserved_word(token)) {
        pg_skip(p);
        return pg_string(p, text, at);
    }
    if (kind == PG_TOKEN_INTEGER || kind == PG_TOKEN_FLOAT || kind == '+' || kind == '-')
        return pg_parse_numeric_only(p);
    return NULL;
}

/* utility_option_list: '(' name [value], ... ')'. */
struct ast_list pg_parse_utility_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
        bool analyze = pg_at(p) == PG_KW_ANALYZE || pg_at(p) == PG_KW_ANALYSE;
        option->name = analyze ? slice_str("analyze") : slice_of("", 0);
        if (analyze)
            pg_skip(p);
        else
            option->name = pg_parse_non_reserved_word(p);
        option->value = parse_utility_argument(p);
        pg_list_add(p, &list, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

static struct ast_option *parse_generic_option(struct pg_parser *p)
{
    struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
    option->name = pg_parse_col_label(p);
    int32_t at = pg_here(p);
    option->value = pg_string(p, pg_parse_string(p), at);
    return option;
}

/* create_generic_options: OPTIONS (name 'value', ...). */
struct ast_list pg_parse_create_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_accept(p, PG_KW_OPTIONS))
        return list;
    pg_expect(p, '(');
    do
        pg_list_add(p, &list, &parse_generic_option(p)->node);
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* alter_generic_options: OPTIONS ([SET | ADD] name 'value', DROP name, ...). */
struct ast_list pg_parse_alter_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect_two(p, PG_KW_OPTIONS, '(');
    do {
        uint16_t kind = pg_at(p);
        struct ast_option *option;
        enum ast_option_action action = AST_OPTION_PLAIN;
        if (pg_peek(p, 1) != PG_TOKEN_STRING)
            action = kind == PG_KW_SET    ? AST_OPTION_SET
                     : kind == PG_KW_ADD  ? AST_OPTION_ADD
                     : kind == PG_KW_DROP ? AST_OPTION_DROP
                                          : AST_OPTION_PLAIN;
        if (action != AST_OPTION_PLAIN)
            pg_skip(p);
        if (action == AST_OPTION_DROP) {
            option = PG_NEW(p, OPTION, option, pg_here(p));
            option->name = pg_parse_col_label(p);
        } else {
            option = parse_generic_option(p);
        }
        option->action = action;
        pg_list_add(p, &list, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}
