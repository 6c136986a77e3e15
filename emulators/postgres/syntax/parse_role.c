#include "emulators/postgres/syntax/parser.h"

/* Roles. */

static struct ast_option *flag(struct pg_parser *p, const char *name, bool value, int32_t at)
{
    return pg_option(p, name, pg_boolean(p, value, -1), at);
}

/* Words that are no keywords: SUPERUSER and the like. */
static struct ast_option *parse_flag_word(struct pg_parser *p, int32_t at)
{
    static const struct {
        const char *word, *option;
        bool value;
    } words[] = {
        {"superuser",     "superuser",     true },
        {"nosuperuser",   "superuser",     false},
        {"createrole",    "createrole",    true },
        {"nocreaterole",  "createrole",    false},
        {"replication",   "isreplication", true },
        {"noreplication", "isreplication", false},
        {"createdb",      "createdb",      true },
        {"nocreatedb",    "createdb",      false},
        {"login",         "canlogin",      true },
        {"nologin",       "canlogin",      false},
        {"bypassrls",     "bypassrls",     true },
        {"nobypassrls",   "bypassrls",     false},
        {"noinherit",     "inherit",       false},
    };
    struct slice word = pg_token(p)->text;
    pg_skip(p);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_str(word, words[i].word))
            return flag(p, words[i].option, words[i].value, at);
    pg_fail(p, at, "42601", "unrecognized role option \"" SLICE_FMT "\"", SLICE_ARG(word));
    return NULL;
}

/* PASSWORD 'x' | NULL, [UN]ENCRYPTED PASSWORD 'x'. */
static struct ast_option *parse_password(struct pg_parser *p, int32_t at)
{
    bool plain = pg_accept(p, PG_KW_UNENCRYPTED);
    bool encrypted = !plain && pg_accept(p, PG_KW_ENCRYPTED);
    pg_expect(p, PG_KW_PASSWORD);
    if (!plain && !encrypted && pg_accept(p, PG_KW_NULL))
        return pg_option(p, "password", NULL, at);
    int32_t value_at = pg_here(p);
    struct ast_node *value = pg_string(p, pg_parse_string(p), value_at);
    if (plain && !p->failed) {
        pg_fail(p, at, "0A000", "UNENCRYPTED PASSWORD is no longer supported");
        sql_hint(p->error, "Remove UNENCRYPTED to store the password in encrypted form instead.");
    }
    return pg_option(p, "password", value, at);
}

static struct ast_option *roles_option(struct pg_parser *p, const char *name, int32_t at)
{
    return pg_option(p, name, pg_list_node(p, pg_parse_role_list(p), at), at);
}

/* Options of CREATE alone. */
static struct ast_option *parse_create_only_option(struct pg_parser *p, int32_t at)
{
    if (pg_accept(p, PG_KW_SYSID))
        return pg_option(p, "sysid", pg_integer(p, pg_parse_integer(p), at), at);
    if (pg_accept(p, PG_KW_ADMIN))
        return roles_option(p, "adminmembers", at);
    if (pg_accept(p, PG_KW_ROLE))
        return roles_option(p, "rolemembers", at);
    if (!pg_accept(p, PG_KW_IN))
        return NULL;
    if (!pg_accept(p, PG_KW_ROLE))
        pg_expect(p, PG_KW_GROUP);
    return roles_option(p, "addroleto", at);
}

/* CreateOptRoleElem, AlterOptRoleElem; NULL: none here. */
static struct ast_option *parse_role_option(struct pg_parser *p, bool create)
{
    int32_t at = pg_here(p);
    switch (pg_at(p)) {
    case PG_TOKEN_IDENT: return parse_flag_word(p, at);
    case PG_KW_PASSWORD:
    case PG_KW_ENCRYPTED:
    case PG_KW_UNENCRYPTED: return parse_password(p, at);
    case PG_KW_INHERIT: pg_skip(p); return flag(p, "inherit", true, at);
    case PG_KW_CONNECTION:
        pg_skip(p);
        pg_expect(p, PG_KW_LIMIT);
        return pg_option(p, "connectionlimit", pg_integer(p, pg_parse_signed_integer(p), at), at);
    case PG_KW_VALID:
        pg_skip(p);
        pg_expect(p, PG_KW_UNTIL);
        return pg_option(p, "validUntil", pg_string(p, pg_parse_string(p), at), at);
    case PG_KW_USER: pg_skip(p); return roles_option(p, "rolemembers", at);
    default: return create ? parse_create_only_option(p, at) : NULL;
    }
}

static struct ast_list parse_role_options(struct pg_parser *p, bool create)
{
    struct ast_list list = {0};
    pg_accept(p, PG_KW_WITH);
    struct ast_option *option = parse_role_option(p, create);
    for (; option; option = parse_role_option(p, create))
        pg_list_add(p, &list, &option->node);
    return list;
}

struct ast_role *pg_parse_auth_ident(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_USER)
        return pg_parse_role(p);
    struct ast_role *role = PG_NEW(p, ROLE, role, pg_here(p));
    role->type = AST_ROLE_CURRENT_USER;
    pg_skip(p);
    return role;
}

/* CREATE ROLE, USER, GROUP; CREATE USER MAPPING. At that word. */
struct ast_node *pg_parse_create_role(struct pg_parser *p)
{
    struct ast_create_role *create = PG_NEW(p, CREATE_ROLE, create_role, pg_here(p));
    uint16_t word = pg_at(p);
    pg_skip(p);
    uint16_t next = pg_peek(p, 1);
    if (word == PG_KW_USER && pg_at(p) == PG_KW_MAPPING && (next == PG_KW_FOR || next == PG_KW_IF))
        return pg_parse_create_user_mapping(p);
    create->statement = word == PG_KW_USER    ? AST_CREATE_USER
                        : word == PG_KW_GROUP ? AST_CREATE_GROUP
                                              : AST_CREATE_ROLE_PLAIN;
    create->name = pg_parse_role_id(p);
    create->options = parse_role_options(p, true);
    return &create->node;
}

/* ALTER ROLE role | ALL [IN DATABASE name] SET ... */
static struct ast_node *parse_role_set(struct pg_parser *p, struct ast_role *role, int32_t at)
{
    struct ast_alter_role_set *alter = PG_NEW(p, ALTER_ROLE_SET, alter_role_set, at);
    alter->role = role;
    if (pg_accept(p, PG_KW_IN)) {
        pg_expect(p, PG_KW_DATABASE);
        alter->database = pg_parse_col_id(p);
    }
    alter->set = AST_AS(set, pg_parse_set_reset(p, false));
    return &alter->node;
}

/* ALTER ROLE name RENAME TO name. */
static struct ast_node *parse_role_rename(struct pg_parser *p, struct ast_role *role, int32_t at)
{
    struct ast_rename *rename = PG_NEW(p, RENAME, rename, at);
    rename->object = PG_NEW(p, OBJECT, object, role->node.location);
    rename->object->type = AST_OBJECT_ROLE;
    rename->relation_type = AST_OBJECT_ROLE;
    pg_names_add(p, &rename->object->name, role->name);
    pg_expect_two(p, PG_KW_RENAME, PG_KW_TO);
    rename->new_name = pg_parse_role_id(p);
    return &rename->node;
}

struct ast_node *pg_parse_alter_role(struct pg_parser *p, int32_t at)
{
    bool group = pg_at(p) == PG_KW_GROUP;
    pg_skip(p);
    if (!group && pg_at(p) == PG_KW_USER && pg_peek(p, 1) == PG_KW_MAPPING)
        pg_unexpected(p);
    if (pg_at(p) == PG_KW_MAPPING && pg_peek(p, 1) == PG_KW_FOR)
        return pg_parse_alter_user_mapping(p, at);
    if (!group && pg_accept(p, PG_KW_ALL))
        return parse_role_set(p, NULL, at);
    struct ast_role *role = pg_parse_role(p);
    if (pg_at(p) == PG_KW_RENAME)
        return parse_role_rename(p, role, at);
    uint16_t kind = pg_at(p);
    if (!group && (kind == PG_KW_IN || kind == PG_KW_SET || kind == PG_KW_RESET))
        return parse_role_set(p, role, at);
    struct ast_alter_role *alter = PG_NEW(p, ALTER_ROLE, alter_role, at);
    alter->role = role;
    if (!group) {
        alter->options = parse_role_options(p, false);
        return &alter->node;
    }
    alter->remove = pg_accept(p, PG_KW_DROP);
    if (!alter->remove)
        pg_expect(p, PG_KW_ADD);
    int32_t option_at = pg_here(p);
    pg_expect(p, PG_KW_USER);
    pg_list_add(p, &alter->options, &roles_option(p, "rolemembers", option_at)->node);
    return &alter->node;
}

/* REASSIGN OWNED BY roles TO role. */
struct ast_node *pg_parse_reassign(struct pg_parser *p)
{
    struct ast_reassign_owned *reassign = PG_NEW(p, REASSIGN_OWNED, reassign_owned, pg_here(p));
    pg_skip(p);
    pg_expect_two(p, PG_KW_OWNED, PG_KW_BY);
    reassign->roles = pg_parse_role_list(p);
    pg_expect(p, PG_KW_TO);
    reassign->new_role = pg_parse_role(p);
    return &reassign->node;
}
