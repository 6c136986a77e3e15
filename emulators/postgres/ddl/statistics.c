/* CREATE STATISTICS, ALTER STATISTICS. The planner has statistics of its own: these are kept to be
 * shown. */
#include <stdlib.h>

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/session.h"
#include "emulators/sql/syntax/ast_object.h"

enum { COLUMNS_MAX = 8, TARGET_MAX = 10000 };

/* What is being defined. */
struct definition {
    struct pg_ddl *ddl;
    const struct sql_relation *relation;
    struct sql_statistics_object object;
    int16_t columns[COLUMNS_MAX];
};

static const struct {
    const char *name;
    char kind;
} kinds[] = {
    {"ndistinct",    'd'},
    {"dependencies", 'f'},
    {"mcv",          'm'},
};

/* ---- the relation */

static bool find_relation(struct definition *def, const struct ast_list *from)
{
    struct pg_ddl *ddl = def->ddl;
    if (from->count != 1)
        return sql_fail(ddl->env->error, "0A000",
                        "only a single relation is allowed in CREATE STATISTICS");
    if (from->items[0]->kind != AST_RELATION)
        return sql_fail(ddl->env->error, "0A000",
                        "CREATE STATISTICS only supports relation names in the FROM clause");
    if (!pg_name_relation(ddl, AST_AS(relation, from->items[0]), false, SQL_SHARE_UPDATE_EXCLUSIVE,
                          &def->relation))
        return false;
    static const char *const details[] = {
        [SQL_RELATION_VIEW] = "views",
        [SQL_RELATION_SEQUENCE] = "sequences",
        [SQL_RELATION_INDEX] = "indexes",
        [SQL_RELATION_PARTITIONED_INDEX] = "partitioned indexes",
        [SQL_RELATION_COMPOSITE] = "composite types",
    };
    enum sql_relation_kind kind = def->relation->kind;
    const char *detail = (size_t)kind < sizeof details / sizeof *details ? details[kind] : NULL;
    if (!detail)
        return pg_name_must_own(ddl, &def->relation->object);
    sql_fail(ddl->env->error, "42809", "cannot define statistics for relation \"" SLICE_FMT "\"",
             SLICE_ARG(def->relation->object.name));
    return sql_detail(ddl->env->error, "This operation is not supported for %s.", detail);
}

static bool name_is_free(struct definition *def, const struct ast_create_statistics *ast,
                         bool *out_exists)
{
    struct pg_ddl *ddl = def->ddl;
    struct sql_object *object = &def->object.object;
    if (!sql_catalog_await_name(ddl->env, object->class_id, object->schema, object->name))
        return false;
    *out_exists =
        sql_find_object_name(ddl->session, object->class_id, object->schema, object->name);
    if (!*out_exists)
        return true;
    if (!ast->if_not_exists)
        return sql_fail(ddl->env->error, "42710",
                        "statistics object \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(object->name));
    pg_ddl_notice(ddl, "42710", "statistics object \"" SLICE_FMT "\" already exists, skipping",
                  SLICE_ARG(object->name));
    return true;
}

/* ---- columns and expressions */

static bool add_column(struct definition *def, int32_t number)
{
    struct sql_error *error = def->ddl->env->error;
    if (number <= 0)
        return sql_fail(error, "0A000", "statistics creation on system columns is not supported");
    const struct sql_column *column = &def->relation->columns[number - 1];
    if (!sql_find_type_order(def->ddl->session, column->type).lt)
        return sql_fail(error, "0A000",
                        "column \"" SLICE_FMT
                        "\" cannot be used in statistics because its type " SLICE_FMT
                        " has no default btree operator class",
                        SLICE_ARG(column->name),
                        SLICE_ARG(pg_type_text(def->ddl->session, def->ddl->arena, column->type)));
    def->columns[def->object.column_count++] = (int16_t)number;
    return true;
}

static bool add_named(struct definition *def, struct slice name)
{
    const struct sql_column *column = pg_name_column(def->relation, name);
    if (!column && pg_name_is_system_column(name))
        return add_column(def, -1);
    return column ? add_column(def, column->number)
                  : sql_fail(def->ddl->env->error, "42703",
                             "column \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
}

static bool add_expression(struct definition *def, const struct ast_node *node, uint32_t count)
{
    struct pg_ddl *ddl = def->ddl;
    struct sql_expr *expr;
    if (!sql_analyze_expr(ddl->env, node, def->relation, def->relation->object.name,
                          SQL_PLACE_INDEX_EXPRESSION, NULL, &expr))
        return false;
    if (expr->kind == SQL_EXPR_COLUMN)
        return add_column(def, ((const struct sql_expr_column *)(const void *)expr)->column);
    if (count > 1 && !sql_find_type_order(ddl->session, expr->type).lt)
        return sql_fail(
            ddl->env->error, "0A000",
            "expression cannot be used in multivariate statistics because its type " SLICE_FMT
            " has no default btree operator class",
            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, expr->type)));
    def->object.expressions.items[def->object.expressions.count++] = expr;
    return true;
}

static bool add_elements(struct definition *def, const struct ast_list *elements)
{
    if (elements->count > COLUMNS_MAX)
        return sql_fail(def->ddl->env->error, "54011",
                        "cannot have more than %d columns in statistics", COLUMNS_MAX);
    def->object.expressions.items =
        arena_array(def->ddl->arena, COLUMNS_MAX, sizeof(struct sql_expr *));
    if (!def->object.expressions.items)
        return sql_fail_memory(def->ddl->env->error);
    for (uint32_t i = 0; i < elements->count; i++) {
        const struct ast_statistics_element *element =
            AST_AS(statistics_element, elements->items[i]);
        if (element->expression ? !add_expression(def, element->expression, elements->count)
                                : !add_named(def, element->column))
            return false;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    return *(const int16_t *)a - *(const int16_t *)b;
}

static bool check_duplicates(struct definition *def)
{
    struct sql_error *error = def->ddl->env->error;
    const struct sql_exprs *exprs = &def->object.expressions;
    qsort(def->columns, def->object.column_count, sizeof *def->columns, by_number);
    for (uint16_t i = 1; i < def->object.column_count; i++)
        if (def->columns[i] == def->columns[i - 1])
            return sql_fail(error, "42701", "duplicate column name in statistics definition");
    for (uint32_t i = 0; i < exprs->count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (sql_expr_equal(exprs->items[i], exprs->items[k]))
                return sql_fail(error, "42701", "duplicate expression in statistics definition");
    return true;
}

/* ---- kinds */

static bool is_asked(const struct ast_names *names, const char *kind)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (slice_eq_str(names->items[i], kind))
            return true;
    return false;
}

static bool check_kinds(struct definition *def, const struct ast_names *names)
{
    for (uint32_t i = 0; i < names->count; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            known |= slice_eq_str(names->items[i], kinds[k].name);
        if (!known)
            return sql_fail(def->ddl->env->error, "42601",
                            "unrecognized statistics kind \"" SLICE_FMT "\"",
                            SLICE_ARG(names->items[i]));
    }
    return true;
}

static bool set_kinds(struct definition *def, const struct ast_create_statistics *ast)
{
    struct sql_error *error = def->ddl->env->error;
    uint32_t exprs = def->object.expressions.count;
    uint32_t count = def->object.column_count + exprs;
    char *text = arena_array(def->ddl->arena, sizeof kinds / sizeof *kinds + 1, 1);
    size_t len = 0;
    if (!text)
        return sql_fail_memory(error);
    if (ast->elements.count == 1 && exprs == 1 && ast->kinds.count)
        return sql_fail(error, "42P17",
                        "when building statistics on a single expression, statistics kinds may "
                        "not be specified");
    if (!check_kinds(def, &ast->kinds))
        return false;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (ast->kinds.count ? is_asked(&ast->kinds, kinds[k].name) : count >= 2)
            text[len++] = kinds[k].kind;
    if (exprs)
        text[len++] = 'e';
    if (count < 2 && exprs != 1)
        return sql_fail(error, "42P17", "extended statistics require at least 2 columns");
    def->object.kind_text = slice_of(text, len);
    return check_duplicates(def);
}

/* ---- the statement */

static bool depend(struct definition *def)
{
    const struct sql_class_ids *ids = pg_classes(def->ddl);
    struct sql_env *env = def->ddl->env;
    struct sql_reference of = pg_whole(ids->statistics, def->object.object.id);
    struct sql_reference relation = pg_whole(ids->relation, def->relation->object.id);
    for (uint16_t i = 0; i < def->object.column_count; i++) {
        struct sql_reference column = {ids->relation, relation.id, def->columns[i]};
        if (!sql_depend(env, of, column, 'a'))
            return false;
    }
    if (!def->object.column_count && !sql_depend(env, of, relation, 'a'))
        return false;
    for (uint32_t i = 0; i < def->object.expressions.count; i++)
        if (!sql_depend_on_expr(env, of, def->object.expressions.items[i], relation.id, 'n', 'a'))
            return false;
    return sql_depend(env, of, pg_whole(ids->schema, def->object.object.schema), 'n');
}

bool pg_create_statistics(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_statistics *ast = AST_AS(create_statistics, node);
    struct definition def = {
        .ddl = ddl,
        .object = {.object = {.class_id = pg_classes(ddl)->statistics,
                              .owner = ddl->session->role,
                              .acl_default = true},
                   .target = -1},
    };
    bool exists;
    if (!find_relation(&def, &ast->from) ||
        !pg_name_qualified(ddl, &ast->name, &def.object.object.schema, &def.object.object.name) ||
        !name_is_free(&def, ast, &exists))
        return false;
    if (exists)
        return true;
    def.object.relation = def.relation->object.id;
    def.object.columns = def.columns;
    return add_elements(&def, &ast->elements) && set_kinds(&def, ast) &&
           sql_catalog_create(ddl->env, &def.object.object) && depend(&def);
}

bool pg_alter_statistics(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_statistics *ast = AST_AS(alter_statistics, node);
    const struct ast_object name = {
        .node = {AST_OBJECT, -1},
          .type = AST_OBJECT_STATISTICS, .name = ast->name
    };
    struct pg_found found;
    int32_t target = ast->target;
    if (target < -1)
        return sql_fail(ddl->env->error, "22023", "statistics target %d is too low", target);
    if (target > TARGET_MAX) {
        target = TARGET_MAX;
        pg_ddl_warning(ddl, "22023", "lowering statistics target to %d", target);
    }
    if (!pg_resolve(ddl, &name, ast->missing_ok, SQL_ACCESS_SHARE, &found))
        return false;
    if (!found.ref.id)
        return true;
    struct sql_statistics_object object =
        *(const struct sql_statistics_object *)(const void *)found.object;
    object.target = (int16_t)target;
    return pg_name_must_own(ddl, found.object) && sql_catalog_replace(ddl->env, &object.object);
}
