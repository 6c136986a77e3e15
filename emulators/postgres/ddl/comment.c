/* COMMENT ON, ALTER ... RENAME. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/policy.h"
#include "emulators/postgres/ddl/relation.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/catalog/find.h"

bool pg_comment(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_comment *ast = AST_AS(comment, node);
    struct pg_found found;
    struct slice text = ast->text;
    if (!pg_resolve(ddl, ast->object, false, SQL_SHARE_UPDATE_EXCLUSIVE, &found))
        return false;
    if (found.object && ast->object->type != AST_OBJECT_ROLE &&
        !pg_name_must_own(ddl, found.object))
        return false;
    if (text.ptr && !text.len)
        text.ptr = NULL; /* an empty comment is none */
    return sql_comment_set(ddl->env, found.ref, text);
}

/* ---- RENAME */

static bool rename_type(struct pg_ddl *ddl, uint32_t type_id, struct slice name)
{
    const struct sql_type_object *found = sql_find_type_object(ddl->session, type_id);
    if (!found)
        return true;
    struct sql_type_object type = *found;
    type.object.name = type.type.name = name;
    return sql_catalog_replace(ddl->env, &type.object);
}

static bool rename_relation(struct pg_ddl *ddl, const struct sql_relation *found, struct slice name)
{
    struct sql_relation relation = *found;
    bool exists;
    if (!pg_table_name_free(ddl, relation.object.schema, name, false, &exists))
        return false;
    relation.object.name = name;
    if (!sql_catalog_replace(ddl->env, &relation.object) || !rename_type(ddl, relation.type, name))
        return false;
    /* A constraint and its index have one name. */
    if (relation.index && relation.index->constraint) {
        struct sql_constraint constraint =
            *sql_find_constraint(ddl->session, relation.index->constraint);
        constraint.object.name = name;
        return sql_catalog_replace(ddl->env, &constraint.object);
    }
    return true;
}

static bool column_free(struct pg_ddl *ddl, const struct sql_relation *relation, struct slice name)
{
    if (pg_name_is_system_column(name))
        return sql_fail(ddl->env->error, "42701",
                        "column name \"" SLICE_FMT "\" conflicts with a system column name",
                        SLICE_ARG(name));
    return !pg_name_column(relation, name) ||
           sql_fail(ddl->env->error, "42701",
                    "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" already exists",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

static bool rename_column(struct pg_ddl *ddl, uint32_t relation_id, struct slice old,
                          struct slice name, bool inherited)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_column *found = pg_name_column(relation, old);
    if (!found)
        return true;
    if (found->inherited && !inherited)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot rename inherited column \"" SLICE_FMT "\"", SLICE_ARG(old));
    if (!column_free(ddl, relation, name))
        return false;
    struct sql_column column = *found;
    column.name = name;
    if (!pg_relation_replace_column(ddl, relation_id, &column) ||
        !pg_row_type_update(ddl, sql_find_relation_id(ddl->session, relation_id)))
        return false;
    relation = sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation->child_count; i++) {
        if (!rename_column(ddl, relation->children[i], old, name, true))
            return false;
        relation = sql_find_relation_id(ddl->session, relation_id);
    }
    return true;
}

static bool rename_constraint(struct pg_ddl *ddl, const struct sql_constraint *found,
                              const struct sql_relation *relation, struct slice name)
{
    if (found->index && found->kind != SQL_CONSTRAINT_FOREIGN)
        return rename_relation(ddl, sql_find_relation_id(ddl->session, found->index), name);
    for (uint16_t i = 0; relation && i < relation->constraint_count; i++) {
        const struct sql_constraint *other =
            sql_find_constraint(ddl->session, relation->constraints[i]);
        if (other && slice_eq(other->object.name, name))
            return sql_fail(ddl->env->error, "42710",
                            "constraint \"" SLICE_FMT "\" for relation \"" SLICE_FMT
                            "\" already exists",
                            SLICE_ARG(name), SLICE_ARG(relation->object.name));
    }
    struct sql_constraint constraint = *found;
    constraint.object.name = name;
    return sql_catalog_replace(ddl->env, &constraint.object);
}

static bool rename_plain(struct pg_ddl *ddl, const struct pg_found *found, struct slice name)
{
    const struct sql_object *object =
        sql_find_object(ddl->session, found->ref.class_id, found->ref.id);
    if (!object)
        return true;
    const struct sql_object *other =
        sql_find_object_name(ddl->session, object->class_id, object->schema, name);
    bool overloaded = object->class_id == pg_classes(ddl)->routine;
    if (other && other->id != object->id && !overloaded)
        return sql_fail(ddl->env->error,
                        object->class_id == pg_classes(ddl)->schema ? "42P06" : "42710",
                        "%s \"" SLICE_FMT "\" already exists",
                        pg_describe_kind(ddl->session, object), SLICE_ARG(name));
    struct sql_object *copy = pg_object_copy(ddl, object);
    if (!copy)
        return false;
    copy->name = name;
    return sql_catalog_replace(ddl->env, copy);
}

bool pg_rename(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_rename *ast = AST_AS(rename, node);
    enum ast_object_type type = ast->object->type;
    struct ast_object object = *ast->object;
    struct pg_found found;
    bool is_column = type == AST_OBJECT_COLUMN || type == AST_OBJECT_ATTRIBUTE;
    ddl->tag = arena_printf(ddl->arena, "ALTER %s",
                            pg_object_words(is_column || type == AST_OBJECT_TABLE_CONSTRAINT
                                                ? ast->relation_type
                                                : type));
    if (type == AST_OBJECT_ATTRIBUTE)
        ddl->tag = slice_str("ALTER TYPE");
    if (type == AST_OBJECT_TABLE_CONSTRAINT)
        ddl->tag = slice_str("ALTER TABLE");
    if (type == AST_OBJECT_ROLE)
        return pg_role_rename(ddl, object.name.items[0], ast->new_name);
    if (!pg_resolve(ddl, &object, ast->missing_ok, SQL_ACCESS_EXCLUSIVE, &found))
        return false;
    if (!found.ref.id)
        return true;
    if (found.object && !pg_name_must_own(ddl, found.object))
        return false;
    if (is_column)
        return rename_column(ddl, found.ref.id, object.part, ast->new_name, false);
    if (found.ref.class_id == pg_classes(ddl)->relation)
        return rename_relation(ddl, sql_find_relation_id(ddl->session, found.ref.id),
                               ast->new_name);
    if (found.ref.class_id == pg_classes(ddl)->type)
        return rename_type(ddl, found.ref.id, ast->new_name);
    if (found.ref.class_id == pg_classes(ddl)->constraint)
        return rename_constraint(ddl, sql_find_constraint(ddl->session, found.ref.id),
                                 type == AST_OBJECT_TABLE_CONSTRAINT
                                     ? (const struct sql_relation *)(const void *)found.object
                                     : NULL,
                                 ast->new_name);
    if (found.ref.class_id == pg_classes(ddl)->policy)
        return pg_policy_rename(ddl, found.ref.id, ast->new_name);
    return rename_plain(ddl, &found, ast->new_name);
}
