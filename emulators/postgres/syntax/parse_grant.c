#include "emulators/postgres/syntax/parser.h"

/* GRANT, REVOKE and ALTER DEFAULT PRIVILEGES. */

/* privilege. */
static struct ast_node *parse_privilege(struct pg_parser *p)
{
    struct ast_privilege *privilege = PG_NEW(p, PRIVILEGE, privilege, pg_here(p));
    uint16_t kind = pg_at(p);
    struct slice text = pg_token(p)->text;
    if (kind == PG_KW_ALTER && pg_peek(p, 1) == PG_KW_SYSTEM) {
        pg_expect_two(p, PG_KW_ALTER, PG_KW_SYSTEM);
        privilege->name = slice_str("alter system");
        return &privilege->node;
    }
    if (kind == PG_KW_SELECT || kind == PG_KW_REFERENCES || kind == PG_KW_CREATE) {
        pg_skip(p);
        privilege->name = text;
    } else {
        privilege->name = pg_parse_col_id(p);
    }
    privilege->columns = pg_parse_opt_column_list(p);
    return &privilege->node;
}

/* privileges: ALL [PRIVILEGES] [(columns)] is an ast_privilege without name only with columns. */
static struct ast_list parse_privileges(struct pg_parser *p)
{
    struct ast_list list = {0};
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_ALL)) {
        pg_accept(p, PG_KW_PRIVILEGES);
        if (pg_at(p) == '(') {
            struct ast_privilege *all = PG_NEW(p, PRIVILEGE, privilege, at);
            all->columns = pg_parse_column_list(p);
            pg_list_add(p, &list, &all->node);
        }
        return list;
    }
    do
        pg_list_add(p, &list, parse_privilege(p));
    while (pg_accept(p, ','));
    return list;
}

/* privilege_target; naming: how its objects are named. */
static const struct target {
    uint16_t words[3];
    enum ast_object_type type;
    enum pg_object_naming naming;
} targets[] = {
    {{PG_KW_TABLE},                              AST_OBJECT_TABLE,        PG_NAMED_ANY     },
    {{PG_KW_SEQUENCE},                           AST_OBJECT_SEQUENCE,     PG_NAMED_ANY     },
    {{PG_KW_FOREIGN, PG_KW_DATA, PG_KW_WRAPPER}, AST_OBJECT_FDW,          PG_NAMED         },
    {{PG_KW_FOREIGN, PG_KW_SERVER},              AST_OBJECT_SERVER,       PG_NAMED         },
    {{PG_KW_FUNCTION},                           AST_OBJECT_FUNCTION,     PG_NAMED_FUNCTION},
    {{PG_KW_PROCEDURE},                          AST_OBJECT_PROCEDURE,    PG_NAMED_FUNCTION},
    {{PG_KW_ROUTINE},                            AST_OBJECT_ROUTINE,      PG_NAMED_FUNCTION},
    {{PG_KW_DATABASE},                           AST_OBJECT_DATABASE,     PG_NAMED         },
    {{PG_KW_DOMAIN},                             AST_OBJECT_DOMAIN,       PG_NAMED_TYPE    },
    {{PG_KW_LANGUAGE},                           AST_OBJECT_LANGUAGE,     PG_NAMED         },
    {{PG_KW_LARGE, PG_KW_OBJECT},                AST_OBJECT_LARGE_OBJECT, PG_NAMED_OID     },
    {{PG_KW_SCHEMA},                             AST_OBJECT_SCHEMA,       PG_NAMED         },
    {{PG_KW_TABLESPACE},                         AST_OBJECT_TABLESPACE,   PG_NAMED         },
    {{PG_KW_TYPE},                               AST_OBJECT_TYPE,         PG_NAMED_TYPE    },
};

/* ALL TABLES IN SCHEMA and the like; also the targets of default privileges. */
static const struct {
    uint16_t word;
    enum ast_object_type type;
} plurals[] = {
    {PG_KW_TABLES,     AST_OBJECT_TABLE    },
    {PG_KW_SEQUENCES,  AST_OBJECT_SEQUENCE },
    {PG_KW_FUNCTIONS,  AST_OBJECT_FUNCTION },
    {PG_KW_ROUTINES,   AST_OBJECT_ROUTINE  },
    {PG_KW_TYPES,      AST_OBJECT_TYPE     },
    {PG_KW_SCHEMAS,    AST_OBJECT_SCHEMA   },
    {PG_KW_PROCEDURES, AST_OBJECT_PROCEDURE},
};

static enum ast_object_type parse_plural(struct pg_parser *p, bool defaults)
{
    size_t count = sizeof(plurals) / sizeof(*plurals);
    for (size_t i = 0; i < count; i++) {
        bool allowed = defaults
                           ? plurals[i].word != PG_KW_PROCEDURES
                           : plurals[i].word != PG_KW_TYPES && plurals[i].word != PG_KW_SCHEMAS;
        if (allowed && pg_accept(p, plurals[i].word))
            return plurals[i].type;
    }
    pg_unexpected(p);
    return AST_OBJECT_TABLE;
}

/* [group.]name of a setting. */
static struct ast_node *parse_setting_name(struct pg_parser *p)
{
    struct ast_name *node = PG_NEW(p, NAME, name, pg_here(p));
    do
        pg_names_add(p, &node->names, pg_parse_col_id(p));
    while (pg_accept(p, '.'));
    return &node->node;
}

/* The objects behind ON's word. Domains and types are any_names here. */
static void parse_target_objects(struct pg_parser *p, struct ast_grant *grant,
                                 const struct target *target)
{
    grant->type = target->type;
    if (target->naming == PG_NAMED_ANY) {
        grant->objects = pg_parse_qualified_name_list(p);
        return;
    }
    struct pg_object_kind kind = {.type = target->type, .naming = target->naming};
    bool type = target->naming == PG_NAMED_TYPE;
    do
        pg_list_add(
            p, &grant->objects,
            &(type ? pg_parse_type_object(p, target->type) : pg_parse_object(p, &kind))->node);
    while (pg_accept(p, ','));
}

/* ALL ... IN SCHEMA names. */
static void parse_all_in_schema(struct pg_parser *p, struct ast_grant *grant)
{
    static const struct pg_object_kind schema = {.type = AST_OBJECT_SCHEMA, .naming = PG_NAMED};
    pg_skip(p);
    grant->scope = AST_GRANT_ON_ALL_IN_SCHEMA;
    grant->type = parse_plural(p, false);
    pg_expect_two(p, PG_KW_IN, PG_KW_SCHEMA);
    do
        pg_list_add(p, &grant->objects, &pg_parse_object(p, &schema)->node);
    while (pg_accept(p, ','));
}

static bool at_target(struct pg_parser *p, const struct target *target, uint32_t *words)
{
    uint32_t count = 0;
    while (count < 3 && target->words[count]) {
        if (target->words[count] != pg_peek(p, count))
            return false;
        count++;
    }
    /* An unreserved word may name the table itself. */
    const struct pg_token *next = pg_token_ahead(p, count);
    *words = count;
    return count > 1 || (next->kind != '.' && next->kind != ',' && next->kind != PG_KW_TO &&
                         next->kind != PG_KW_FROM);
}

/* privilege_target. */
static void parse_target(struct pg_parser *p, struct ast_grant *grant)
{
    if (pg_at(p) == PG_KW_ALL) {
        parse_all_in_schema(p, grant);
        return;
    }
    if (pg_accept(p, PG_KW_PARAMETER)) {
        grant->type = AST_OBJECT_PARAMETER;
        do
            pg_list_add(p, &grant->objects, parse_setting_name(p));
        while (pg_accept(p, ','));
        return;
    }
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        uint32_t words;
        if (!at_target(p, &targets[i], &words))
            continue;
        while (words--)
            pg_skip(p);
        parse_target_objects(p, grant, &targets[i]);
        return;
    }
    if (pg_accept(p, PG_KW_FOREIGN)) {
        pg_accept(p, PG_KW_DATA);
        pg_unexpected(p);
    }
    grant->type = AST_OBJECT_TABLE;
    grant->objects = pg_parse_qualified_name_list(p);
}

/* grantee_list. */
static struct ast_list parse_grantees(struct pg_parser *p)
{
    struct ast_list list = {0};
    do {
        pg_accept(p, PG_KW_GROUP);
        pg_list_add(p, &list, &pg_parse_role(p)->node);
    } while (pg_accept(p, ','));
    return list;
}

/* opt_granted_by. */
static struct ast_role *parse_granted_by(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_GRANTED))
        return NULL;
    pg_expect(p, PG_KW_BY);
    return pg_parse_role(p);
}

/* ADMIN, INHERIT or SET as a bit; 0: none of them is here. */
static uint8_t accept_member_option(struct pg_parser *p)
{
    return pg_accept(p, PG_KW_ADMIN)     ? AST_MEMBER_ADMIN
           : pg_accept(p, PG_KW_INHERIT) ? AST_MEMBER_INHERIT
           : pg_accept(p, PG_KW_SET)     ? AST_MEMBER_SET
                                         : 0;
}

/* grant_role_opt. */
static void parse_role_option(struct pg_parser *p, struct ast_grant_role *grant)
{
    uint8_t option = accept_member_option(p);
    if (!option)
        pg_expect(p, PG_KW_ADMIN);
    bool off = pg_accept(p, PG_KW_FALSE);
    if (!off && !pg_accept(p, PG_KW_TRUE))
        pg_expect(p, PG_KW_OPTION);
    grant->options |= option;
    grant->options_on = (uint8_t)((grant->options_on & ~option) | (off ? 0 : option));
}

/* GRANT roles TO roles, REVOKE roles FROM roles: the roles granted were read as privileges. */
static struct ast_node *finish_role_grant(struct pg_parser *p, struct ast_grant_role *grant)
{
    pg_expect(p, grant->is_grant ? PG_KW_TO : PG_KW_FROM);
    grant->grantees = pg_parse_role_list(p);
    if (grant->is_grant && pg_accept(p, PG_KW_WITH)) {
        do
            parse_role_option(p, grant);
        while (pg_accept(p, ','));
    }
    grant->grantor = parse_granted_by(p);
    if (!grant->is_grant)
        grant->cascade = pg_opt_drop_behavior(p);
    return &grant->node;
}

/* What follows the privileges: ON target TO or FROM roles. */
static struct ast_node *finish_grant(struct pg_parser *p, struct ast_grant *grant)
{
    pg_expect(p, PG_KW_ON);
    if (grant->scope == AST_GRANT_DEFAULTS)
        grant->type = parse_plural(p, true);
    else
        parse_target(p, grant);
    pg_expect(p, grant->is_grant ? PG_KW_TO : PG_KW_FROM);
    grant->grantees = parse_grantees(p);
    if (grant->is_grant && pg_accept(p, PG_KW_WITH)) {
        pg_expect_two(p, PG_KW_GRANT, PG_KW_OPTION);
        grant->grant_option = true;
    }
    if (grant->scope != AST_GRANT_DEFAULTS)
        grant->grantor = parse_granted_by(p);
    if (!grant->is_grant)
        grant->cascade = pg_opt_drop_behavior(p);
    return &grant->node;
}

static struct ast_grant *open_grant(struct pg_parser *p)
{
    struct ast_grant *grant = PG_NEW(p, GRANT, grant, pg_here(p));
    grant->is_grant = pg_accept(p, PG_KW_GRANT);
    if (!grant->is_grant)
        pg_expect(p, PG_KW_REVOKE);
    return grant;
}

struct ast_node *pg_parse_grant(struct pg_parser *p)
{
    struct ast_grant *grant = open_grant(p);
    uint8_t option = 0;
    if (!grant->is_grant && pg_peek(p, 1) == PG_KW_OPTION) {
        option = accept_member_option(p);
        if (!option)
            pg_expect(p, PG_KW_GRANT);
        grant->grant_option = !option;
        pg_expect_two(p, PG_KW_OPTION, PG_KW_FOR);
    }
    bool all = pg_at(p) == PG_KW_ALL;
    grant->privileges = parse_privileges(p);
    bool roles = option || (!all && !grant->grant_option &&
                            pg_at(p) == (grant->is_grant ? PG_KW_TO : PG_KW_FROM));
    if (!roles)
        return finish_grant(p, grant);
    struct ast_grant_role *role = PG_NEW(p, GRANT_ROLE, grant_role, grant->node.location);
    role->is_grant = grant->is_grant;
    role->granted = grant->privileges;
    role->options = option;
    return finish_role_grant(p, role);
}

/* ALTER DEFAULT PRIVILEGES [FOR ROLE roles] [IN SCHEMA names] GRANT ..., at DEFAULT. */
struct ast_node *pg_parse_alter_default_privileges(struct pg_parser *p, int32_t at)
{
    struct ast_alter_default_privileges *alter =
        PG_NEW(p, ALTER_DEFAULT_PRIVILEGES, alter_default_privileges, at);
    pg_expect_two(p, PG_KW_DEFAULT, PG_KW_PRIVILEGES);
    while (pg_at(p) == PG_KW_IN || pg_at(p) == PG_KW_FOR) {
        if (pg_accept(p, PG_KW_IN)) {
            pg_expect(p, PG_KW_SCHEMA);
            alter->schemas = pg_parse_name_list(p);
            continue;
        }
        pg_skip(p);
        if (!pg_accept(p, PG_KW_ROLE))
            pg_expect(p, PG_KW_USER);
        alter->roles = pg_parse_role_list(p);
    }
    alter->action = open_grant(p);
    alter->action->scope = AST_GRANT_DEFAULTS;
    if (!alter->action->is_grant && pg_accept(p, PG_KW_GRANT)) {
        pg_expect_two(p, PG_KW_OPTION, PG_KW_FOR);
        alter->action->grant_option = true;
    }
    alter->action->privileges = parse_privileges(p);
    finish_grant(p, alter->action);
    return &alter->node;
}
