/* ALTER ... OWNER TO: who may give what to whom, and what goes along. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/sql/analyze/shape.h"
#include "emulators/sql/catalog/acl.h"
#include "emulators/sql/catalog/find.h"

struct sql_object *pg_object_copy(struct pg_ddl *ddl, const struct sql_object *object)
{
    const struct sql_shape *shape =
        sql_object_shape(sql_object_kind_of(ddl->session->dialect, object->class_id));
    struct sql_object *copy = arena_alloc(ddl->arena, shape->size);
    if (copy)
        memcpy(copy, object, shape->size);
    else
        sql_fail_memory(ddl->env->error);
    return copy;
}

static bool set_type_owner(struct pg_ddl *ddl, uint32_t id, uint32_t owner)
{
    const struct sql_type_object *type = id ? sql_find_type_object(ddl->session, id) : NULL;
    return !type || pg_object_set_owner(ddl, &type->object, owner);
}

static bool give_columns(struct pg_ddl *ddl, struct sql_relation *relation, uint32_t owner)
{
    struct sql_column *columns =
        arena_array(ddl->arena, relation->column_count + 1u, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        columns[i] = relation->columns[i];
        struct sql_acl acl = {columns[i].acl, columns[i].acl_count};
        if (acl.count && !sql_acl_change_owner(ddl->env, &acl, relation->object.owner, owner))
            return false;
        columns[i].acl = acl.items;
    }
    relation->columns = columns;
    return true;
}

bool pg_object_set_owner(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_object *copy = pg_object_copy(ddl, object);
    if (!copy)
        return false;
    struct sql_acl acl = {copy->acl, copy->acl_count};
    void *any = copy;
    if (!copy->acl_default && !sql_acl_change_owner(ddl->env, &acl, copy->owner, owner))
        return false;
    if (object->class_id == ids->relation && !give_columns(ddl, any, owner))
        return false;
    copy->acl = acl.items;
    copy->acl_count = (uint16_t)acl.count;
    copy->owner = owner;
    if (!sql_catalog_replace(ddl->env, copy))
        return false;
    const struct sql_type *type = &((const struct sql_type_object *)any)->type;
    return object->class_id != ids->type || type->category == 'A' ||
           set_type_owner(ddl, type->array, owner);
}

/* The sequences that its columns draw from. */
static bool give_sequences(struct pg_ddl *ddl, uint32_t relation, uint32_t owner)
{
    uint32_t class_id = pg_classes(ddl)->relation, count;
    const struct sql_edge **edges = sql_edges_on(ddl->env, class_id, relation, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *sequence =
            edges[i]->of_class == class_id && (edges[i]->kind == 'a' || edges[i]->kind == 'i')
                ? sql_find_relation_id(ddl->session, edges[i]->of_id)
                : NULL;
        if (sequence && sequence->kind == SQL_RELATION_SEQUENCE &&
            !pg_object_set_owner(ddl, &sequence->object, owner))
            return false;
    }
    return true;
}

bool pg_relation_set_owner(struct pg_ddl *ddl, uint32_t relation_id, uint32_t owner)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    if (!pg_object_set_owner(ddl, &relation.object, owner) ||
        !set_type_owner(ddl, relation.type, owner))
        return false;
    for (uint16_t i = 0; i < relation.index_count; i++)
        if (!pg_relation_set_owner(ddl, relation.indexes[i], owner))
            return false;
    return give_sequences(ddl, relation_id, owner);
}

/* ---- who may */

static bool may_have_in_schema(struct pg_ddl *ddl, uint32_t schema_id, uint32_t owner)
{
    const struct sql_schema *schema =
        schema_id ? sql_find_schema_id(ddl->session, schema_id) : NULL;
    return !schema || sql_has_privileges(ddl->session, owner, &schema->object, SQL_PRIV_CREATE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for schema " SLICE_FMT,
                    SLICE_ARG(schema->object.name));
}

static bool may_give_schema(struct pg_ddl *ddl)
{
    const struct sql_object *database =
        sql_find_object(ddl->session, pg_classes(ddl)->database, ddl->session->database->id);
    return sql_has_privileges(ddl->session, ddl->session->role, database, SQL_PRIV_CREATE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for database " SLICE_FMT,
                    SLICE_ARG(database->name));
}

static bool may_give_database(struct pg_ddl *ddl)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return (role && role->create_db) ||
           sql_fail(ddl->env->error, "42501", "permission denied to change owner of database");
}

/* Event triggers and subscriptions are superusers' alone. */
static bool check_superusers(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, owner);
    bool trigger = object->class_id == pg_classes(ddl)->event_trigger;
    bool subscription = object->class_id == pg_classes(ddl)->subscription;
    if (!(trigger || subscription) || (role && role->superuser))
        return true;
    sql_fail(ddl->env->error, "42501", "permission denied to change owner of %s \"" SLICE_FMT "\"",
             trigger ? "event trigger" : "subscription", SLICE_ARG(object->name));
    return sql_hint(ddl->env->error, "The owner of %s must be a superuser.",
                    trigger ? "an event trigger" : "a subscription");
}

bool pg_owner_check(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    if (!check_superusers(ddl, object, owner))
        return false;
    if (pg_role_is_superuser(ddl))
        return true;
    if (!pg_name_must_own(ddl, object) || !pg_name_must_be_member(ddl, owner))
        return false;
    if (object->class_id == ids->schema)
        return may_give_schema(ddl);
    if (object->class_id == ids->database)
        return may_give_database(ddl);
    if (object->class_id == ids->publication && !pg_publication_check_owner(ddl, object, owner))
        return false;
    return may_have_in_schema(ddl, object->schema, owner);
}

bool pg_alter_owner(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_owner *ast = AST_AS(alter_owner, node);
    struct pg_found found;
    uint32_t owner;
    if (!pg_resolve(ddl, ast->object, false, SQL_ACCESS_EXCLUSIVE, &found) ||
        !pg_name_role(ddl, ast->owner, false, &owner))
        return false;
    if (!found.object || found.object->owner == owner)
        return true;
    return pg_owner_check(ddl, found.object, owner) && pg_owner_give(ddl, found.object, owner);
}

bool pg_owner_give(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const void *any = object;
    uint32_t relation = object->class_id == ids->relation ? object->id
                        : object->class_id == ids->type
                            ? ((const struct sql_type_object *)any)->type.relation
                            : 0;
    return relation ? pg_relation_set_owner(ddl, relation, owner)
                    : pg_object_set_owner(ddl, object, owner);
}
