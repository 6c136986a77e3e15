#include "emulators/postgres/syntax/parser.h"

/* Foreign data: wrappers, servers, user mappings, IMPORT FOREIGN SCHEMA. */

/* opt_fdw_options: HANDLER name, NO HANDLER, VALIDATOR name, NO VALIDATOR. */
static struct ast_list parse_functions(struct pg_parser *p)
{
    struct ast_list list = {0};
    for (;;) {
        int32_t at = pg_here(p);
        bool no = pg_accept(p, PG_KW_NO);
        bool handler = pg_at(p) == PG_KW_HANDLER;
        if (!handler && pg_at(p) != PG_KW_VALIDATOR) {
            if (no)
                pg_unexpected(p);
            return list;
        }
        pg_skip(p);
        struct ast_name *name = NULL;
        if (!no) {
            name = PG_NEW(p, NAME, name, pg_here(p));
            name->names = pg_parse_handler_name(p);
        }
        struct ast_option *option =
            pg_option(p, handler ? "handler" : "validator", name ? &name->node : NULL, at);
        pg_list_add(p, &list, &option->node);
    }
}

struct ast_node *pg_parse_create_fdw(struct pg_parser *p)
{
    struct ast_create_fdw *create = PG_NEW(p, CREATE_FDW, create_fdw, pg_here(p));
    pg_expect_two(p, PG_KW_DATA, PG_KW_WRAPPER);
    create->name = pg_parse_col_id(p);
    create->functions = parse_functions(p);
    create->options = pg_parse_create_options(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_fdw(struct pg_parser *p, const struct ast_object *object,
                                    int32_t at)
{
    struct ast_alter_fdw *alter = PG_NEW(p, ALTER_FDW, alter_fdw, at);
    alter->name = pg_object_name(object);
    alter->functions = parse_functions(p);
    if (alter->functions.count == 0 || pg_at(p) == PG_KW_OPTIONS)
        alter->options = pg_parse_alter_options(p);
    return &alter->node;
}

/* foreign_server_version: VERSION 'x' | NULL. */
static struct slice parse_version(struct pg_parser *p)
{
    pg_skip(p);
    return pg_accept(p, PG_KW_NULL) ? (struct slice){0} : pg_parse_string(p);
}

struct ast_node *pg_parse_create_server(struct pg_parser *p)
{
    struct ast_create_server *create = PG_NEW(p, CREATE_SERVER, create_server, pg_here(p));
    pg_skip(p);
    create->if_not_exists = pg_accept_if_not_exists(p);
    create->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_TYPE))
        create->type = pg_parse_string(p);
    if (pg_at(p) == PG_KW_VERSION)
        create->version = parse_version(p);
    pg_expect_two(p, PG_KW_FOREIGN, PG_KW_DATA);
    pg_expect(p, PG_KW_WRAPPER);
    create->wrapper = pg_parse_col_id(p);
    create->options = pg_parse_create_options(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_server(struct pg_parser *p, const struct ast_object *object,
                                       int32_t at)
{
    struct ast_alter_server *alter = PG_NEW(p, ALTER_SERVER, alter_server, at);
    alter->name = pg_object_name(object);
    alter->has_version = pg_at(p) == PG_KW_VERSION;
    if (alter->has_version)
        alter->version = parse_version(p);
    if (!alter->has_version || pg_at(p) == PG_KW_OPTIONS)
        alter->options = pg_parse_alter_options(p);
    return &alter->node;
}

/* At MAPPING. */
struct ast_node *pg_parse_create_user_mapping(struct pg_parser *p)
{
    struct ast_create_user_mapping *create =
        PG_NEW(p, CREATE_USER_MAPPING, create_user_mapping, pg_here(p));
    pg_skip(p);
    create->if_not_exists = pg_accept_if_not_exists(p);
    pg_expect(p, PG_KW_FOR);
    create->user = pg_parse_auth_ident(p);
    pg_expect(p, PG_KW_SERVER);
    create->server = pg_parse_col_id(p);
    create->options = pg_parse_create_options(p);
    return &create->node;
}

/* At MAPPING. */
struct ast_node *pg_parse_alter_user_mapping(struct pg_parser *p, int32_t at)
{
    struct ast_alter_user_mapping *alter = PG_NEW(p, ALTER_USER_MAPPING, alter_user_mapping, at);
    pg_expect_two(p, PG_KW_MAPPING, PG_KW_FOR);
    alter->user = pg_parse_auth_ident(p);
    pg_expect(p, PG_KW_SERVER);
    alter->server = pg_parse_col_id(p);
    alter->options = pg_parse_alter_options(p);
    return &alter->node;
}

struct ast_node *pg_parse_import(struct pg_parser *p)
{
    struct ast_import_foreign_schema *import =
        PG_NEW(p, IMPORT_FOREIGN_SCHEMA, import_foreign_schema, pg_here(p));
    pg_skip(p);
    pg_expect_two(p, PG_KW_FOREIGN, PG_KW_SCHEMA);
    import->remote_schema = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_LIMIT)) {
        pg_expect(p, PG_KW_TO);
        import->type = AST_IMPORT_LIMIT_TO;
    } else if (pg_accept(p, PG_KW_EXCEPT)) {
        import->type = AST_IMPORT_EXCEPT;
    }
    if (import->type != AST_IMPORT_ALL) {
        pg_expect(p, '(');
        import->tables = pg_parse_relation_expr_list(p);
        pg_expect(p, ')');
    }
    pg_expect_two(p, PG_KW_FROM, PG_KW_SERVER);
    import->server = pg_parse_col_id(p);
    pg_expect(p, PG_KW_INTO);
    import->local_schema = pg_parse_col_id(p);
    import->options = pg_parse_create_options(p);
    return &import->node;
}
