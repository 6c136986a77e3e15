/* INSERT: its columns, and its rows from VALUES, a query or defaults. */
#include "emulators/sql/analyze/change.h"

static bool all_columns(struct analysis *a, struct insert_columns *out)
{
    for (uint16_t i = 0; i < a->relation->column_count; i++)
        if (!a->relation->columns[i].dropped)
            out->numbers[out->count++] = i + 1U;
    return true;
}

bool insert_columns(struct analysis *a, const struct ast_list *list, struct insert_columns *out)
{
    uint32_t room = list->count ? list->count : a->relation->column_count;
    *out = (struct insert_columns){
        .numbers = analysis_alloc(a, sizeof *out->numbers * (room + 1)),
        .asts = analysis_alloc(a, sizeof *out->asts * (room + 1)),
    };
    if (!out->numbers || !out->asts)
        return false;
    if (list->count == 0)
        return all_columns(a, out);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_target *target = (const struct ast_target *)list->items[i];
        uint32_t number;
        if (!changed_column(a, target->name, target->node.location, &number))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (out->numbers[k] == number &&
                (!target->indirection.count || !out->asts[k]->indirection.count))
                return fail_at(a, target->node.location, "42701",
                               "column \"" SLICE_FMT "\" specified more than once",
                               SLICE_ARG(target->name));
        out->asts[i] = target;
        out->numbers[out->count++] = number;
    }
    return true;
}

static bool check_counts(struct analysis *a, const struct insert_columns *columns,
                         const struct sql_exprs *values)
{
    if (values->count > columns->count)
        return fail_at(a, expr_location(values->items[columns->count]), "42601",
                       "INSERT has more expressions than target columns");
    if (!columns->asts[0] || values->count == columns->count)
        return true;
    fail_at(a, columns->asts[values->count]->node.location, "42601",
            "INSERT has more target columns than expressions");
    if (values->count == 1 && values->items[0]->kind == SQL_EXPR_ROW &&
        ((struct sql_expr_row *)values->items[0])->args.count == columns->count)
        return sql_hint(a->env->error,
                        "The insertion source is a row expression containing the same number of "
                        "columns expected by the INSERT. Did you accidentally use extra "
                        "parentheses?");
    return false;
}

static struct sql_target *target_of_column(struct sql_target *targets, uint32_t count,
                                           uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        if (targets[i].column == column)
            return &targets[i];
    return NULL;
}

static struct assign_target insert_target(struct analysis *a, const struct insert_columns *columns,
                                          uint32_t at)
{
    const struct ast_target *ast = columns->asts[at];
    return column_target(a, columns->numbers[at], ast ? &ast->indirection : NULL,
                         ast ? ast->node.location : -1);
}

/* The value itself of one that was assigned to a part of a column by these steps. NULL: it is not to be
 * seen. */
static struct sql_expr *written_value(struct sql_expr *expr, const struct ast_list *steps)
{
    for (uint32_t i = 0; i < steps->count;) {
        expr = assign_unchecked(expr);
        if (expr->kind == SQL_EXPR_FIELD_STORE) {
            expr = ((struct sql_expr_field_store *)expr)->values.items[0];
            i++;
            continue;
        }
        if (expr->kind != SQL_EXPR_SUBSCRIPT)
            return NULL;
        expr = ((struct sql_expr_subscript *)expr)->assign;
        while (i < steps->count && steps->items[i]->kind == AST_INDICES)
            i++;
    }
    return expr;
}

bool insert_row(struct analysis *a, const struct insert_columns *columns, struct sql_exprs values,
                struct sql_target **out, uint32_t *out_count)
{
    if (!check_counts(a, columns, &values))
        return false;
    *out = analysis_alloc(a, sizeof **out * (values.count + 1));
    *out_count = 0;
    for (uint32_t i = 0; *out && i < values.count; i++) {
        uint32_t number = columns->numbers[i];
        struct assign_target to = insert_target(a, columns, i);
        struct sql_target *before = to.indirection && to.indirection->count
                                        ? target_of_column(*out, *out_count, number)
                                        : NULL;
        if (before)
            to.base = assign_unchecked(before->expr);
        struct sql_expr *value = assign_value(a, &to, values.items[i]);
        if (!value)
            return false;
        mark_column_in(a->result->table->inserted_columns, number);
        if (before) {
            before->expr = value;
            continue;
        }
        (*out)[(*out_count)++] =
            (struct sql_target){.expr = value, .name = to.name, .column = number};
    }
    return *out != NULL;
}

/* ---- sources */

static bool insert_one(struct analysis *a, const struct insert_columns *columns,
                       const struct ast_list *values)
{
    struct sql_exprs row;
    enum analysis_place before = a->place;
    a->place = PLACE_VALUES;
    a->values_single = true;
    bool done = expand_list(a, values, &row);
    a->values_single = false;
    a->place = before;
    return done && insert_row(a, columns, row, &a->query->targets, &a->query->target_count);
}

/* Rows of VALUES become a table whose columns have the types of the columns they go to. */
static bool insert_rows(struct analysis *a, const struct insert_columns *columns,
                        const struct ast_list *lists)
{
    struct sql_exprs *rows;
    if (!analyze_values_lists(a, lists, PLACE_VALUES, &rows))
        return false;
    for (uint32_t r = 0; r < lists->count; r++) {
        if (!check_counts(a, columns, &rows[r]))
            return false;
        for (uint32_t i = 0; i < rows[r].count; i++) {
            struct assign_target to = insert_target(a, columns, i);
            struct sql_expr *value = assign_value(a, &to, rows[r].items[i]);
            if (!value)
                return false;
            if (to.indirection)
                value = written_value(value, to.indirection);
            if (value)
                rows[r].items[i] = value;
        }
    }
    struct name_item *item = add_values(a, rows, lists->count, false);
    if (!item || !add_from_table(a, item))
        return false;
    struct sql_table *table = item->table;
    for (uint32_t i = 0; i < rows[0].count; i++) {
        const struct sql_expr *first = rows[0].items[i];
        table->types[i] = first->type;
        table->typmods[i] = first->typmod;
        table->collations[i] = first->collation;
        for (uint32_t r = 1; r < lists->count; r++)
            if (rows[r].items[i]->typmod != table->typmods[i])
                table->typmods[i] = -1;
    }
    struct sql_exprs values = {analysis_alloc(a, sizeof(void *) * (rows[0].count + 1)), 0};
    for (uint32_t i = 0; values.items && i < rows[0].count; i++) {
        values.items[i] = make_column(a, item, i, -1);
        if (!values.items[i])
            return false;
        values.count++;
    }
    return values.items &&
           insert_row(a, columns, values, &a->query->targets, &a->query->target_count);
}

static bool insert_query(struct analysis *a, const struct insert_columns *columns,
                         const struct ast_select *select, const struct rule_tables *rule)
{
    struct analysis inner = analysis_inside(a);
    inner.keep_unknown = true;
    inner.rule = rule;
    struct sql_query *query = analyze_statement(&inner, &select->node);
    if (!query)
        return false;
    struct name_item *item =
        add_subquery(a, query, NULL, (struct slice)SLICE_LITERAL("*SELECT*"), false);
    if (!item || !add_from_table(a, item))
        return false;
    item->table->in_from = false;
    struct sql_exprs values = {analysis_alloc(a, sizeof(void *) * (item->table->column_count + 1U)),
                               0};
    for (uint32_t i = 0; values.items && i < item->table->column_count; i++) {
        struct sql_expr *from = query->targets[i].expr;
        /* Literals take the type of their column. */
        bool literal = from->type == a->known->unknown &&
                       (from->kind == SQL_EXPR_CONST || from->kind == SQL_EXPR_PARAM);
        values.items[i] = literal ? from : make_column(a, item, i, expr_location(from));
        if (!values.items[i])
            return false;
        values.count++;
    }
    return values.items &&
           insert_row(a, columns, values, &a->query->targets, &a->query->target_count);
}

static bool is_plain_values(const struct ast_select *s)
{
    return s->values_lists.count && !s->with && !s->order_by.count && !s->limit && !s->offset &&
           !s->locking.count;
}

static bool insert_source(struct analysis *a, const struct ast_insert *insert,
                          const struct rule_tables *rule)
{
    struct insert_columns columns;
    const struct ast_select *source = insert->source;
    if (!source)
        return true;
    if (!insert_columns(a, &insert->columns, &columns))
        return false;
    if (!is_plain_values(source))
        return insert_query(a, &columns, source, rule);
    if (source->values_lists.count > 1)
        return insert_rows(a, &columns, &source->values_lists);
    return insert_one(a, &columns,
                      &((const struct ast_list_node *)source->values_lists.items[0])->list);
}

struct sql_query *analyze_insert(struct analysis *a, const struct ast_insert *insert)
{
    static const uint8_t overrides[] = {[AST_OVERRIDING_NONE] = SQL_OVERRIDE_NONE,
                                        [AST_OVERRIDING_USER] = SQL_OVERRIDE_USER,
                                        [AST_OVERRIDING_SYSTEM] = SQL_OVERRIDE_SYSTEM};
    bool updates = insert->on_conflict && insert->on_conflict->update;
    const struct rule_tables *rule = a->rule;
    /* A rule's rows come from where OLD and NEW are. */
    if (insert->source && !is_plain_values(insert->source))
        a->rule = NULL;
    if (!start_change(a, SQL_INSERT, insert->with) ||
        !set_result_table(a, insert->relation, false,
                          SQL_PRIV_INSERT | (updates ? SQL_PRIV_UPDATE : 0)))
        return NULL;
    a->query->override = overrides[insert->overriding];
    a->query->ignores_rules = insert->ignores_rules;
    if (!insert_source(a, insert, rule))
        return NULL;
    if (insert->on_conflict && !analyze_on_conflict(a, insert->on_conflict))
        return NULL;
    if (insert->returning.count) {
        a->names.count = 0;
        if (!add_names(a, a->result, true, true) || !analyze_returning(a, &insert->returning))
            return NULL;
    }
    return assign_collations(a, a->query) ? a->query : NULL;
}
