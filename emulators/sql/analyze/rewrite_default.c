/* Defaults of columns in INSERT, UPDATE and MERGE. */
#include "emulators/sql/analyze/rewrite.h"
#include "emulators/sql/catalog/objects.h"

/* The default of a type: a domain's own or what those have that it is made of. NULL: none. */
static const struct sql_expr *type_default(struct analysis *a, const struct sql_type *type)
{
    for (; type; type = type->kind == SQL_TYPE_DOMAIN ? type_of(a, type->base) : NULL) {
        const struct sql_type_object *object = sql_find_type_object(a->session, type->id);
        if (object && object->default_value)
            return object->default_value;
    }
    return NULL;
}

bool rewrite_column_default(struct analysis *a, const struct sql_column *column,
                            struct sql_expr **out)
{
    *out = NULL;
    if (column->generated || !column->value) {
        const struct sql_type *type = type_of(a, column->type);
        if (!type || column->generated)
            return true;
        const struct sql_expr *value = type_default(a, type);
        if (!value && type->kind != SQL_TYPE_DOMAIN)
            return true;
        if (value) {
            struct sql_expr *copy = sql_expr_copy(a->env->arena, value, NULL, NULL);
            return copy ? coerce_to_target(a, copy, column->type, column->typmod, COERCE_ASSIGNMENT,
                                           SQL_FORM_CAST_IMPLICIT, -1, out)
                        : sql_fail_memory(a->env->error);
        }
        /* The domain may refuse NULL. */
        struct sql_expr *null = make_const(a, base_type(a, column->type), -1, datum_null(), -1);
        if (!null)
            return false;
        return coerce_to_target(a, null, column->type, column->typmod, COERCE_IMPLICIT,
                                SQL_FORM_CAST_IMPLICIT, -1, out);
    }
    *out = sql_expr_copy(a->env->arena, column->value, NULL, NULL);
    return *out || sql_fail_memory(a->env->error);
}

static bool or_null(struct analysis *a, const struct sql_column *column, struct sql_expr **expr)
{
    if (!*expr)
        *expr = make_const(a, column->type, column->typmod, datum_null(), -1);
    return *expr != NULL;
}

static bool fail_always(struct analysis *a, const struct sql_column *column, bool update)
{
    if (update)
        sql_fail(a->env->error, "428C9", "column \"" SLICE_FMT "\" can only be updated to DEFAULT",
                 SLICE_ARG(column->name));
    else
        sql_fail(a->env->error, "428C9",
                 "cannot insert a non-DEFAULT value into column \"" SLICE_FMT "\"",
                 SLICE_ARG(column->name));
    if (column->generated)
        return sql_detail(a->env->error, "Column \"" SLICE_FMT "\" is a generated column.",
                          SLICE_ARG(column->name));
    sql_detail(a->env->error,
               "Column \"" SLICE_FMT "\" is an identity column defined as GENERATED ALWAYS.",
               SLICE_ARG(column->name));
    return !update && sql_hint(a->env->error, "Use OVERRIDING SYSTEM VALUE to override.");
}

static struct sql_target *given(struct sql_target *targets, uint32_t count, int16_t number)
{
    for (uint32_t i = 0; i < count; i++)
        if (targets[i].column == (uint32_t)number)
            return &targets[i];
    return NULL;
}

/* DEFAULT in the rows of a multi-row VALUES: `all`, when every row says so for the column. */
static bool rows_say_default(const struct sql_query *query, const struct sql_expr *expr,
                             struct sql_table **table, uint32_t *column, bool *all)
{
    const struct sql_expr_column *reference = (const struct sql_expr_column *)expr;
    *all = false;
    if (expr->kind != SQL_EXPR_COLUMN || reference->column < 1)
        return false;
    *table = query->tables[reference->table - 1];
    if ((*table)->kind != SQL_TABLE_VALUES)
        return false;
    *column = (uint32_t)reference->column - 1;
    bool some = false;
    *all = true;
    for (uint32_t r = 0; r < (*table)->row_count; r++) {
        bool is_default = (*table)->rows[r].items[*column]->kind == SQL_EXPR_DEFAULT;
        some |= is_default;
        *all &= is_default;
    }
    return some;
}

/* The default in the rows that ask for it; NULL when nobody reads them, lest a sequence advances twice. */
static bool fill_rows(struct analysis *a, const struct sql_column *column, struct sql_table *table,
                      uint32_t at, bool read)
{
    for (uint32_t r = 0; r < table->row_count; r++) {
        struct sql_expr **item = &table->rows[r].items[at];
        if ((*item)->kind != SQL_EXPR_DEFAULT)
            continue;
        if (!read)
            *item = NULL;
        if ((read && !rewrite_column_default(a, column, item)) || !or_null(a, column, item))
            return false;
    }
    return true;
}

/* One column of an INSERT: its value, or NULL when nothing is to be stored. */
static bool insert_column(struct analysis *a, struct sql_query *query,
                          const struct sql_column *column, struct sql_target *target,
                          uint8_t override, struct sql_expr **out)
{
    struct sql_table *table = NULL;
    uint32_t at = 0;
    bool all = false;
    *out = target ? target->expr : NULL;
    bool some = *out && rows_say_default(query, *out, &table, &at, &all);
    bool wants_default = !*out || (*out)->kind == SQL_EXPR_DEFAULT || (some && all);
    if (column->generated && !wants_default)
        return fail_always(a, column, false);
    if (column->identity == 'a' && !wants_default) {
        if (override == SQL_OVERRIDE_USER)
            wants_default = true;
        else if (override != SQL_OVERRIDE_SYSTEM)
            return fail_always(a, column, false);
    }
    if (column->identity == 'd' && override == SQL_OVERRIDE_USER)
        wants_default = true;
    if (some && !fill_rows(a, column, table, at, !wants_default))
        return false;
    return !wants_default || rewrite_column_default(a, column, out);
}

static bool insert_defaults(struct analysis *a, struct sql_query *query,
                            const struct sql_relation *relation, struct sql_target **targets,
                            uint32_t *count, uint8_t override)
{
    struct sql_target *filled = analysis_alloc(a, sizeof *filled * (relation->column_count + 1U));
    uint32_t used = 0;
    if (!filled)
        return false;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (column->dropped)
            continue;
        struct sql_expr *value;
        struct sql_target *target = given(*targets, *count, column->number);
        if (!insert_column(a, query, column, target, override, &value))
            return false;
        if (!value)
            continue;
        filled[used++] = (struct sql_target){
            .expr = value, .name = column->name, .column = (uint32_t)column->number};
    }
    *targets = filled;
    *count = used;
    return true;
}

static bool update_defaults(struct analysis *a, const struct sql_relation *relation,
                            struct sql_target *targets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_column *column = &relation->columns[targets[i].column - 1];
        bool is_default = targets[i].expr->kind == SQL_EXPR_DEFAULT;
        if ((column->identity == 'a' || column->generated) && !is_default)
            return fail_always(a, column, true);
        if (is_default && (!rewrite_column_default(a, column, &targets[i].expr) ||
                           !or_null(a, column, &targets[i].expr)))
            return false;
    }
    return true;
}

/* ---- generated columns: whoever writes the row computes them, after its triggers */

struct updated {
    const struct sql_target *targets;
    uint32_t count;
};

static bool reads_updated(struct sql_expr *expr, void *ctx)
{
    const struct updated *updated = ctx;
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN)
        return sql_expr_walk(expr, reads_updated, ctx);
    for (uint32_t i = 0; i < updated->count; i++)
        if ((int64_t)updated->targets[i].column == column->column)
            return true;
    return false;
}

/* No value is given to them. In an UPDATE those that will change count as being set:
 * triggers ask for that. */
static bool leave_generated(struct analysis *a, const struct sql_relation *relation, bool insert,
                            struct sql_target **targets, uint32_t *count)
{
    struct updated updated = {*targets, *count};
    struct sql_target *all = NULL;
    uint32_t used = *count;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (column->dropped || !column->generated || !column->value)
            continue;
        if (!all) {
            all = analysis_alloc(a, sizeof *all * (*count + relation->column_count + 1U));
            if (!all)
                return false;
            for (uint32_t t = used = 0; t < *count; t++)
                if (!(*targets)[t].column || !relation->columns[(*targets)[t].column - 1].generated)
                    all[used++] = (*targets)[t];
        }
        if (insert || !reads_updated(column->value, &updated))
            continue;
        struct sql_expr *none = make_const(a, column->type, column->typmod, datum_null(), -1);
        if (!none)
            return false;
        all[used++] = (struct sql_target){
            .expr = none, .name = column->name, .column = (uint32_t)column->number};
    }
    if (all) {
        *targets = all;
        *count = used;
    }
    return true;
}

static bool merge_defaults(struct analysis *a, struct sql_query *query,
                           const struct sql_relation *relation)
{
    for (uint32_t i = 0; i < query->merge_count; i++) {
        struct sql_merge_action *action = &query->merge[i];
        if (action->command == SQL_INSERT &&
            (!insert_defaults(a, query, relation, &action->targets, &action->target_count,
                              action->override) ||
             !leave_generated(a, relation, true, &action->targets, &action->target_count)))
            return false;
        if (action->command == SQL_UPDATE &&
            (!update_defaults(a, relation, action->targets, action->target_count) ||
             !leave_generated(a, relation, false, &action->targets, &action->target_count)))
            return false;
    }
    return true;
}

static bool view_defaults(struct analysis *a, const struct sql_query *query,
                          const struct sql_relation *view, enum sql_command command,
                          struct sql_target **targets, uint32_t *count)
{
    for (uint16_t i = 0; i < view->column_count; i++) {
        const struct sql_column *column = &view->columns[i];
        struct sql_target *target = given(*targets, *count, column->number);
        struct sql_table *rows;
        uint32_t at;
        bool all;
        if (column->value && target && rows_say_default(query, target->expr, &rows, &at, &all) &&
            !fill_rows(a, column, rows, at, true))
            return false;
        if (!column->value || (!target && command != SQL_INSERT) ||
            (target && target->expr->kind != SQL_EXPR_DEFAULT))
            continue;
        if (!target) {
            struct sql_target *grown = analysis_alloc(a, sizeof *grown * (*count + 1));
            if (!grown)
                return false;
            memcpy(grown, *targets, sizeof *grown * *count);
            *targets = grown;
            target = &grown[(*count)++];
            *target = (struct sql_target){.name = column->name, .column = (uint32_t)column->number};
        }
        if (!rewrite_column_default(a, column, &target->expr))
            return false;
    }
    return true;
}

bool rewrite_view_defaults(struct analysis *a, struct sql_query *query,
                           const struct sql_relation *view)
{
    for (uint32_t i = 0; i < query->merge_count; i++) {
        struct sql_merge_action *action = &query->merge[i];
        if ((action->command == SQL_INSERT || action->command == SQL_UPDATE) &&
            !view_defaults(a, query, view, action->command, &action->targets,
                           &action->target_count))
            return false;
    }
    return query->command == SQL_DELETE || query->command == SQL_MERGE ||
           view_defaults(a, query, view, query->command, &query->targets, &query->target_count);
}

bool rewrite_defaults(struct analysis *a, struct sql_query *query)
{
    if (!query->result_table)
        return true;
    const struct sql_relation *relation =
        sql_find_relation_id(a->session, query->tables[query->result_table - 1]->relation);
    if (!relation)
        return true;
    if (query->command == SQL_MERGE)
        return merge_defaults(a, query, relation);
    if (query->command == SQL_UPDATE)
        return update_defaults(a, relation, query->targets, query->target_count) &&
               leave_generated(a, relation, false, &query->targets, &query->target_count);
    if (query->command != SQL_INSERT)
        return true;
    struct sql_on_conflict *clause = query->on_conflict;
    if (clause && (!update_defaults(a, relation, clause->set, clause->set_count) ||
                   !leave_generated(a, relation, false, &clause->set, &clause->set_count)))
        return false;
    return insert_defaults(a, query, relation, &query->targets, &query->target_count,
                           (uint8_t)query->override) &&
           leave_generated(a, relation, true, &query->targets, &query->target_count);
}
