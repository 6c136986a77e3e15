/* ALTER ROLE ... SET, ALTER DATABASE ... SET: settings with which sessions begin. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/set.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_utility.h"

/* NULL: nothing is kept for them. */
static const struct sql_settings_object *find_settings(struct pg_ddl *ddl, uint32_t database,
                                                       uint32_t role)
{
    uint32_t class_id = pg_classes(ddl)->settings;
    const struct sql_object *at = sql_next_object(ddl->session, class_id, 0);
    for (; at; at = sql_next_object(ddl->session, class_id, at->id + 1)) {
        const struct sql_settings_object *settings = (const void *)at;
        if (settings->database == database && settings->role == role)
            return settings;
    }
    return NULL;
}

static bool is_of(struct slice setting, struct slice name)
{
    return setting.len > name.len && setting.ptr[name.len] == '=' &&
           slice_eq_nocase(slice_of(setting.ptr, name.len), name);
}

/* The list with the setting changed: value.ptr NULL takes it out, name.ptr NULL all. */
static bool change_list(struct pg_ddl *ddl, struct sql_settings_object *settings, struct slice name,
                        struct slice value)
{
    struct slice *list = arena_array(ddl->arena, settings->setting_count + 1u, sizeof *list);
    struct slice changed =
        value.ptr ? arena_concat(ddl->arena, name, slice_str("="), value) : slice_of(NULL, 0);
    bool placed = !value.ptr;
    uint16_t count = 0;
    if (!list || (value.ptr && !changed.ptr))
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; name.ptr && i < settings->setting_count; i++) {
        if (!is_of(settings->settings[i], name)) {
            list[count++] = settings->settings[i];
        } else if (value.ptr) {
            list[count++] = changed;
            placed = true;
        }
    }
    if (!placed)
        list[count++] = changed;
    settings->settings = list;
    settings->setting_count = count;
    return true;
}

static bool change(struct pg_ddl *ddl, uint32_t database, uint32_t role, const struct ast_set *set)
{
    struct slice name = {0}, value = {0};
    if (set->type != AST_RESET_ALL && !pg_set_text(pg_session_of(ddl->session), set, &name, &value))
        return false;
    const struct sql_settings_object *old = find_settings(ddl, database, role);
    struct sql_settings_object settings = {
        .object = {.class_id = pg_classes(ddl)->settings,
                   .owner = ddl->session->dialect->default_owner,
                   .acl_default = true},
        .database = database,
        .role = role,
    };
    if (old)
        settings = *old;
    if (!change_list(ddl, &settings, name, value))
        return false;
    if (!settings.setting_count)
        return !old || sql_catalog_drop(ddl->env, pg_classes(ddl)->settings, settings.object.id);
    return old ? sql_catalog_replace(ddl->env, &settings.object)
               : sql_catalog_create(ddl->env, &settings.object);
}

static bool find_database(struct pg_ddl *ddl, struct slice name, const struct sql_object **out)
{
    *out = sql_find_object_name(ddl->session, pg_classes(ddl)->database, 0, name);
    return *out || sql_fail(ddl->env->error, "3D000", "database \"" SLICE_FMT "\" does not exist",
                            SLICE_ARG(name));
}

static bool may_set_for(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, id);
    if (role->superuser)
        return pg_role_is_superuser(ddl) ||
               sql_fail(ddl->env->error, "42501", "must be superuser to alter superusers");
    return pg_role_may_create(ddl) || id == ddl->session->role ||
           sql_fail(ddl->env->error, "42501", "permission denied");
}

bool pg_alter_role_set(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_role_set *ast = AST_AS(alter_role_set, node);
    const struct sql_object *database = NULL;
    uint32_t role = 0;
    if (ast->role && ast->role->type == AST_ROLE_NAME &&
        !pg_role_check_reserved(ddl, ast->role->name, "Cannot alter reserved roles."))
        return false;
    if (ast->role && (!pg_name_role(ddl, ast->role, false, &role) || !may_set_for(ddl, role)))
        return false;
    if (ast->database.ptr && !find_database(ddl, ast->database, &database))
        return false;
    if (!ast->role && database && !pg_name_must_own(ddl, database))
        return false;
    if (!ast->role && !database && !pg_role_is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501", "must be superuser to alter settings globally");
    return change(ddl, database ? database->id : 0, role, ast->set);
}

bool pg_alter_database_set(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_database_set *ast = AST_AS(alter_database_set, node);
    const struct sql_object *database;
    return find_database(ddl, ast->name, &database) && pg_name_must_own(ddl, database) &&
           change(ddl, database->id, 0, ast->set);
}
