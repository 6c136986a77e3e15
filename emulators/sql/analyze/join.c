/* JOIN: USING and NATURAL, the columns of a join, what its two sides let be seen. */
#include "emulators/sql/analyze/from.h"

/* A join in the making. */
struct joining {
    struct analysis *a;
    const struct ast_join *ast;
    struct from_result left, right;
    const struct slice *names; /* USING */
    uint32_t name_count;
    struct sql_table *table;
    struct name_column *columns;
    bool *left_used, *right_used; /* columns that were merged */
    struct sql_expr *condition;
};

static enum sql_join_kind join_kind(enum ast_join_type type)
{
    static const enum sql_join_kind kinds[] = {[AST_JOIN_INNER] = SQL_JOIN_INNER,
                                               [AST_JOIN_LEFT] = SQL_JOIN_LEFT,
                                               [AST_JOIN_FULL] = SQL_JOIN_FULL,
                                               [AST_JOIN_RIGHT] = SQL_JOIN_RIGHT};
    return kinds[type];
}

/* ---- the two sides */

static bool analyze_sides(struct joining *j)
{
    struct analysis *a = j->a;
    if (!analyze_from_item(a, j->ast->left, &j->left))
        return false;
    /* The right side may use the left one laterally, when it is not on the nullable side. */
    bool ok = j->ast->type == AST_JOIN_INNER || j->ast->type == AST_JOIN_LEFT;
    set_lateral(&j->left.names, true, ok);
    uint32_t before = a->names.count;
    for (uint32_t i = 0; i < j->left.names.count; i++)
        if (!list_names(a, &a->names, j->left.names.items[i]))
            return false;
    bool done = analyze_from_item(a, j->ast->right, &j->right);
    a->names.count = before;
    return done && check_name_conflicts(a, &j->left.names, &j->right.names);
}

static bool dropped(const struct name_item *item, uint32_t column)
{
    return item->table->dropped && item->table->dropped[column];
}

static bool natural_names(struct joining *j)
{
    const struct name_item *left = j->left.item, *right = j->right.item;
    struct slice *names = arena_array(j->a->env->arena, left->column_count + 1, sizeof *names);
    if (!names)
        return sql_fail_memory(j->a->env->error);
    for (uint32_t l = 0; l < left->column_count; l++)
        for (uint32_t r = 0; r < right->column_count; r++)
            if (!dropped(left, l) && !dropped(right, r) &&
                slice_eq(left->column_names[l], right->column_names[r])) {
                names[j->name_count++] = left->column_names[l];
                break;
            }
    j->names = names;
    return true;
}

/* ---- USING */

static bool side_column(struct joining *j, const struct name_item *item, struct slice name,
                        const char *side, uint32_t *out)
{
    *out = UINT32_MAX;
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (dropped(item, i) || !slice_eq(item->column_names[i], name))
            continue;
        if (*out != UINT32_MAX)
            return fail_at(j->a, -1, "42702",
                           "common column name \"" SLICE_FMT
                           "\" appears more than once in %s table",
                           SLICE_ARG(name), side);
        *out = i;
    }
    return *out != UINT32_MAX ||
           fail_at(j->a, -1, "42703",
                   "column \"" SLICE_FMT "\" specified in USING clause does not exist in %s table",
                   SLICE_ARG(name), side);
}

/* The one value of a column that both sides have. */
static struct sql_expr *merged_value(struct joining *j, struct sql_expr *left,
                                     struct sql_expr *right)
{
    struct analysis *a = j->a;
    struct sql_expr *both[2] = {left, right};
    uint32_t type;
    if (!common_type(a, both, 2, "JOIN/USING", &type, NULL))
        return NULL;
    for (int i = 0; i < 2; i++) {
        int32_t typmod =
            left->typmod == right->typmod && left->type == right->type ? left->typmod : -1;
        if (both[i]->type != type)
            both[i] =
                coerce_type(a, both[i], type, typmod, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
        else if (both[i]->typmod != typmod)
            both[i] = make_relabel(a, both[i], type, typmod, both[i]->collation,
                                   SQL_FORM_CAST_IMPLICIT, -1);
        if (!both[i])
            return NULL;
    }
    switch (j->ast->type) {
    case AST_JOIN_LEFT: return both[0];
    case AST_JOIN_RIGHT: return both[1];
    case AST_JOIN_INNER:
        return both[0]->kind != SQL_EXPR_COLUMN && both[1]->kind == SQL_EXPR_COLUMN ? both[1]
                                                                                    : both[0];
    default: break;
    }
    struct sql_expr_list *coalesce =
        (void *)make_expr(a, SQL_EXPR_COALESCE, sizeof *coalesce, type, -1);
    struct sql_expr **args = analysis_alloc(a, 2 * sizeof *args);
    if (!coalesce || !args)
        return NULL;
    args[0] = both[0];
    args[1] = both[1];
    coalesce->args = (struct sql_exprs){args, 2};
    return assign_expr_collations(a, &coalesce->expr) ? &coalesce->expr : NULL;
}

static void set_column(struct joining *j, uint32_t at, struct slice name, struct sql_expr *value)
{
    struct sql_table *table = j->table;
    table->columns[at] = name;
    table->types[at] = value->type;
    table->typmods[at] = value->typmod;
    table->collations[at] = value->collation;
    table->join_columns.items[at] = value;
    const struct sql_expr_column *column = (const struct sql_expr_column *)value;
    bool plain = value->kind == SQL_EXPR_COLUMN;
    j->columns[at] = (struct name_column){.table = plain ? column->table : 0,
                                          .column = plain ? column->column : (int32_t)at + 1,
                                          .type = value->type,
                                          .typmod = value->typmod,
                                          .collation = value->collation};
}

static bool merge_column(struct joining *j, uint32_t n, struct sql_expr **conditions)
{
    struct analysis *a = j->a;
    struct slice name = j->names[n];
    for (uint32_t i = 0; i < n; i++)
        if (slice_eq(j->names[i], name))
            return fail_at(a, -1, "42701",
                           "column name \"" SLICE_FMT "\" appears more than once in USING clause",
                           SLICE_ARG(name));
    uint32_t l, r;
    struct sql_expr *left, *right;
    if (!side_column(j, j->left.item, name, "left", &l) ||
        !side_column(j, j->right.item, name, "right", &r) ||
        !expand_column(a, j->left.item, 0, l, -1, &left) ||
        !expand_column(a, j->right.item, 0, r, -1, &right))
        return false;
    j->left_used[l] = j->right_used[r] = true;
    struct sql_expr *value = merged_value(j, left, right);
    if (!value)
        return false;
    set_column(j, n, name, value);
    conditions[n] = make_operator_named(a, "=", left, right, -1);
    return conditions[n] && coerce_to_boolean(a, &conditions[n], "JOIN/USING");
}

static bool merge_columns(struct joining *j)
{
    struct analysis *a = j->a;
    struct sql_expr **conditions = analysis_alloc(a, sizeof *conditions * (j->name_count + 1));
    if (!conditions)
        return false;
    for (uint32_t n = 0; n < j->name_count; n++)
        if (!merge_column(j, n, conditions))
            return false;
    if (j->name_count == 0)
        return true;
    j->table->using_names = analysis_alloc(a, sizeof *j->names * j->name_count);
    if (!j->table->using_names)
        return false;
    memcpy(j->table->using_names, j->names, sizeof *j->names * j->name_count);
    j->table->using_count = j->table->join_columns.count = j->name_count;
    j->condition =
        j->name_count == 1 ? conditions[0] : make_bool(a, SQL_AND, conditions, j->name_count, -1);
    return j->condition && assign_expr_collations(a, j->condition);
}

/* ---- the rest of the columns */

static bool add_side(struct joining *j, struct name_item *item, const bool *used)
{
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (dropped(item, i) || used[i])
            continue;
        struct sql_expr *value = make_column(j->a, item, i, -1);
        if (!value)
            return false;
        set_column(j, j->table->join_columns.count++, item->column_names[i], value);
    }
    return true;
}

static bool make_columns(struct joining *j)
{
    struct analysis *a = j->a;
    uint32_t room = j->left.item->column_count + j->right.item->column_count + j->name_count;
    j->table = analysis_alloc(a, sizeof *j->table);
    j->columns = analysis_alloc(a, sizeof *j->columns * (room + 1));
    j->left_used = analysis_alloc(a, j->left.item->column_count + 1U);
    j->right_used = analysis_alloc(a, j->right.item->column_count + 1U);
    if (!j->table || !j->columns || !j->left_used || !j->right_used ||
        !table_room(a, j->table, room))
        return false;
    j->table->kind = SQL_TABLE_JOIN;
    j->table->join = join_kind(j->ast->type);
    j->table->in_from = true;
    j->table->location = -1;
    j->table->join_columns.items = analysis_alloc(a, sizeof(void *) * (room + 1));
    if (!j->table->join_columns.items)
        return false;
    if (!merge_columns(j) || !add_side(j, j->left.item, j->left_used) ||
        !add_side(j, j->right.item, j->right_used))
        return false;
    j->table->column_count = j->table->join_columns.count;
    return true;
}

/* ---- ON */

static bool analyze_on(struct joining *j, const struct name_list *sides, struct sql_expr **out)
{
    struct analysis *a = j->a;
    struct name_list around = a->names;
    set_lateral(sides, false, true);
    a->names = *sides;
    bool done = analyze_where(a, j->ast->on, PLACE_JOIN_ON, "JOIN/ON", out);
    a->names = around;
    return done;
}

/* ---- what is in sight afterwards */

static bool hide_columns(struct joining *j, const struct name_list *from, struct name_list *to)
{
    for (uint32_t i = 0; i < from->count; i++) {
        /* Some are in sight by their columns alone, and no longer are. */
        from->items[i]->columns_visible = false;
        if (from->items[i]->name_visible && !list_names(j->a, to, from->items[i]))
            return false;
    }
    return true;
}

/* USING (...) AS name: the merged columns under a name of their own. */
static bool add_using_alias(struct joining *j, const struct name_item *join,
                            struct name_list *names)
{
    if (!j->ast->using_alias || j->ast->alias)
        return true;
    struct name_item *item = analysis_alloc(j->a, sizeof *item);
    if (!item)
        return false;
    *item = *join;
    item->name = j->table->using_alias = j->ast->using_alias->name;
    item->column_count = j->name_count;
    item->name_visible = true;
    item->columns_visible = false;
    struct name_list own = {&item, 1};
    return check_name_conflicts(j->a, &own, names) && list_names(j->a, names, item);
}

static bool make_visible(struct joining *j, struct from_result *out)
{
    struct analysis *a = j->a;
    struct name_item *item = add_table(a, j->table, j->ast->alias, "join");
    if (!item)
        return false;
    for (uint32_t i = 0; i < j->table->column_count; i++)
        if (!j->columns[i].table)
            j->columns[i].table = item->number;
    item->columns = j->columns;
    item->column_count = j->table->column_count;
    item->name_visible = j->ast->alias != NULL;
    item->columns_visible = true;
    if (!item->name_visible)
        item->name = (struct slice){0};
    out->item = item;
    out->from->table = item->number;
    if (!j->ast->alias && (!hide_columns(j, &j->left.names, &out->names) ||
                           !hide_columns(j, &j->right.names, &out->names)))
        return false;
    return add_using_alias(j, item, &out->names) && list_names(a, &out->names, item);
}

bool analyze_join(struct analysis *a, const struct ast_join *join, struct from_result *out)
{
    struct joining j = {.a = a,
                        .ast = join,
                        .names = join->using_columns.items,
                        .name_count = join->using_columns.count};
    if (!analyze_sides(&j) || (join->natural && !natural_names(&j)) || !make_columns(&j))
        return false;
    out->from = analysis_alloc(a, sizeof *out->from);
    if (!out->from)
        return false;
    *out->from = (struct sql_from){.kind = SQL_FROM_JOIN,
                                   .join = join_kind(join->type),
                                   .natural = join->natural,
                                   .left = j.left.from,
                                   .right = j.right.from,
                                   .on = j.condition};
    struct name_list sides = {0};
    for (uint32_t i = 0; i < j.left.names.count; i++)
        if (!list_names(a, &sides, j.left.names.items[i]))
            return false;
    for (uint32_t i = 0; i < j.right.names.count; i++)
        if (!list_names(a, &sides, j.right.names.items[i]))
            return false;
    if (join->on && !analyze_on(&j, &sides, &out->from->on))
        return false;
    return make_visible(&j, out);
}
