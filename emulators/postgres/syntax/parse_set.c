#include "emulators/postgres/syntax/parser.h"

/* SET, RESET, SHOW and what else sets variables. */

/* var_name: parts joined with dots. */
static struct slice parse_variable_name(struct pg_parser *p)
{
    struct slice name = pg_parse_col_id(p);
    while (pg_accept(p, '.'))
        name = arena_concat(p->arena, name, slice_str("."), pg_parse_col_id(p));
    return name;
}

/* opt_boolean_or_string, NumericOnly. */
struct ast_node *pg_parse_setting_value(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    int32_t at = token->at;
    struct slice text = token->text;
    uint16_t kind = token->kind;
    if (kind == PG_TOKEN_INTEGER || kind == PG_TOKEN_FLOAT || kind == '+' || kind == '-')
        return pg_parse_numeric_only(p);
    if (kind == PG_KW_TRUE || kind == PG_KW_FALSE || kind == PG_KW_ON) {
        pg_skip(p);
        return pg_string(p, text, at);
    }
    return pg_string(p, pg_parse_non_reserved_word_or_string(p), at);
}

/* TO or = and values, or DEFAULT; FROM CURRENT where that is allowed. */
static void parse_generic_value(struct pg_parser *p, struct ast_set *set)
{
    if (!pg_accept(p, '='))
        pg_expect(p, PG_KW_TO);
    if (pg_accept(p, PG_KW_DEFAULT)) {
        set->type = AST_SET_DEFAULT;
        return;
    }
    do
        pg_list_add(p, &set->args, pg_parse_setting_value(p));
    while (pg_accept(p, ','));
}

static void set_string(struct pg_parser *p, struct ast_set *set, const char *name,
                       struct slice value, int32_t at)
{
    set->name = slice_str(name);
    pg_list_add(p, &set->args, pg_string(p, value, at));
}

/* INTERVAL 'x' HOUR [TO MINUTE], INTERVAL (n) 'x'. */
static struct ast_node *parse_zone_interval(struct pg_parser *p)
{
    struct ast_type_name *type = pg_parse_builtin_type(p, true);
    struct ast_type_cast *cast = PG_NEW(p, TYPE_CAST, type_cast, type->node.location);
    int32_t at = pg_here(p);
    cast->type = type;
    cast->arg = pg_string(p, pg_parse_string(p), at);
    if (type->typmods.count == 0) {
        int32_t fields_at = pg_here(p);
        type->typmods = pg_parse_opt_interval(p);
        int32_t fields = type->typmods.count ? AST_AS(const, type->typmods.items[0])->integer : 0;
        const int32_t hour = 1 << 10, minute = 1 << 11;
        if (fields & ~(hour | minute))
            pg_fail(p, fields_at, "42601", "time zone interval must be HOUR or HOUR TO MINUTE");
    }
    return &cast->node;
}

/* zone_value. */
static void parse_zone(struct pg_parser *p, struct ast_set *set)
{
    const struct pg_token *token = pg_token(p);
    set->name = slice_str("timezone");
    if (pg_accept(p, PG_KW_DEFAULT) || pg_accept(p, PG_KW_LOCAL)) {
        set->type = AST_SET_DEFAULT;
    } else if (token->kind == PG_KW_INTERVAL) {
        pg_list_add(p, &set->args, parse_zone_interval(p));
    } else if (token->kind == PG_TOKEN_STRING || token->kind == PG_TOKEN_IDENT) {
        struct ast_node *name = pg_string(p, token->text, token->at);
        pg_skip(p);
        pg_list_add(p, &set->args, name);
    } else {
        pg_list_add(p, &set->args, pg_parse_numeric_only(p));
    }
}

/* NAMES [encoding | DEFAULT]. */
static void parse_names(struct pg_parser *p, struct ast_set *set)
{
    int32_t at = pg_here(p);
    set->name = slice_str("client_encoding");
    if (pg_at(p) == PG_TOKEN_STRING) {
        pg_list_add(p, &set->args, pg_string(p, pg_parse_string(p), at));
        return;
    }
    pg_accept(p, PG_KW_DEFAULT);
    set->type = AST_SET_DEFAULT;
}

static void parse_session_authorization(struct pg_parser *p, struct ast_set *set)
{
    int32_t at = pg_here(p);
    set->name = slice_str("session_authorization");
    if (pg_accept(p, PG_KW_DEFAULT))
        set->type = AST_SET_DEFAULT;
    else
        pg_list_add(p, &set->args, pg_string(p, pg_parse_non_reserved_word_or_string(p), at));
}

static void parse_xml_option(struct pg_parser *p, struct ast_set *set)
{
    bool document = pg_accept(p, PG_KW_DOCUMENT);
    if (!document)
        pg_expect(p, PG_KW_CONTENT);
    set_string(p, set, "xmloption", slice_str(document ? "DOCUMENT" : "CONTENT"), -1);
}

/* The forms of set_rest_more with words of their own; false: a variable's name stands here. */
static bool parse_special_set(struct pg_parser *p, struct ast_set *set)
{
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    int32_t next_at = pg_token_ahead(p, 1)->at;
    if (kind == PG_KW_TIME && next == PG_KW_ZONE) {
        pg_expect_two(p, PG_KW_TIME, PG_KW_ZONE);
        parse_zone(p, set);
    } else if (kind == PG_KW_CATALOG && next == PG_TOKEN_STRING) {
        pg_fail(p, next_at, "0A000", "current database cannot be changed");
    } else if (kind == PG_KW_SCHEMA && next == PG_TOKEN_STRING) {
        pg_skip(p);
        set_string(p, set, "search_path", pg_parse_string(p), next_at);
    } else if (kind == PG_KW_NAMES && next != '=' && next != PG_KW_TO && next != '.' &&
               next != PG_KW_FROM) {
        pg_skip(p);
        parse_names(p, set);
    } else if (kind == PG_KW_ROLE && next != '=' && next != PG_KW_TO && next != '.' &&
               next != PG_KW_FROM) {
        pg_skip(p);
        set_string(p, set, "role", pg_parse_non_reserved_word_or_string(p), next_at);
    } else if (kind == PG_KW_SESSION && next == PG_KW_AUTHORIZATION) {
        pg_expect_two(p, PG_KW_SESSION, PG_KW_AUTHORIZATION);
        parse_session_authorization(p, set);
    } else if (kind == PG_KW_XML && next == PG_KW_OPTION) {
        pg_expect_two(p, PG_KW_XML, PG_KW_OPTION);
        parse_xml_option(p, set);
    } else if (kind == PG_KW_TRANSACTION && next == PG_KW_SNAPSHOT) {
        pg_expect_two(p, PG_KW_TRANSACTION, PG_KW_SNAPSHOT);
        set->type = AST_SET_MULTI;
        int32_t at = pg_here(p);
        set_string(p, set, "TRANSACTION SNAPSHOT", pg_parse_string(p), at);
    } else {
        return false;
    }
    return true;
}

/* set_rest_more. */
static void parse_set_more(struct pg_parser *p, struct ast_set *set)
{
    if (parse_special_set(p, set))
        return;
    set->name = parse_variable_name(p);
    if (pg_accept(p, PG_KW_FROM)) {
        pg_expect(p, PG_KW_CURRENT);
        set->type = AST_SET_CURRENT;
        return;
    }
    parse_generic_value(p, set);
}

/* set_rest. */
static void parse_set_rest(struct pg_parser *p, struct ast_set *set)
{
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    bool modes = next == PG_KW_ISOLATION || next == PG_KW_READ || next == PG_KW_DEFERRABLE ||
                 next == PG_KW_NOT;
    if (kind == PG_KW_TRANSACTION && modes) {
        pg_skip(p);
        set->type = AST_SET_MULTI;
        set->name = slice_str("TRANSACTION");
        set->args = pg_parse_transaction_modes(p);
    } else if (kind == PG_KW_SESSION && next == PG_KW_CHARACTERISTICS) {
        pg_expect_two(p, PG_KW_SESSION, PG_KW_CHARACTERISTICS);
        pg_expect_two(p, PG_KW_AS, PG_KW_TRANSACTION);
        set->type = AST_SET_MULTI;
        set->name = slice_str("SESSION CHARACTERISTICS");
        set->args = pg_parse_transaction_modes(p);
        if (set->args.count == 0)
            pg_unexpected(p);
    } else {
        parse_set_more(p, set);
    }
}

/* generic_reset. */
static void parse_generic_reset(struct pg_parser *p, struct ast_set *set)
{
    set->type = pg_accept(p, PG_KW_ALL) ? AST_RESET_ALL : AST_RESET;
    if (set->type == AST_RESET)
        set->name = parse_variable_name(p);
}

/* The names that RESET and SHOW spell with several words; ptr NULL: none of them. */
static struct slice parse_spelled_name(struct pg_parser *p)
{
    uint16_t next = pg_peek(p, 1);
    if (pg_at(p) == PG_KW_TIME && next == PG_KW_ZONE) {
        pg_expect_two(p, PG_KW_TIME, PG_KW_ZONE);
        return slice_str("timezone");
    }
    if (pg_at(p) == PG_KW_TRANSACTION && next == PG_KW_ISOLATION) {
        pg_expect_two(p, PG_KW_TRANSACTION, PG_KW_ISOLATION);
        pg_expect(p, PG_KW_LEVEL);
        return slice_str("transaction_isolation");
    }
    if (pg_at(p) == PG_KW_SESSION && next == PG_KW_AUTHORIZATION) {
        pg_expect_two(p, PG_KW_SESSION, PG_KW_AUTHORIZATION);
        return slice_str("session_authorization");
    }
    return (struct slice){0};
}

static void parse_reset(struct pg_parser *p, struct ast_set *set)
{
    pg_skip(p);
    set->type = AST_RESET;
    set->name = parse_spelled_name(p);
    if (!set->name.ptr)
        parse_generic_reset(p, set);
}

/* SET CONSTRAINTS, at CONSTRAINTS. */
static struct ast_node *parse_set_constraints(struct pg_parser *p, int32_t at)
{
    struct ast_set_constraints *set = PG_NEW(p, SET_CONSTRAINTS, set_constraints, at);
    pg_skip(p);
    if (!pg_accept(p, PG_KW_ALL))
        set->constraints = pg_parse_qualified_name_list(p);
    set->deferred = pg_accept(p, PG_KW_DEFERRED);
    if (!set->deferred)
        pg_expect(p, PG_KW_IMMEDIATE);
    return &set->node;
}

struct ast_node *pg_parse_set_reset(struct pg_parser *p, bool statement)
{
    int32_t at = pg_here(p);
    struct ast_set *set = PG_NEW(p, SET, set, at);
    if (pg_at(p) == PG_KW_RESET) {
        parse_reset(p, set);
        return &set->node;
    }
    pg_expect(p, PG_KW_SET);
    uint16_t next = pg_peek(p, 1);
    bool named = next == '=' || next == PG_KW_TO || next == '.' || next == PG_KW_FROM;
    if (statement && pg_at(p) == PG_KW_CONSTRAINTS && !named)
        return parse_set_constraints(p, at);
    if (statement && pg_at(p) == PG_KW_LOCAL && !named) {
        pg_skip(p);
        set->local = true;
    } else if (statement && pg_at(p) == PG_KW_SESSION && !named && next != PG_KW_CHARACTERISTICS &&
               next != PG_KW_AUTHORIZATION) {
        pg_skip(p);
    }
    parse_set_rest(p, set);
    return &set->node;
}

struct ast_node *pg_parse_show(struct pg_parser *p)
{
    struct ast_show *show = PG_NEW(p, SHOW, show, pg_here(p));
    pg_skip(p);
    show->name = parse_spelled_name(p);
    if (!show->name.ptr)
        show->name = pg_accept(p, PG_KW_ALL) ? slice_str("all") : parse_variable_name(p);
    return &show->node;
}

/* ALTER SYSTEM SET | RESET, at SYSTEM. */
struct ast_node *pg_parse_alter_system(struct pg_parser *p, int32_t at)
{
    struct ast_alter_system *alter = PG_NEW(p, ALTER_SYSTEM, alter_system, at);
    pg_skip(p);
    alter->set = PG_NEW(p, SET, set, pg_here(p));
    if (pg_accept(p, PG_KW_RESET)) {
        parse_generic_reset(p, alter->set);
        return &alter->node;
    }
    pg_expect(p, PG_KW_SET);
    alter->set->name = parse_variable_name(p);
    parse_generic_value(p, alter->set);
    return &alter->node;
}
