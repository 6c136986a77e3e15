/* WINDOW clauses and OVER: partitions, orders, frames. */
#include "emulators/sql/analyze/analysis.h"

static bool add_definition(struct analysis *a, const struct ast_window *window)
{
    if (!analysis_grow(a, &a->windows, a->window_count, sizeof *a->windows))
        return false;
    memcpy(&a->windows[a->window_count++], &window, sizeof window);
    return true;
}

bool window_of(struct analysis *a, const struct ast_window *over, uint32_t *out)
{
    if (over->reference_only) {
        for (uint32_t i = 0; i < a->window_count; i++)
            if (a->windows[i]->name.ptr && !a->windows[i]->reference_only &&
                slice_eq(a->windows[i]->name, over->name)) {
                *out = i;
                return true;
            }
        return fail_at(a, over->node.location, "42704", "window \"" SLICE_FMT "\" does not exist",
                       SLICE_ARG(over->name));
    }
    /* Without any clause of its own, all are the same window. */
    bool bare =
        !over->partition_by.count && !over->order_by.count && !over->base.ptr && !over->has_frame;
    for (uint32_t i = 0; bare && i < a->window_count; i++) {
        const struct ast_window *other = a->windows[i];
        if (!other->name.ptr && !other->partition_by.count && !other->order_by.count &&
            !other->base.ptr && !other->has_frame) {
            *out = i;
            return true;
        }
    }
    *out = a->window_count;
    return add_definition(a, over);
}

bool start_windows(struct analysis *a, const struct ast_list *clause)
{
    for (uint32_t i = 0; i < clause->count; i++)
        if (!add_definition(a, (const struct ast_window *)clause->items[i]))
            return false;
    return true;
}

/* ---- frames */

static bool has_offset(enum sql_frame_bound bound)
{
    return bound == SQL_OFFSET_PRECEDING || bound == SQL_OFFSET_FOLLOWING;
}

/* The function that says whether a value is within an offset of another. */
static bool in_range(struct analysis *a, const struct sql_window *w, struct sql_expr **offset,
                     uint32_t ordered_type, uint32_t *out)
{
    (void)w;
    const struct sql_dialect *dialect = a->session->dialect;
    const struct sql_operator_class *opclass =
        sql_builtin_class_default(dialect, dialect->btree_method, base_type(a, ordered_type));
    uint32_t found = 0, count = 0, chosen_type = 0;
    uint32_t given = (*offset)->type;
    for (uint32_t i = 0; opclass && i < dialect->family_functions_count; i++) {
        const struct sql_family_function *f = &dialect->family_functions[i];
        if (f->family != opclass->family || f->number != 3 || f->left != opclass->input)
            continue;
        uint32_t right = f->right;
        count++;
        /* An exact match, else the only one, else a literal takes the ordered type's own. */
        if (right == given || (given == a->known->unknown && right == f->left) ||
            (!found && can_coerce(a, 1, &given, &right, COERCE_IMPLICIT))) {
            found = f->function;
            chosen_type = right;
            if (right == given)
                break;
        }
    }
    if (!count)
        return fail_at(
            a, expr_location(*offset), "0A000",
            "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " SLICE_FMT,
            SLICE_ARG(type_text(a, ordered_type)));
    if (!found) {
        fail_at(a, expr_location(*offset), "0A000",
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " SLICE_FMT
                " and offset type " SLICE_FMT,
                SLICE_ARG(type_text(a, ordered_type)), SLICE_ARG(type_text(a, given)));
        return sql_hint(a->env->error, "Cast the offset value to an appropriate type.");
    }
    *out = found;
    return coerce_to_specific(a, offset, chosen_type, -1, "RANGE");
}

static bool frame_offset(struct analysis *a, struct sql_window *w, const struct ast_node *node,
                         uint32_t ordered_type, struct sql_expr **out, uint32_t *out_function)
{
    static const struct {
        enum analysis_place place;
        const char *name;
    } modes[] = {
        [SQL_FRAME_RANGE] = {PLACE_WINDOW_FRAME_RANGE,  "RANGE" },
        [SQL_FRAME_ROWS] = {PLACE_WINDOW_FRAME_ROWS,   "ROWS"  },
        [SQL_FRAME_GROUPS] = {PLACE_WINDOW_FRAME_GROUPS, "GROUPS"}
    };
    *out = analyze_node(a, node, modes[w->frame].place);
    if (!*out)
        return false;
    bool done = w->frame == SQL_FRAME_RANGE
                    ? in_range(a, w, out, ordered_type, out_function)
                    : coerce_to_specific(a, out, a->known->int8, -1, modes[w->frame].name);
    if (!done)
        return false;
    if (contains_columns(*out, 0))
        return fail_at(a, expr_location(*out), "42P10", "argument of %s must not contain variables",
                       modes[w->frame].name);
    return true;
}

static bool analyze_frame(struct analysis *a, const struct ast_window *ast,
                          struct sql_targets *targets, struct sql_window *w)
{
    /* The enums have one order. */
    w->frame_given = ast->has_frame;
    w->start =
        (enum sql_frame_bound)(ast->has_frame ? (int)ast->start : (int)SQL_UNBOUNDED_PRECEDING);
    w->end = (enum sql_frame_bound)(ast->has_frame ? (int)ast->end : (int)SQL_CURRENT_ROW);
    static const uint8_t modes[] = {[AST_FRAME_RANGE] = SQL_FRAME_RANGE,
                                    [AST_FRAME_ROWS] = SQL_FRAME_ROWS,
                                    [AST_FRAME_GROUPS] = SQL_FRAME_GROUPS};
    static const uint8_t excludes[] = {[AST_EXCLUDE_NOTHING] = SQL_EXCLUDE_NONE,
                                       [AST_EXCLUDE_CURRENT_ROW] = SQL_EXCLUDE_CURRENT,
                                       [AST_EXCLUDE_GROUP] = SQL_EXCLUDE_GROUP,
                                       [AST_EXCLUDE_TIES] = SQL_EXCLUDE_TIES};
    w->frame = ast->has_frame ? modes[ast->mode] : SQL_FRAME_RANGE;
    w->exclude = ast->has_frame ? excludes[ast->exclude] : SQL_EXCLUDE_NONE;
    bool offsets = has_offset(w->start) || has_offset(w->end);
    uint32_t ordered_type = 0;
    if (w->frame == SQL_FRAME_RANGE && offsets) {
        if (w->order_count != 1)
            return fail_at(a, ast->node.location, "42P20",
                           "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
                           "column");
        for (uint32_t i = 0; i < targets->count; i++)
            if (targets->items[i].sort_group == w->order[0].target)
                ordered_type = targets->items[i].expr->type;
    }
    if (w->frame == SQL_FRAME_GROUPS && w->order_count == 0)
        return fail_at(a, ast->node.location, "42P20", "GROUPS mode requires an ORDER BY clause");
    if (has_offset(w->start) &&
        !frame_offset(a, w, ast->start_offset, ordered_type, &w->start_offset, &w->start_in_range))
        return false;
    return !has_offset(w->end) ||
           frame_offset(a, w, ast->end_offset, ordered_type, &w->end_offset, &w->end_in_range);
}

/* ---- definitions */

static bool copy_base(struct analysis *a, const struct ast_window *ast, struct sql_window *w,
                      uint32_t before)
{
    const struct sql_window *base = NULL;
    int32_t location = ast->node.location;
    for (uint32_t i = 0; i < before; i++)
        if (a->query->windows[i].name.ptr && slice_eq(a->query->windows[i].name, ast->base))
            base = &a->query->windows[i];
    if (!base)
        return fail_at(a, location, "42704", "window \"" SLICE_FMT "\" does not exist",
                       SLICE_ARG(ast->base));
    if (ast->partition_by.count)
        return fail_at(a, location, "42P20",
                       "cannot override PARTITION BY clause of window \"" SLICE_FMT "\"",
                       SLICE_ARG(ast->base));
    if (base->order_count && ast->order_by.count)
        return fail_at(a, location, "42P20",
                       "cannot override ORDER BY clause of window \"" SLICE_FMT "\"",
                       SLICE_ARG(ast->base));
    if (base->frame_given) {
        bool plain = !ast->name.ptr && !ast->order_by.count && !ast->has_frame;
        fail_at(a, location, "42P20",
                "cannot copy window \"" SLICE_FMT "\" because it has a frame clause",
                SLICE_ARG(ast->base));
        return plain && sql_hint(a->env->error, "Omit the parentheses in this OVER clause.");
    }
    w->base = ast->base;
    w->partition = base->partition;
    w->partition_count = base->partition_count;
    w->partition_copied = true;
    if (base->order_count) {
        w->order = base->order;
        w->order_count = base->order_count;
        w->order_copied = true;
    }
    return true;
}

/* What ORDER BY names too is compared in its direction. */
static bool partition_key(struct analysis *a, struct sql_targets *targets,
                          const struct ast_node *node, struct sql_window *w)
{
    uint32_t index;
    if (!find_target(a, targets, node, PLACE_WINDOW_PARTITION, false, &index))
        return false;
    for (uint32_t i = 0; i < w->order_count; i++) {
        if (w->order[i].target != targets->items[index].sort_group)
            continue;
        if (!analysis_grow(a, &w->partition, w->partition_count, sizeof *w->partition))
            return false;
        w->partition[w->partition_count++] = w->order[i];
        return true;
    }
    return add_group_key(a, targets, index, ast_location(node), &w->partition, &w->partition_count);
}

static bool analyze_window(struct analysis *a, const struct ast_window *ast,
                           struct sql_targets *targets, uint32_t number)
{
    struct sql_window *w = &a->query->windows[number];
    for (uint32_t i = 0; i < number; i++)
        if (ast->name.ptr && a->query->windows[i].name.ptr &&
            slice_eq(a->query->windows[i].name, ast->name))
            return fail_at(a, ast->node.location, "42P20",
                           "window \"" SLICE_FMT "\" is already defined", SLICE_ARG(ast->name));
    w->name = ast->name;
    if (!analyze_sort(a, &ast->order_by, targets, PLACE_WINDOW_ORDER, false, &w->order,
                      &w->order_count))
        return false;
    for (uint32_t i = 0; i < ast->partition_by.count; i++)
        if (!partition_key(a, targets, ast->partition_by.items[i], w))
            return false;
    if (ast->base.ptr && !copy_base(a, ast, w, number))
        return false;
    return analyze_frame(a, ast, targets, w);
}

bool analyze_windows(struct analysis *a, struct sql_targets *targets)
{
    if (a->window_count == 0)
        return true;
    a->query->windows = analysis_alloc(a, sizeof *a->query->windows * a->window_count);
    if (!a->query->windows)
        return false;
    for (uint32_t i = 0; i < a->window_count; i++) {
        a->query->window_count = i + 1;
        if (!analyze_window(a, a->windows[i], targets, i))
            return false;
    }
    return true;
}
