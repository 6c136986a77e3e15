/* PARTITION BY and PARTITION OF. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

/* ---- keys */

static bool key_strategy(struct pg_ddl *ddl, const struct ast_partition_spec *spec, char *out)
{
    *out = slice_is(spec->strategy, "list")    ? 'l'
           : slice_is(spec->strategy, "range") ? 'r'
           : slice_is(spec->strategy, "hash")  ? 'h'
                                               : 0;
    if (!*out)
        return sql_fail(ddl->env->error, "22023",
                        "unrecognized partitioning strategy \"" SLICE_FMT "\"",
                        SLICE_ARG(spec->strategy));
    if (*out == 'l' && spec->elements.count > 1)
        return sql_fail(ddl->env->error, "42P17",
                        "cannot use \"list\" partition strategy with more than one column");
    return true;
}

/* The class by which a partitioning column is compared (btree) or hashed. */
static bool key_class(struct pg_ddl *ddl, char strategy, uint32_t type_id, uint32_t *out)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    *out = pg_index_default_class(
        ddl, strategy == 'h' ? dialect->hash_method : dialect->btree_method, type_id);
    if (*out)
        return true;
    const char *name = strategy == 'h' ? "hash" : "btree";
    sql_fail(ddl->env->error, "42704",
             "data type " SLICE_FMT " has no default operator class for access method \"%s\"",
             SLICE_ARG(pg_type_text(ddl->session, ddl->arena, type_id)), name);
    return sql_hint(ddl->env->error,
                    "You must specify %s operator class or define a default %s operator class for "
                    "the data type.",
                    strategy == 'h' ? "a hash" : "a btree", name);
}

static bool check_key_expression(struct pg_ddl *ddl, const struct sql_relation *relation,
                                 const struct ast_partition_element *element, struct sql_expr *expr)
{
    int16_t *columns;
    uint16_t count;
    if (!pg_require_immutable(ddl, expr,
                              "functions in partition key expression must be marked IMMUTABLE") ||
        !pg_columns_used(ddl, relation, expr, &columns, &count))
        return false;
    if (!count)
        return sql_fail(ddl->env->error, "42P17",
                        "cannot use constant expression as partition key");
    for (uint16_t i = 0; i < count; i++) {
        const struct sql_column *column = &relation->columns[columns[i] - 1];
        if (!column->generated)
            continue;
        sql_fail_at(ddl->env->error, element->node.location, "42P17",
                    "cannot use generated column in partition key");
        return sql_detail(ddl->env->error, "Column \"" SLICE_FMT "\" is a generated column.",
                          SLICE_ARG(column->name));
    }
    return true;
}

static bool key_element(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct ast_partition_element *element, struct sql_partition_key *key,
                        uint16_t at)
{
    int16_t *columns = (int16_t *)(uintptr_t)key->columns;
    uint32_t *collations = (uint32_t *)(uintptr_t)key->collations;
    uint32_t type;
    if (element->column.ptr) {
        const struct sql_column *column = pg_name_column(relation, element->column);
        if (!column && pg_name_is_system_column(element->column))
            return sql_fail_at(ddl->env->error, element->node.location, "42P17",
                               "cannot use system column \"" SLICE_FMT "\" in partition key",
                               SLICE_ARG(element->column));
        if (!column)
            return sql_fail_at(ddl->env->error, element->node.location, "42703",
                               "column \"" SLICE_FMT "\" named in partition key does not exist",
                               SLICE_ARG(element->column));
        if (column->generated) {
            sql_fail_at(ddl->env->error, element->node.location, "42P17",
                        "cannot use generated column in partition key");
            return sql_detail(ddl->env->error, "Column \"" SLICE_FMT "\" is a generated column.",
                              SLICE_ARG(column->name));
        }
        columns[at] = column->number;
        collations[at] = column->collation;
        type = column->type;
    } else {
        struct sql_expr *expr;
        if (!sql_analyze_expr(ddl->env, element->expression, relation, relation->object.name,
                              SQL_PLACE_PARTITION_KEY, NULL, &expr))
            return false;
        const struct sql_type *made = sql_find_type_id(ddl->session, expr->type);
        if (made && made->kind == SQL_TYPE_PSEUDO)
            return sql_fail(ddl->env->error, "42P16",
                            "partition key column %u has pseudo-type " SLICE_FMT, at + 1u,
                            SLICE_ARG(pg_type_text(ddl->session, ddl->arena, expr->type)));
        if (!check_key_expression(ddl, relation, element, expr))
            return false;
        key->expressions.items[key->expressions.count++] = expr;
        collations[at] = expr->collation;
        type = expr->type;
    }
    if (element->collation.count) {
        struct ast_collate collate = {.node = element->node, .name = element->collation};
        if (!pg_collation_for(ddl, &collate, type, &collations[at]))
            return false;
    }
    const struct sql_dialect *dialect = ddl->session->dialect;
    uint32_t *class = (uint32_t *)(uintptr_t)&key->opclasses[at];
    if (element->op_class.count)
        return pg_index_named_class(
            ddl, key->strategy == 'h' ? dialect->hash_method : dialect->btree_method,
            &element->op_class, key->strategy != 'h', class);
    return key_class(ddl, key->strategy, type, class);
}

bool pg_partition_key(struct pg_table_def *table, const struct ast_partition_spec *spec)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_relation relation = *sql_find_relation_id(ddl->session, table->relation.object.id);
    uint32_t count = spec->elements.count;
    struct sql_partition_key key = {
        .count = (uint16_t)count,
        .columns = arena_zalloc(ddl->arena, count * sizeof *key.columns),
        .opclasses = arena_zalloc(ddl->arena, count * sizeof *key.opclasses),
        .collations = arena_zalloc(ddl->arena, count * sizeof *key.collations),
        .expressions = {arena_zalloc(ddl->arena, count * sizeof(struct sql_expr *)), 0},
    };
    if (!key.columns || !key.opclasses || !key.collations || !key.expressions.items)
        return sql_fail_memory(ddl->env->error);
    if (count > 32)
        return sql_fail(ddl->env->error, "42P17", "cannot partition using more than %d columns",
                        32);
    if (!key_strategy(ddl, spec, &key.strategy))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!key_element(ddl, &relation, AST_AS(partition_element, spec->elements.items[i]), &key,
                         (uint16_t)i))
            return false;
    relation.partition_key = &key;
    table->relation.partition_key = &key;
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, relation.object.id);
    for (uint32_t i = 0; i < key.expressions.count; i++)
        if (!sql_depend_on_expr(ddl->env, of, key.expressions.items[i], relation.object.id, 'n',
                                'n'))
            return false;
    return sql_catalog_replace(ddl->env, &relation.object);
}

/* ---- bounds */

static uint32_t key_type(const struct sql_relation *parent, uint16_t at, int32_t *out_typmod,
                         struct slice *out_name)
{
    const struct sql_partition_key *key = parent->partition_key;
    uint32_t expression = 0;
    for (uint16_t i = 0; i < at; i++)
        expression += key->columns[i] == 0;
    *out_typmod = -1;
    *out_name = slice_str("(expression)");
    if (!key->columns[at])
        return key->expressions.items[expression]->type;
    const struct sql_column *column = &parent->columns[key->columns[at] - 1];
    *out_typmod = column->typmod;
    *out_name = column->name;
    return column->type;
}

/* A bound's value: a constant of the key's type. */
static bool bound_value(struct pg_ddl *ddl, const struct sql_relation *parent, uint16_t at,
                        const struct ast_node *node, struct sql_expr **out)
{
    int32_t typmod;
    struct slice name;
    uint32_t type = key_type(parent, at, &typmod, &name);
    struct sql_expr *expr;
    if (!sql_analyze_expr(ddl->env, node, NULL, slice_of(NULL, 0), SQL_PLACE_PARTITION_BOUND, NULL,
                          &expr) ||
        !sql_coerce_assign(ddl->env, &expr, type, typmod, SQL_ASSIGN_BOUND, name))
        return false;
    struct sql_expr_const *value = arena_zalloc(ddl->arena, sizeof *value);
    if (!value)
        return sql_fail_memory(ddl->env->error);
    value->expr = (struct sql_expr){SQL_EXPR_CONST, type, typmod, expr->collation, -1};
    *out = &value->expr;
    return sql_evaluate(ddl->env, expr, NULL, 0, &value->value);
}

/* MINVALUE and MAXVALUE stand as column references. */
static int8_t infinite(const struct ast_node *node)
{
    if (node->kind != AST_COLUMN_REF)
        return 0;
    const struct ast_list *fields = &AST_AS(column_ref, node)->fields;
    if (fields->count != 1 || fields->items[0]->kind != AST_NAME)
        return 0;
    struct slice name = AST_AS(name, fields->items[0])->names.items[0];
    return slice_eq_str(name, "minvalue") ? -1 : slice_eq_str(name, "maxvalue") ? 1 : 0;
}

static bool range_side(struct pg_ddl *ddl, const struct sql_relation *parent,
                       const struct ast_list *list, const char *word, struct sql_exprs *out,
                       const int8_t **out_kinds)
{
    int8_t *kinds = arena_zalloc(ddl->arena, list->count + 1u);
    out->items = arena_zalloc(ddl->arena, (list->count + 1u) * sizeof *out->items);
    if (!kinds || !out->items)
        return sql_fail_memory(ddl->env->error);
    if (list->count != parent->partition_key->count)
        return sql_fail(ddl->env->error, "42P17",
                        "%s must specify exactly one value per partitioning column", word);
    out->count = list->count;
    *out_kinds = kinds;
    for (uint32_t i = 0; i < list->count; i++) {
        kinds[i] = infinite(list->items[i]);
        if (i && kinds[i - 1] && kinds[i] != kinds[i - 1])
            return sql_fail_at(ddl->env->error, list->items[i]->location, "42804",
                               kinds[i - 1] < 0
                                   ? "every bound following MINVALUE must also be MINVALUE"
                                   : "every bound following MAXVALUE must also be MAXVALUE");
        if (kinds[i])
            continue;
        if (!bound_value(ddl, parent, (uint16_t)i, list->items[i], &out->items[i]))
            return false;
        if (((const struct sql_expr_const *)(const void *)out->items[i])->value.null)
            return sql_fail(ddl->env->error, "42804", "cannot specify NULL in range bound");
    }
    return true;
}

static bool list_values(struct pg_ddl *ddl, const struct sql_relation *parent,
                        const struct ast_list *list, struct sql_exprs *out)
{
    out->items = arena_zalloc(ddl->arena, (list->count + 1u) * sizeof *out->items);
    if (!out->items)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < list->count; i++)
        if (!bound_value(ddl, parent, 0, list->items[i], &out->items[out->count++]))
            return false;
    return true;
}

static bool read_bound(struct pg_ddl *ddl, const struct sql_relation *parent,
                       const struct ast_partition_bound *ast, struct sql_partition_bound *out)
{
    char strategy = parent->partition_key->strategy;
    struct sql_error *error = ddl->env->error;
    int32_t location = ast->node.location;
    out->is_default = ast->is_default;
    if (ast->is_default)
        return strategy != 'h' ||
               sql_fail(error, "42P17",
                        "a hash-partitioned table may not have a default partition");
    if ((char)ast->strategy != strategy)
        return sql_fail_at(error, location, "42P17",
                           "invalid bound specification for a %s partition",
                           strategy == 'l'   ? "list"
                           : strategy == 'r' ? "range"
                                             : "hash");
    if (strategy == 'l')
        return list_values(ddl, parent, &ast->values, &out->values);
    if (strategy == 'r')
        return range_side(ddl, parent, &ast->lower, "FROM", &out->from, &out->from_kinds) &&
               range_side(ddl, parent, &ast->upper, "TO", &out->to, &out->to_kinds);
    if (ast->modulus <= 0)
        return sql_fail(error, "42P17",
                        "modulus for hash partition must be an integer value greater than zero");
    if (ast->remainder < 0)
        return sql_fail(error, "42P17",
                        "remainder for hash partition must be an integer value greater than or "
                        "equal to zero");
    if (ast->remainder >= ast->modulus)
        return sql_fail(error, "42P17", "remainder for hash partition must be less than modulus");
    out->modulus = (uint32_t)ast->modulus;
    out->remainder = (uint32_t)ast->remainder;
    return true;
}

bool pg_partition_bound(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent,
                        const struct ast_partition_bound *ast)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, partition);
    struct sql_partition_bound bound = {0};
    if (!read_bound(ddl, parent, ast, &bound) ||
        !pg_partition_check_overlap(ddl, &relation, parent, &bound))
        return false;
    relation.partition_bound = &bound;
    return sql_catalog_replace(ddl->env, &relation.object);
}
