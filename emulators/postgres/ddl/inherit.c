#include "emulators/postgres/ddl/inherit.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

/* ---- numbers of columns */

int16_t *pg_column_map(struct pg_ddl *ddl, const struct sql_relation *from,
                       const struct sql_relation *to)
{
    int16_t *map = arena_zalloc(ddl->arena, (from->column_count + 1u) * sizeof *map);
    for (uint16_t i = 0; map && i < from->column_count; i++) {
        const struct sql_column *found =
            from->columns[i].dropped ? NULL : pg_name_column(to, from->columns[i].name);
        map[i] = found ? found->number : 0;
    }
    if (!map)
        sql_fail_memory(ddl->env->error);
    return map;
}

struct renumber {
    struct arena *arena;
    const int16_t *map;
};

static struct sql_expr *renumber_column(const struct sql_expr *expr, void *ctx)
{
    const struct renumber *renumber = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->column <= 0)
        return NULL;
    struct sql_expr_column *copy = arena_alloc(renumber->arena, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *column;
    copy->column = renumber->map[column->column - 1];
    return &copy->expr;
}

struct sql_expr *pg_expr_map(struct pg_ddl *ddl, const struct sql_expr *expr, const int16_t *map)
{
    struct renumber renumber = {ddl->arena, map};
    struct sql_expr *copy = sql_expr_copy(ddl->arena, expr, renumber_column, &renumber);
    if (!copy)
        sql_fail_memory(ddl->env->error);
    return copy;
}

/* ---- parents */

static bool check_parent(struct pg_table_def *table, const struct sql_relation *parent,
                         const struct ast_create_table *ast)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_error *error = ddl->env->error;
    struct slice name = parent->object.name;
    if (ast->bound && parent->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42809", "\"" SLICE_FMT "\" is not partitioned", SLICE_ARG(name));
    if (!ast->bound && parent->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42809", "cannot inherit from partitioned table \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    if (!ast->bound && parent->partition_bound)
        return sql_fail(error, "42809", "cannot inherit from partition \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    if (parent->kind != SQL_RELATION_TABLE && parent->kind != SQL_RELATION_PARTITIONED &&
        parent->kind != SQL_RELATION_FOREIGN)
        return sql_fail(error, "42809",
                        "inherited relation \"" SLICE_FMT "\" is not a table or foreign table",
                        SLICE_ARG(name));
    if (ast->bound && table->relation.persistence == 't' && parent->persistence != 't')
        return sql_fail(error, "42809",
                        "cannot create a temporary relation as partition of permanent relation "
                        "\"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    if (table->relation.persistence != 't' && parent->persistence == 't')
        return sql_fail(error, "42809",
                        ast->bound ? "cannot create a permanent relation as partition of temporary "
                                     "relation \"" SLICE_FMT "\""
                                   : "cannot inherit from temporary relation \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    return pg_name_must_own(ddl, &parent->object);
}

static const char *storage_name(char storage)
{
    return storage == 'p'   ? "PLAIN"
           : storage == 'm' ? "MAIN"
           : storage == 'e' ? "EXTERNAL"
                            : "EXTENDED";
}

static char storage_of(struct pg_ddl *ddl, const struct sql_column *column)
{
    return column->storage ? column->storage : pg_type_storage(ddl->session, column->type);
}

/* How values are kept: what the child says nothing of is as the parent has it. */
static bool check_same_keeping(struct pg_ddl *ddl, const struct sql_column *have,
                               const struct sql_column *other, bool inherited)
{
    char first = storage_of(ddl, have), second = storage_of(ddl, other);
    bool said = inherited || second != pg_type_storage(ddl->session, other->type);
    if (said && first != second) {
        sql_fail(ddl->env->error, "42804",
                 "%scolumn \"" SLICE_FMT "\" has a storage parameter conflict",
                 inherited ? "inherited " : "", SLICE_ARG(have->name));
        return sql_detail(ddl->env->error, "%s versus %s", storage_name(first),
                          storage_name(second));
    }
    if (!have->compression || !other->compression || have->compression == other->compression)
        return true;
    sql_fail(ddl->env->error, "42804", "column \"" SLICE_FMT "\" has a compression method conflict",
             SLICE_ARG(have->name));
    return sql_detail(ddl->env->error, "%s versus %s", have->compression == 'l' ? "lz4" : "pglz",
                      other->compression == 'l' ? "lz4" : "pglz");
}

/* Two columns of one name, by inheritance or declaration, must be the same. `inherited`: both are
 * parents'. */
static bool check_same(struct pg_table_def *table, const struct sql_column *have,
                       const struct sql_column *other, bool inherited)
{
    struct pg_ddl *ddl = table->ddl;
    const char *what = inherited ? "inherited column" : "column";
    if (have->type != other->type || have->typmod != other->typmod) {
        struct sql_bytes first, second;
        sql_bytes_init(&first, ddl->arena);
        sql_bytes_init(&second, ddl->arena);
        pg_format_type(ddl->session, &first, have->type, have->typmod, 0);
        pg_format_type(ddl->session, &second, other->type, other->typmod, 0);
        sql_fail(ddl->env->error, "42804", "%s \"" SLICE_FMT "\" has a type conflict", what,
                 SLICE_ARG(have->name));
        return sql_detail(ddl->env->error, SLICE_FMT " versus " SLICE_FMT,
                          SLICE_ARG(sql_bytes_slice(&first)), SLICE_ARG(sql_bytes_slice(&second)));
    }
    if (have->collation != other->collation) {
        uint32_t schema;
        sql_fail(ddl->env->error, "42P21", "%s \"" SLICE_FMT "\" has a collation conflict", what,
                 SLICE_ARG(have->name));
        return sql_detail(ddl->env->error, "\"" SLICE_FMT "\" versus \"" SLICE_FMT "\"",
                          SLICE_ARG(pg_collation_name(ddl->session, have->collation, &schema)),
                          SLICE_ARG(pg_collation_name(ddl->session, other->collation, &schema)));
    }
    return check_same_keeping(ddl, have, other, inherited);
}

/* A parent's column as the child's. */
static bool inherit_column(struct pg_table_def *table, const struct sql_column *column)
{
    struct pg_ddl *ddl = table->ddl;
    struct pg_column_def *have = pg_column_find(table, column->name);
    if (have) {
        pg_ddl_notice(ddl, "00000",
                      "merging multiple inherited definitions of column \"" SLICE_FMT "\"",
                      SLICE_ARG(column->name));
        if (!check_same(table, &have->column, column, true))
            return false;
        if (have->column.generated != column->generated)
            return sql_fail(ddl->env->error, "42804",
                            "inherited column \"" SLICE_FMT "\" has a generation conflict",
                            SLICE_ARG(column->name));
        have->column.inherited++;
        have->column.not_null = have->column.not_null || column->not_null;
        if (!column->generated && column->value && have->column.value &&
            !sql_expr_equal(column->value, have->column.value))
            have->value_conflicts = true;
        if (column->value && !have->column.value)
            have->column.value = column->value;
    } else {
        have = pg_column_add(table, column);
        if (!have)
            return false;
        have->from_parent = true;
        have->column.inherited = 1;
        have->column.local = false;
        have->column.acl = NULL;
        have->column.acl_count = 0;
        have->column.has_missing = false;
        if (column->identity) { /* a parent's identity is its own; the column stays NOT NULL */
            have->column.identity = 0;
            have->column.value = NULL;
        }
    }
    have->column.has_default = have->column.value != NULL;
    have->column.default_id = have->column.value ? sql_database_next_id(ddl->session->database) : 0;
    return true;
}

static bool inherit_from(struct pg_table_def *table, const struct sql_relation *parent)
{
    const struct sql_relation shape = {.columns = parent->columns};
    int16_t *map = arena_zalloc(table->ddl->arena, (parent->column_count + 1u) * sizeof *map);
    if (!map)
        return sql_fail_memory(table->ddl->env->error);
    for (uint16_t i = 0; i < parent->column_count; i++)
        if (!shape.columns[i].dropped && !inherit_column(table, &shape.columns[i]))
            return false;
    /* Generated columns read others by the numbers that they have in the parent. */
    for (uint16_t i = 0; i < parent->column_count; i++) {
        struct pg_column_def *def = pg_column_find(table, parent->columns[i].name);
        map[i] = def && !parent->columns[i].dropped ? def->column.number : 0;
    }
    for (uint16_t i = 0; i < parent->column_count; i++) {
        struct pg_column_def *def = pg_column_find(table, parent->columns[i].name);
        if (!parent->columns[i].generated || !def)
            continue;
        struct sql_expr *value = pg_expr_map(table->ddl, parent->columns[i].value, map);
        if (!value)
            return false;
        if (def->column.inherited > 1 && !sql_expr_equal(value, def->column.value))
            def->value_conflicts = true;
        def->column.value = value;
    }
    return true;
}

bool pg_inherit_columns(struct pg_table_def *table, const struct ast_create_table *ast)
{
    struct pg_ddl *ddl = table->ddl;
    uint32_t *parents = arena_array(ddl->arena, ast->inherits.count + 1u, sizeof *parents);
    if (!parents)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < ast->inherits.count; i++) {
        const struct sql_relation *parent;
        if (!pg_name_relation(ddl, AST_AS(relation, ast->inherits.items[i]), false,
                              SQL_SHARE_UPDATE_EXCLUSIVE, &parent) ||
            !check_parent(table, parent, ast))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (parents[j] == parent->object.id)
                return sql_fail(ddl->env->error, "42P07",
                                "relation \"" SLICE_FMT "\" would be inherited from more than once",
                                SLICE_ARG(parent->object.name));
        parents[i] = parent->object.id;
        if (!inherit_from(table, parent))
            return false;
    }
    return true;
}

/* ---- the child's own columns */

static void take_over(struct pg_column_def *have, const struct pg_column_def *own)
{
    /* Options of a partition's column do not make it the partition's own. */
    have->column.local = have->column.local || own->column.type;
    have->column.not_null = have->column.not_null || own->column.not_null;
    have->sequence = own->sequence;
    have->identity = own->identity;
    have->column.identity = own->column.identity;
    if (own->default_ast || own->column.value) {
        have->default_ast = own->default_ast;
        have->column.value = own->column.value;
        have->column.has_default = own->column.has_default;
        have->column.default_id = own->column.default_id;
        have->value_conflicts = false;
    }
    if (own->column.generated)
        have->column.generated = own->column.generated;
}

/* A column whose parent's is generated is generated likewise. */
static bool check_generated(struct pg_ddl *ddl, const struct pg_column_def *own)
{
    struct slice name = own->column.name;
    if (own->column.generated) {
        sql_fail(ddl->env->error, "42611",
                 "child column \"" SLICE_FMT "\" specifies generation expression", SLICE_ARG(name));
        return sql_hint(ddl->env->error,
                        "Omit the generation expression in the definition of the child table "
                        "column to inherit the generation expression from the parent table.");
    }
    const char *given = own->identity                           ? "identity"
                        : own->default_ast || own->column.value ? "default"
                                                                : NULL;
    return !given ||
           sql_fail(ddl->env->error, "42611",
                    "column \"" SLICE_FMT "\" inherits from generated column but specifies %s",
                    SLICE_ARG(name), given);
}

static bool merge_one(struct pg_table_def *table, struct pg_column_def *have,
                      const struct pg_column_def *own)
{
    struct pg_ddl *ddl = table->ddl;
    if (own->column.type) { /* else: options of a partition's or typed table's column */
        if (!have->from_type)
            pg_ddl_notice(ddl, "00000",
                          "merging column \"" SLICE_FMT "\" with inherited definition",
                          SLICE_ARG(own->column.name));
        if (!check_same(table, &have->column, &own->column, false) ||
            (have->column.generated && !check_generated(ddl, own)))
            return false;
    }
    take_over(have, own);
    return true;
}

/* Columns, or their options, that the statement itself writes twice. */
static bool check_written_once(struct pg_table_def *table)
{
    const struct pg_column_def *columns = table->columns;
    for (uint32_t i = 0; i < table->column_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (!columns[i].from_parent && !columns[i].from_type && !columns[j].from_parent &&
                !columns[j].from_type && slice_eq(columns[i].column.name, columns[j].column.name))
                return sql_fail(table->ddl->env->error, "42701",
                                "column \"" SLICE_FMT "\" specified more than once",
                                SLICE_ARG(columns[i].column.name));
    return true;
}

bool pg_inherit_merge(struct pg_table_def *table)
{
    struct pg_ddl *ddl = table->ddl;
    uint32_t kept = 0;
    if (!check_written_once(table))
        return false;
    for (uint32_t i = 0; i < table->column_count; i++) {
        struct pg_column_def own = table->columns[i], *have = NULL;
        for (uint32_t j = 0; j < kept && !have; j++)
            if ((table->columns[j].from_parent || table->columns[j].from_type) &&
                slice_eq(table->columns[j].column.name, own.column.name))
                have = &table->columns[j];
        if (have && !own.from_parent && !own.from_type) {
            if (!merge_one(table, have, &own))
                return false;
            continue;
        }
        if (!own.column.type)
            return sql_fail(ddl->env->error, "42703", "column \"" SLICE_FMT "\" does not exist",
                            SLICE_ARG(own.column.name));
        own.column.number = (int16_t)(kept + 1);
        table->columns[kept++] = own;
    }
    table->column_count = kept;
    for (uint32_t i = 0; i < kept; i++)
        if (table->columns[i].value_conflicts) {
            bool generated = table->columns[i].column.generated;
            sql_fail(ddl->env->error, "42611", "column \"" SLICE_FMT "\" inherits conflicting %s",
                     SLICE_ARG(table->columns[i].column.name),
                     generated ? "generation expressions" : "default values");
            return generated ? false
                             : sql_hint(ddl->env->error,
                                        "To resolve the conflict, specify a default explicitly.");
        }
    return true;
}

/* ---- when the table is there */

/* A parent's check, unless the table has one of that name (which then must be the same). */
static bool inherit_check(struct pg_ddl *ddl, uint32_t child, const struct sql_relation *parent,
                          const struct sql_constraint *check)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, child);
    const struct sql_constraint *have = pg_constraint_find(ddl, relation, check->object.name);
    if (have) {
        struct sql_constraint merged = *have;
        merged.inherited++;
        return sql_catalog_replace(ddl->env, &merged.object);
    }
    int16_t *map = pg_column_map(ddl, parent, relation);
    struct sql_constraint copy = *check;
    if (!map)
        return false;
    copy.object = (struct sql_object){.name = check->object.name};
    copy.relation = child;
    copy.local = false;
    copy.inherited = 1;
    copy.check = pg_expr_map(ddl, check->check, map);
    int16_t *columns = arena_array(ddl->arena, check->column_count + 1u, sizeof *columns);
    if (!copy.check || !columns)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < check->column_count; i++)
        columns[i] = map[check->columns[i] - 1];
    copy.columns = columns;
    return pg_constraint_store(ddl, &copy);
}

static bool inherit_checks(struct pg_ddl *ddl, uint32_t child, const struct sql_relation *parent)
{
    for (uint16_t i = 0; i < parent->constraint_count; i++) {
        const struct sql_constraint *check =
            sql_find_constraint(ddl->session, parent->constraints[i]);
        if (check->kind == SQL_CONSTRAINT_CHECK && !check->no_inherit &&
            !inherit_check(ddl, child, parent, check))
            return false;
    }
    return true;
}

bool pg_inherit_finish(struct pg_table_def *table, const struct ast_create_table *ast)
{
    struct pg_ddl *ddl = table->ddl;
    uint32_t child = table->relation.object.id;
    for (uint32_t i = 0; i < ast->inherits.count; i++) {
        const struct sql_relation *parent;
        if (!pg_name_relation(ddl, AST_AS(relation, ast->inherits.items[i]), false, SQL_NO_LOCK,
                              &parent))
            return false;
        uint32_t id = parent->object.id;
        struct sql_reference of = pg_whole(pg_classes(ddl)->relation, child);
        if (!sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->relation, id),
                        ast->bound ? 'a' : 'n') ||
            !sql_relation_attach(ddl->env, child, SQL_ATTACHED_PARENT, id) ||
            !sql_relation_attach(ddl->env, id, SQL_ATTACHED_CHILD, child))
            return false;
        parent = sql_find_relation_id(ddl->session, id);
        if (!inherit_checks(ddl, child, parent) ||
            (ast->bound && (!pg_partition_bound(ddl, child, parent, ast->bound) ||
                            !pg_partition_finish(ddl, child, parent) ||
                            !pg_partition_validate_default(ddl, parent, child))))
            return false;
    }
    return true;
}

bool pg_typed_shape(struct pg_ddl *ddl, const struct ast_type_name *type_name, uint32_t *out_type,
                    const struct sql_relation **out)
{
    int32_t typmod;
    if (!sql_analyze_type_name(ddl->env, &type_name->node, out_type, &typmod) ||
        !pg_name_type_usage(ddl, *out_type))
        return false;
    const struct sql_type *type = sql_find_type_id(ddl->session, *out_type);
    *out = type->kind == SQL_TYPE_COMPOSITE ? sql_find_relation_id(ddl->session, type->relation)
                                            : NULL;
    return (*out && (*out)->kind == SQL_RELATION_COMPOSITE) ||
           sql_fail(ddl->env->error, "42809", "type " SLICE_FMT " is not a composite type",
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, *out_type)));
}

bool pg_typed_columns(struct pg_table_def *table, const struct ast_type_name *type_name)
{
    const struct sql_relation *shape;
    if (!pg_typed_shape(table->ddl, type_name, &table->relation.of_type, &shape))
        return false;
    for (uint16_t i = 0; i < shape->column_count; i++) {
        if (shape->columns[i].dropped)
            continue;
        struct pg_column_def *def = pg_column_add(table, &shape->columns[i]);
        if (!def)
            return false;
        def->from_type = true;
    }
    return true;
}
