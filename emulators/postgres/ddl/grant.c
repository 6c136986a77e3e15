/* GRANT and REVOKE on objects and columns. */
#include "emulators/postgres/ddl/grant.h"

#include "emulators/postgres/catalog/aclitem.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"

enum {
    OF_RELATIONS = SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE |
                   SQL_PRIV_TRUNCATE | SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER,
    OF_COLUMNS = SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_REFERENCES,
    OF_SEQUENCES = SQL_PRIV_USAGE | SQL_PRIV_SELECT | SQL_PRIV_UPDATE,
};

static const struct pg_grant_kind kinds[] = {
    {AST_OBJECT_TABLE,        OF_RELATIONS | OF_SEQUENCES,                             "relation"            },
    {AST_OBJECT_SEQUENCE,     OF_SEQUENCES,                                            "sequence"            },
    {AST_OBJECT_DATABASE,     SQL_PRIV_CREATE | SQL_PRIV_TEMPORARY | SQL_PRIV_CONNECT, "database"            },
    {AST_OBJECT_DOMAIN,       SQL_PRIV_USAGE,                                          "domain"              },
    {AST_OBJECT_FUNCTION,     SQL_PRIV_EXECUTE,                                        "function"            },
    {AST_OBJECT_LANGUAGE,     SQL_PRIV_USAGE,                                          "language"            },
    {AST_OBJECT_LARGE_OBJECT, SQL_PRIV_SELECT | SQL_PRIV_UPDATE,                       "large object"        },
    {AST_OBJECT_SCHEMA,       SQL_PRIV_USAGE | SQL_PRIV_CREATE,                        "schema"              },
    {AST_OBJECT_PROCEDURE,    SQL_PRIV_EXECUTE,                                        "procedure"           },
    {AST_OBJECT_ROUTINE,      SQL_PRIV_EXECUTE,                                        "routine"             },
    {AST_OBJECT_TABLESPACE,   SQL_PRIV_CREATE,                                         "tablespace"          },
    {AST_OBJECT_TYPE,         SQL_PRIV_USAGE,                                          "type"                },
    {AST_OBJECT_FDW,          SQL_PRIV_USAGE,                                          "foreign-data wrapper"},
    {AST_OBJECT_SERVER,       SQL_PRIV_USAGE,                                          "foreign server"      },
    {AST_OBJECT_PARAMETER,    SQL_PRIV_SET | SQL_PRIV_ALTER_SYSTEM,                    "parameter"           },
};

const struct pg_grant_kind *pg_grant_kind(enum ast_object_type type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

/* ---- the statement */

static bool read_grantees(struct pg_ddl *ddl, const struct ast_list *list, struct pg_grant *out)
{
    uint32_t *ids = arena_array(ddl->arena, list->count + 1u, sizeof *ids);
    if (!ids)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < list->count; i++)
        if (!pg_name_role(ddl, AST_AS(role, list->items[i]), true, &ids[i]))
            return false;
    out->grantees = ids;
    out->grantee_count = list->count;
    return true;
}

static bool find_privilege(struct pg_ddl *ddl, struct slice name, uint32_t allowed,
                           const char *kind, uint32_t *out)
{
    *out = pg_privilege_named(name);
    if (!*out)
        return sql_fail(ddl->env->error, "42601", "unrecognized privilege type \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    return !(*out & ~allowed) ||
           sql_fail(ddl->env->error, "0LP01", "invalid privilege type %s for %s",
                    pg_privilege_name(*out), kind);
}

bool pg_grant_read(struct pg_ddl *ddl, const struct ast_grant *ast, uint32_t privileges,
                   struct pg_grant *out)
{
    const struct pg_grant_kind *kind = pg_grant_kind(ast->type);
    const struct ast_list *list = &ast->privileges;
    *out = (struct pg_grant){.is_grant = ast->is_grant,
                             .grant_option = ast->grant_option,
                             .cascade = ast->cascade,
                             .all = list->count == 0};
    out->columns = arena_array(ddl->arena, list->count + 1u, sizeof(void *));
    if (!out->columns)
        return sql_fail_memory(ddl->env->error);
    if (!read_grantees(ddl, &ast->grantees, out))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_privilege *privilege = AST_AS(privilege, list->items[i]);
        uint32_t bit;
        if (privilege->columns.count && ast->scope == AST_GRANT_DEFAULTS)
            return sql_fail(ddl->env->error, "0LP01",
                            "default privileges cannot be set for columns");
        if (privilege->columns.count && ast->type != AST_OBJECT_TABLE)
            return sql_fail(ddl->env->error, "0LP01",
                            "column privileges are only valid for relations");
        if (privilege->columns.count) {
            out->columns[out->column_count++] = privilege;
            continue;
        }
        if (!find_privilege(ddl, privilege->name, privileges, kind->name, &bit))
            return false;
        out->privileges |= bit;
    }
    return true;
}

/* ---- one list of grants */

bool pg_grant_merge(struct pg_ddl *ddl, const struct pg_grant *grant, uint32_t privileges,
                    uint32_t grantor, uint32_t owner, struct sql_acl *acl)
{
    for (uint32_t i = 0; i < grant->grantee_count; i++) {
        uint32_t grantee = grant->grantees[i];
        /* REVOKE of a privilege takes the right to pass it on, too. */
        bool options = grant->grant_option || !grant->is_grant;
        bool rights = grant->is_grant || !grant->grant_option;
        struct sql_acl_change change = {
            .grant = grant->is_grant,
            .cascade = grant->cascade,
            .owner = owner,
            .item = {grantee, grantor, rights ? privileges : 0, options ? privileges : 0},
        };
        if (grant->is_grant && grant->grant_option && !grantee)
            return sql_fail(ddl->env->error, "0LP01", "grant options can only be granted to roles");
        if (!sql_acl_change(ddl->env, acl, &change))
            return false;
    }
    return true;
}

static void warn(struct pg_ddl *ddl, const struct pg_grant *grant, bool none, struct slice name,
                 struct slice column)
{
    struct slice what =
        column.ptr
            ? arena_printf(ddl->arena, "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\"",
                           SLICE_ARG(column), SLICE_ARG(name))
            : arena_printf(ddl->arena, "\"" SLICE_FMT "\"", SLICE_ARG(name));
    pg_ddl_warning(ddl, grant->is_grant ? "01007" : "01006", "%s privileges %s for " SLICE_FMT,
                   none ? "no" : "not all", grant->is_grant ? "were granted" : "could be revoked",
                   SLICE_ARG(what));
}

/* What the grantor can pass on of the privileges; with none of it, it must have something at all.
 * column.ptr: of that column; has: what the grantor may do with the object. */
static bool restrict_to(struct pg_ddl *ddl, const struct pg_grant *grant,
                        const struct pg_grant_target *target, struct slice column, bool all,
                        uint32_t has, uint32_t options, uint32_t *privileges)
{
    if (!options && !has) {
        if (column.ptr)
            return sql_fail(ddl->env->error, "42501",
                            "permission denied for column \"" SLICE_FMT
                            "\" of relation \"" SLICE_FMT "\"",
                            SLICE_ARG(column), SLICE_ARG(target->name));
        return sql_fail(ddl->env->error, "42501", "permission denied for %s " SLICE_FMT,
                        target->kind, SLICE_ARG(target->name));
    }
    uint32_t wanted = *privileges;
    *privileges &= options;
    if (*privileges == 0 || (!all && *privileges != wanted))
        warn(ddl, grant, *privileges == 0, target->name, column);
    return true;
}

static bool grant_whole(struct pg_ddl *ddl, const struct pg_grant *grant,
                        const struct pg_grant_target *target, uint32_t privileges,
                        struct sql_acl *acl)
{
    const struct sql_object *object = target->object;
    uint32_t grantor, options, may_pass;
    sql_acl_best_grantor(ddl->session, ddl->session->role, object->owner, *acl, privileges,
                         &grantor, &options);
    uint32_t everybodys, all = sql_default_privileges(ddl->session->dialect, object, &everybodys);
    uint32_t has = sql_privileges_of(ddl->session, grantor, object, &may_pass);
    return restrict_to(ddl, grant, target, slice_of(NULL, 0), grant->all, (has | may_pass) & all,
                       options, &privileges) &&
           pg_grant_merge(ddl, grant, privileges, grantor, object->owner, acl);
}

/* ---- columns */

static bool grant_column(struct pg_ddl *ddl, const struct pg_grant *grant,
                         const struct pg_grant_target *target, struct sql_column *column,
                         uint32_t privileges, struct sql_acl of_relation)
{
    const struct sql_relation *relation = (const void *)target->object;
    struct sql_acl acl = {column->acl, column->acl_count}, both;
    uint32_t grantor, options, may_pass;
    if (!sql_acl_join(ddl->env, of_relation, acl, &both))
        return false;
    sql_acl_best_grantor(ddl->session, ddl->session->role, relation->object.owner, both, privileges,
                         &grantor, &options);
    uint32_t has =
        sql_column_privileges_of(ddl->session, grantor, relation, column->number, &may_pass);
    if (!restrict_to(ddl, grant, target, column->name, privileges == OF_COLUMNS,
                     (has | may_pass) & OF_COLUMNS, options, &privileges) ||
        !pg_grant_merge(ddl, grant, privileges, grantor, relation->object.owner, &acl))
        return false;
    column->acl = acl.items;
    column->acl_count = (uint16_t)acl.count;
    return true;
}

/* Adds what one privilege with columns says to the columns' sets. */
static bool collect_columns(struct pg_ddl *ddl, const struct sql_relation *relation,
                            const struct ast_privilege *privilege, uint32_t *sets)
{
    uint32_t bits = OF_COLUMNS;
    if (privilege->name.ptr && !find_privilege(ddl, privilege->name, OF_COLUMNS, "column", &bits))
        return false;
    if (relation->kind == SQL_RELATION_SEQUENCE && (bits & ~(uint32_t)SQL_PRIV_SELECT)) {
        pg_ddl_warning(ddl, "0LP01",
                       "sequence \"" SLICE_FMT "\" only supports SELECT column privileges",
                       SLICE_ARG(relation->object.name));
        bits &= SQL_PRIV_SELECT;
    }
    for (uint32_t i = 0; i < privilege->columns.count; i++) {
        const struct sql_column *column;
        if (pg_name_is_system_column(privilege->columns.items[i]))
            return sql_fail(ddl->env->error, "0A000",
                            "privileges on system columns are not supported");
        if (!pg_name_require_column(ddl, relation, privilege->columns.items[i], &column))
            return false;
        sets[column->number - 1] |= bits;
    }
    return true;
}

/* The columns with their new grants; *out_changed: are there any? */
static bool grant_columns(struct pg_ddl *ddl, const struct pg_grant *grant,
                          const struct pg_grant_target *target, uint32_t implied,
                          struct sql_acl of_relation, const struct sql_column **out)
{
    const struct sql_relation *relation = (const void *)target->object;
    uint32_t *sets = arena_zalloc(ddl->arena, (relation->column_count + 1u) * sizeof *sets);
    struct sql_column *columns =
        arena_array(ddl->arena, relation->column_count + 1u, sizeof *columns);
    *out = NULL;
    if (!sets || !columns)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        columns[i] = relation->columns[i];
        sets[i] = columns[i].dropped ? 0 : implied;
    }
    for (uint32_t i = 0; i < grant->column_count; i++)
        if (!collect_columns(ddl, relation, grant->columns[i], sets))
            return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        /* What was never granted needs no revoking. */
        if (!sets[i] || (!grant->column_count && !columns[i].acl_count))
            continue;
        if (!grant_column(ddl, grant, target, &columns[i], sets[i], of_relation))
            return false;
        *out = columns;
    }
    return true;
}

/* ---- relations */

static bool check_relation(struct pg_ddl *ddl, const struct sql_relation *relation,
                           enum ast_object_type type)
{
    const struct slice name = relation->object.name;
    bool index =
        relation->kind == SQL_RELATION_INDEX || relation->kind == SQL_RELATION_PARTITIONED_INDEX;
    if (index)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is an index", SLICE_ARG(name));
    if (relation->kind == SQL_RELATION_COMPOSITE)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is a composite type",
                        SLICE_ARG(name));
    return type != AST_OBJECT_SEQUENCE || relation->kind == SQL_RELATION_SEQUENCE ||
           sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a sequence",
                    SLICE_ARG(name));
}

/* The privileges that the kind of relation has: GRANT without a word means tables and sequences. */
static bool relation_privileges(struct pg_ddl *ddl, const struct pg_grant *grant,
                                const struct sql_relation *relation, uint32_t *out)
{
    bool sequence = relation->kind == SQL_RELATION_SEQUENCE;
    const uint32_t possible = sequence ? OF_SEQUENCES : OF_RELATIONS;
    *out = grant->all ? possible : grant->privileges;
    if (!(*out & ~possible))
        return true;
    if (!sequence)
        return sql_fail(ddl->env->error, "0LP01", "invalid privilege type USAGE for table");
    pg_ddl_warning(ddl, "0LP01",
                   "sequence \"" SLICE_FMT "\" only supports USAGE, SELECT, and UPDATE privileges",
                   SLICE_ARG(relation->object.name));
    *out &= possible;
    return true;
}

static bool store_relation(struct pg_ddl *ddl, const struct sql_relation *relation,
                           struct sql_acl acl, bool whole, const struct sql_column *columns)
{
    if (relation->object.id < ddl->session->dialect->first_free_id) {
        if (columns)
            return sql_fail(ddl->env->error, "0A000",
                            "privileges on columns of system catalogs are not supported");
        return pg_object_set_acl(ddl, &relation->object, acl);
    }
    struct sql_relation changed = *relation;
    if (columns)
        changed.columns = columns;
    if (whole) {
        changed.object.acl = acl.items;
        changed.object.acl_count = (uint16_t)acl.count;
        changed.object.acl_default = false;
    }
    return sql_catalog_replace(ddl->env, &changed.object);
}

static bool grant_relation(struct pg_ddl *ddl, const struct pg_grant *grant,
                           const struct pg_grant_target *target, enum ast_object_type type)
{
    const struct sql_relation *relation = (const void *)target->object;
    struct sql_acl acl, before;
    uint32_t privileges;
    const struct sql_column *columns = NULL;
    if (!check_relation(ddl, relation, type) ||
        !relation_privileges(ddl, grant, relation, &privileges) ||
        !sql_acl_in_force(ddl->env, &relation->object, &acl))
        return false;
    before = acl;
    uint32_t implied = grant->is_grant ? 0 : privileges & OF_COLUMNS;
    if (privileges && !grant_whole(ddl, grant, target, privileges, &acl))
        return false;
    if ((grant->column_count || implied) &&
        !grant_columns(ddl, grant, target, implied, before, &columns))
        return false;
    return (!privileges && !columns) ||
           store_relation(ddl, relation, acl, privileges != 0, columns);
}

/* ---- any object */

static bool set_builtin_acl(struct pg_ddl *ddl, const struct sql_object *object, struct sql_acl acl)
{
    const struct sql_object *holder = sql_acl_holder(ddl->session, object);
    uint32_t key[2] = {object->class_id, object->id};
    struct sql_other kept = {
        .object = {.class_id = pg_classes(ddl)->builtin_acl,
                   .id = holder == object ? 0 : holder->id,
                   .owner = object->owner,
                   .name = slice_of(key, sizeof key),
                   .acl = acl.items,
                   .acl_count = (uint16_t)acl.count}
    };
    return holder == object ? sql_catalog_create(ddl->env, &kept.object)
                            : sql_catalog_replace(ddl->env, &kept.object);
}

static bool is_stored(struct pg_ddl *ddl, const struct sql_object *object)
{
    return object->id == 0 || object->id >= ddl->session->dialect->first_free_id ||
           sql_find_object(ddl->session, object->class_id, object->id) != NULL;
}

bool pg_object_set_acl(struct pg_ddl *ddl, const struct sql_object *object, struct sql_acl acl)
{
    if (!is_stored(ddl, object))
        return set_builtin_acl(ddl, object, acl);
    struct sql_object *copy = pg_object_copy(ddl, object);
    if (!copy)
        return false;
    copy->acl = acl.items;
    copy->acl_count = (uint16_t)acl.count;
    copy->acl_default = false;
    return copy->id ? sql_catalog_replace(ddl->env, copy) : sql_catalog_create(ddl->env, copy);
}

static bool grant_object(struct pg_ddl *ddl, const struct pg_grant *grant,
                         const struct pg_grant_target *target)
{
    struct sql_acl acl;
    uint32_t everybodys;
    uint32_t all = sql_default_privileges(ddl->session->dialect, target->object, &everybodys);
    return sql_acl_in_force(ddl->env, target->object, &acl) &&
           grant_whole(ddl, grant, target, grant->all ? all : grant->privileges, &acl) &&
           pg_object_set_acl(ddl, target->object, acl);
}

bool pg_grant(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_grant *ast = AST_AS(grant, node);
    const struct pg_grant_target *targets;
    struct pg_grant grant;
    uint32_t grantor, count;
    if (ast->grantor && !pg_name_role(ddl, ast->grantor, false, &grantor))
        return false;
    if (ast->grantor && grantor != ddl->session->role)
        return sql_fail(ddl->env->error, "0A000", "grantor must be current user");
    if (!pg_grant_targets(ddl, ast, &targets, &count) ||
        !pg_grant_read(ddl, ast, pg_grant_kind(ast->type)->privileges, &grant))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool relation = targets[i].object->class_id == pg_classes(ddl)->relation;
        if (relation ? !grant_relation(ddl, &grant, &targets[i], ast->type)
                     : !grant_object(ddl, &grant, &targets[i]))
            return false;
    }
    return true;
}

/* ---- DROP OWNED */

static const struct sql_object *find_granted(struct pg_ddl *ddl, struct sql_reference ref)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_object *stored = sql_find_object(ddl->session, ref.class_id, ref.id);
    if (stored)
        return stored;
    if (ref.class_id == ids->relation)
        return (const void *)sql_find_relation_id(ddl->session, ref.id);
    if (ref.class_id == ids->routine)
        return (const void *)sql_find_routine_id(ddl->session, ref.id);
    if (ref.class_id == ids->schema)
        return (const void *)sql_find_schema_id(ddl->session, ref.id);
    struct sql_object *object = arena_zalloc(ddl->arena, sizeof *object);
    if (object)
        *object = (struct sql_object){.class_id = ref.class_id,
                                      .id = ref.id,
                                      .owner = ddl->session->dialect->default_owner,
                                      .acl_default = true};
    return object;
}

bool pg_grant_forget_role(struct pg_ddl *ddl, struct sql_reference ref, uint32_t role)
{
    struct pg_grant revoke = {.cascade = true, .all = true, .grantees = &role, .grantee_count = 1};
    if (ref.class_id == pg_classes(ddl)->default_acl)
        return pg_default_privileges_forget(ddl, ref.id, &revoke);
    const struct sql_object *object = find_granted(ddl, ref);
    if (!object)
        return sql_fail_memory(ddl->env->error);
    struct pg_grant_target target = {object, object->name, "object"};
    return ref.class_id == pg_classes(ddl)->relation
               ? grant_relation(ddl, &revoke, &target, AST_OBJECT_TABLE)
               : grant_object(ddl, &revoke, &target);
}
