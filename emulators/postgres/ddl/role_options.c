/* What CREATE ROLE and ALTER ROLE say of a role. */
#include "emulators/postgres/ddl/role.h"
#include "emulators/postgres/scram.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/type_io.h"

#define AT(member) offsetof(struct pg_role_options, member)

static const struct {
    const char *name;
    size_t at;
} known[] = {
    {"superuser",       AT(superuser)       },
    {"inherit",         AT(inherit)         },
    {"createrole",      AT(create_role)     },
    {"createdb",        AT(create_db)       },
    {"canlogin",        AT(login)           },
    {"isreplication",   AT(replication)     },
    {"bypassrls",       AT(bypass_rls)      },
    {"connectionlimit", AT(connection_limit)},
    {"password",        AT(password)        },
    {"validUntil",      AT(valid_until)     },
    {"rolemembers",     AT(members)         },
    {"adminmembers",    AT(admin_members)   },
    {"addroleto",       AT(member_of)       },
};

static const struct ast_option **place_of(struct pg_role_options *options, struct slice name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_eq_str(name, known[i].name))
            return (const struct ast_option **)(void *)((uint8_t *)options + known[i].at);
    return NULL;
}

static int32_t limit_of(const struct ast_option *option)
{
    return AST_AS(const, option->value)->integer;
}

bool pg_role_option_flag(const struct ast_option *option)
{
    return option && AST_AS(const, option->value)->boolean;
}

bool pg_role_options_read(struct pg_ddl *ddl, const struct ast_list *list,
                          struct pg_role_options *out)
{
    *out = (struct pg_role_options){0};
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_option *option = AST_AS(option, list->items[i]);
        const struct ast_option **place = place_of(out, option->name);
        if (slice_eq_str(option->name, "sysid"))
            pg_ddl_notice(ddl, "00000", "SYSID can no longer be specified");
        if (!place)
            continue;
        if (*place)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        *place = option;
    }
    if (out->connection_limit && limit_of(out->connection_limit) < -1)
        return sql_fail(ddl->env->error, "22023", "invalid connection limit: %d",
                        limit_of(out->connection_limit));
    return true;
}

/* ---- passwords */

/* Is it a secret already? What only looks like one is a password as any other. */
static bool is_secret(struct pg_ddl *ddl, struct slice given)
{
    struct pg_scram_secret secret;
    return pg_password_is_stored(given) &&
           (given.len == PG_MD5_LEN || pg_scram_read(ddl->arena, given, &secret));
}

static bool is_empty_password(struct pg_ddl *ddl, struct slice user, struct slice given)
{
    return given.len == 0 ||
           (is_secret(ddl, given) && pg_password_fits(ddl->arena, given, user, slice_of("", 0)));
}

static struct slice as_md5(struct pg_ddl *ddl, struct slice user, struct slice given)
{
    char stored[PG_MD5_LEN];
    pg_md5_store(given, user, stored);
    return arena_dup(ddl->arena, slice_of(stored, sizeof stored));
}

static struct slice as_scram(struct pg_ddl *ddl, struct slice given)
{
    struct pg_scram_secret secret;
    uint8_t *salt = arena_alloc(ddl->arena, PG_SCRAM_SALT);
    if (!salt)
        return slice_of(NULL, 0);
    random_bytes(pg_session_of(ddl->session)->pg->host.random, salt, PG_SCRAM_SALT);
    pg_scram_derive(given, slice_of(salt, PG_SCRAM_SALT), PG_SCRAM_ITERATIONS, &secret);
    return pg_scram_store(ddl->arena, &secret);
}

static bool set_password(struct pg_ddl *ddl, const struct ast_option *option, struct sql_role *role)
{
    enum { ENCRYPT_MD5 }; /* the first word of password_encryption */
    struct pg_settings *settings = &pg_session_of(ddl->session)->settings;
    role->password = slice_of(NULL, 0);
    if (!option->value)
        return true;
    struct slice given = AST_AS(const, option->value)->text;
    if (is_empty_password(ddl, role->object.name, given)) {
        pg_ddl_notice(ddl, "00000", "empty string is not a valid password, clearing password");
        return true;
    }
    if (is_secret(ddl, given))
        role->password = given;
    else if ((int)pg_settings_number(settings, "password_encryption") == ENCRYPT_MD5)
        role->password = as_md5(ddl, role->object.name, given);
    else
        role->password = as_scram(ddl, given);
    return role->password.ptr || sql_fail_memory(ddl->env->error);
}

static bool set_valid_until(struct pg_ddl *ddl, const struct ast_option *option,
                            struct sql_role *role)
{
    struct sql_call call = {.env = ddl->env, .arena = ddl->arena};
    const struct sql_type *type =
        sql_find_type_id(ddl->session, ddl->session->dialect->types_of.timestamptz);
    struct datum value;
    if (!sql_type_input(&call, type, AST_AS(const, option->value)->text, -1, &value))
        return false;
    role->valid_until = value.i;
    role->has_valid_until = true;
    return true;
}

bool pg_role_options_apply(struct pg_ddl *ddl, const struct pg_role_options *options,
                           struct sql_role *role)
{
    const struct {
        const struct ast_option *option;
        bool *flag;
    } flags[] = {
        {options->superuser,   &role->superuser  },
        {options->inherit,     &role->inherit    },
        {options->create_role, &role->create_role},
        {options->create_db,   &role->create_db  },
        {options->login,       &role->login      },
        {options->replication, &role->replication},
        {options->bypass_rls,  &role->bypass_rls },
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].option)
            *flags[i].flag = pg_role_option_flag(flags[i].option);
    if (options->connection_limit)
        role->connection_limit = limit_of(options->connection_limit);
    return (!options->valid_until || set_valid_until(ddl, options->valid_until, role)) &&
           (!options->password || set_password(ddl, options->password, role));
}
