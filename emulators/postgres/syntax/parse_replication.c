#include "emulators/postgres/syntax/parser.h"

/* Publications and subscriptions; text search's ALTERs. */

/* What a PublicationObjSpec is before its neighbours decide. */
struct spec {
    struct ast_publication_object *object;
    bool table, schema, current; /* TABLE, TABLES IN SCHEMA, CURRENT_SCHEMA was written */
};

static void parse_table_spec(struct pg_parser *p, struct ast_publication_object *object)
{
    object->relation = pg_parse_relation_expr(p);
    object->columns = pg_parse_opt_column_list(p);
    if (pg_accept(p, PG_KW_WHERE)) {
        pg_expect(p, '(');
        object->where = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
}

static struct spec parse_spec(struct pg_parser *p)
{
    struct spec spec = {0};
    spec.object = PG_NEW(p, PUBLICATION_OBJECT, publication_object, pg_here(p));
    spec.schema = pg_at(p) == PG_KW_TABLES && pg_peek(p, 1) == PG_KW_IN;
    if (spec.schema) {
        pg_skip(p);
        pg_skip(p);
        pg_expect(p, PG_KW_SCHEMA);
    } else {
        spec.table = pg_accept(p, PG_KW_TABLE);
    }
    spec.current = !spec.table && pg_accept(p, PG_KW_CURRENT_SCHEMA);
    if (spec.schema && !spec.current)
        spec.object->schema = pg_parse_col_id(p);
    else if (!spec.current)
        parse_table_spec(p, spec.object);
    return spec;
}

/* A name without a word before it is what the one before it was. */
static void resolve_spec(struct pg_parser *p, struct spec *spec, bool schemas)
{
    struct ast_publication_object *object = spec->object;
    int32_t at = object->node.location;
    if (!schemas) {
        if (spec->current)
            pg_fail(p, at, "42601", "invalid table name");
        object->type = AST_PUBLICATION_TABLE;
        return;
    }
    object->type = spec->current ? AST_PUBLICATION_CURRENT_SCHEMA : AST_PUBLICATION_SCHEMA;
    if (!object->relation)
        return;
    if (object->where)
        pg_fail(p, at, "42601", "WHERE clause not allowed for schema");
    if (object->columns.count)
        pg_fail(p, at, "42601", "column specification not allowed for schema");
    if (object->relation->schema.ptr || object->relation->only)
        pg_fail(p, at, "42601", "invalid schema name");
    object->schema = object->relation->name;
    object->relation = NULL;
}

/* pub_obj_list. */
static struct ast_list parse_publication_objects(struct pg_parser *p)
{
    struct ast_list list = {0};
    bool schemas = false;
    do {
        struct spec spec = parse_spec(p);
        if (list.count == 0 && !spec.table && !spec.schema && !p->failed) {
            pg_fail(p, spec.object->node.location, "42601", "invalid publication object list");
            sql_detail(p->error, "One of TABLE or TABLES IN SCHEMA must be specified before a "
                                 "standalone table or schema name.");
        }
        if (spec.table || spec.schema)
            schemas = spec.schema;
        resolve_spec(p, &spec, schemas);
        pg_list_add(p, &list, &spec.object->node);
    } while (pg_accept(p, ','));
    return list;
}

struct ast_node *pg_parse_create_publication(struct pg_parser *p)
{
    struct ast_create_publication *create =
        PG_NEW(p, CREATE_PUBLICATION, create_publication, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_FOR)) {
        create->all_tables = pg_accept(p, PG_KW_ALL);
        if (create->all_tables)
            pg_expect(p, PG_KW_TABLES);
        else
            create->objects = parse_publication_objects(p);
    }
    create->options = pg_parse_opt_with_definition(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_publication(struct pg_parser *p, const struct ast_object *object,
                                            int32_t at)
{
    struct ast_alter_publication *alter = PG_NEW(p, ALTER_PUBLICATION, alter_publication, at);
    alter->name = pg_object_name(object);
    if (pg_accept(p, PG_KW_SET)) {
        if (pg_at(p) == '(') {
            alter->options = pg_parse_definition(p);
            return &alter->node;
        }
        alter->action = AST_PUBLICATION_SET;
    } else if (pg_accept(p, PG_KW_ADD)) {
        alter->action = AST_PUBLICATION_ADD;
    } else {
        pg_expect(p, PG_KW_DROP);
        alter->action = AST_PUBLICATION_DROP;
    }
    alter->objects = parse_publication_objects(p);
    return &alter->node;
}

struct ast_node *pg_parse_create_subscription(struct pg_parser *p)
{
    struct ast_create_subscription *create =
        PG_NEW(p, CREATE_SUBSCRIPTION, create_subscription, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_CONNECTION);
    create->connection = pg_parse_string(p);
    pg_expect(p, PG_KW_PUBLICATION);
    create->publications = pg_parse_name_list(p);
    create->options = pg_parse_opt_with_definition(p);
    return &create->node;
}

/* ADD, DROP, SET PUBLICATION names, behind PUBLICATION. */
static void parse_subscribed(struct pg_parser *p, struct ast_alter_subscription *alter,
                             enum ast_subscription_action action)
{
    alter->action = action;
    alter->publications = pg_parse_name_list(p);
    alter->options = pg_parse_opt_with_definition(p);
}

struct ast_node *pg_parse_alter_subscription(struct pg_parser *p, const struct ast_object *object,
                                             int32_t at)
{
    struct ast_alter_subscription *alter = PG_NEW(p, ALTER_SUBSCRIPTION, alter_subscription, at);
    alter->name = pg_object_name(object);
    if (pg_accept_two(p, PG_KW_SET, PG_KW_PUBLICATION)) {
        parse_subscribed(p, alter, AST_SUBSCRIPTION_SET_PUBLICATION);
    } else if (pg_accept(p, PG_KW_SET)) {
        alter->options = pg_parse_definition(p);
    } else if (pg_accept(p, PG_KW_CONNECTION)) {
        alter->action = AST_SUBSCRIPTION_CONNECTION;
        alter->connection = pg_parse_string(p);
    } else if (pg_accept(p, PG_KW_REFRESH)) {
        pg_expect(p, PG_KW_PUBLICATION);
        alter->action = AST_SUBSCRIPTION_REFRESH;
        alter->options = pg_parse_opt_with_definition(p);
    } else if (pg_accept(p, PG_KW_ADD)) {
        pg_expect(p, PG_KW_PUBLICATION);
        parse_subscribed(p, alter, AST_SUBSCRIPTION_ADD_PUBLICATION);
    } else if (pg_accept(p, PG_KW_DROP)) {
        pg_expect(p, PG_KW_PUBLICATION);
        parse_subscribed(p, alter, AST_SUBSCRIPTION_DROP_PUBLICATION);
    } else if (pg_accept(p, PG_KW_SKIP)) {
        alter->action = AST_SUBSCRIPTION_SKIP;
        alter->options = pg_parse_definition(p);
    } else {
        bool enable = pg_accept(p, PG_KW_ENABLE);
        if (!enable)
            pg_expect(p, PG_KW_DISABLE);
        alter->action = AST_SUBSCRIPTION_ENABLE;
        struct ast_node *value = pg_boolean(p, enable, -1);
        pg_list_add(p, &alter->options, &pg_option(p, "enabled", value, at)->node);
    }
    return &alter->node;
}

struct ast_node *pg_parse_alter_ts_dictionary(struct pg_parser *p, const struct ast_object *object,
                                              int32_t at)
{
    struct ast_alter_ts_dictionary *alter = PG_NEW(p, ALTER_TS_DICTIONARY, alter_ts_dictionary, at);
    alter->name = object->name;
    alter->options = pg_parse_definition(p);
    return &alter->node;
}

static void add_dictionary(struct pg_parser *p, struct ast_alter_ts_configuration *alter)
{
    struct ast_name *name = PG_NEW(p, NAME, name, pg_here(p));
    name->names = pg_parse_any_name(p);
    pg_list_add(p, &alter->dictionaries, &name->node);
}

/* REPLACE old WITH new, behind REPLACE. */
static void parse_replacement(struct pg_parser *p, struct ast_alter_ts_configuration *alter)
{
    add_dictionary(p, alter);
    pg_expect(p, PG_KW_WITH);
    add_dictionary(p, alter);
}

struct ast_node *pg_parse_alter_ts_configuration(struct pg_parser *p,
                                                 const struct ast_object *object, int32_t at)
{
    struct ast_alter_ts_configuration *alter =
        PG_NEW(p, ALTER_TS_CONFIGURATION, alter_ts_configuration, at);
    alter->name = object->name;
    uint16_t word = pg_at(p);
    if (word != PG_KW_ADD && word != PG_KW_ALTER && word != PG_KW_DROP)
        pg_unexpected(p);
    pg_skip(p);
    pg_expect(p, PG_KW_MAPPING);
    if (word == PG_KW_ALTER && pg_accept(p, PG_KW_REPLACE)) {
        alter->action = AST_TS_REPLACE_DICTIONARY;
        parse_replacement(p, alter);
        return &alter->node;
    }
    alter->missing_ok = word == PG_KW_DROP && pg_accept_if_exists(p);
    pg_expect(p, PG_KW_FOR);
    alter->tokens = pg_parse_name_list(p);
    if (word == PG_KW_DROP) {
        alter->action = AST_TS_DROP_MAPPING;
        return &alter->node;
    }
    if (word == PG_KW_ALTER && pg_accept(p, PG_KW_REPLACE)) {
        alter->action = AST_TS_REPLACE_DICTIONARY_FOR_TOKEN;
        parse_replacement(p, alter);
        return &alter->node;
    }
    alter->action = word == PG_KW_ADD ? AST_TS_ADD_MAPPING : AST_TS_ALTER_MAPPING;
    pg_expect(p, PG_KW_WITH);
    do
        add_dictionary(p, alter);
    while (pg_accept(p, ','));
    return &alter->node;
}
