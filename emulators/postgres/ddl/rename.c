/* ALTER ... RENAME. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/policy.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/sql/catalog/find.h"

static bool rename_type(struct pg_ddl *ddl, uint32_t type_id, struct slice name)
{
    const struct sql_type_object *found = sql_find_type_object(ddl->session, type_id);
    if (!found)
        return true;
    struct sql_type_object type = *found;
    type.object.name = type.type.name = name;
    if (!sql_catalog_replace(ddl->env, &type.object) || !type.type.array)
        return type.type.array == 0;
    return pg_array_type_name(ddl, type.object.schema, name, &name) &&
           rename_type(ddl, type.type.array, name);
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

/* ---- what children have, too */

/* A relation with all that inherit from it, parents first. */
struct family {
    const uint32_t *ids;
    uint32_t count;
};

static bool is_in(const struct family *family, uint32_t id)
{
    for (uint32_t i = 0; i < family->count; i++)
        if (family->ids[i] == id)
            return true;
    return false;
}

static bool gather(struct pg_ddl *ddl, uint32_t root, struct family *out)
{
    uint32_t *ids = NULL;
    *out = (struct family){0};
    for (uint32_t at = 0;; at++) {
        uint32_t id = at ? out->ids[at - 1] : 0;
        const struct sql_relation *relation = id ? sql_find_relation_id(ddl->session, id) : NULL;
        uint32_t count = relation ? relation->child_count : 1;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t next = relation ? relation->children[i] : root;
            if (is_in(out, next))
                continue;
            if (!(ids = pg_ddl_grow(ddl, ids, out->count, sizeof *ids)))
                return false;
            ids[out->count] = next;
            *out = (struct family){ids, out->count + 1};
        }
        if (at == out->count)
            return true;
    }
}

static uint32_t parents_in(const struct family *family, const struct sql_relation *relation)
{
    uint32_t count = 0;
    for (uint16_t i = 0; i < relation->parent_count; i++)
        count += is_in(family, relation->parents[i]);
    return count;
}

static bool fail_inherited(struct pg_ddl *ddl, const char *what, struct slice name)
{
    return sql_fail(ddl->env->error, "42P16", "cannot rename inherited %s \"" SLICE_FMT "\"", what,
                    SLICE_ARG(name));
}

/* ONLY goes with what no child has. */
static bool check_only(struct pg_ddl *ddl, const struct ast_object *object,
                       const struct sql_relation *relation, const char *what)
{
    return !object->relation || !object->relation->only || !relation->child_count ||
           sql_fail(ddl->env->error, "42P16",
                    "inherited %s \"" SLICE_FMT "\" must be renamed in child tables too", what,
                    SLICE_ARG(object->part));
}

/* ---- columns */

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

static bool rename_column_of(struct pg_ddl *ddl, const struct family *family, uint32_t id,
                             struct slice old, struct slice name)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, id);
    const struct sql_column *found = pg_name_column(relation, old);
    if (!found && pg_name_is_system_column(old))
        return sql_fail(ddl->env->error, "0A000", "cannot rename system column \"" SLICE_FMT "\"",
                        SLICE_ARG(old));
    if (!found)
        return sql_fail(ddl->env->error, "42703", "column \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(old));
    if (found->inherited > parents_in(family, relation))
        return fail_inherited(ddl, "column", old);
    if (!column_free(ddl, relation, name))
        return false;
    struct sql_column column = *found;
    column.name = name;
    return pg_relation_replace_column(ddl, id, &column) &&
           pg_row_type_update(ddl, sql_find_relation_id(ddl->session, id));
}

static bool check_kind(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    struct sql_error *error = ddl->env->error;
    if (relation->of_type)
        return sql_fail(error, "42809", "cannot rename column of typed table");
    if (strchr("rpvmcfiI", (char)relation->kind))
        return true;
    sql_fail(error, "42809", "cannot rename columns of relation \"" SLICE_FMT "\"",
             SLICE_ARG(relation->object.name));
    return sql_detail(error, "This operation is not supported for %ss.",
                      pg_describe_kind(ddl->session, &relation->object));
}

static bool rename_column(struct pg_ddl *ddl, const struct ast_rename *ast,
                          const struct sql_relation *relation)
{
    struct family family;
    if (!check_kind(ddl, relation) || !gather(ddl, relation->object.id, &family) ||
        !check_only(ddl, ast->object, relation, "column"))
        return false;
    for (uint32_t i = family.count; i-- > 0;)
        if (!rename_column_of(ddl, &family, family.ids[i], ast->object->part, ast->new_name))
            return false;
    relation = sql_find_relation_id(ddl->session, relation->object.id);
    ddl->subject = pg_whole(relation->object.class_id, relation->object.id);
    ddl->subject.part = (int32_t)(pg_name_column(relation, ast->new_name) - relation->columns) + 1;
    return true;
}

/* ---- constraints */

static bool rename_one_constraint(struct pg_ddl *ddl, const struct sql_constraint *found,
                                  const struct sql_relation *relation, struct slice name)
{
    if (found->index && found->kind != SQL_CONSTRAINT_FOREIGN)
        return rename_relation(ddl, sql_find_relation_id(ddl->session, found->index), name);
    if (relation && !pg_constraint_name_free(ddl, relation, name))
        return false;
    struct sql_constraint constraint = *found;
    constraint.object.name = name;
    return sql_catalog_replace(ddl->env, &constraint.object);
}

static bool rename_constraint(struct pg_ddl *ddl, const struct ast_rename *ast,
                              const struct sql_relation *relation)
{
    struct slice old = ast->object->part;
    const struct sql_constraint *whole = pg_constraint_find(ddl, relation, old);
    struct family family;
    if (!whole)
        return sql_fail(ddl->env->error, "42704",
                        "constraint \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(old), SLICE_ARG(relation->object.name));
    bool shared = whole->kind == SQL_CONSTRAINT_CHECK && !whole->no_inherit;
    if (!shared)
        return rename_one_constraint(ddl, whole, relation, ast->new_name);
    if (!gather(ddl, relation->object.id, &family) ||
        !check_only(ddl, ast->object, relation, "constraint"))
        return false;
    for (uint32_t i = 0; i < family.count; i++) {
        const struct sql_relation *member = sql_find_relation_id(ddl->session, family.ids[i]);
        const struct sql_constraint *found = pg_constraint_find(ddl, member, old);
        if (found && found->inherited > parents_in(&family, member))
            return fail_inherited(ddl, "constraint", old);
        if (found && !rename_one_constraint(ddl, found, member, ast->new_name))
            return false;
    }
    return true;
}

/* ---- other objects */

static bool rename_plain(struct pg_ddl *ddl, const struct pg_found *found, struct slice name)
{
    const struct sql_object *object =
        sql_find_object(ddl->session, found->ref.class_id, found->ref.id);
    if (!object)
        return true;
    const struct sql_object *other =
        sql_find_object_name(ddl->session, object->class_id, object->schema, name);
    if (other && other->id != object->id && !object->schema)
        return sql_fail(ddl->env->error,
                        object->class_id == pg_classes(ddl)->schema ? "42P06" : "42710",
                        "%s \"" SLICE_FMT "\" already exists",
                        pg_describe_kind(ddl->session, object), SLICE_ARG(name));
    struct sql_object *copy = pg_object_copy(ddl, object);
    if (!copy)
        return false;
    copy->name = name;
    return (!object->schema || pg_object_name_free(ddl, copy, copy->schema)) &&
           sql_catalog_replace(ddl->env, copy);
}

/* ---- triggers: those of partitions follow their parent's */

static bool rename_trigger(struct pg_ddl *ddl, const struct sql_trigger *found, struct slice name)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, found->relation);
    struct sql_trigger trigger = *found;
    for (uint16_t i = 0; i < relation.trigger_count; i++) {
        const struct sql_trigger *other = sql_find_trigger(ddl->session, relation.triggers[i]);
        if (other && slice_eq(other->object.name, name))
            return sql_fail(ddl->env->error, "42710",
                            "trigger \"" SLICE_FMT "\" for relation \"" SLICE_FMT
                            "\" already exists",
                            SLICE_ARG(name), SLICE_ARG(relation.object.name));
    }
    trigger.object.name = name;
    if (!sql_catalog_replace(ddl->env, &trigger.object) ||
        !sql_relation_detach(ddl->env, relation.object.id, SQL_ATTACHED_TRIGGER,
                             trigger.object.id) ||
        !sql_relation_attach(ddl->env, relation.object.id, SQL_ATTACHED_TRIGGER, trigger.object.id))
        return false;
    for (uint16_t i = 0; i < relation.child_count; i++) {
        const struct sql_relation *child = sql_find_relation_id(ddl->session, relation.children[i]);
        for (uint16_t j = 0; j < child->trigger_count; j++) {
            const struct sql_trigger *part = sql_find_trigger(ddl->session, child->triggers[j]);
            if (!part || part->parent != trigger.object.id)
                continue;
            if (!rename_trigger(ddl, part, name))
                return false;
            break;
        }
    }
    return true;
}

static bool rename_top_trigger(struct pg_ddl *ddl, const struct sql_trigger *trigger,
                               struct slice name)
{
    if (!trigger->parent)
        return rename_trigger(ddl, trigger, name);
    const struct sql_relation *table = sql_find_relation_id(ddl->session, trigger->relation);
    const struct sql_relation *above = sql_find_relation_id(ddl->session, table->parents[0]);
    sql_fail(ddl->env->error, "XX000",
             "cannot rename trigger \"" SLICE_FMT "\" on table \"" SLICE_FMT "\"",
             SLICE_ARG(trigger->object.name), SLICE_ARG(table->object.name));
    return sql_hint(ddl->env->error,
                    "Rename the trigger on the partitioned table \"" SLICE_FMT "\" instead.",
                    SLICE_ARG(above->object.name));
}

/* ---- rules */

static bool rename_rule(struct pg_ddl *ddl, const struct sql_rule *found, struct slice name)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, found->relation);
    struct sql_rule rule = *found;
    for (uint16_t i = 0; i < relation.rule_count; i++) {
        const struct sql_rule *other = sql_find_rule(ddl->session, relation.rules[i]);
        if (other && slice_eq(other->object.name, name))
            return sql_fail(ddl->env->error, "42710",
                            "rule \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(name), SLICE_ARG(relation.object.name));
    }
    if (rule.event == SQL_SELECT)
        return sql_fail(ddl->env->error, "42P17", "renaming an ON SELECT rule is not allowed");
    rule.object.name = name;
    return sql_catalog_replace(ddl->env, &rule.object) &&
           sql_relation_detach(ddl->env, relation.object.id, SQL_ATTACHED_RULE, rule.object.id) &&
           sql_relation_attach(ddl->env, relation.object.id, SQL_ATTACHED_RULE, rule.object.id);
}

/* ---- types */

static bool rename_found_type(struct pg_ddl *ddl, uint32_t id, struct slice name)
{
    const struct sql_type_object *type = sql_find_type_object(ddl->session, id);
    const struct sql_type_object *other =
        type ? (const void *)sql_find_object_name(ddl->session, type->object.class_id,
                                                  type->object.schema, name)
             : NULL;
    if (other && other->object.id != id && !other->type.element)
        return sql_fail(ddl->env->error, "42710", "type \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(name));
    return rename_type(ddl, id, name);
}

/* ---- the statement */

/* A relation itself, or what belongs to one: *done; else it is no such. */
static bool rename_in_relation(struct pg_ddl *ddl, const struct ast_rename *ast, bool *done)
{
    const struct ast_object *object = ast->object;
    enum ast_object_type type = object->type;
    bool column = type == AST_OBJECT_COLUMN || type == AST_OBJECT_ATTRIBUTE;
    bool constraint = type == AST_OBJECT_TABLE_CONSTRAINT;
    const struct sql_relation *relation;
    *done = column || constraint || pg_object_is_relation(type);
    if (!*done)
        return true;
    enum sql_lock_mode lock =
        type == AST_OBJECT_INDEX ? SQL_SHARE_UPDATE_EXCLUSIVE : SQL_ACCESS_EXCLUSIVE;
    if (!pg_name_relation_of_names(ddl, &object->name, ast->missing_ok, lock, &relation))
        return false;
    if (!relation) {
        pg_ddl_notice(ddl, "00000", "relation \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(object->name.items[object->name.count - 1]));
        return true;
    }
    /* ALTER INDEX renames whatever has the name. */
    enum ast_object_type wanted = column || constraint ? ast->relation_type : type;
    if ((wanted != AST_OBJECT_INDEX && !pg_alter_check_kind(ddl, relation, wanted)) ||
        !pg_name_must_own(ddl, &relation->object))
        return false;
    return column       ? rename_column(ddl, ast, relation)
           : constraint ? rename_constraint(ddl, ast, relation)
                        : rename_relation(ddl, relation, ast->new_name);
}

bool pg_rename(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_rename *ast = AST_AS(rename, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct pg_found found;
    bool done;
    if (ast->object->type == AST_OBJECT_ROLE)
        return pg_role_rename(ddl, ast->object->name.items[0], ast->new_name);
    if (ast->object->type == AST_OBJECT_TABLESPACE)
        return pg_tablespace_rename(ddl, ast->object->name.items[0], ast->new_name);
    if (!rename_in_relation(ddl, ast, &done))
        return false;
    if (done)
        return true;
    if (!pg_resolve(ddl, ast->object, ast->missing_ok, SQL_ACCESS_EXCLUSIVE, &found))
        return false;
    if (!found.ref.id)
        return true;
    if (found.object && !pg_name_must_own(ddl, found.object))
        return false;
    if (found.ref.class_id == ids->type)
        return rename_found_type(ddl, found.ref.id, ast->new_name);
    if (found.ref.class_id == ids->rule)
        return rename_rule(ddl, sql_find_rule(ddl->session, found.ref.id), ast->new_name);
    if (found.ref.class_id == ids->constraint)
        return rename_one_constraint(ddl, sql_find_constraint(ddl->session, found.ref.id), NULL,
                                     ast->new_name);
    if (found.ref.class_id == ids->trigger)
        return rename_top_trigger(ddl, sql_find_trigger(ddl->session, found.ref.id), ast->new_name);
    if (found.ref.class_id == ids->policy)
        return pg_policy_rename(ddl, found.ref.id, ast->new_name);
    return rename_plain(ddl, &found, ast->new_name);
}
