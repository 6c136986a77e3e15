#include "emulators/postgres/catalog/seed.h"

#include "emulators/postgres/catalog/dialect.h"

static bool seed_role(struct sql_env *env, const struct sql_builtin_role *row)
{
    struct sql_role role = {
        .object = {.class_id = pg_dialect.classes_of.role,
                   .id = row->id,
                   .owner = PG_SUPERUSER,
                   .name = slice_str(row->name),
                   .acl_default = true},
        .superuser = row->superuser,
        .inherit = row->inherit,
        .create_role = row->create_role,
        .create_db = row->create_db,
        .login = row->login,
        .replication = row->replication,
        .bypass_rls = row->bypass_rls,
        .connection_limit = -1,
    };
    if (!sql_catalog_create(env, &role.object))
        return false;
    for (unsigned i = 0; i < 4 && row->member_of[i]; i++) {
        uint32_t member = row->id;
        struct sql_membership membership = {
            .object = {.class_id = pg_dialect.classes_of.membership,
                       .owner = PG_SUPERUSER,
                       .name = slice_of(&member, sizeof member)},
            .role = row->member_of[i],
            .member = member,
            .grantor = PG_SUPERUSER,
        };
        if (!sql_catalog_create(env, &membership.object))
            return false;
    }
    return true;
}

static bool seed_database_object(struct sql_env *env, uint32_t id, const char *name,
                                 bool is_template, bool allows_connections)
{
    static const struct sql_acl_item acl[] = {
        {0,            PG_SUPERUSER, SQL_PRIV_CONNECT,                                        0},
        {PG_SUPERUSER, PG_SUPERUSER, SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT, 0},
    };
    struct sql_database_object database = {
        .object = {.class_id = pg_dialect.classes_of.database,
                   .id = id,
                   .owner = PG_SUPERUSER,
                   .name = slice_str(name),
                   .acl = is_template ? acl : NULL,
                   .acl_count = is_template ? 2 : 0,
                   .acl_default = !is_template},
        .is_template = is_template,
        .allows_connections = allows_connections,
        .connection_limit = -1,
        .encoding = 6,
        .collate = slice_str("C"),
        .ctype = slice_str("C"),
    };
    static const char *const comments[] = {"unmodifiable empty database",
                                           "default template for new databases",
                                           "default administrative connection database"};
    struct sql_reference self = {database.object.class_id, id, 0};
    const char *comment = comments[id == PG_TEMPLATE0 ? 0 : id == PG_TEMPLATE1 ? 1 : 2];
    return sql_catalog_create(env, &database.object) &&
           sql_comment_set(env, self, slice_str(comment));
}

bool pg_seed_shared(struct sql_env *env)
{
    for (uint32_t i = 0; i < pg_dialect.roles_count; i++)
        if (!seed_role(env, &pg_dialect.roles[i]))
            return false;
    return seed_database_object(env, PG_TEMPLATE1, "template1", true, true) &&
           seed_database_object(env, PG_TEMPLATE0, "template0", true, false) &&
           seed_database_object(env, PG_POSTGRES, "postgres", false, true);
}

/* The one extension that every database has. */
static bool seed_plpgsql(struct sql_env *env)
{
    struct sql_extension extension = {
        .object = {.class_id = pg_dialect.classes_of.extension,
                   .id = PG_PLPGSQL,
                   .owner = PG_SUPERUSER,
                   .name = slice_str("plpgsql"),
                   .acl_default = true},
        .version = slice_str("1.0"),
        .in_schema = pg_dialect.system_schema,
    };
    struct sql_reference self = {extension.object.class_id, PG_PLPGSQL, 0};
    return sql_catalog_create(env, &extension.object) &&
           sql_comment_set(env, self, slice_str("PL/pgSQL procedural language"));
}

bool pg_seed_database(struct sql_env *env)
{
    static const struct sql_acl_item acl[] = {
        {PG_DATABASE_OWNER, PG_DATABASE_OWNER, SQL_PRIV_USAGE | SQL_PRIV_CREATE, 0},
        {0,                 PG_DATABASE_OWNER, SQL_PRIV_USAGE,                   0},
    };
    struct sql_schema schema = {
        .object = {.class_id = pg_dialect.classes_of.schema,
                   .id = PG_PUBLIC_SCHEMA,
                   .owner = PG_DATABASE_OWNER,
                   .name = slice_str("public"),
                   .acl = acl,
                   .acl_count = 2}
    };
    struct sql_reference self = {schema.object.class_id, PG_PUBLIC_SCHEMA, 0};
    return sql_catalog_create(env, &schema.object) &&
           sql_comment_set(env, self, slice_str("standard public schema")) && seed_plpgsql(env);
}
