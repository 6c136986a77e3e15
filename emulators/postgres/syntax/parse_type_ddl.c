#include "emulators/postgres/syntax/parser.h"

/* Types and domains: CREATE and ALTER. */

struct ast_object *pg_parse_type_object(struct pg_parser *p, enum ast_object_type type)
{
    struct ast_object *object = PG_NEW(p, OBJECT, object, pg_here(p));
    object->type = type;
    object->type_name = PG_NEW(p, TYPE_NAME, type_name, pg_here(p));
    object->name = pg_parse_any_name(p);
    object->type_name->names = object->name;
    return object;
}

/* CREATE DOMAIN name [AS] type constraints, at DOMAIN. */
struct ast_node *pg_parse_create_domain(struct pg_parser *p)
{
    struct ast_create_domain *create = PG_NEW(p, CREATE_DOMAIN, create_domain, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_any_name(p);
    pg_accept(p, PG_KW_AS);
    create->type = pg_parse_typename(p);
    create->constraints = pg_parse_column_constraints(p, &create->collate);
    return &create->node;
}

/* DROP NOT NULL, DROP DEFAULT, DROP CONSTRAINT name. */
static void parse_domain_drop(struct pg_parser *p, struct ast_alter_domain *alter)
{
    if (pg_accept(p, PG_KW_DEFAULT)) {
        alter->action = AST_DOMAIN_DEFAULT;
    } else if (pg_accept(p, PG_KW_NOT)) {
        pg_expect(p, PG_KW_NULL);
        alter->action = AST_DOMAIN_DROP_NOT_NULL;
    } else {
        pg_expect(p, PG_KW_CONSTRAINT);
        alter->action = AST_DOMAIN_DROP_CONSTRAINT;
        alter->missing_ok = pg_accept_if_exists(p);
        alter->constraint = pg_parse_col_id(p);
        alter->cascade = pg_opt_drop_behavior(p);
    }
}

static struct ast_node *parse_domain_action(struct pg_parser *p, struct ast_names domain,
                                            int32_t at)
{
    struct ast_alter_domain *alter = PG_NEW(p, ALTER_DOMAIN, alter_domain, at);
    alter->domain = domain;
    if (pg_accept(p, PG_KW_DROP)) {
        parse_domain_drop(p, alter);
    } else if (pg_accept(p, PG_KW_ADD)) {
        alter->action = AST_DOMAIN_ADD_CONSTRAINT;
        alter->definition = &pg_parse_table_constraint(p)->node;
    } else if (pg_accept(p, PG_KW_VALIDATE)) {
        pg_expect(p, PG_KW_CONSTRAINT);
        alter->action = AST_DOMAIN_VALIDATE_CONSTRAINT;
        alter->constraint = pg_parse_col_id(p);
    } else {
        pg_expect(p, PG_KW_SET);
        bool not = pg_accept(p, PG_KW_NOT);
        pg_expect(p, not ? PG_KW_NULL : PG_KW_DEFAULT);
        alter->action = not ? AST_DOMAIN_SET_NOT_NULL : AST_DOMAIN_DEFAULT;
        alter->definition = not ? NULL : pg_parse_a_expr(p);
    }
    return &alter->node;
}

struct ast_node *pg_parse_alter_domain(struct pg_parser *p, int32_t at)
{
    pg_skip(p);
    struct ast_object *object = pg_parse_type_object(p, AST_OBJECT_DOMAIN);
    struct ast_node *common =
        pg_parse_common_alter(p, object, PG_RENAME | PG_OWNER | PG_SCHEMA, at);
    if (common)
        return common;
    if (!pg_accept_two(p, PG_KW_RENAME, PG_KW_CONSTRAINT))
        return parse_domain_action(p, object->name, at);
    struct ast_rename *rename = PG_NEW(p, RENAME, rename, at);
    object->type = AST_OBJECT_DOMAIN_CONSTRAINT;
    object->part = pg_parse_col_id(p);
    rename->object = object;
    pg_expect(p, PG_KW_TO);
    rename->new_name = pg_parse_col_id(p);
    return &rename->node;
}

/* CREATE TYPE name AS (columns) | ENUM | RANGE, behind AS. */
static struct ast_node *parse_type_as(struct pg_parser *p, struct ast_names name, int32_t at)
{
    if (pg_accept(p, PG_KW_ENUM)) {
        struct ast_create_enum *create = PG_NEW(p, CREATE_ENUM, create_enum, at);
        create->name = name;
        pg_expect(p, '(');
        if (pg_accept(p, ')'))
            return &create->node;
        do
            pg_names_add(p, &create->labels, pg_parse_string(p));
        while (pg_accept(p, ','));
        pg_expect(p, ')');
        return &create->node;
    }
    if (pg_accept(p, PG_KW_RANGE)) {
        struct ast_create_range *create = PG_NEW(p, CREATE_RANGE, create_range, at);
        create->name = name;
        create->options = pg_parse_definition(p);
        return &create->node;
    }
    struct ast_create_composite *create = PG_NEW(p, CREATE_COMPOSITE, create_composite, at);
    create->name = name;
    if (pg_at(p) == '(' && pg_peek(p, 1) == ')') {
        pg_skip(p);
        pg_skip(p);
    } else {
        create->columns = pg_parse_column_definitions(p);
    }
    return &create->node;
}

/* CREATE TYPE, at TYPE. */
struct ast_node *pg_parse_create_type(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    struct ast_names name = pg_parse_any_name(p);
    if (pg_accept(p, PG_KW_AS))
        return parse_type_as(p, name, at);
    struct ast_define *define = PG_NEW(p, DEFINE, define, at);
    define->type = AST_OBJECT_TYPE;
    define->name = name;
    define->direct_args = -1;
    define->shell = pg_at(p) != '(';
    if (!define->shell)
        define->options = pg_parse_definition(p);
    return &define->node;
}

/* ADD VALUE [IF NOT EXISTS] 'label' [BEFORE | AFTER 'label'], behind VALUE. */
static struct ast_node *parse_add_value(struct pg_parser *p, struct ast_names name, int32_t at)
{
    struct ast_alter_enum *alter = PG_NEW(p, ALTER_ENUM, alter_enum, at);
    alter->name = name;
    alter->if_not_exists = pg_accept_if_not_exists(p);
    alter->new_label = pg_parse_string(p);
    alter->after = true;
    if (pg_at(p) == PG_KW_BEFORE || pg_at(p) == PG_KW_AFTER) {
        alter->after = pg_at(p) == PG_KW_AFTER;
        pg_skip(p);
        alter->neighbor = pg_parse_string(p);
    }
    return &alter->node;
}

/* RENAME VALUE 'a' TO 'b', RENAME ATTRIBUTE a TO b, behind RENAME. */
static struct ast_node *parse_type_rename(struct pg_parser *p, struct ast_object *object,
                                          int32_t at)
{
    if (pg_accept(p, PG_KW_VALUE)) {
        struct ast_alter_enum *alter = PG_NEW(p, ALTER_ENUM, alter_enum, at);
        alter->name = object->name;
        alter->old_label = pg_parse_string(p);
        pg_expect(p, PG_KW_TO);
        alter->new_label = pg_parse_string(p);
        return &alter->node;
    }
    struct ast_rename *rename = PG_NEW(p, RENAME, rename, at);
    pg_expect(p, PG_KW_ATTRIBUTE);
    object->type = AST_OBJECT_ATTRIBUTE;
    object->part = pg_parse_col_id(p);
    rename->object = object;
    rename->relation_type = AST_OBJECT_TYPE;
    pg_expect(p, PG_KW_TO);
    rename->new_name = pg_parse_col_id(p);
    rename->cascade = pg_opt_drop_behavior(p);
    return &rename->node;
}

struct ast_node *pg_parse_alter_type(struct pg_parser *p, int32_t at)
{
    pg_skip(p);
    int32_t name_at = pg_here(p);
    struct ast_object *object = pg_parse_type_object(p, AST_OBJECT_TYPE);
    struct ast_node *common =
        pg_parse_common_alter(p, object, PG_RENAME | PG_OWNER | PG_SCHEMA, at);
    if (common)
        return common;
    if (pg_accept(p, PG_KW_RENAME))
        return parse_type_rename(p, object, at);
    if (pg_accept_two(p, PG_KW_ADD, PG_KW_VALUE))
        return parse_add_value(p, object->name, at);
    if (pg_accept(p, PG_KW_SET)) {
        struct ast_alter_type *alter = PG_NEW(p, ALTER_TYPE, alter_type, at);
        alter->name = object->name;
        alter->options = pg_parse_operator_definition(p);
        return &alter->node;
    }
    struct ast_relation *relation = pg_relation_of_names(p, object->name, name_at);
    return pg_parse_attribute_commands(p, relation, at);
}
