/* CREATE EXTENSION: those whose functions the program has; all others are not available. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* What can be created, by name. */
static const struct {
    const char *name, *version;
} known[] = {
    {"uuid-ossp", "1.1"},
};

/* Functions without arguments that an extension brings, by the symbol of a built-in one. */
static const struct {
    const char *extension, *name, *symbol;
} members[] = {
    {"uuid-ossp", "uuid_generate_v4", "gen_random_uuid"},
};

static const char *version_of(struct slice name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_eq_str(name, known[i].name))
            return known[i].version;
    return NULL;
}

static bool not_available(struct pg_ddl *ddl, struct slice name)
{
    sql_fail(ddl->env->error, "0A000", "extension \"" SLICE_FMT "\" is not available",
             SLICE_ARG(name));
    sql_detail(ddl->env->error,
               "Could not open extension control file "
               "\"/usr/share/postgresql/15/extension/" SLICE_FMT
               ".control\": No such file or directory.",
               SLICE_ARG(name));
    return sql_hint(ddl->env->error, "The extension must first be installed on the system where "
                                     "PostgreSQL is running.");
}

static bool add_members(struct pg_ddl *ddl, const struct sql_extension *extension)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!slice_eq_str(extension->object.name, members[i].extension))
            continue;
        struct sql_routine routine = {
            .object = {.class_id = ids->routine,
                       .schema = extension->in_schema,
                       .owner = ddl->session->role,
                       .name = slice_str(members[i].name),
                       .acl_default = true},
            .kind = SQL_ROUTINE_FUNCTION,
            .volatility = 'v',
            .parallel = 's',
            .language = PG_LANGUAGE_INTERNAL,
            .result_type = ddl->session->dialect->types_of.uuid,
            .cost = 1,
            .source = slice_str(members[i].symbol),
            .call = pg_routine_symbol(ddl, slice_str(members[i].symbol)),
        };
        if (!pg_routine_store(ddl, &routine, NULL) ||
            !sql_depend(ddl->env, pg_whole(ids->routine, routine.object.id),
                        pg_whole(ids->extension, extension->object.id), 'e'))
            return false;
    }
    return true;
}

static bool read_options(struct pg_ddl *ddl, const struct ast_create_extension *ast,
                         struct sql_extension *extension)
{
    for (uint32_t i = 0; i < ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, ast->options.items[i]);
        const struct sql_schema *schema;
        if (slice_eq_str(option->name, "new_version")) {
            extension->version = pg_option_string(ddl, option);
        } else if (slice_eq_str(option->name, "schema")) {
            if (!pg_name_schema(ddl, pg_option_string(ddl, option), false, &schema))
                return false;
            extension->in_schema = schema->object.id;
        }
    }
    return extension->in_schema != 0 ||
           sql_fail(ddl->env->error, "3F000", "no schema has been selected to create in");
}

bool pg_create_extension(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_extension *ast = AST_AS(create_extension, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_extension extension = {
        .object = {.class_id = ids->extension,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .relocatable = true,
        .in_schema = ddl->session->create_schema,
    };
    if (!sql_catalog_await_name(ddl->env, ids->extension, 0, ast->name))
        return false;
    if (slice_eq_str(ast->name, "plpgsql") ||
        sql_find_object_name(ddl->session, ids->extension, 0, ast->name)) {
        if (!ast->if_not_exists)
            return sql_fail(ddl->env->error, "42710", "extension \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(ast->name));
        pg_ddl_notice(ddl, "42710", "extension \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(ast->name));
        return true;
    }
    const char *version = version_of(ast->name);
    if (!version)
        return not_available(ddl, ast->name);
    extension.version = slice_str(version);
    if (!read_options(ddl, ast, &extension) || !sql_catalog_create(ddl->env, &extension.object))
        return false;
    struct sql_reference of = pg_whole(ids->extension, extension.object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->schema, extension.in_schema), 'n') &&
           add_members(ddl, &extension);
}
