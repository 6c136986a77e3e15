/* CREATE EXTENSION, ALTER EXTENSION. What can be created says extension/extension.h. */
#include "emulators/postgres/extension/extension.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/seed.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* What CREATE EXTENSION says beside the name. */
struct options {
    struct slice version, schema; /* ptr NULL: not given */
    bool cascade;
};

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

static bool read_options(struct pg_ddl *ddl, const struct ast_list *list, struct options *out)
{
    *out = (struct options){0};
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_option *option = AST_AS(option, list->items[i]);
        bool version = slice_eq_str(option->name, "new_version");
        bool schema = slice_eq_str(option->name, "schema");
        if (version ? out->version.ptr != NULL : schema ? out->schema.ptr != NULL : out->cascade)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        if (version)
            out->version = pg_option_string(ddl, option);
        else if (schema)
            out->schema = pg_option_string(ddl, option);
        else
            out->cascade = true;
    }
    return true;
}

/* Superusers may, and for trusted extensions whoever may create in the database. */
static bool check_right(struct pg_ddl *ddl, const struct pg_extension *extension)
{
    struct sql_session *session = ddl->session;
    const struct sql_role *role = sql_find_role_id(session, session->role);
    const struct sql_object *database =
        sql_find_object(session, pg_classes(ddl)->database, session->database->id);
    if ((role && role->superuser) ||
        (extension->trusted && database &&
         sql_has_privileges(session, session->role, database, SQL_PRIV_CREATE)))
        return true;
    sql_fail(ddl->env->error, "42501", "permission denied to create extension \"%s\"",
             extension->name);
    return sql_hint(ddl->env->error,
                    extension->trusted
                        ? "Must have CREATE privilege on current database to create this extension."
                        : "Must be superuser to create this extension.");
}

/* ---- schema */

static bool choose_schema(struct pg_ddl *ddl, const struct pg_extension *extension,
                          struct slice wanted, uint32_t *out)
{
    const struct sql_schema *schema;
    if (extension->schema && wanted.ptr && !slice_eq_str(wanted, extension->schema))
        return sql_fail(ddl->env->error, "0A000",
                        "extension \"%s\" must be installed in schema \"%s\"", extension->name,
                        extension->schema);
    if (extension->schema)
        wanted = slice_str(extension->schema);
    if (!wanted.ptr) {
        *out = ddl->session->create_schema;
        return *out ||
               sql_fail(ddl->env->error, "3F000", "no schema has been selected to create in");
    }
    if (!pg_name_schema(ddl, wanted, false, &schema))
        return false;
    *out = schema->object.id;
    return true;
}

/* ---- creating */

static bool create(struct pg_ddl *ddl, const struct pg_extension *extension,
                   const struct options *options);

/* The extensions that it needs: there, or created as well. */
static bool require_others(struct pg_ddl *ddl, const struct pg_extension *extension,
                           const struct options *options, struct sql_reference of)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct slice rest = slice_str(extension->requires ? extension->requires : "");
    while (rest.len) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        struct slice name = slice_of(rest.ptr, comma ? (size_t)(comma - rest.ptr) : rest.len);
        rest = slice_from(rest, comma ? name.len + 1 : name.len);
        const struct sql_object *found =
            sql_find_object_name(ddl->session, ids->extension, 0, name);
        if (!found && !options->cascade) {
            sql_fail(ddl->env->error, "42704",
                     "required extension \"" SLICE_FMT "\" is not installed", SLICE_ARG(name));
            return sql_hint(ddl->env->error, "Use CREATE EXTENSION ... CASCADE to install "
                                             "required extensions too.");
        }
        if (!found) {
            struct options others = {.schema = options->schema, .cascade = true};
            pg_ddl_notice(ddl, "00000", "installing required extension \"" SLICE_FMT "\"",
                          SLICE_ARG(name));
            if (!create(ddl, pg_extension_named(name), &others))
                return false;
            found = sql_find_object_name(ddl->session, ids->extension, 0, name);
        }
        if (of.id && !sql_depend(ddl->env, of, pg_whole(ids->extension, found->id), 'n'))
            return false;
    }
    return true;
}

static bool create(struct pg_ddl *ddl, const struct pg_extension *extension,
                   const struct options *options)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_extension object = {
        .object = {.class_id = ids->extension,
                   .owner = ddl->session->role,
                   .name = slice_str(extension->name),
                   .acl_default = true},
        .version = slice_str(extension->version),
        .relocatable = extension->relocatable,
    };
    struct sql_reference none = {0};
    if (options->version.ptr && !slice_eq(options->version, object.version))
        return sql_fail(ddl->env->error, "22023",
                        "extension \"%s\" has no installation script nor update path for version "
                        "\"" SLICE_FMT "\"",
                        extension->name, SLICE_ARG(options->version));
    if (!choose_schema(ddl, extension, options->schema, &object.in_schema) ||
        !require_others(ddl, extension, options, none) || !check_right(ddl, extension) ||
        !sql_catalog_create(ddl->env, &object.object))
        return false;
    struct sql_reference of = pg_whole(ids->extension, object.object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->schema, object.in_schema), 'n') &&
           require_others(ddl, extension, options, of) &&
           sql_comment_set(ddl->env, of, slice_str(extension->comment)) &&
           pg_extension_install(ddl, extension, &object);
}

bool pg_create_extension(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_extension *ast = AST_AS(create_extension, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct options options;
    if (!sql_catalog_await_name(ddl->env, ids->extension, 0, ast->name))
        return false;
    if (sql_find_object_name(ddl->session, ids->extension, 0, ast->name)) {
        if (!ast->if_not_exists)
            return sql_fail(ddl->env->error, "42710", "extension \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(ast->name));
        pg_ddl_notice(ddl, "42710", "extension \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(ast->name));
        return true;
    }
    const struct pg_extension *extension = pg_extension_named(ast->name);
    return read_options(ddl, &ast->options, &options) &&
           (extension ? create(ddl, extension, &options) : not_available(ddl, ast->name));
}

/* ---- ALTER EXTENSION */

static bool find_owned(struct pg_ddl *ddl, struct slice name, const struct sql_extension **out)
{
    *out = (const void *)sql_find_object_name(ddl->session, pg_classes(ddl)->extension, 0, name);
    if (!*out)
        return sql_fail(ddl->env->error, "42704", "extension \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    return pg_name_must_own(ddl, &(*out)->object);
}

/* UPDATE: there is one version of each. */
bool pg_alter_extension(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_extension *ast = AST_AS(alter_extension, node);
    const struct sql_extension *extension;
    struct options options;
    if (!find_owned(ddl, ast->name, &extension) || !read_options(ddl, &ast->options, &options))
        return false;
    struct slice wanted = options.version.ptr ? options.version : extension->version;
    if (!slice_eq(wanted, extension->version))
        return sql_fail(ddl->env->error, "22023",
                        "extension \"" SLICE_FMT "\" has no update path from version \"" SLICE_FMT
                        "\" to version \"" SLICE_FMT "\"",
                        SLICE_ARG(ast->name), SLICE_ARG(extension->version), SLICE_ARG(wanted));
    pg_ddl_notice(ddl, "00000",
                  "version \"" SLICE_FMT "\" of extension \"" SLICE_FMT "\" is already installed",
                  SLICE_ARG(wanted), SLICE_ARG(ast->name));
    return true;
}

/* The extension that the object belongs to, 0: none. */
static uint32_t extension_of(struct pg_ddl *ddl, struct sql_reference object)
{
    uint32_t count;
    const struct sql_edge **edges = sql_edges_of(ddl->env, object.class_id, object.id, &count);
    for (uint32_t i = 0; i < count; i++)
        if (edges[i]->kind == 'e')
            return edges[i]->on_id;
    return 0;
}

/* ADD and DROP. */
bool pg_alter_extension_contents(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_extension_contents *ast = AST_AS(alter_extension_contents, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_extension *extension;
    struct pg_found found;
    if (!find_owned(ddl, ast->name, &extension) ||
        !pg_resolve(ddl, ast->object, false, SQL_SHARE_UPDATE_EXCLUSIVE, &found) ||
        (found.object && !pg_name_must_own(ddl, found.object)))
        return false;
    uint32_t old = extension_of(ddl, found.ref);
    struct slice what = pg_describe(ddl->session, ddl->arena, found.ref);
    const struct sql_object *of = old ? sql_find_object(ddl->session, ids->extension, old) : NULL;
    if (ast->add && of)
        return sql_fail(ddl->env->error, "55000",
                        SLICE_FMT " is already a member of extension \"" SLICE_FMT "\"",
                        SLICE_ARG(what), SLICE_ARG(of->name));
    if (ast->add && found.ref.class_id == ids->schema && found.ref.id == extension->in_schema)
        return sql_fail(ddl->env->error, "55000",
                        "cannot add schema \"" SLICE_FMT "\" to extension \"" SLICE_FMT
                        "\" because the schema contains the extension",
                        SLICE_ARG(found.object->name), SLICE_ARG(ast->name));
    if (ast->add)
        return sql_depend(ddl->env, found.ref, pg_whole(ids->extension, extension->object.id), 'e');
    if (old != extension->object.id)
        return sql_fail(ddl->env->error, "55000",
                        SLICE_FMT " is not a member of extension \"" SLICE_FMT "\"",
                        SLICE_ARG(what), SLICE_ARG(ast->name));
    return sql_depend_clear(ddl->env, found.ref, ids->extension);
}
