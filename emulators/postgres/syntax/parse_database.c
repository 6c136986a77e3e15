#include "emulators/postgres/syntax/parser.h"

/* Schemas, databases, tablespaces, extensions. CREATE's begin at their own word. */

/* OptSchemaEltList. */
static struct ast_list parse_schema_elements(struct pg_parser *p)
{
    struct ast_list list = {0};
    while ((pg_at(p) == PG_KW_CREATE || pg_at(p) == PG_KW_GRANT) && pg_enter(p)) {
        struct ast_node *element = pg_parse_statement(p);
        bool allowed = element->kind == AST_CREATE_TABLE || element->kind == AST_CREATE_INDEX ||
                       element->kind == AST_CREATE_SEQUENCE || element->kind == AST_GRANT ||
                       element->kind == AST_CREATE_TRIGGER || element->kind == AST_CREATE_VIEW;
        if (!allowed)
            pg_unexpected(p);
        pg_list_add(p, &list, element);
        pg_leave(p);
    }
    return list;
}

struct ast_node *pg_parse_create_schema(struct pg_parser *p)
{
    struct ast_create_schema *create = PG_NEW(p, CREATE_SCHEMA, create_schema, pg_here(p));
    pg_skip(p);
    create->if_not_exists = pg_accept_if_not_exists(p);
    if (pg_at(p) != PG_KW_AUTHORIZATION)
        create->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_AUTHORIZATION))
        create->owner = pg_parse_role(p);
    int32_t at = pg_here(p);
    create->elements = parse_schema_elements(p);
    if (create->if_not_exists && create->elements.count)
        pg_fail(p, at, "0A000", "CREATE SCHEMA IF NOT EXISTS cannot include schema elements");
    return &create->node;
}

/* createdb_opt_name; ptr NULL: none here. */
static struct slice parse_database_option_name(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    struct slice name = token->text;
    switch (token->kind) {
    case PG_TOKEN_IDENT:
    case PG_KW_ENCODING:
    case PG_KW_LOCATION:
    case PG_KW_OWNER:
    case PG_KW_TABLESPACE:
    case PG_KW_TEMPLATE: pg_skip(p); return name;
    case PG_KW_CONNECTION:
        pg_skip(p);
        pg_expect(p, PG_KW_LIMIT);
        return slice_str("connection_limit");
    default: return (struct slice){0};
    }
}

/* SignedIconst | opt_boolean_or_string | DEFAULT, which is no value. */
static struct ast_node *parse_database_option_value(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    int32_t at = token->at;
    struct slice text = token->text;
    uint16_t kind = token->kind;
    if (pg_accept(p, PG_KW_DEFAULT))
        return NULL;
    if (kind == PG_TOKEN_INTEGER || kind == '+' || kind == '-')
        return pg_integer(p, pg_parse_signed_integer(p), at);
    if (kind == PG_KW_TRUE || kind == PG_KW_FALSE || kind == PG_KW_ON) {
        pg_skip(p);
        return pg_string(p, text, at);
    }
    return pg_string(p, pg_parse_non_reserved_word_or_string(p), at);
}

static struct ast_list parse_database_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    for (;;) {
        int32_t at = pg_here(p);
        struct slice name = parse_database_option_name(p);
        if (!name.ptr)
            return list;
        pg_accept(p, '=');
        struct ast_option *option = PG_NEW(p, OPTION, option, at);
        option->name = name;
        option->value = parse_database_option_value(p);
        pg_list_add(p, &list, &option->node);
    }
}

struct ast_node *pg_parse_create_database(struct pg_parser *p)
{
    struct ast_create_database *create = PG_NEW(p, CREATE_DATABASE, create_database, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    pg_accept(p, PG_KW_WITH);
    create->options = parse_database_options(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_database(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at)
{
    bool set_tablespace = pg_at(p) == PG_KW_SET && pg_peek(p, 1) == PG_KW_TABLESPACE;
    if ((pg_at(p) == PG_KW_SET || pg_at(p) == PG_KW_RESET) && !set_tablespace) {
        struct ast_alter_database_set *alter =
            PG_NEW(p, ALTER_DATABASE_SET, alter_database_set, at);
        alter->name = pg_object_name(object);
        alter->set = AST_AS(set, pg_parse_set_reset(p, false));
        return &alter->node;
    }
    struct ast_alter_database *alter = PG_NEW(p, ALTER_DATABASE, alter_database, at);
    alter->name = pg_object_name(object);
    if (set_tablespace) {
        pg_skip(p);
        int32_t option_at = pg_here(p);
        pg_skip(p);
        struct ast_node *value = pg_string(p, pg_parse_col_id(p), option_at);
        pg_list_add(p, &alter->options, &pg_option(p, "tablespace", value, option_at)->node);
    } else if (pg_accept(p, PG_KW_REFRESH)) {
        pg_expect_two(p, PG_KW_COLLATION, PG_KW_VERSION);
        alter->refresh_collation = true;
    } else {
        pg_accept(p, PG_KW_WITH);
        alter->options = parse_database_options(p);
    }
    return &alter->node;
}

struct ast_node *pg_parse_create_tablespace(struct pg_parser *p)
{
    struct ast_create_tablespace *create =
        PG_NEW(p, CREATE_TABLESPACE, create_tablespace, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_OWNER))
        create->owner = pg_parse_role(p);
    pg_expect(p, PG_KW_LOCATION);
    create->directory = pg_parse_string(p);
    if (pg_accept(p, PG_KW_WITH))
        create->options = pg_parse_reloptions(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_tablespace(struct pg_parser *p, const struct ast_object *object,
                                           int32_t at)
{
    struct ast_alter_tablespace *alter = PG_NEW(p, ALTER_TABLESPACE, alter_tablespace, at);
    alter->name = pg_object_name(object);
    alter->reset = pg_accept(p, PG_KW_RESET);
    if (!alter->reset)
        pg_expect(p, PG_KW_SET);
    alter->options = pg_parse_reloptions(p);
    return &alter->node;
}

/* create_extension_opt_item. */
static struct ast_option *parse_extension_option(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_SCHEMA))
        return pg_option(p, "schema", pg_string(p, pg_parse_col_id(p), at), at);
    if (pg_accept(p, PG_KW_VERSION))
        return pg_option(p, "new_version",
                         pg_string(p, pg_parse_non_reserved_word_or_string(p), at), at);
    if (pg_accept(p, PG_KW_CASCADE))
        return pg_option(p, "cascade", pg_boolean(p, true, -1), at);
    if (!pg_accept(p, PG_KW_FROM))
        return NULL;
    pg_parse_non_reserved_word_or_string(p);
    pg_fail(p, at, "0A000", "CREATE EXTENSION ... FROM is no longer supported");
    return NULL;
}

struct ast_node *pg_parse_create_extension(struct pg_parser *p)
{
    struct ast_create_extension *create = PG_NEW(p, CREATE_EXTENSION, create_extension, pg_here(p));
    pg_skip(p);
    create->if_not_exists = pg_accept_if_not_exists(p);
    create->name = pg_parse_col_id(p);
    pg_accept(p, PG_KW_WITH);
    struct ast_option *option = parse_extension_option(p);
    for (; option; option = parse_extension_option(p))
        pg_list_add(p, &create->options, &option->node);
    return &create->node;
}

struct ast_node *pg_parse_alter_extension(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at)
{
    bool add = pg_at(p) == PG_KW_ADD;
    if (add || pg_at(p) == PG_KW_DROP) {
        struct ast_alter_extension_contents *alter =
            PG_NEW(p, ALTER_EXTENSION_CONTENTS, alter_extension_contents, at);
        pg_skip(p);
        alter->name = pg_object_name(object);
        alter->add = add;
        const struct pg_object_kind *kind = pg_parse_object_kind(p, PG_MEMBER);
        if (kind)
            alter->object = pg_parse_object(p, kind);
        return &alter->node;
    }
    struct ast_alter_extension *alter = PG_NEW(p, ALTER_EXTENSION, alter_extension, at);
    alter->name = pg_object_name(object);
    pg_expect(p, PG_KW_UPDATE);
    while (pg_at(p) == PG_KW_TO) {
        int32_t option_at = pg_here(p);
        pg_skip(p);
        struct ast_node *version = pg_string(p, pg_parse_non_reserved_word_or_string(p), option_at);
        pg_list_add(p, &alter->options, &pg_option(p, "new_version", version, option_at)->node);
    }
    return &alter->node;
}
