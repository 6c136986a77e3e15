/* DROP of everything that can be named by a struct ast_object. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/in_use.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/catalog/find.h"

static bool check_owner(struct pg_ddl *ddl, const struct pg_found *found)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    /* Whoever owns the schema may drop what is in it. */
    const struct sql_schema *schema = found->object && found->object->schema
                                          ? sql_find_schema_id(ddl->session, found->object->schema)
                                          : NULL;
    if (found->ref.id < dialect->first_free_id && found->ref.id != dialect->public_schema) {
        struct slice what = pg_describe(ddl->session, ddl->arena, found->ref);
        if (found->object && found->object->class_id == dialect->classes_of.relation)
            return sql_fail(ddl->env->error, "42501",
                            "permission denied: \"" SLICE_FMT "\" is a system catalog",
                            SLICE_ARG(found->object->name));
        return sql_fail(ddl->env->error, "2BP01",
                        "cannot drop " SLICE_FMT " because it is required by the database system",
                        SLICE_ARG(what));
    }
    bool of_relation = found->object && found->object->class_id == dialect->classes_of.relation &&
                       (found->ref.class_id != found->object->class_id || found->ref.part);
    if (of_relation)
        return pg_name_must_own_relation_of(ddl, found->object);
    if (!found->object ||
        (schema && sql_is_owner(ddl->session, ddl->session->role, &schema->object)))
        return true;
    return pg_name_must_own(ddl, found->object);
}

static bool check_in_use(struct pg_ddl *ddl, const struct sql_reference *ref)
{
    const struct sql_relation *relation = ref->class_id == pg_classes(ddl)->relation
                                              ? sql_find_relation_id(ddl->session, ref->id)
                                              : NULL;
    return !relation ||
           pg_refuse_in_use(ddl, relation, relation->index ? "DROP INDEX" : "DROP TABLE");
}

bool pg_object_is_relation(enum ast_object_type type)
{
    return type == AST_OBJECT_TABLE || type == AST_OBJECT_SEQUENCE || type == AST_OBJECT_VIEW ||
           type == AST_OBJECT_MATERIALIZED_VIEW || type == AST_OBJECT_INDEX ||
           type == AST_OBJECT_FOREIGN_TABLE;
}

/* Before the relation itself, what stands above it is locked: an index's table, a partition's parent. */
static bool lock_above(struct pg_ddl *ddl, const struct pg_found *found)
{
    const struct sql_relation *relation =
        found->ref.class_id == pg_classes(ddl)->relation && !found->ref.part
            ? sql_find_relation_id(ddl->session, found->ref.id)
            : NULL;
    if (!relation)
        return true;
    if (relation->index)
        return sql_lock_relation(ddl->env, relation->index->table, SQL_ACCESS_EXCLUSIVE,
                                 SQL_WAIT_BLOCK);
    return !relation->partition_bound || !relation->parent_count ||
           sql_lock_relation(ddl->env, relation->parents[0], SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK);
}

/* A partitioned table's index goes from all partitions. */
static bool lock_below(struct pg_ddl *ddl, const struct pg_found *found)
{
    const struct sql_relation *relation = found->ref.class_id == pg_classes(ddl)->relation
                                              ? sql_find_relation_id(ddl->session, found->ref.id)
                                              : NULL;
    return !relation || relation->kind != SQL_RELATION_PARTITIONED_INDEX ||
           pg_inherit_lock_below(ddl, relation->index->table, SQL_ACCESS_EXCLUSIVE);
}

/* Whoever may not drop it waits for no lock, and keeps nobody waiting. */
static bool find_to_drop(struct pg_ddl *ddl, const struct ast_object *object, bool missing_ok,
                         struct pg_found *out)
{
    if (!pg_resolve(ddl, object, missing_ok, SQL_NO_LOCK, out))
        return false;
    if (!out->ref.id)
        return true;
    return check_owner(ddl, out) && lock_above(ddl, out) &&
           pg_resolve(ddl, object, missing_ok, SQL_ACCESS_EXCLUSIVE, out) &&
           (!out->ref.id || (check_owner(ddl, out) && lock_below(ddl, out)));
}

/* DROP INDEX CONCURRENTLY is about one index, which nothing needs. */
static bool check_concurrently(struct pg_ddl *ddl, const struct ast_drop *ast,
                               const struct sql_object *object)
{
    const struct sql_relation *index = (const void *)object;
    if (ast->objects.count != 1)
        return sql_fail(ddl->env->error, "0A000",
                        "DROP INDEX CONCURRENTLY does not support dropping multiple objects");
    if (ast->cascade)
        return sql_fail(ddl->env->error, "0A000",
                        "DROP INDEX CONCURRENTLY does not support CASCADE");
    return index->kind != SQL_RELATION_PARTITIONED_INDEX ||
           sql_fail(ddl->env->error, "0A000",
                    "cannot drop partitioned index \"" SLICE_FMT "\" concurrently",
                    SLICE_ARG(object->name));
}

bool pg_drop(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop *ast = AST_AS(drop, node);
    struct sql_reference *objects = arena_array(ddl->arena, ast->objects.count, sizeof *objects);
    uint32_t count = 0;
    if (!objects)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < ast->objects.count; i++) {
        struct pg_found found;
        if (!find_to_drop(ddl, AST_AS(object, ast->objects.items[i]), ast->missing_ok, &found))
            return false;
        if (!found.ref.id)
            continue;
        if (!check_in_use(ddl, &found.ref) ||
            (ast->concurrently && !check_concurrently(ddl, ast, found.object)))
            return false;
        objects[count++] = found.ref;
    }
    return pg_delete(ddl, objects, count, ast->cascade, false);
}

bool pg_table_drop(struct pg_ddl *ddl, uint32_t relation)
{
    struct sql_reference object = pg_whole(pg_classes(ddl)->relation, relation);
    return pg_delete(ddl, &object, 1, true, true);
}
