/* Indexes like others, exclusion constraints, constraints on indexes that are there. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

/* ---- copies */

bool pg_index_copy(struct pg_ddl *ddl, const struct sql_relation *from, uint32_t table,
                   const int16_t *map, struct pg_index_def *out)
{
    const struct sql_index *index = from->index;
    *out = (struct pg_index_def){
        .table = table,
        .label = index->primary      ? "pkey"
                 : index->exclusion  ? "excl"
                 : index->constraint ? "key"
                                     : "idx",
        .tablespace = from->tablespace,
        .options = from->options,
        .option_count = from->option_count,
    };
    if (!pg_index_reserve(ddl, out, index->column_count))
        return false;
    struct sql_index copy = *index;
    int16_t *columns = (int16_t *)(uintptr_t)out->index.columns;
    copy.columns = columns;
    copy.expressions = out->index.expressions;
    copy.table = table;
    copy.constraint = 0;
    out->index = copy;
    for (uint16_t i = 0; i < index->column_count; i++) {
        columns[i] = index->columns[i] ? map[index->columns[i] - 1] : 0;
        out->column_names[i] = from->columns[i].name;
    }
    for (uint32_t i = 0; i < index->expressions.count; i++) {
        struct sql_expr *expr = pg_expr_map(ddl, index->expressions.items[i], map);
        if (!expr)
            return false;
        out->index.expressions.items[i] = expr;
    }
    out->index.expressions.count = index->expressions.count;
    if (index->where && !(out->index.where = pg_expr_map(ddl, index->where, map)))
        return false;
    const struct sql_constraint *constraint =
        index->constraint ? sql_find_constraint(ddl->session, index->constraint) : NULL;
    if (constraint) {
        out->has_constraint = true;
        out->constraint_kind = constraint->kind;
        out->deferrable = constraint->deferrable;
        out->deferred = constraint->deferred;
    }
    return true;
}

/* ---- EXCLUDE */

#define STRATEGY_MAX 30

static const struct sql_operator_class *builtin_class(struct pg_ddl *ddl, uint32_t class_id)
{
    return sql_builtin_class_id(ddl->session->dialect, class_id);
}

/* The index finds rows by its class' operators alone; classes that users made are taken at their word. */
static bool is_family_member(struct pg_ddl *ddl, uint32_t class_id, const struct sql_operator *op)
{
    const struct sql_operator_class *class = builtin_class(ddl, class_id);
    for (unsigned strategy = 1; class && strategy <= STRATEGY_MAX; strategy++)
        if (sql_find_family_operator(ddl->session, class->family, op->left, op->right, strategy) ==
            op->object.id)
            return true;
    return !class;
}

static bool fail_not_member(struct pg_ddl *ddl, uint32_t class_id, const struct sql_operator *op)
{
    const struct sql_object *family = sql_find_object(
        ddl->session, pg_classes(ddl)->operator_family, builtin_class(ddl, class_id)->family);
    sql_fail(ddl->env->error, "42809",
             "operator " SLICE_FMT "(" SLICE_FMT "," SLICE_FMT
             ") is not a member of operator family \"" SLICE_FMT "\"",
             SLICE_ARG(op->object.name),
             SLICE_ARG(pg_type_text(ddl->session, ddl->arena, op->left)),
             SLICE_ARG(pg_type_text(ddl->session, ddl->arena, op->right)),
             SLICE_ARG(family ? family->name : builtin_class(ddl, class_id)->name));
    return sql_detail(ddl->env->error, "The exclusion operator must be related to the index "
                                       "operator class for the constraint.");
}

/* What the class compares: the column's type, or one that takes its values as they are (text, anyrange). */
static uint32_t class_input(struct pg_ddl *ddl, uint32_t class_id)
{
    const struct sql_operator_class *class = builtin_class(ddl, class_id);
    const struct sql_class_object *own =
        (const void *)sql_find_object(ddl->session, pg_classes(ddl)->operator_class, class_id);
    return class ? class->input : own ? own->info.input : 0;
}

static bool exclusion_operator(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                               const struct ast_names *names, uint32_t type)
{
    struct slice schema, name;
    const struct sql_operator *found = NULL;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_operators all = sql_find_operators(ddl->session, ddl->env, schema, name, false);
    for (uint32_t i = 0; i < all.count; i++)
        if (all.items[i]->left == type && all.items[i]->right == type)
            found = all.items[i];
    uint32_t common = class_input(ddl, def->index.opclasses[at]);
    for (uint32_t i = 0; i < all.count && !found && common; i++)
        if (all.items[i]->left == common && all.items[i]->right == common)
            found = all.items[i];
    struct slice text = pg_type_text(ddl->session, ddl->arena, type);
    if (!found)
        return sql_fail(ddl->env->error, "42883",
                        "operator does not exist: " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
                        SLICE_ARG(text), SLICE_ARG(name), SLICE_ARG(text));
    if (found->commutator != found->object.id) {
        sql_fail(ddl->env->error, "42809",
                 "operator " SLICE_FMT "(" SLICE_FMT "," SLICE_FMT ") is not commutative",
                 SLICE_ARG(name), SLICE_ARG(text), SLICE_ARG(text));
        return sql_detail(ddl->env->error,
                          "Only commutative operators can be used in exclusion constraints.");
    }
    ((uint32_t *)(uintptr_t)def->index.exclusion_ops)[at] = found->object.id;
    return is_family_member(ddl, def->index.opclasses[at], found) ||
           fail_not_member(ddl, def->index.opclasses[at], found);
}

static bool exclusion_where(struct pg_ddl *ddl, const struct sql_relation *relation,
                            const struct ast_constraint *ast, struct pg_index_def *def)
{
    return !ast->where || sql_analyze_expr(ddl->env, ast->where, relation, relation->object.name,
                                           SQL_PLACE_INDEX_PREDICATE, NULL, &def->index.where);
}

bool pg_exclusion_add(struct pg_ddl *ddl, const struct sql_relation *relation,
                      const struct pg_constraint_def *constraint)
{
    const struct ast_constraint *ast = &constraint->ast;
    struct slice method_name = ast->access_method.ptr ? ast->access_method : slice_str("btree");
    const struct sql_access_method *method =
        sql_builtin_method_named(ddl->session->dialect, method_name);
    if (!method)
        return sql_fail(ddl->env->error, "42704", "access method \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(method_name));
    if (relation->kind == SQL_RELATION_PARTITIONED)
        return sql_fail_at(ddl->env->error, ast->node.location, "0A000",
                           "exclusion constraints are not supported on partitioned tables");
    struct pg_index_def def = {
        .table = relation->object.id,
        .name = ast->name,
        .label = "excl",
        .has_constraint = true,
        .constraint_kind = SQL_CONSTRAINT_EXCLUSION,
        .deferrable = ast->deferrable,
        .deferred = ast->initially_deferred,
    };
    uint32_t count = ast->exclusions.count;
    if (!pg_tablespace_choose(ddl, ast->tablespace, 0, false, &def.tablespace) ||
        !pg_index_reserve(ddl, &def, (uint16_t)(count + ast->including.count)))
        return false;
    def.index.key_count = (uint16_t)count;
    def.index.method = method->id;
    def.index.exclusion = true;
    def.index.immediate = !ast->deferrable;
    if (!exclusion_where(ddl, relation, ast, &def))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_index_element *element = AST_AS(index_element, ast->exclusions.items[i]);
        uint32_t type;
        if (!pg_index_set_element(ddl, &def, (uint16_t)i, relation, element, &type) ||
            !exclusion_operator(ddl, &def, (uint16_t)i, &element->exclude_operator, type))
            return false;
    }
    for (uint32_t i = 0; i < ast->including.count; i++) {
        const struct sql_column *column;
        if (!pg_name_require_column(ddl, relation, ast->including.items[i], &column) ||
            !pg_index_set_column(ddl, &def, (uint16_t)(count + i), column))
            return false;
    }
    return pg_index_make(ddl, &def);
}

/* ---- USING INDEX */

/* Which key (from 1) is not sorted as a constraint's index sorts; 0: none. */
static int unusual_column(const struct sql_relation *relation, const struct sql_index *index)
{
    for (uint16_t i = 0; i < index->key_count; i++) {
        int16_t column = index->columns[i];
        if (column &&
            (index->flags[i] || index->collations[i] != relation->columns[column - 1].collation))
            return i + 1;
    }
    return 0;
}

static bool usable(struct pg_ddl *ddl, const struct sql_relation *relation,
                   const struct sql_relation *index, const struct ast_constraint *ast)
{
    struct sql_error *error = ddl->env->error;
    int32_t location = ast->node.location;
    if (index->index->constraint)
        return sql_fail_at(error, location, "55000",
                           "index \"" SLICE_FMT "\" is already associated with a constraint",
                           SLICE_ARG(index->object.name));
    if (index->index->table != relation->object.id)
        return sql_fail_at(error, location, "55000",
                           "index \"" SLICE_FMT "\" does not belong to table \"" SLICE_FMT "\"",
                           SLICE_ARG(index->object.name), SLICE_ARG(relation->object.name));
    struct slice name = index->object.name;
    int unusual = unusual_column(relation, index->index);
    if (index->index->unique && !index->index->expressions.count && !index->index->where &&
        !unusual)
        return true;
    if (!index->index->unique)
        sql_fail_at(error, location, "42809", "\"" SLICE_FMT "\" is not a unique index",
                    SLICE_ARG(name));
    else if (index->index->expressions.count)
        sql_fail_at(error, location, "42809", "index \"" SLICE_FMT "\" contains expressions",
                    SLICE_ARG(name));
    else if (index->index->where)
        sql_fail_at(error, location, "42809", "\"" SLICE_FMT "\" is a partial index",
                    SLICE_ARG(name));
    else
        sql_fail_at(error, location, "42809",
                    "index \"" SLICE_FMT
                    "\" column number %d does not have default sorting behavior",
                    SLICE_ARG(name), unusual);
    return sql_detail(error,
                      "Cannot create a primary key or unique constraint using such an index.");
}

bool pg_constraint_use_index(struct pg_ddl *ddl, const struct sql_relation *relation,
                             const struct ast_constraint *ast, bool primary)
{
    const struct sql_relation *index = (const void *)sql_find_object_name(
        ddl->session, pg_classes(ddl)->relation, relation->object.schema, ast->index);
    if (!index || index->kind != SQL_RELATION_INDEX)
        return sql_fail_at(ddl->env->error, ast->node.location, "42704",
                           "index \"" SLICE_FMT "\" does not exist", SLICE_ARG(ast->index));
    if (!usable(ddl, relation, index, ast))
        return false;
    struct sql_relation changed = *index;
    struct sql_index parts = *index->index;
    struct slice name = ast->name.ptr ? ast->name : ast->index;
    struct sql_constraint constraint = {
        .object = {.name = name},
        .kind = primary ? SQL_CONSTRAINT_PRIMARY : SQL_CONSTRAINT_UNIQUE,
        .deferrable = ast->deferrable,
        .deferred = ast->initially_deferred,
        .validated = true,
        .local = true,
        .no_inherit = true,
        .relation = relation->object.id,
        .index = index->object.id,
        .columns = parts.columns,
        .column_count = parts.key_count,
    };
    if (!slice_eq(name, ast->index)) {
        pg_ddl_notice(ddl, "00000",
                      "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"" SLICE_FMT
                      "\" to \"" SLICE_FMT "\"",
                      SLICE_ARG(ast->index), SLICE_ARG(name));
        changed.object.name = name;
    }
    if (!pg_constraint_name_free(ddl, relation, name) || !pg_constraint_store(ddl, &constraint))
        return false;
    parts.constraint = constraint.object.id;
    parts.primary = primary;
    parts.immediate = !ast->deferrable;
    changed.index = &parts;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, index->object.id);
    return sql_depend_clear(ddl->env, of, pg_classes(ddl)->relation) &&
           sql_catalog_replace(ddl->env, &changed.object) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->constraint, constraint.object.id),
                      'i');
}

/* ---- checks of children */

/* The child's check of that name must say the same. */
static bool may_merge(struct pg_ddl *ddl, const struct sql_relation *relation,
                      const struct sql_constraint *added, const struct sql_relation *child,
                      const struct sql_constraint *have)
{
    struct slice name = added->object.name, table = child->object.name;
    const int16_t *map = pg_column_map(ddl, relation, child);
    const struct sql_expr *mapped = map ? pg_expr_map(ddl, added->check, map) : NULL;
    if (!mapped)
        return false;
    if (have->kind != SQL_CONSTRAINT_CHECK || !sql_expr_equal(mapped, have->check))
        return sql_fail(ddl->env->error, "42710",
                        "constraint \"" SLICE_FMT "\" for relation \"" SLICE_FMT
                        "\" already exists",
                        SLICE_ARG(name), SLICE_ARG(table));
    const char *other = have->no_inherit                       ? "non-inherited constraint"
                        : added->validated && !have->validated ? "NOT VALID constraint"
                                                               : NULL;
    return !other ||
           sql_fail(ddl->env->error, "42P17",
                    "constraint \"" SLICE_FMT "\" conflicts with %s on relation \"" SLICE_FMT "\"",
                    SLICE_ARG(name), other, SLICE_ARG(table));
}

bool pg_constraint_add_to_children(struct pg_ddl *ddl, const struct sql_relation *relation,
                                   const struct pg_constraint_def *def,
                                   const struct sql_constraint *added, bool validate)
{
    if (added->no_inherit)
        return true;
    for (uint16_t i = 0; i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(ddl->session, relation->children[i]);
        const struct sql_constraint *have = pg_constraint_find(ddl, child, added->object.name);
        if (have && !may_merge(ddl, relation, added, child, have))
            return false;
        if (have) {
            struct sql_constraint merged = *have;
            pg_ddl_notice(ddl, "00000",
                          "merging constraint \"" SLICE_FMT "\" with inherited definition",
                          SLICE_ARG(added->object.name));
            merged.inherited++;
            if (!sql_catalog_replace(ddl->env, &merged.object))
                return false;
            continue;
        }
        struct pg_constraint_def inherited = *def;
        inherited.ast.name = added->object.name;
        if (!pg_constraint_add(ddl, child->object.id, &inherited, validate))
            return false;
        child = sql_find_relation_id(ddl->session, relation->children[i]);
        struct sql_constraint made = *pg_constraint_find(ddl, child, added->object.name);
        made.local = false;
        made.inherited = 1;
        if (!sql_catalog_replace(ddl->env, &made.object))
            return false;
    }
    return true;
}
