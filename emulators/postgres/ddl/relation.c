/* Relations are stored: the object, its row type and array type, its storage, what it depends on. */
#include "emulators/postgres/ddl/relation.h"

#include "emulators/postgres/ddl/access_method.h"
#include "emulators/postgres/ddl/sequence.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/table.h"

/* ---- row types */

bool pg_array_type_name(struct pg_ddl *ddl, uint32_t schema, struct slice element,
                        struct slice *out)
{
    struct slice name = element;
    do {
        size_t len = name.len < PG_NAME_MAX ? name.len : PG_NAME_MAX - 1;
        name = arena_printf(ddl->arena, "_%.*s", (int)len, (const char *)name.ptr);
        if (!name.ptr)
            return sql_fail_memory(ddl->env->error);
    } while (sql_find_object_name(ddl->session, pg_classes(ddl)->type, schema, name));
    *out = name;
    return true;
}

/* *out: it was an array type that no one asked for, and has another name now. */
static bool array_makes_way(struct pg_ddl *ddl, const struct sql_type_object *type, bool *out)
{
    const struct sql_type *element = sql_find_type_id(ddl->session, type->type.element);
    struct sql_type_object array = *type;
    *out = element && element->array == type->object.id;
    if (!*out)
        return true;
    if (!pg_array_type_name(ddl, type->object.schema, type->object.name, &array.object.name))
        return false;
    array.type.name = array.object.name;
    return sql_catalog_replace(ddl->env, &array.object);
}

bool pg_type_name_free(struct pg_ddl *ddl, uint32_t schema, struct slice name)
{
    uint32_t class_id = pg_classes(ddl)->type;
    bool gone = true;
    if (!sql_catalog_await_name(ddl->env, class_id, schema, name))
        return false;
    const struct sql_object *found = sql_find_object_name(ddl->session, class_id, schema, name);
    if (found && !array_makes_way(ddl, (const void *)found, &gone))
        return false;
    return gone || sql_fail(ddl->env->error, "42710", "type \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(name));
}

bool pg_array_type_make(struct pg_ddl *ddl, const struct sql_type_object *element, uint32_t *out_id)
{
    const struct sql_type *record_array =
        sql_builtin_type_id(ddl->session->dialect, ddl->session->dialect->types_of.int4_array);
    struct sql_type_object array = {.object = element->object, .align = 'i', .storage = 'x'};
    array.object.id = sql_database_next_id(ddl->session->database);
    if (!pg_array_type_name(ddl, element->object.schema, element->object.name, &array.object.name))
        return false;
    array.align = element->align == 'd' ? 'd' : 'i';
    array.type = (struct sql_type){
        .id = array.object.id,
        .name = array.object.name,
        .schema = array.object.schema,
        .len = -1,
        .kind = SQL_TYPE_BASE,
        .category = 'A',
        .delimiter = element->type.delimiter,
        .element = element->object.id,
        .base_typmod = -1,
        .collation = element->type.collation,
        .ops = record_array->ops,
    };
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, array.object.id);
    *out_id = array.object.id;
    return sql_catalog_create(ddl->env, &array.object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, element->object.id), 'i');
}

/* The columns that values of the row type have. */
static bool fill_row(struct pg_ddl *ddl, const struct sql_relation *relation,
                     struct sql_row_type *out)
{
    struct sql_row_column *columns =
        arena_array(ddl->arena, relation->column_count, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    uint32_t count = 0;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (!column->dropped)
            columns[count++] = (struct sql_row_column){column->name, column->type, column->typmod,
                                                       (uint16_t)column->number};
    }
    *out = (struct sql_row_type){count, columns};
    return true;
}

bool pg_row_type_make(struct pg_ddl *ddl, const struct sql_relation *relation, uint32_t *out_type)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    struct sql_type_object row = {.object = relation->object, .align = 'd', .storage = 'x'};
    row.object.class_id = dialect->classes_of.type;
    row.object.id = sql_database_next_id(ddl->session->database);
    row.object.acl = NULL;
    row.object.acl_count = 0;
    row.object.acl_default = true;
    row.type = (struct sql_type){
        .id = row.object.id,
        .name = row.object.name,
        .schema = row.object.schema,
        .len = -1,
        .kind = SQL_TYPE_COMPOSITE,
        .category = 'C',
        .delimiter = ',',
        .relation = relation->object.id,
        .base_typmod = -1,
        .ops = sql_builtin_type_id(dialect, dialect->types_of.record)->ops,
    };
    struct sql_reference type = pg_whole(dialect->classes_of.type, row.object.id);
    struct sql_reference whole = pg_whole(dialect->classes_of.relation, relation->object.id);
    bool free_standing = relation->kind == SQL_RELATION_COMPOSITE;
    *out_type = row.object.id;
    return fill_row(ddl, relation, &row.row) && pg_array_type_make(ddl, &row, &row.type.array) &&
           sql_catalog_create(ddl->env, &row.object) &&
           sql_depend(ddl->env, free_standing ? whole : type, free_standing ? type : whole, 'i');
}

bool pg_row_type_update(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    const struct sql_type_object *found = sql_find_type_object(ddl->session, relation->type);
    if (!found)
        return true;
    struct sql_type_object row = *found;
    return fill_row(ddl, relation, &row.row) && sql_catalog_replace(ddl->env, &row.object);
}

/* ---- storage */

static bool has_rows(const struct sql_relation *relation)
{
    return relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_MATVIEW;
}

static bool has_row_type(const struct sql_relation *relation)
{
    return relation->kind != SQL_RELATION_INDEX && relation->kind != SQL_RELATION_PARTITIONED_INDEX;
}

/* ---- dependencies */

static bool depend_columns(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        struct sql_reference of = {pg_classes(ddl)->relation, relation->object.id, column->number};
        if (column->dropped)
            continue;
        if (!sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, column->type), 'n') ||
            !sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->collation, column->collation),
                        'n') ||
            !pg_column_depend_default(ddl, relation->object.id, column))
            return false;
    }
    return true;
}

bool pg_relation_depend(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, relation->object.id);
    struct sql_reference schema = pg_whole(pg_classes(ddl)->schema, relation->object.schema);
    if (!has_row_type(relation))
        return true;
    if (relation->kind != SQL_RELATION_COMPOSITE && !sql_depend(ddl->env, of, schema, 'n'))
        return false;
    if (relation->of_type &&
        !sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, relation->of_type), 'n'))
        return false;
    return pg_table_method_depend(ddl, relation) && depend_columns(ddl, relation);
}

/* The serials' and identities' sequences go with the columns. */
static bool own_sequences(struct pg_table_def *table)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct pg_column_def *def = &table->columns[i];
        if (def->sequence && !pg_sequence_own(table->ddl, def->sequence, table->relation.object.id,
                                              def->column.number, def->identity ? 'i' : 'a'))
            return false;
    }
    return true;
}

/* ---- making */

/* Defaults are analysed with the relation at hand, since generated columns read others. */
static bool analyse_defaults(struct pg_table_def *table, struct sql_column *columns)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct pg_column_def *def = &table->columns[i];
        if (def->default_ast &&
            !pg_column_set_default(table->ddl, &table->relation, &columns[i], def->default_ast,
                                   def->column.generated != 0))
            return false;
    }
    return true;
}

bool pg_relation_make(struct pg_table_def *table)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_relation *relation = &table->relation;
    struct sql_column *columns = arena_array(ddl->arena, table->column_count, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < table->column_count; i++)
        columns[i] = table->columns[i].column;
    relation->columns = columns;
    relation->column_count = (uint16_t)table->column_count;
    relation->object.class_id = pg_classes(ddl)->relation;
    relation->object.id = sql_database_next_id(ddl->session->database);
    relation->object.acl_default = relation->object.acl == NULL;
    if (!relation->replica_identity)
        relation->replica_identity =
            has_rows(relation) || relation->kind == SQL_RELATION_PARTITIONED ? 'd' : 'n';
    if (!analyse_defaults(table, columns) ||
        (has_row_type(relation) && !pg_row_type_make(ddl, relation, &relation->type)) ||
        (has_rows(relation) &&
         !sql_table_create(ddl->env, ddl->session->database, &relation->storage)))
        return false;
    return sql_catalog_create(ddl->env, &relation->object) && pg_relation_depend(ddl, relation) &&
           own_sequences(table);
}
