/* ALTER ... SET SCHEMA. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/object_store.h"
#include "emulators/sql/value/bytes.h"

/* ---- may it go there? */

static bool check_target(struct pg_ddl *ddl, const struct sql_object *object, uint32_t schema_id)
{
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, schema_id);
    uint32_t temporary = ddl->session->temp_schema;
    if (temporary && (schema_id == temporary || object->schema == temporary))
        return sql_fail(ddl->env->error, "0A000",
                        "cannot move objects into or out of temporary schemas");
    return sql_has_privileges(ddl->session, ddl->session->role, &schema->object, SQL_PRIV_CREATE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for schema " SLICE_FMT,
                    SLICE_ARG(schema->object.name));
}

/* Operator classes and families are each an access method's. */
static bool method_of(const struct pg_ddl *ddl, const struct sql_object *object, uint32_t *out)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_class_object *class = (const void *)object;
    const struct sql_family_object *family = (const void *)object;
    *out = object->class_id == ids->operator_class    ? class->info.method
           : object->class_id == ids->operator_family ? family->method
                                                      : 0;
    return *out != 0;
}

/* Functions of a name may stand side by side when their arguments differ. */
static bool stands_beside(const struct pg_ddl *ddl, const struct sql_object *object,
                          const struct sql_object *other)
{
    const struct sql_routine *a = (const void *)object, *b = (const void *)other;
    const struct sql_operator *c = (const void *)object, *d = (const void *)other;
    uint32_t method, other_method;
    if (object->class_id == pg_classes(ddl)->routine)
        return a->arg_count != b->arg_count ||
               (a->arg_count &&
                memcmp(a->arg_types, b->arg_types, a->arg_count * sizeof *a->arg_types) != 0);
    if (method_of(ddl, object, &method))
        return !method_of(ddl, other, &other_method) || method != other_method;
    return object->class_id == pg_classes(ddl)->operator_ &&
           (c->left != d->left || c->right != d->right);
}

/* How messages name it: with the arguments, or with the access method. */
static struct slice full_name(struct pg_ddl *ddl, const struct sql_object *object)
{
    const struct sql_routine *routine = (const void *)object;
    uint32_t method;
    if (object->class_id == pg_classes(ddl)->routine)
        return pg_ddl_signature(ddl, object->name, routine->arg_types, routine->arg_count);
    if (!method_of(ddl, object, &method))
        return arena_printf(ddl->arena, "\"" SLICE_FMT "\"", SLICE_ARG(object->name));
    return arena_printf(ddl->arena, "\"" SLICE_FMT "\" for access method \"" SLICE_FMT "\"",
                        SLICE_ARG(object->name),
                        SLICE_ARG(sql_find_method_id(ddl->session, method).name));
}

bool pg_object_name_free(struct pg_ddl *ddl, const struct sql_object *object, uint32_t schema_id)
{
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, schema_id);
    bool relation = object->class_id == pg_classes(ddl)->relation;
    bool routine = object->class_id == pg_classes(ddl)->routine;
    struct sql_object_names names;
    const struct sql_object *other;
    if (!sql_catalog_await_name(ddl->env, object->class_id, schema_id, object->name))
        return false;
    sql_object_names_begin(&names, ddl->session->database, ddl->session->txn, object->class_id,
                           schema_id, object->name);
    while ((other = sql_object_names_next(&names)))
        if (other->id != object->id && !stands_beside(ddl, object, other))
            return sql_fail(ddl->env->error,
                            relation  ? "42P07"
                            : routine ? "42723"
                                      : "42710",
                            "%s " SLICE_FMT " already exists in schema \"" SLICE_FMT "\"",
                            relation ? "relation" : pg_describe_kind(ddl->session, object),
                            SLICE_ARG(full_name(ddl, object)), SLICE_ARG(schema->object.name));
    return true;
}

/* ---- moving */

/* The object alone: its schema, and that it depends on it. */
static bool move_object(struct pg_ddl *ddl, const struct sql_object *object, uint32_t schema)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(object->class_id, object->id);
    struct sql_reference old = pg_whole(ids->schema, object->schema);
    struct sql_object *copy = pg_object_copy(ddl, object);
    bool depends = false;
    uint32_t count;
    const struct sql_edge **edges = sql_edges_of(ddl->env, of.class_id, of.id, &count);
    if (!copy)
        return false;
    for (uint32_t i = 0; i < count; i++)
        depends = depends || (edges[i]->on_class == old.class_id && edges[i]->on_id == old.id);
    copy->schema = schema;
    if (object->class_id == ids->type)
        ((struct sql_type_object *)(void *)copy)->type.schema = schema;
    return sql_catalog_replace(ddl->env, copy) &&
           (!depends || (sql_depend_cut(ddl->env, of, old) &&
                         sql_depend(ddl->env, of, pg_whole(ids->schema, schema), 'n')));
}

static bool move_type(struct pg_ddl *ddl, uint32_t type_id, uint32_t schema)
{
    const struct sql_type_object *type = sql_find_type_object(ddl->session, type_id);
    const struct sql_type_object *array =
        type && type->type.array ? sql_find_type_object(ddl->session, type->type.array) : NULL;
    return !type || (move_object(ddl, &type->object, schema) &&
                     (!array || move_object(ddl, &array->object, schema)));
}

static bool move_relation(struct pg_ddl *ddl, uint32_t relation_id, uint32_t schema);

/* Sequences that belong to its columns. */
static bool move_sequences(struct pg_ddl *ddl, uint32_t relation_id, uint32_t schema)
{
    uint32_t count, class_id = pg_classes(ddl)->relation;
    const struct sql_edge **edges = sql_edges_on(ddl->env, class_id, relation_id, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_relation *owned = edges[i]->of_class == class_id && edges[i]->on_part
                                               ? sql_find_relation_id(ddl->session, edges[i]->of_id)
                                               : NULL;
        if (owned && owned->kind == SQL_RELATION_SEQUENCE && owned->object.schema != schema &&
            (edges[i]->kind == 'a' || edges[i]->kind == 'i') &&
            (!pg_object_name_free(ddl, &owned->object, schema) ||
             !move_relation(ddl, owned->object.id, schema)))
            return false;
    }
    return true;
}

static bool move_relation(struct pg_ddl *ddl, uint32_t relation_id, uint32_t schema)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    if (!move_object(ddl, &relation.object, schema) || !move_type(ddl, relation.type, schema))
        return false;
    for (uint16_t i = 0; i < relation.index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(ddl->session, relation.indexes[i]);
        if (!pg_object_name_free(ddl, &index->object, schema) ||
            !move_object(ddl, &index->object, schema))
            return false;
    }
    for (uint16_t i = 0; i < relation.constraint_count; i++) {
        const struct sql_constraint *constraint =
            sql_find_constraint(ddl->session, relation.constraints[i]);
        if (!move_object(ddl, &constraint->object, schema))
            return false;
    }
    return move_sequences(ddl, relation_id, schema);
}

/* ---- extensions: with all that they are made of */

static bool move_member(struct pg_ddl *ddl, const struct sql_object *member, uint32_t schema)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    if (!member || !member->schema || member->schema == schema)
        return true;
    if (!pg_object_name_free(ddl, member, schema))
        return false;
    return member->class_id == ids->type       ? move_type(ddl, member->id, schema)
           : member->class_id == ids->relation ? move_relation(ddl, member->id, schema)
                                               : move_object(ddl, member, schema);
}

static bool move_extension(struct pg_ddl *ddl, const struct sql_object *object, uint32_t schema)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_extension extension = *(const struct sql_extension *)(const void *)object;
    struct sql_reference of = pg_whole(ids->extension, object->id);
    uint32_t count, old = extension.in_schema;
    if (!pg_name_must_own(ddl, object) || !check_target(ddl, object, schema))
        return false;
    if (!extension.relocatable)
        return sql_fail(ddl->env->error, "0A000",
                        "extension \"" SLICE_FMT "\" does not support SET SCHEMA",
                        SLICE_ARG(object->name));
    const struct sql_edge **edges = sql_edges_on(ddl->env, ids->extension, object->id, &count);
    for (uint32_t i = 0; i < count; i++)
        if (edges[i]->kind == 'e' &&
            !move_member(ddl, sql_find_object(ddl->session, edges[i]->of_class, edges[i]->of_id),
                         schema))
            return false;
    extension.in_schema = schema;
    return sql_catalog_replace(ddl->env, &extension.object) &&
           sql_depend_cut(ddl->env, of, pg_whole(ids->schema, old)) &&
           sql_depend(ddl->env, of, pg_whole(ids->schema, schema), 'n');
}

/* ---- the statement */

static bool check_relation(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    struct sql_error *error = ddl->env->error;
    struct slice name = relation->object.name;
    uint32_t count;
    if (relation->index) {
        sql_fail(error, "42809", "cannot change schema of index \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
        return sql_hint(error, "Change the schema of the table instead.");
    }
    if (relation->kind == SQL_RELATION_COMPOSITE) {
        sql_fail(error, "42809", "\"" SLICE_FMT "\" is a composite type", SLICE_ARG(name));
        return sql_hint(error, "Use ALTER TYPE instead.");
    }
    if (relation->kind != SQL_RELATION_SEQUENCE)
        return true;
    const struct sql_edge **edges =
        sql_edges_of(ddl->env, pg_classes(ddl)->relation, relation->object.id, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i]->on_class != pg_classes(ddl)->relation || !edges[i]->on_part ||
            (edges[i]->kind != 'a' && edges[i]->kind != 'i'))
            continue;
        sql_fail(error, "0A000", "cannot move an owned sequence into another schema");
        return sql_detail(
            error, "Sequence \"" SLICE_FMT "\" is linked to table \"" SLICE_FMT "\".",
            SLICE_ARG(name),
            SLICE_ARG(sql_find_relation_id(ddl->session, edges[i]->on_id)->object.name));
    }
    return true;
}

static bool move_found_relation(struct pg_ddl *ddl, const struct ast_alter_schema *ast)
{
    const struct sql_relation *relation;
    const struct sql_schema *schema;
    const struct ast_names *names = &ast->object->name;
    if (!pg_name_relation_of_names(ddl, names, ast->missing_ok, SQL_ACCESS_EXCLUSIVE, &relation))
        return false;
    if (!relation) {
        pg_ddl_notice(ddl, "00000", "relation \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(names->items[names->count - 1]));
        return true;
    }
    if (!pg_alter_check_kind(ddl, relation, ast->object->type) ||
        !pg_name_must_own(ddl, &relation->object) || !check_relation(ddl, relation) ||
        !pg_name_schema(ddl, ast->new_schema, false, &schema))
        return false;
    uint32_t to = schema->object.id;
    return check_target(ddl, &relation->object, to) &&
           (relation->object.schema == to || (pg_object_name_free(ddl, &relation->object, to) &&
                                              move_relation(ddl, relation->object.id, to)));
}

static bool move_found_object(struct pg_ddl *ddl, const struct pg_found *found, uint32_t schema)
{
    const struct sql_object *object =
        sql_find_object(ddl->session, found->ref.class_id, found->ref.id);
    if (!object)
        return sql_fail(ddl->env->error, "42501", "permission denied");
    if (object->class_id == pg_classes(ddl)->extension)
        return move_extension(ddl, object, schema);
    if (!pg_name_must_own(ddl, object) || !check_target(ddl, object, schema))
        return false;
    if (object->schema == schema)
        return true;
    if (!pg_object_name_free(ddl, object, schema))
        return false;
    if (object->class_id != pg_classes(ddl)->type)
        return move_object(ddl, object, schema);
    const struct sql_type_object *type = (const void *)object;
    const struct sql_relation *columns =
        type->type.kind == SQL_TYPE_COMPOSITE
            ? sql_find_relation_id(ddl->session, type->type.relation)
            : NULL;
    if (columns && columns->kind != SQL_RELATION_COMPOSITE) {
        sql_fail(ddl->env->error, "42809", SLICE_FMT " is a table's row type",
                 SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type->type.id)));
        return sql_hint(ddl->env->error, "Use ALTER TABLE instead.");
    }
    return columns ? move_relation(ddl, columns->object.id, schema)
                   : move_type(ddl, object->id, schema);
}

bool pg_alter_schema(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_schema *ast = AST_AS(alter_schema, node);
    const struct sql_schema *schema;
    struct pg_found found;
    if (pg_object_is_relation(ast->object->type))
        return move_found_relation(ddl, ast);
    if (!pg_resolve(ddl, ast->object, ast->missing_ok, SQL_ACCESS_EXCLUSIVE, &found))
        return false;
    return !found.ref.id || (pg_name_schema(ddl, ast->new_schema, false, &schema) &&
                             move_found_object(ddl, &found, schema->object.id));
}
