#include "emulators/postgres/syntax/parser.h"

static struct ast_rename *make_rename(struct pg_parser *p, struct ast_object *object,
                                      enum ast_object_type relation_type, int32_t at)
{
    struct ast_rename *rename = PG_NEW(p, RENAME, rename, at);
    rename->object = object;
    rename->relation_type = relation_type;
    return rename;
}

/* SET SCHEMA name. */
static struct ast_node *parse_set_schema(struct pg_parser *p, struct ast_object *object,
                                         bool missing_ok, int32_t at)
{
    struct ast_alter_schema *alter = PG_NEW(p, ALTER_SCHEMA, alter_schema, at);
    pg_expect_two(p, PG_KW_SET, PG_KW_SCHEMA);
    alter->object = object;
    alter->missing_ok = missing_ok;
    alter->new_schema = pg_parse_col_id(p);
    return &alter->node;
}

/* [NO] DEPENDS ON EXTENSION name. */
static struct ast_node *parse_depends(struct pg_parser *p, struct ast_object *object, int32_t at)
{
    struct ast_alter_depends *alter = PG_NEW(p, ALTER_DEPENDS, alter_depends, at);
    alter->object = object;
    alter->remove = pg_accept(p, PG_KW_NO);
    pg_expect_two(p, PG_KW_DEPENDS, PG_KW_ON);
    pg_expect(p, PG_KW_EXTENSION);
    alter->extension = pg_parse_col_id(p);
    return &alter->node;
}

static bool at_depends(struct pg_parser *p)
{
    return pg_at(p) == PG_KW_DEPENDS || (pg_at(p) == PG_KW_NO && pg_peek(p, 1) == PG_KW_DEPENDS);
}

/* RENAME TO, OWNER TO, SET SCHEMA, DEPENDS, as far as `uses` allows; NULL: something else follows. */
struct ast_node *pg_parse_common_alter(struct pg_parser *p, struct ast_object *object,
                                       unsigned uses, int32_t at)
{
    bool more = object->type == AST_OBJECT_TYPE || object->type == AST_OBJECT_DOMAIN;
    bool renames = pg_at(p) == PG_KW_RENAME && (!more || pg_peek(p, 1) == PG_KW_TO);
    if ((uses & PG_RENAME) && renames) {
        struct ast_rename *rename = make_rename(p, object, object->type, at);
        pg_expect_two(p, PG_KW_RENAME, PG_KW_TO);
        rename->new_name = pg_parse_col_id(p);
        return &rename->node;
    }
    /* Of a database OWNER is an option, too. */
    bool option = object->type == AST_OBJECT_DATABASE && pg_peek(p, 1) != PG_KW_TO;
    if ((uses & PG_OWNER) && !option && pg_accept(p, PG_KW_OWNER)) {
        struct ast_alter_owner *alter = PG_NEW(p, ALTER_OWNER, alter_owner, at);
        pg_expect(p, PG_KW_TO);
        alter->object = object;
        alter->owner = pg_parse_role(p);
        return &alter->node;
    }
    if ((uses & PG_SCHEMA) && pg_at(p) == PG_KW_SET && pg_peek(p, 1) == PG_KW_SCHEMA)
        return parse_set_schema(p, object, false, at);
    if ((uses & PG_DEPENDS) && at_depends(p))
        return parse_depends(p, object, at);
    return NULL;
}

struct ast_object *pg_relation_object(struct pg_parser *p, struct ast_relation *relation,
                                      enum ast_object_type type)
{
    struct ast_object *object = PG_NEW(p, OBJECT, object, relation->node.location);
    object->type = type;
    object->relation = relation;
    if (relation->catalog.ptr)
        pg_names_add(p, &object->name, relation->catalog);
    if (relation->schema.ptr)
        pg_names_add(p, &object->name, relation->schema);
    pg_names_add(p, &object->name, relation->name);
    return object;
}

/* RENAME TO name, RENAME [COLUMN] name TO name, RENAME CONSTRAINT name TO name. */
static struct ast_node *parse_rename_relation(struct pg_parser *p, struct ast_object *object,
                                              bool missing_ok, int32_t at)
{
    enum ast_object_type type = object->type;
    struct ast_rename *rename = make_rename(p, object, type, at);
    bool columns = type != AST_OBJECT_INDEX && type != AST_OBJECT_SEQUENCE;
    rename->missing_ok = missing_ok;
    pg_skip(p);
    if (type == AST_OBJECT_TABLE && pg_accept(p, PG_KW_CONSTRAINT)) {
        object->type = AST_OBJECT_TABLE_CONSTRAINT;
        object->part = pg_parse_col_id(p);
    } else if (columns && pg_at(p) != PG_KW_TO) {
        pg_accept(p, PG_KW_COLUMN);
        object->type = AST_OBJECT_COLUMN;
        object->part = pg_parse_col_id(p);
    }
    pg_expect(p, PG_KW_TO);
    rename->new_name = pg_parse_col_id(p);
    return &rename->node;
}

static bool starts_sequence_option(struct pg_parser *p)
{
    switch (pg_at(p)) {
    case PG_KW_AS:
    case PG_KW_CACHE:
    case PG_KW_CYCLE:
    case PG_KW_INCREMENT:
    case PG_KW_MAXVALUE:
    case PG_KW_MINVALUE:
    case PG_KW_OWNED:
    case PG_KW_SEQUENCE:
    case PG_KW_START:
    case PG_KW_RESTART: return true;
    case PG_KW_NO: return pg_peek(p, 1) != PG_KW_INHERIT && pg_peek(p, 1) != PG_KW_FORCE;
    default: return false;
    }
}

/* The kinds of relations that ALTER knows; `at` is the word ALTER. */
static struct ast_node *parse_alter_relation(struct pg_parser *p, enum ast_object_type type,
                                             int32_t at)
{
    bool all = type == AST_OBJECT_TABLE || type == AST_OBJECT_INDEX ||
               type == AST_OBJECT_MATERIALIZED_VIEW;
    if (all && pg_at(p) == PG_KW_ALL)
        return pg_parse_move_all(p, type);
    bool missing_ok = pg_accept_if_exists(p);
    bool inherits = type == AST_OBJECT_TABLE || type == AST_OBJECT_FOREIGN_TABLE;
    struct ast_relation *relation =
        inherits ? pg_parse_relation_expr(p) : pg_parse_qualified_name(p);
    if (pg_at(p) == PG_KW_RENAME)
        return parse_rename_relation(p, pg_relation_object(p, relation, type), missing_ok, at);
    if (pg_at(p) == PG_KW_SET && pg_peek(p, 1) == PG_KW_SCHEMA && type != AST_OBJECT_INDEX)
        return parse_set_schema(p, pg_relation_object(p, relation, type), missing_ok, at);
    bool depends = type == AST_OBJECT_INDEX || type == AST_OBJECT_MATERIALIZED_VIEW;
    if (depends && !missing_ok && at_depends(p))
        return parse_depends(p, pg_relation_object(p, relation, type), at);
    if (type != AST_OBJECT_SEQUENCE || !starts_sequence_option(p))
        return pg_parse_alter_table_commands(p, relation, type, missing_ok, at);
    struct ast_alter_sequence *alter = PG_NEW(p, ALTER_SEQUENCE, alter_sequence, at);
    alter->sequence = relation;
    alter->missing_ok = missing_ok;
    alter->options = pg_parse_sequence_options(p);
    return &alter->node;
}

/* What else there is to alter of an object whose name was read. */
static struct ast_node *parse_specific(struct pg_parser *p, struct ast_object *object,
                                       unsigned uses, int32_t at)
{
    switch (object->type) {
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE: return pg_parse_alter_function(p, object, at);
    case AST_OBJECT_COLLATION: return pg_parse_alter_collation(p, object, at);
    case AST_OBJECT_DATABASE: return pg_parse_alter_database(p, object, at);
    case AST_OBJECT_EVENT_TRIGGER: return pg_parse_alter_event_trigger(p, object, at);
    case AST_OBJECT_EXTENSION: return pg_parse_alter_extension(p, object, at);
    case AST_OBJECT_FDW: return pg_parse_alter_fdw(p, object, at);
    case AST_OBJECT_SERVER: return pg_parse_alter_server(p, object, at);
    case AST_OBJECT_OPERATOR: return pg_parse_alter_operator(p, object, at);
    case AST_OBJECT_OP_FAMILY: return pg_parse_alter_op_family(p, object, at);
    case AST_OBJECT_PUBLICATION: return pg_parse_alter_publication(p, object, at);
    case AST_OBJECT_SUBSCRIPTION: return pg_parse_alter_subscription(p, object, at);
    case AST_OBJECT_TABLESPACE: return pg_parse_alter_tablespace(p, object, at);
    case AST_OBJECT_TS_CONFIGURATION: return pg_parse_alter_ts_configuration(p, object, at);
    case AST_OBJECT_TS_DICTIONARY: return pg_parse_alter_ts_dictionary(p, object, at);
    default: break;
    }
    if (pg_at(p) == PG_KW_SET && (uses & PG_SCHEMA)) /* half of SET SCHEMA */
        pg_skip(p);
    pg_unexpected(p);
    return &object->node;
}

static struct ast_node *parse_alter_object(struct pg_parser *p, int32_t at)
{
    const struct pg_object_kind *kind =
        pg_parse_object_kind(p, PG_RENAME | PG_OWNER | PG_SCHEMA | PG_DEPENDS);
    if (!kind)
        return pg_null(p, at);
    struct ast_object *object = pg_parse_object(p, kind);
    struct ast_node *common = pg_parse_common_alter(p, object, kind->uses, at);
    return common ? common : parse_specific(p, object, kind->uses, at);
}

struct ast_node *pg_parse_alter(struct pg_parser *p)
{
    static const struct {
        uint16_t first, second;
        enum ast_object_type type;
    } relations[] = {
        {PG_KW_TABLE,        0,           AST_OBJECT_TABLE            },
        {PG_KW_INDEX,        0,           AST_OBJECT_INDEX            },
        {PG_KW_SEQUENCE,     0,           AST_OBJECT_SEQUENCE         },
        {PG_KW_VIEW,         0,           AST_OBJECT_VIEW             },
        {PG_KW_MATERIALIZED, PG_KW_VIEW,  AST_OBJECT_MATERIALIZED_VIEW},
        {PG_KW_FOREIGN,      PG_KW_TABLE, AST_OBJECT_FOREIGN_TABLE    },
    };
    int32_t at = pg_here(p);
    pg_skip(p);
    for (size_t i = 0; i < sizeof(relations) / sizeof(*relations); i++) {
        uint16_t second = relations[i].second;
        bool foreign = second == PG_KW_TABLE && pg_peek(p, 1) == PG_KW_DATA;
        if (pg_at(p) != relations[i].first || foreign)
            continue;
        pg_skip(p);
        if (second)
            pg_expect(p, second);
        return parse_alter_relation(p, relations[i].type, at);
    }
    switch (pg_at(p)) {
    case PG_KW_DEFAULT: return pg_parse_alter_default_privileges(p, at);
    case PG_KW_DOMAIN: return pg_parse_alter_domain(p, at);
    case PG_KW_POLICY: return pg_parse_alter_policy(p, at);
    case PG_KW_ROLE:
    case PG_KW_USER:
    case PG_KW_GROUP: return pg_parse_alter_role(p, at);
    case PG_KW_STATISTICS: return pg_parse_alter_statistics(p, at);
    case PG_KW_SYSTEM: return pg_parse_alter_system(p, at);
    case PG_KW_TYPE: return pg_parse_alter_type(p, at);
    default: return parse_alter_object(p, at);
    }
}
