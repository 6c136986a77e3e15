#include "emulators/postgres/syntax/parser.h"

/* The objects that DROP, COMMENT, SECURITY LABEL, ALTER and ALTER EXTENSION name, and how each is
 * named. Longer spellings stand before those that they begin with. */
const struct pg_object_kind pg_object_kinds[] = {
    {{PG_KW_ACCESS, PG_KW_METHOD},
     AST_OBJECT_ACCESS_METHOD, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_AGGREGATE},
     AST_OBJECT_AGGREGATE, PG_NAMED_AGGREGATE,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_CAST},                                                                                AST_OBJECT_CAST, PG_NAMED_CAST, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_COLLATION},
     AST_OBJECT_COLLATION, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_COLUMN},              AST_OBJECT_COLUMN, PG_NAMED_COLUMN, PG_COMMENT},
    {{PG_KW_CONSTRAINT},                                                                     AST_OBJECT_TABLE_CONSTRAINT, PG_NAMED_CONSTRAINT, PG_COMMENT},
    {{PG_KW_CONVERSION},
     AST_OBJECT_CONVERSION, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_DATABASE},
     AST_OBJECT_DATABASE, PG_NAMED,
     PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_DOMAIN},                                                             AST_OBJECT_DOMAIN, PG_NAMED_TYPE, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_EVENT, PG_KW_TRIGGER},
     AST_OBJECT_EVENT_TRIGGER, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_EXTENSION},
     AST_OBJECT_EXTENSION, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_SCHEMA},
    {{PG_KW_FOREIGN, PG_KW_DATA, PG_KW_WRAPPER},
     AST_OBJECT_FDW, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_FOREIGN, PG_KW_TABLE},
     AST_OBJECT_FOREIGN_TABLE, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_FUNCTION},
     AST_OBJECT_FUNCTION, PG_NAMED_FUNCTION,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA | PG_DEPENDS},
    {{PG_KW_INDEX},                                                                      AST_OBJECT_INDEX, PG_NAMED_ANY, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_LANGUAGE},
     AST_OBJECT_LANGUAGE, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_PROCEDURAL, PG_KW_LANGUAGE},
     AST_OBJECT_LANGUAGE, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_LARGE, PG_KW_OBJECT},                                                                                AST_OBJECT_LARGE_OBJECT, PG_NAMED_OID, PG_COMMENT | PG_OWNER},
    {{PG_KW_MATERIALIZED, PG_KW_VIEW},
     AST_OBJECT_MATERIALIZED_VIEW, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_OPERATOR, PG_KW_CLASS},
     AST_OBJECT_OP_CLASS, PG_NAMED_USING,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_OPERATOR, PG_KW_FAMILY},
     AST_OBJECT_OP_FAMILY, PG_NAMED_USING,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_OPERATOR},
     AST_OBJECT_OPERATOR, PG_NAMED_OPERATOR,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_OWNER | PG_SCHEMA},
    {{PG_KW_POLICY},                                                                                AST_OBJECT_POLICY, PG_NAMED_ON, PG_DROP | PG_COMMENT},
    {{PG_KW_PROCEDURE},
     AST_OBJECT_PROCEDURE, PG_NAMED_FUNCTION,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA | PG_DEPENDS},
    {{PG_KW_PUBLICATION},
     AST_OBJECT_PUBLICATION, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_ROLE},                                                                AST_OBJECT_ROLE, PG_NAMED, PG_COMMENT | PG_MEMBER},
    {{PG_KW_ROUTINE},
     AST_OBJECT_ROUTINE, PG_NAMED_FUNCTION,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA | PG_DEPENDS},
    {{PG_KW_RULE},                                                                                AST_OBJECT_RULE, PG_NAMED_ON, PG_DROP | PG_COMMENT | PG_RENAME},
    {{PG_KW_SCHEMA},
     AST_OBJECT_SCHEMA, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_SEQUENCE},                          AST_OBJECT_SEQUENCE, PG_NAMED_ANY, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_SERVER},
     AST_OBJECT_SERVER, PG_NAMED,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_STATISTICS},                                                                    AST_OBJECT_STATISTICS, PG_NAMED_ANY, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_SUBSCRIPTION},
     AST_OBJECT_SUBSCRIPTION, PG_NAMED,
     PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_TABLE},                                                              AST_OBJECT_TABLE, PG_NAMED_ANY, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_TABLESPACE},
     AST_OBJECT_TABLESPACE, PG_NAMED,
     PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER},
    {{PG_KW_TEXT, PG_KW_SEARCH, PG_KW_CONFIGURATION},
     AST_OBJECT_TS_CONFIGURATION, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_TEXT, PG_KW_SEARCH, PG_KW_DICTIONARY},
     AST_OBJECT_TS_DICTIONARY, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_OWNER | PG_SCHEMA},
    {{PG_KW_TEXT, PG_KW_SEARCH, PG_KW_PARSER},
     AST_OBJECT_TS_PARSER, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_SCHEMA},
    {{PG_KW_TEXT, PG_KW_SEARCH, PG_KW_TEMPLATE},
     AST_OBJECT_TS_TEMPLATE, PG_NAMED_ANY,
     PG_DROP | PG_COMMENT | PG_MEMBER | PG_RENAME | PG_SCHEMA},
    {{PG_KW_TRANSFORM},                          AST_OBJECT_TRANSFORM, PG_NAMED_TRANSFORM, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_TRIGGER},
     AST_OBJECT_TRIGGER, PG_NAMED_ON,
     PG_DROP | PG_COMMENT | PG_RENAME | PG_DEPENDS},
    {{PG_KW_TYPE},                                                                        AST_OBJECT_TYPE, PG_NAMED_TYPE, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{PG_KW_VIEW},                                                                                AST_OBJECT_VIEW, PG_NAMED_ANY, PG_DROP | PG_COMMENT | PG_MEMBER},
    {{0}},
};

/* How many of the kind's words stand here, all or not. */
static uint32_t count_words(struct pg_parser *p, const struct pg_object_kind *kind, bool *all)
{
    uint32_t count = 0;
    while (count < 3 && kind->words[count] && kind->words[count] == pg_peek(p, count))
        count++;
    *all = count == 3 || !kind->words[count];
    return count;
}

const struct pg_object_kind *pg_parse_object_kind(struct pg_parser *p, unsigned use)
{
    uint32_t furthest = 0;
    for (const struct pg_object_kind *kind = pg_object_kinds; kind->words[0]; kind++) {
        bool all;
        if (!(kind->uses & use))
            continue;
        uint32_t count = count_words(p, kind, &all);
        if (all) {
            while (count--)
                pg_skip(p);
            return kind;
        }
        if (count > furthest)
            furthest = count;
    }
    while (furthest--)
        pg_skip(p);
    pg_unexpected(p);
    return NULL;
}

/* a.b.column: what stands before the last is the relation. */
static void split_column(struct ast_object *object, struct ast_names names)
{
    if (names.count == 0)
        return;
    object->part = names.items[names.count - 1];
    object->name = (struct ast_names){names.items, names.count - 1};
}

/* '(' Typename AS Typename ')'. */
static void parse_cast_types(struct pg_parser *p, struct ast_object *object)
{
    pg_expect(p, '(');
    object->type_name = pg_parse_typename(p);
    pg_expect(p, PG_KW_AS);
    object->target_type = pg_parse_typename(p);
    pg_expect(p, ')');
}

/* name ON relation, name ON DOMAIN domain. */
static void parse_part_of(struct pg_parser *p, struct ast_object *object, bool constraint)
{
    object->part = pg_parse_col_id(p);
    pg_expect(p, PG_KW_ON);
    if (constraint && pg_at(p) == PG_KW_DOMAIN && pg_is_col_id(pg_token_ahead(p, 1))) {
        pg_skip(p);
        object->type = AST_OBJECT_DOMAIN_CONSTRAINT;
        object->type_name = PG_NEW(p, TYPE_NAME, type_name, pg_here(p));
        object->type_name->names = pg_parse_any_name(p);
        return;
    }
    object->name = pg_parse_any_name(p);
}

struct ast_object *pg_parse_object(struct pg_parser *p, const struct pg_object_kind *kind)
{
    struct ast_object *object = PG_NEW(p, OBJECT, object, pg_here(p));
    object->type = kind->type;
    switch (kind->naming) {
    case PG_NAMED: pg_names_add(p, &object->name, pg_parse_col_id(p)); break;
    case PG_NAMED_ANY: object->name = pg_parse_any_name(p); break;
    case PG_NAMED_COLUMN: split_column(object, pg_parse_any_name(p)); break;
    case PG_NAMED_ON: parse_part_of(p, object, false); break;
    case PG_NAMED_CONSTRAINT: parse_part_of(p, object, true); break;
    case PG_NAMED_FUNCTION: object->function = pg_parse_func_ref(p); break;
    case PG_NAMED_AGGREGATE: object->function = pg_parse_aggregate_ref(p); break;
    case PG_NAMED_OPERATOR: object->function = pg_parse_operator_ref(p); break;
    case PG_NAMED_TYPE: object->type_name = pg_parse_typename(p); break;
    case PG_NAMED_CAST: parse_cast_types(p, object); break;
    case PG_NAMED_OID: object->oid = pg_parse_numeric_only(p); break;
    case PG_NAMED_USING:
        object->name = pg_parse_any_name(p);
        pg_expect(p, PG_KW_USING);
        object->method = pg_parse_col_id(p);
        break;
    case PG_NAMED_TRANSFORM:
        pg_expect(p, PG_KW_FOR);
        object->type_name = pg_parse_typename(p);
        pg_expect(p, PG_KW_LANGUAGE);
        object->method = pg_parse_col_id(p);
        break;
    }
    return object;
}

struct slice pg_object_name(const struct ast_object *object)
{
    return object->name.count ? object->name.items[0] : slice_of("", 0);
}

/* Whether DROP takes several at once. */
static bool is_listed(enum pg_object_naming naming)
{
    return naming == PG_NAMED || naming == PG_NAMED_ANY || naming == PG_NAMED_FUNCTION ||
           naming == PG_NAMED_AGGREGATE || naming == PG_NAMED_OPERATOR || naming == PG_NAMED_TYPE;
}

static struct ast_node *parse_drop_object(struct pg_parser *p, int32_t at)
{
    struct ast_drop *drop = PG_NEW(p, DROP, drop, at);
    const struct pg_object_kind *kind = pg_parse_object_kind(p, PG_DROP);
    if (!kind)
        return &drop->node;
    drop->type = kind->type;
    if (kind->type == AST_OBJECT_INDEX)
        drop->concurrently = pg_accept(p, PG_KW_CONCURRENTLY);
    drop->missing_ok = pg_accept_if_exists(p);
    do
        pg_list_add(p, &drop->objects, &pg_parse_object(p, kind)->node);
    while (is_listed(kind->naming) && pg_accept(p, ','));
    drop->cascade = pg_opt_drop_behavior(p);
    return &drop->node;
}

/* DROP OWNED BY roles. */
static struct ast_node *parse_drop_owned(struct pg_parser *p, int32_t at)
{
    struct ast_drop_owned *drop = PG_NEW(p, DROP_OWNED, drop_owned, at);
    pg_expect_two(p, PG_KW_OWNED, PG_KW_BY);
    drop->roles = pg_parse_role_list(p);
    drop->cascade = pg_opt_drop_behavior(p);
    return &drop->node;
}

/* DROP ROLE, USER, GROUP; DROP USER MAPPING. */
static struct ast_node *parse_drop_role(struct pg_parser *p, int32_t at)
{
    bool user = pg_at(p) == PG_KW_USER;
    pg_skip(p);
    if (user && pg_accept(p, PG_KW_MAPPING)) {
        struct ast_drop_user_mapping *mapping = PG_NEW(p, DROP_USER_MAPPING, drop_user_mapping, at);
        mapping->missing_ok = pg_accept_if_exists(p);
        pg_expect(p, PG_KW_FOR);
        mapping->user = pg_parse_auth_ident(p);
        pg_expect(p, PG_KW_SERVER);
        mapping->server = pg_parse_col_id(p);
        return &mapping->node;
    }
    struct ast_drop_role *drop = PG_NEW(p, DROP_ROLE, drop_role, at);
    drop->missing_ok = pg_accept_if_exists(p);
    drop->roles = pg_parse_role_list(p);
    return &drop->node;
}

static struct ast_node *parse_drop_database(struct pg_parser *p, int32_t at)
{
    struct ast_drop_database *drop = PG_NEW(p, DROP_DATABASE, drop_database, at);
    pg_skip(p);
    drop->missing_ok = pg_accept_if_exists(p);
    drop->name = pg_parse_col_id(p);
    bool with = pg_accept(p, PG_KW_WITH);
    if (!with && pg_at(p) != '(')
        return &drop->node;
    pg_expect(p, '(');
    do {
        int32_t option_at = pg_here(p);
        pg_expect(p, PG_KW_FORCE);
        pg_list_add(p, &drop->options, &pg_option(p, "force", NULL, option_at)->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return &drop->node;
}

static struct ast_node *parse_drop_tablespace(struct pg_parser *p, int32_t at)
{
    struct ast_drop_tablespace *drop = PG_NEW(p, DROP_TABLESPACE, drop_tablespace, at);
    pg_skip(p);
    drop->missing_ok = pg_accept_if_exists(p);
    drop->name = pg_parse_col_id(p);
    return &drop->node;
}

static struct ast_node *parse_drop_subscription(struct pg_parser *p, int32_t at)
{
    struct ast_drop_subscription *drop = PG_NEW(p, DROP_SUBSCRIPTION, drop_subscription, at);
    pg_skip(p);
    drop->missing_ok = pg_accept_if_exists(p);
    drop->name = pg_parse_col_id(p);
    drop->cascade = pg_opt_drop_behavior(p);
    return &drop->node;
}

struct ast_node *pg_parse_drop(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    switch (pg_at(p)) {
    case PG_KW_OWNED: return parse_drop_owned(p, at);
    case PG_KW_ROLE:
    case PG_KW_USER:
    case PG_KW_GROUP: return parse_drop_role(p, at);
    case PG_KW_DATABASE: return parse_drop_database(p, at);
    case PG_KW_TABLESPACE: return parse_drop_tablespace(p, at);
    case PG_KW_SUBSCRIPTION: return parse_drop_subscription(p, at);
    default: return parse_drop_object(p, at);
    }
}

/* COMMENT ON object IS 'text' | NULL. */
struct ast_node *pg_parse_comment(struct pg_parser *p)
{
    struct ast_comment *comment = PG_NEW(p, COMMENT, comment, pg_here(p));
    pg_expect_two(p, PG_KW_COMMENT, PG_KW_ON);
    const struct pg_object_kind *kind = pg_parse_object_kind(p, PG_COMMENT);
    if (kind)
        comment->object = pg_parse_object(p, kind);
    pg_expect(p, PG_KW_IS);
    if (!pg_accept(p, PG_KW_NULL))
        comment->text = pg_parse_string(p);
    return &comment->node;
}

/* SECURITY LABEL [FOR provider] ON object IS 'label' | NULL. */
struct ast_node *pg_parse_security_label(struct pg_parser *p)
{
    struct ast_security_label *label = PG_NEW(p, SECURITY_LABEL, security_label, pg_here(p));
    pg_expect_two(p, PG_KW_SECURITY, PG_KW_LABEL);
    if (pg_accept(p, PG_KW_FOR))
        label->provider = pg_parse_non_reserved_word_or_string(p);
    pg_expect(p, PG_KW_ON);
    const struct pg_object_kind *kind = pg_parse_object_kind(p, PG_COMMENT);
    if (kind)
        label->object = pg_parse_object(p, kind);
    pg_expect(p, PG_KW_IS);
    if (!pg_accept(p, PG_KW_NULL))
        label->label = pg_parse_string(p);
    return &label->node;
}
