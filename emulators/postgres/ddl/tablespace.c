/* CREATE, ALTER, DROP TABLESPACE; which one a relation is in. */
#include "emulators/postgres/ddl/tablespace.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/object_store.h"
#include "emulators/sql/syntax/ast_object.h"

#define DIRECTORY_MAX 1000 /* bytes that a path may have, with what is made below */

static const struct {
    const char *name;
    uint32_t id;
} builtin[] = {
    {"pg_default", PG_TABLESPACE_DEFAULT},
    {"pg_global",  PG_TABLESPACE_GLOBAL },
};
enum { BUILTIN_COUNT = sizeof builtin / sizeof *builtin };

/* ---- which there are */

static const struct sql_other *find_stored(struct sql_session *session, struct slice name)
{
    return (const void *)sql_find_object_name(session, session->dialect->classes_of.tablespace, 0,
                                              name);
}

uint32_t pg_tablespace_find(struct sql_session *session, struct slice name)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++)
        if (slice_eq_str(name, builtin[i].name))
            return builtin[i].id;
    const struct sql_other *found = find_stored(session, name);
    return found ? found->object.id : 0;
}

struct slice pg_tablespace_name(struct sql_session *session, uint32_t id)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++)
        if (id == builtin[i].id)
            return slice_str(builtin[i].name);
    const struct sql_object *found =
        sql_find_object(session, session->dialect->classes_of.tablespace, id);
    return found ? found->name : slice_of(NULL, 0);
}

static bool fail_missing(struct pg_ddl *ddl, struct slice name)
{
    return sql_fail(ddl->env->error, "42704", "tablespace \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

bool pg_tablespace_require(struct pg_ddl *ddl, struct slice name, uint32_t *out)
{
    *out = pg_tablespace_find(ddl->session, name);
    return *out || fail_missing(ddl, name);
}

/* ---- where relations go */

bool pg_tablespace_check_use(struct pg_ddl *ddl, uint32_t id)
{
    struct sql_session *session = ddl->session;
    const struct sql_object *stored = sql_find_object(session, pg_classes(ddl)->tablespace, id);
    struct sql_object global = {.class_id = pg_classes(ddl)->tablespace,
                                .id = id,
                                .owner = session->dialect->default_owner,
                                .acl_default = true};
    if (!id || id == PG_TABLESPACE_DEFAULT)
        return true;
    if (!sql_has_privileges(session, session->role, stored ? stored : &global, SQL_PRIV_CREATE))
        return sql_fail(ddl->env->error, "42501", "permission denied for tablespace " SLICE_FMT,
                        SLICE_ARG(pg_tablespace_name(session, id)));
    return id != PG_TABLESPACE_GLOBAL ||
           sql_fail(ddl->env->error, "22023",
                    "only shared relations can be placed in pg_global tablespace");
}

bool pg_tablespace_choose(struct pg_ddl *ddl, struct slice named, uint32_t above, bool parted,
                          uint32_t *out)
{
    struct slice chosen = named;
    uint32_t id = above;
    if (named.ptr && !pg_tablespace_require(ddl, named, &id))
        return false;
    if (!id) {
        chosen = pg_settings_text(&pg_session_of(ddl->session)->settings, "default_tablespace");
        id = pg_tablespace_find(ddl->session, chosen);
    }
    if (id == PG_TABLESPACE_DEFAULT && parted)
        return sql_fail(ddl->env->error, "0A000",
                        "cannot specify default tablespace for partitioned relations");
    *out = id == PG_TABLESPACE_DEFAULT ? 0 : id;
    return pg_tablespace_check_use(ddl, id);
}

bool pg_tablespace_move(struct pg_ddl *ddl, uint32_t relation_id, struct slice name)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    uint32_t id;
    if (!pg_tablespace_require(ddl, name, &id) || !pg_tablespace_check_use(ddl, id))
        return false;
    relation.tablespace = id == PG_TABLESPACE_DEFAULT ? 0 : id;
    return sql_catalog_replace(ddl->env, &relation.object);
}

/* ---- CREATE and ALTER */

static bool check_name(struct pg_ddl *ddl, struct slice name)
{
    if (name.len >= 3 && memcmp(name.ptr, "pg_", 3) == 0) {
        sql_fail(ddl->env->error, "42939", "unacceptable tablespace name \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
        return sql_detail(ddl->env->error,
                          "The prefix \"pg_\" is reserved for system tablespaces.");
    }
    return sql_catalog_await_name(ddl->env, pg_classes(ddl)->tablespace, 0, name) &&
           (!find_stored(ddl->session, name) ||
            sql_fail(ddl->env->error, "42710", "tablespace \"" SLICE_FMT "\" already exists",
                     SLICE_ARG(name)));
}

static bool is_in_use(struct pg_ddl *ddl, struct slice directory)
{
    uint32_t class_id = pg_classes(ddl)->tablespace, from = 0;
    const struct sql_object *object;
    while ((object = sql_next_object(ddl->session, class_id, from))) {
        from = object->id + 1;
        if (slice_eq(((const struct sql_other *)(const void *)object)->fields[0], directory))
            return true;
    }
    return false;
}

static bool check_directory(struct pg_ddl *ddl, struct slice directory)
{
    struct sql_error *error = ddl->env->error;
    const struct pg_settings *settings = &pg_session_of(ddl->session)->settings;
    if (memchr(directory.ptr, '\'', directory.len))
        return sql_fail(error, "42602", "tablespace location cannot contain single quotes");
    if (directory.len == 0 && pg_settings_number(settings, "allow_in_place_tablespaces") != 0)
        return true;
    if (directory.len == 0 || directory.ptr[0] != '/')
        return sql_fail(error, "42P17", "tablespace location must be an absolute path");
    if (directory.len > DIRECTORY_MAX)
        return sql_fail(error, "42P17", "tablespace location \"" SLICE_FMT "\" is too long",
                        SLICE_ARG(directory));
    return !is_in_use(ddl, directory) ||
           sql_fail(error, "55006", "directory \"" SLICE_FMT "\" already in use as a tablespace",
                    SLICE_ARG(directory));
}

bool pg_create_tablespace(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_tablespace *ast = AST_AS(create_tablespace, node);
    struct sql_other space = {
        .object = {.class_id = pg_classes(ddl)->tablespace,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true}
    };
    const struct slice *options = NULL;
    uint16_t count = 0;
    if (!pg_block_refuse_inside(pg_session_of(ddl->session), "CREATE TABLESPACE"))
        return false;
    if (!pg_role_is_superuser(ddl)) {
        sql_fail(ddl->env->error, "42501",
                 "permission denied to create tablespace \"" SLICE_FMT "\"", SLICE_ARG(ast->name));
        return sql_hint(ddl->env->error, "Must be superuser to create a tablespace.");
    }
    if ((ast->owner && !pg_name_role(ddl, ast->owner, false, &space.object.owner)) ||
        !check_directory(ddl, ast->directory) || !check_name(ddl, ast->name) ||
        !pg_options_text(ddl, &ast->options, &options, &count) ||
        !pg_options_check(ddl, slice_str("tablespace"), options, count))
        return false;
    struct slice *fields = arena_array(ddl->arena, count + 1u, sizeof *fields);
    if (!fields)
        return sql_fail_memory(ddl->env->error);
    fields[0] = ast->directory;
    if (count)
        memcpy(fields + 1, options, count * sizeof *fields);
    space.fields = fields;
    space.field_count = (uint16_t)(count + 1);
    return sql_catalog_create(ddl->env, &space.object);
}

bool pg_alter_tablespace_options(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_tablespace *ast = AST_AS(alter_tablespace, node);
    const struct sql_other *found = find_stored(ddl->session, ast->name);
    if (!found)
        return fail_missing(ddl, ast->name);
    if (!pg_name_must_own(ddl, &found->object))
        return false;
    struct sql_other changed = *found;
    const struct slice *options = found->fields + 1;
    uint16_t count = (uint16_t)(found->field_count - 1);
    if (!pg_options_merge(ddl, &ast->options, ast->reset, &options, &count) ||
        !pg_options_check(ddl, slice_str("tablespace"), options, count))
        return false;
    struct slice *fields = arena_array(ddl->arena, count + 1u, sizeof *fields);
    if (!fields)
        return sql_fail_memory(ddl->env->error);
    fields[0] = found->fields[0];
    memcpy(fields + 1, options, count * sizeof *fields);
    changed.fields = fields;
    changed.field_count = (uint16_t)(count + 1);
    return sql_catalog_replace(ddl->env, &changed.object);
}

bool pg_tablespace_rename(struct pg_ddl *ddl, struct slice old, struct slice name)
{
    const struct sql_other *found = find_stored(ddl->session, old);
    if (!found)
        return fail_missing(ddl, old);
    struct sql_other changed = *found;
    changed.object.name = name;
    return pg_name_must_own(ddl, &found->object) && check_name(ddl, name) &&
           sql_catalog_replace(ddl->env, &changed.object);
}

/* ---- DROP */

static bool has_rows(const struct sql_relation *relation)
{
    return relation->kind != SQL_RELATION_PARTITIONED &&
           relation->kind != SQL_RELATION_PARTITIONED_INDEX;
}

/* Relations without rows are dependencies, told one by one; those with rows are what is in it. */
static void look_in(struct pg_ddl *ddl, struct sql_database *database, uint32_t id,
                    struct sql_bytes *parted, bool *out_full)
{
    uint32_t class_id = pg_classes(ddl)->relation, from = 0;
    const struct sql_object *object;
    while ((object = sql_object_next(database, ddl->session->txn, class_id, from))) {
        const struct sql_relation *relation = (const void *)object;
        from = object->id + 1;
        if (relation->tablespace != id)
            continue;
        *out_full |= has_rows(relation);
        if (has_rows(relation))
            continue;
        struct slice what =
            database == ddl->session->database
                ? pg_describe(ddl->session, ddl->arena, pg_whole(class_id, from - 1))
                : relation->object.name;
        sql_bytes_printf(parted, "%stablespace for " SLICE_FMT, parted->len ? "\n" : "",
                         SLICE_ARG(what));
    }
}

static bool check_unused(struct pg_ddl *ddl, uint32_t id, struct slice name)
{
    struct sql_bytes parted;
    bool full = false;
    sql_bytes_init(&parted, ddl->arena);
    uint32_t class_id = pg_classes(ddl)->database, from = 0;
    const struct sql_object *object;
    while ((object = sql_next_object(ddl->session, class_id, from))) {
        struct sql_database *database = sql_database_find(ddl->session->instance, object->id);
        from = object->id + 1;
        if (database)
            look_in(ddl, database, id, &parted, &full);
    }
    if (parted.len) {
        sql_fail(ddl->env->error, "2BP01",
                 "tablespace \"" SLICE_FMT "\" cannot be dropped because some objects depend on it",
                 SLICE_ARG(name));
        struct slice lines = sql_bytes_slice(&parted);
        return sql_detail(ddl->env->error, SLICE_FMT, SLICE_ARG(lines));
    }
    return !full || sql_fail(ddl->env->error, "55000", "tablespace \"" SLICE_FMT "\" is not empty",
                             SLICE_ARG(name));
}

bool pg_drop_tablespace(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_tablespace *ast = AST_AS(drop_tablespace, node);
    const struct sql_other *found = find_stored(ddl->session, ast->name);
    if (!pg_block_refuse_inside(pg_session_of(ddl->session), "DROP TABLESPACE"))
        return false;
    if (!found && pg_tablespace_find(ddl->session, ast->name))
        return sql_fail(ddl->env->error, "42501", "permission denied for tablespace " SLICE_FMT,
                        SLICE_ARG(ast->name));
    if (!found && !ast->missing_ok)
        return fail_missing(ddl, ast->name);
    if (!found) {
        pg_ddl_notice(ddl, "00000", "tablespace \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(ast->name));
        return true;
    }
    uint32_t id = found->object.id;
    return pg_name_must_own(ddl, &found->object) && check_unused(ddl, id, ast->name) &&
           sql_catalog_drop(ddl->env, pg_classes(ddl)->tablespace, id);
}

/* ---- ALTER TABLE ALL IN TABLESPACE */

static bool is_wanted(struct pg_ddl *ddl, enum ast_object_type type,
                      const struct sql_relation *relation)
{
    const char *kinds = type == AST_OBJECT_TABLE ? "rp" : type == AST_OBJECT_INDEX ? "iI" : "m";
    return relation->persistence != 't' && strchr(kinds, (char)relation->kind) &&
           relation->object.schema != ddl->session->dialect->system_schema;
}

static bool is_owned_by(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct ast_list *roles, bool *out)
{
    *out = roles->count == 0;
    for (uint32_t i = 0; i < roles->count && !*out; i++) {
        uint32_t role;
        if (!pg_name_role(ddl, AST_AS(role, roles->items[i]), false, &role))
            return false;
        *out = relation->object.owner == role;
    }
    return true;
}

static bool lock_moved(struct pg_ddl *ddl, const struct sql_relation *relation, bool nowait)
{
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, relation->object.schema);
    if (sql_lock_relation(ddl->env, relation->object.id, SQL_ACCESS_EXCLUSIVE,
                          nowait ? SQL_WAIT_ERROR : SQL_WAIT_BLOCK))
        return true;
    return nowait ? sql_fail(ddl->env->error, "55006",
                             "aborting because lock on relation \"" SLICE_FMT "." SLICE_FMT
                             "\" is not available",
                             SLICE_ARG(schema->object.name), SLICE_ARG(relation->object.name))
                  : false;
}

static bool move_from(struct pg_ddl *ddl, const struct ast_alter_table_move_all *ast, uint32_t from)
{
    uint32_t class_id = pg_classes(ddl)->relation, next = 0;
    const struct sql_object *object;
    bool any = false, owned;
    while ((object = sql_next_object(ddl->session, class_id, next))) {
        const struct sql_relation *relation = (const void *)object;
        next = object->id + 1;
        if (relation->tablespace != from || !is_wanted(ddl, ast->type, relation))
            continue;
        if (!is_owned_by(ddl, relation, &ast->roles, &owned))
            return false;
        if (!owned)
            continue;
        any = true;
        if (!pg_name_must_own(ddl, object) || !lock_moved(ddl, relation, ast->nowait) ||
            !pg_tablespace_move(ddl, next - 1, ast->to))
            return false;
    }
    if (!any)
        pg_ddl_notice(ddl, "P0002", "no matching relations in tablespace \"" SLICE_FMT "\" found",
                      SLICE_ARG(from ? ast->from : slice_str("(database default)")));
    return true;
}

bool pg_alter_move_all(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_table_move_all *ast = AST_AS(alter_table_move_all, node);
    uint32_t from, to;
    if (!pg_tablespace_require(ddl, ast->from, &from) || !pg_tablespace_require(ddl, ast->to, &to))
        return false;
    if (from == PG_TABLESPACE_GLOBAL || to == PG_TABLESPACE_GLOBAL)
        return sql_fail(ddl->env->error, "22023",
                        "cannot move relations in to or out of pg_global tablespace");
    return pg_tablespace_check_use(ddl, to) &&
           move_from(ddl, ast, from == PG_TABLESPACE_DEFAULT ? 0 : from);
}
