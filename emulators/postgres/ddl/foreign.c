/* CREATE and ALTER of FOREIGN DATA WRAPPER, SERVER and USER MAPPING. They are kept and shown; there is
 * no wrapper that could read anything.
 *
 * As struct sql_other: a wrapper has the numbers handler and validator; a server its wrapper, and type
 * and version as its first fields; a user mapping the user and the server, which its name is made of.
 * Further fields are options. */
#include "emulators/postgres/ddl/foreign.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

enum { TYPE_FDW_HANDLER = 3115, TYPE_OID = 26, TYPE_TEXT_ARRAY = 1009 };
enum { WRAPPER_HANDLER, WRAPPER_VALIDATOR };
enum { SERVER_TYPE, SERVER_VERSION, SERVER_OPTIONS };
enum { MAPPING_USER, MAPPING_SERVER };

static const struct sql_other *find(struct pg_ddl *ddl, enum ast_object_type type,
                                    struct slice name)
{
    const struct ast_object object = {
        .node = {AST_OBJECT, -1},
          .type = type, .name = {&name,      1 }
    };
    struct pg_found found;
    return pg_resolve(ddl, &object, false, SQL_ACCESS_SHARE, &found)
               ? (const void *)sql_find_object(ddl->session, found.ref.class_id, found.ref.id)
               : NULL;
}

static bool is_superuser(struct pg_ddl *ddl)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return role && role->superuser;
}

/* ---- wrappers */

static bool find_function(struct pg_ddl *ddl, const struct ast_option *option, bool handler,
                          uint32_t *out)
{
    static const uint32_t validator_types[] = {TYPE_TEXT_ARRAY, TYPE_OID};
    struct slice schema, name;
    *out = 0;
    if (!option->value)
        return true;
    const struct ast_names *names = &AST_AS(name, option->value)->names;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++) {
        const struct sql_routine *routine = found.items[i];
        bool fits = handler
                        ? routine->arg_count == 0
                        : routine->arg_count == 2 &&
                              !memcmp(routine->arg_types, validator_types, sizeof validator_types);
        if (!fits)
            continue;
        *out = routine->object.id;
        return !handler || routine->result_type == TYPE_FDW_HANDLER ||
               sql_fail(ddl->env->error, "42809",
                        "function " SLICE_FMT " must return type fdw_handler",
                        SLICE_ARG(pg_ddl_names_text(ddl, names)));
    }
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT "(%s) does not exist",
                    SLICE_ARG(pg_ddl_names_text(ddl, names)), handler ? "" : "text[], oid");
}

/* What of handler and validator is written. */
static bool read_functions(struct pg_ddl *ddl, const struct ast_list *list, uint32_t *numbers,
                           bool given[2])
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_option *option = AST_AS(option, list->items[i]);
        bool handler = slice_eq_str(option->name, "handler");
        int at = handler ? WRAPPER_HANDLER : WRAPPER_VALIDATOR;
        if (given[at])
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        given[at] = true;
        if (!find_function(ddl, option, handler, &numbers[at]))
            return false;
    }
    return true;
}

static bool depend_wrapper(struct pg_ddl *ddl, const struct sql_other *wrapper)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->foreign_wrapper, wrapper->object.id);
    for (int i = WRAPPER_HANDLER; i <= WRAPPER_VALIDATOR; i++)
        if (wrapper->numbers[i] &&
            !sql_depend(ddl->env, of, pg_whole(ids->routine, wrapper->numbers[i]), 'n'))
            return false;
    return true;
}

static bool name_is_free(struct pg_ddl *ddl, const struct sql_object *object)
{
    return sql_catalog_await_name(ddl->env, object->class_id, 0, object->name) &&
           (!sql_find_object_name(ddl->session, object->class_id, 0, object->name) ||
            sql_fail(ddl->env->error, "42710", "%s \"" SLICE_FMT "\" already exists",
                     pg_describe_kind(ddl->session, object), SLICE_ARG(object->name)));
}

bool pg_create_fdw(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_fdw *ast = AST_AS(create_fdw, node);
    uint32_t numbers[2] = {0};
    bool given[2] = {false};
    struct pg_foreign_options options = {0};
    struct sql_other wrapper = {
        .object = {.class_id = pg_classes(ddl)->foreign_wrapper,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .numbers = numbers,
        .number_count = 2,
    };
    if (!is_superuser(ddl)) {
        sql_fail(ddl->env->error, "42501",
                 "permission denied to create foreign-data wrapper \"" SLICE_FMT "\"",
                 SLICE_ARG(ast->name));
        return sql_hint(ddl->env->error, "Must be superuser to create a foreign-data wrapper.");
    }
    if (!name_is_free(ddl, &wrapper.object) ||
        !read_functions(ddl, &ast->functions, numbers, given) ||
        !pg_foreign_options_change(ddl, &ast->options, numbers[WRAPPER_VALIDATOR],
                                   wrapper.object.class_id, &options))
        return false;
    wrapper.fields = options.texts;
    wrapper.field_count = options.count;
    return sql_catalog_create(ddl->env, &wrapper.object) && depend_wrapper(ddl, &wrapper);
}

static void warn_changed(struct pg_ddl *ddl, const bool given[2], const uint32_t numbers[2])
{
    if (given[WRAPPER_HANDLER])
        pg_ddl_warning(ddl, "01000",
                       "changing the foreign-data wrapper handler can change behavior of existing "
                       "foreign tables");
    if (given[WRAPPER_VALIDATOR] && numbers[WRAPPER_VALIDATOR])
        pg_ddl_warning(ddl, "01000",
                       "changing the foreign-data wrapper validator can cause the options for "
                       "dependent objects to become invalid");
}

bool pg_alter_fdw(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_fdw *ast = AST_AS(alter_fdw, node);
    if (!is_superuser(ddl)) {
        sql_fail(ddl->env->error, "42501",
                 "permission denied to alter foreign-data wrapper \"" SLICE_FMT "\"",
                 SLICE_ARG(ast->name));
        return sql_hint(ddl->env->error, "Must be superuser to alter a foreign-data wrapper.");
    }
    const struct sql_other *old = find(ddl, AST_OBJECT_FDW, ast->name);
    if (!old)
        return false;
    uint32_t numbers[2] = {old->numbers[0], old->numbers[1]};
    bool given[2] = {false};
    struct pg_foreign_options options = {old->fields, old->field_count};
    if (!read_functions(ddl, &ast->functions, numbers, given))
        return false;
    warn_changed(ddl, given, numbers);
    if (!pg_foreign_options_change(ddl, &ast->options, numbers[WRAPPER_VALIDATOR],
                                   old->object.class_id, &options))
        return false;
    struct sql_other changed = *old;
    changed.numbers = numbers;
    changed.fields = options.texts;
    changed.field_count = options.count;
    return sql_depend_clear(ddl->env, pg_whole(old->object.class_id, old->object.id), 0) &&
           sql_catalog_replace(ddl->env, &changed.object) && depend_wrapper(ddl, &changed);
}

/* ---- servers */

static uint32_t validator_of(struct pg_ddl *ddl, uint32_t wrapper_id)
{
    const struct sql_other *wrapper =
        (const void *)sql_find_object(ddl->session, pg_classes(ddl)->foreign_wrapper, wrapper_id);
    return wrapper ? wrapper->numbers[WRAPPER_VALIDATOR] : 0;
}

/* Type, version, and the options behind them. */
static bool set_fields(struct pg_ddl *ddl, struct sql_other *server, struct slice type,
                       struct slice version, const struct pg_foreign_options *options)
{
    struct slice *fields = arena_array(ddl->arena, SERVER_OPTIONS + options->count, sizeof *fields);
    if (!fields)
        return sql_fail_memory(ddl->env->error);
    fields[SERVER_TYPE] = type;
    fields[SERVER_VERSION] = version;
    if (options->count)
        memcpy(fields + SERVER_OPTIONS, options->texts, options->count * sizeof *fields);
    server->fields = fields;
    server->field_count = (uint16_t)(SERVER_OPTIONS + options->count);
    return true;
}

static bool may_use(struct pg_ddl *ddl, const struct sql_object *object, const char *kind)
{
    return sql_has_privileges(ddl->session, ddl->session->role, object, SQL_PRIV_USAGE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for %s " SLICE_FMT, kind,
                    SLICE_ARG(object->name));
}

bool pg_create_server(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_server *ast = AST_AS(create_server, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct pg_foreign_options options = {0};
    struct sql_other server = {
        .object = {.class_id = ids->foreign_server,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true}
    };
    if (ast->if_not_exists &&
        sql_find_object_name(ddl->session, ids->foreign_server, 0, ast->name)) {
        pg_ddl_notice(ddl, "42710", "server \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(ast->name));
        return true;
    }
    if (!name_is_free(ddl, &server.object))
        return false;
    const struct sql_other *wrapper = find(ddl, AST_OBJECT_FDW, ast->wrapper);
    if (!wrapper || !may_use(ddl, &wrapper->object, "foreign-data wrapper") ||
        !pg_foreign_options_change(ddl, &ast->options, wrapper->numbers[WRAPPER_VALIDATOR],
                                   ids->foreign_server, &options) ||
        !set_fields(ddl, &server, ast->type, ast->version, &options))
        return false;
    uint32_t wrapper_id = wrapper->object.id;
    server.numbers = &wrapper_id;
    server.number_count = 1;
    return sql_catalog_create(ddl->env, &server.object) &&
           sql_depend(ddl->env, pg_whole(ids->foreign_server, server.object.id),
                      pg_whole(ids->foreign_wrapper, wrapper_id), 'n');
}

bool pg_alter_server(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_server *ast = AST_AS(alter_server, node);
    const struct sql_other *old = find(ddl, AST_OBJECT_SERVER, ast->name);
    if (!old || !pg_name_must_own(ddl, &old->object))
        return false;
    struct sql_other changed = *old;
    struct pg_foreign_options options = {old->fields + SERVER_OPTIONS,
                                         (uint16_t)(old->field_count - SERVER_OPTIONS)};
    return pg_foreign_options_change(ddl, &ast->options, validator_of(ddl, old->numbers[0]),
                                     old->object.class_id, &options) &&
           set_fields(ddl, &changed, old->fields[SERVER_TYPE],
                      ast->has_version ? ast->version : old->fields[SERVER_VERSION], &options) &&
           sql_catalog_replace(ddl->env, &changed.object);
}

/* ---- user mappings */

/* Where a role's mapping for a server is, whose name is made of both. */
struct mapping_key {
    uint32_t numbers[2];
    struct slice user; /* in messages */
    const struct sql_other *server;
    const struct sql_other *found; /* NULL: there is none */
};

static bool find_mapping(struct pg_ddl *ddl, const struct ast_role *user, struct slice server,
                         struct mapping_key *key)
{
    *key = (struct mapping_key){0};
    if (!pg_name_role(ddl, user, true, &key->numbers[MAPPING_USER]))
        return false;
    const struct sql_role *role = sql_find_role_id(ddl->session, key->numbers[MAPPING_USER]);
    key->user = role ? role->object.name : slice_str("public");
    key->server = find(ddl, AST_OBJECT_SERVER, server);
    if (!key->server)
        return false;
    key->numbers[MAPPING_SERVER] = key->server->object.id;
    key->found = (const void *)sql_find_object_name(ddl->session, pg_classes(ddl)->user_mapping, 0,
                                                    slice_of(key->numbers, sizeof key->numbers));
    return true;
}

/* Whoever owns the server may map everybody, who may use it themselves. */
static bool check_right(struct pg_ddl *ddl, const struct mapping_key *key)
{
    struct sql_session *session = ddl->session;
    if (sql_is_owner(session, session->role, &key->server->object))
        return true;
    if (key->numbers[MAPPING_USER] == session->role)
        return may_use(ddl, &key->server->object, "foreign server");
    return sql_fail(ddl->env->error, "42501", "must be owner of foreign server " SLICE_FMT,
                    SLICE_ARG(key->server->object.name));
}

static bool no_mapping(struct pg_ddl *ddl, const struct mapping_key *key)
{
    return sql_fail(ddl->env->error, "42704",
                    "user mapping for \"" SLICE_FMT "\" does not exist for server \"" SLICE_FMT
                    "\"",
                    SLICE_ARG(key->user), SLICE_ARG(key->server->object.name));
}

bool pg_create_user_mapping(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_user_mapping *ast = AST_AS(create_user_mapping, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct pg_foreign_options options = {0};
    struct mapping_key key;
    if (!find_mapping(ddl, ast->user, ast->server, &key) || !check_right(ddl, &key))
        return false;
    if (key.found && ast->if_not_exists) {
        pg_ddl_notice(ddl, "42710",
                      "user mapping for \"" SLICE_FMT "\" already exists for server \"" SLICE_FMT
                      "\", skipping",
                      SLICE_ARG(key.user), SLICE_ARG(ast->server));
        return true;
    }
    if (key.found)
        return sql_fail(ddl->env->error, "42710",
                        "user mapping for \"" SLICE_FMT "\" already exists for server \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(key.user), SLICE_ARG(ast->server));
    if (!pg_foreign_options_change(ddl, &ast->options, validator_of(ddl, key.server->numbers[0]),
                                   ids->user_mapping, &options))
        return false;
    struct sql_other mapping = {
        .object = {.class_id = ids->user_mapping,
                   .owner = key.server->object.owner,
                   .name = slice_of(key.numbers, sizeof key.numbers),
                   .acl_default = true},
        .fields = options.texts,
        .field_count = options.count,
        .numbers = key.numbers,
        .number_count = 2,
    };
    return sql_catalog_create(ddl->env, &mapping.object) &&
           sql_depend(ddl->env, pg_whole(ids->user_mapping, mapping.object.id),
                      pg_whole(ids->foreign_server, key.server->object.id), 'n');
}

bool pg_alter_user_mapping(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_user_mapping *ast = AST_AS(alter_user_mapping, node);
    struct mapping_key key;
    if (!find_mapping(ddl, ast->user, ast->server, &key))
        return false;
    if (!key.found)
        return no_mapping(ddl, &key);
    struct sql_other changed = *key.found;
    struct pg_foreign_options options = {key.found->fields, key.found->field_count};
    if (!check_right(ddl, &key) ||
        !pg_foreign_options_change(ddl, &ast->options, validator_of(ddl, key.server->numbers[0]),
                                   pg_classes(ddl)->user_mapping, &options))
        return false;
    changed.fields = options.texts;
    changed.field_count = options.count;
    return sql_catalog_replace(ddl->env, &changed.object);
}

bool pg_drop_user_mapping(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_user_mapping *ast = AST_AS(drop_user_mapping, node);
    struct mapping_key key;
    if (ast->missing_ok &&
        !sql_find_object_name(ddl->session, pg_classes(ddl)->foreign_server, 0, ast->server)) {
        pg_ddl_notice(ddl, "42704", "server \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(ast->server));
        return true;
    }
    if (!find_mapping(ddl, ast->user, ast->server, &key))
        return false;
    if (!key.found && ast->missing_ok) {
        pg_ddl_notice(ddl, "42704",
                      "user mapping for \"" SLICE_FMT "\" does not exist for server \"" SLICE_FMT
                      "\", skipping",
                      SLICE_ARG(key.user), SLICE_ARG(ast->server));
        return true;
    }
    if (!key.found)
        return no_mapping(ddl, &key);
    return check_right(ddl, &key) &&
           sql_catalog_drop(ddl->env, key.found->object.class_id, key.found->object.id);
}
