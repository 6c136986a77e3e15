/* The objects that GRANT and REVOKE name. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/grant.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

struct targets {
    struct pg_ddl *ddl;
    const struct ast_grant *ast;
    struct pg_grant_target *items;
    uint32_t count;
};

static bool add(struct targets *targets, const struct sql_object *object, const char *kind)
{
    struct pg_grant_target *items =
        pg_ddl_grow(targets->ddl, targets->items, targets->count, sizeof *items);
    if (!items)
        return false;
    targets->items = items;
    items[targets->count++] = (struct pg_grant_target){object, object->name, kind};
    return true;
}

/* Built-in objects of kinds that have no entries in the catalog: what of one counts here. */
static bool add_builtin(struct targets *targets, uint32_t class_id, uint32_t id, struct slice name,
                        const char *kind)
{
    struct pg_ddl *ddl = targets->ddl;
    struct sql_other *object = arena_zalloc(ddl->arena, sizeof *object);
    if (!object)
        return sql_fail_memory(ddl->env->error);
    object->object = (struct sql_object){.class_id = class_id,
                                         .id = id,
                                         .owner = ddl->session->dialect->default_owner,
                                         .name = name,
                                         .acl_default = true};
    return add(targets, &object->object, kind);
}

/* ---- by kind */

static bool add_relation(struct targets *targets, const struct ast_node *node)
{
    const struct sql_relation *relation;
    if (!pg_name_relation(targets->ddl, AST_AS(relation, node), false, 0, &relation))
        return false;
    return add(targets, &relation->object,
               relation->kind == SQL_RELATION_SEQUENCE ? "sequence" : "table");
}

static bool add_routine(struct targets *targets, const struct ast_object *ast)
{
    const struct sql_routine *routine;
    char kind = targets->ast->type == AST_OBJECT_FUNCTION    ? PG_ROUTINE_NO_PROCEDURE
                : targets->ast->type == AST_OBJECT_PROCEDURE ? SQL_ROUTINE_PROCEDURE
                                                             : 0;
    return pg_resolve_routine(targets->ddl, ast->function, kind, false, &routine) &&
           add(targets, &routine->object, "function");
}

static bool add_type(struct targets *targets, const struct ast_object *ast)
{
    struct pg_ddl *ddl = targets->ddl;
    struct pg_found found;
    if (!pg_resolve(ddl, ast, false, 0, &found))
        return false;
    const struct sql_type *type = sql_find_type_id(ddl->session, found.ref.id);
    if (type->category == 'A') {
        sql_fail(ddl->env->error, "0LP01", "cannot set privileges of array types");
        return sql_hint(ddl->env->error, "Set the privileges of the element type instead.");
    }
    return found.object ? add(targets, found.object, "type")
                        : add_builtin(targets, found.ref.class_id, type->id, type->name, "type");
}

static bool add_language(struct targets *targets, const struct ast_object *ast)
{
    struct pg_ddl *ddl = targets->ddl;
    const struct sql_dialect *dialect = ddl->session->dialect;
    struct slice name = ast->name.items[0];
    for (uint32_t i = 0; i < dialect->languages_count; i++) {
        if (!slice_eq_str(name, dialect->languages[i].name))
            continue;
        if (dialect->languages[i].trusted)
            return add_builtin(targets, dialect->classes_of.language, dialect->languages[i].id,
                               name, "language");
        sql_fail(ddl->env->error, "42809", "language \"" SLICE_FMT "\" is not trusted",
                 SLICE_ARG(name));
        return sql_detail(ddl->env->error,
                          "GRANT and REVOKE are not allowed on untrusted languages, because only "
                          "superusers can use untrusted languages.");
    }
    struct pg_found found;
    return pg_resolve(ddl, ast, false, 0, &found) && add(targets, found.object, "language");
}

static bool add_tablespace(struct targets *targets, const struct ast_object *ast)
{
    struct slice name = ast->name.items[0];
    uint32_t id = pg_tablespace_find(targets->ddl->session, name);
    struct pg_found found;
    if (id && id < targets->ddl->session->dialect->first_free_id)
        return add_builtin(targets, pg_classes(targets->ddl)->tablespace, id, name, "tablespace");
    return pg_resolve(targets->ddl, ast, false, 0, &found) &&
           add(targets, found.object, "tablespace");
}

static bool add_large_object(struct targets *targets, const struct ast_object *ast)
{
    struct pg_found found;
    return pg_resolve(targets->ddl, ast, false, 0, &found) &&
           add(targets, found.object, "large object");
}

/* A setting: it gets an entry with its first grant. */
static bool add_parameter(struct targets *targets, const struct ast_node *node)
{
    struct pg_ddl *ddl = targets->ddl;
    uint32_t class_id = pg_classes(ddl)->parameter;
    struct slice given = pg_ddl_names_text(ddl, &AST_AS(name, node)->names);
    uint8_t *lower = arena_alloc(ddl->arena, given.len + 1);
    if (!lower)
        return sql_fail_memory(ddl->env->error);
    for (size_t i = 0; i < given.len; i++)
        lower[i] = ascii_lower(given.ptr[i]);
    struct slice name = slice_of(lower, given.len);
    const struct sql_object *object = sql_find_object_name(ddl->session, class_id, 0, name);
    if (object)
        return add(targets, object, "parameter");
    if (!targets->ast->is_grant)
        return true;
    if (pg_setting_find(name) == PG_SETTING_COUNT && !memchr(name.ptr, '.', name.len))
        return sql_fail(ddl->env->error, "42602", "invalid parameter name \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    return add_builtin(targets, class_id, 0, name, "parameter");
}

static bool add_named(struct targets *targets, const struct ast_object *ast, const char *kind)
{
    struct pg_found found;
    return pg_resolve(targets->ddl, ast, false, 0, &found) && add(targets, found.object, kind);
}

static bool add_one(struct targets *targets, const struct ast_node *node)
{
    const void *any = node;
    switch (targets->ast->type) {
    case AST_OBJECT_TABLE:
    case AST_OBJECT_SEQUENCE: return add_relation(targets, node);
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE: return add_routine(targets, any);
    case AST_OBJECT_TYPE:
    case AST_OBJECT_DOMAIN: return add_type(targets, any);
    case AST_OBJECT_LANGUAGE: return add_language(targets, any);
    case AST_OBJECT_TABLESPACE: return add_tablespace(targets, any);
    case AST_OBJECT_LARGE_OBJECT: return add_large_object(targets, any);
    case AST_OBJECT_PARAMETER: return add_parameter(targets, node);
    default: return add_named(targets, any, pg_grant_kind(targets->ast->type)->name);
    }
}

/* ---- ALL ... IN SCHEMA */

static bool wants_relation(const struct targets *targets, const struct sql_relation *relation)
{
    return strchr(targets->ast->type == AST_OBJECT_SEQUENCE ? "S" : "rvmfp",
                  (char)relation->kind) != NULL;
}

static bool wants_routine(const struct targets *targets, const struct sql_routine *routine)
{
    bool procedure = routine->kind == SQL_ROUTINE_PROCEDURE;
    return targets->ast->type == AST_OBJECT_ROUTINE ||
           procedure == (targets->ast->type == AST_OBJECT_PROCEDURE);
}

static bool add_stored(struct targets *targets, uint32_t schema, bool relations)
{
    struct sql_session *session = targets->ddl->session;
    uint32_t class_id =
        relations ? session->dialect->classes_of.relation : session->dialect->classes_of.routine;
    const struct sql_object *at = sql_next_object(session, class_id, 0);
    for (; at; at = sql_next_object(session, class_id, at->id + 1)) {
        const void *any = at;
        if (at->schema != schema ||
            !(relations ? wants_relation(targets, any) : wants_routine(targets, any)))
            continue;
        const char *kind = targets->ast->type == AST_OBJECT_SEQUENCE ? "sequence"
                           : relations                               ? "table"
                                                                     : "function";
        if (!add(targets, at, kind))
            return false;
    }
    return true;
}

static bool add_builtins(struct targets *targets, uint32_t schema, bool relations)
{
    struct sql_session *session = targets->ddl->session;
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; relations && i < dialect->relations_count; i++) {
        const struct sql_relation *relation =
            dialect->relations[i].schema == schema
                ? sql_find_relation_id(session, dialect->relations[i].id)
                : NULL;
        if (relation && wants_relation(targets, relation) &&
            !add(targets, &relation->object, "table"))
            return false;
    }
    for (uint32_t i = 0; !relations && i < dialect->routines_count; i++) {
        const struct sql_routine *routine =
            dialect->routines[i].schema == schema
                ? sql_find_routine_id(session, dialect->routines[i].id)
                : NULL;
        if (routine && wants_routine(targets, routine) &&
            !add(targets, &routine->object, "function"))
            return false;
    }
    return true;
}

static bool add_schema(struct targets *targets, const struct ast_object *ast)
{
    struct pg_found found;
    bool relations =
        targets->ast->type == AST_OBJECT_TABLE || targets->ast->type == AST_OBJECT_SEQUENCE;
    if (!pg_resolve(targets->ddl, ast, false, 0, &found))
        return false;
    uint32_t schema = found.ref.id;
    return add_stored(targets, schema, relations) && add_builtins(targets, schema, relations);
}

bool pg_grant_targets(struct pg_ddl *ddl, const struct ast_grant *ast,
                      const struct pg_grant_target **out, uint32_t *out_count)
{
    struct targets targets = {.ddl = ddl, .ast = ast};
    for (uint32_t i = 0; i < ast->objects.count; i++) {
        const struct ast_node *node = ast->objects.items[i];
        if (ast->scope == AST_GRANT_ON_ALL_IN_SCHEMA ? !add_schema(&targets, (const void *)node)
                                                     : !add_one(&targets, node))
            return false;
    }
    *out = targets.items;
    *out_count = targets.count;
    return true;
}
