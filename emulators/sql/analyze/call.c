/* f(args): functions, aggregates, window functions, and columns of rows written like calls. */
#include "emulators/sql/analyze/function.h"
#include "emulators/sql/analyze/rowshape.h"

/* A call in the making. */
struct making {
    struct analysis *a;
    const struct ast_func_call *ast;
    struct slice schema, name;
    struct sql_expr **args;
    uint32_t count;
    uint32_t *types;
    struct slice *names; /* of the last name_count */
    uint32_t name_count;
    struct function_found found;
    uint32_t result;
    uint32_t *declared;
    bool procedure;
};

static struct slice shown_name(const struct making *m)
{
    struct slice result = m->ast->name.items[0];
    for (uint32_t i = 1; i < m->ast->name.count; i++)
        result = arena_concat(m->a->env->arena, result, (struct slice)SLICE_LITERAL("."),
                              m->ast->name.items[i]);
    return result;
}

static struct slice signature(const struct making *m)
{
    struct arena *arena = m->a->env->arena;
    struct slice text =
        arena_concat(arena, shown_name(m), (struct slice)SLICE_LITERAL("("), (struct slice){0});
    for (uint32_t i = 0; i < m->count; i++) {
        if (i)
            text = arena_concat(arena, text, (struct slice)SLICE_LITERAL(", "), (struct slice){0});
        if (i >= m->count - m->name_count)
            text = arena_concat(arena, text, m->names[i - (m->count - m->name_count)],
                                (struct slice)SLICE_LITERAL(" => "));
        text = arena_concat(arena, text, type_text(m->a, m->types[i]), (struct slice){0});
    }
    return arena_concat(arena, text, (struct slice)SLICE_LITERAL(")"), (struct slice){0});
}

/* A parameter declared void holds the place of an OUT argument in a call written as for any
 * language ("{call f(?, ?)}"): a function's call leaves it out. */
static bool is_output_place(const struct making *m, const struct sql_expr *arg)
{
    return !m->procedure && !m->ast->within_group && !m->name_count &&
           arg->kind == SQL_EXPR_PARAM && arg->type == m->a->known->void_;
}

static bool add_argument(struct making *m, const struct ast_node *node)
{
    struct analysis *a = m->a;
    if (node->kind == AST_NAMED_ARG) {
        const struct ast_named_arg *named = (const struct ast_named_arg *)node;
        for (uint32_t i = 0; i < m->name_count; i++)
            if (slice_eq(m->names[i], named->name))
                return fail_at(a, node->location, "42601",
                               "argument name \"" SLICE_FMT "\" used more than once",
                               SLICE_ARG(named->name));
        m->names[m->name_count++] = named->name;
        node = named->arg;
    } else if (m->name_count) {
        return fail_at(a, ast_location(node), "42601",
                       "positional argument cannot follow named argument");
    }
    struct sql_expr *arg = analyze_here(a, node);
    if (!arg)
        return false;
    if (is_output_place(m, arg))
        return true;
    m->types[m->count] = arg->type;
    m->args[m->count++] = arg;
    return true;
}

static bool alloc_arguments(struct making *m, uint32_t room)
{
    m->args = analysis_alloc(m->a, sizeof *m->args * room);
    m->types = analysis_alloc(m->a, sizeof *m->types * room);
    m->names = analysis_alloc(m->a, sizeof *m->names * room);
    return m->args && m->types && m->names;
}

static bool analyze_arguments(struct making *m)
{
    const struct ast_func_call *ast = m->ast;
    uint32_t room = ast->args.count + (ast->within_group ? ast->order_by.count : 0);
    if (!alloc_arguments(m, room + 1))
        return false;
    for (uint32_t i = 0; i < ast->args.count; i++)
        if (!add_argument(m, ast->args.items[i]))
            return false;
    if (ast->within_group)
        for (uint32_t i = 0; i < ast->order_by.count; i++)
            if (!add_argument(m, ((struct ast_sort_by *)ast->order_by.items[i])->arg))
                return false;
    if (m->count > m->a->rules->args_max)
        return fail_at(m->a, ast->node.location, "54023",
                       "cannot pass more than %u arguments to a function",
                       (unsigned)m->a->rules->args_max);
    return true;
}

/* ---- what was written must suit what was found */

static bool refuse(struct making *m, const char *format_what, const char *rest)
{
    return fail_at(m->a, m->ast->node.location, "42809", "%s" SLICE_FMT "%s", format_what,
                   SLICE_ARG(shown_name(m)), rest);
}

static bool fail_not_found(struct making *m)
{
    struct analysis *a = m->a;
    const char *what = m->procedure ? "procedure" : "function";
    int32_t location = m->ast->node.location;
    if (m->found.kind == FUNCTION_AMBIGUOUS) {
        fail_at(a, location, "42725", "%s " SLICE_FMT " is not unique", what,
                SLICE_ARG(signature(m)));
        return sql_hint(a->env->error,
                        "Could not choose a best candidate %s. You might need to add explicit "
                        "type casts.",
                        what);
    }
    fail_at(a, location, "42883", "%s " SLICE_FMT " does not exist", what, SLICE_ARG(signature(m)));
    if (m->ast->order_by.count > 1 && !m->ast->within_group)
        return sql_hint(a->env->error,
                        "No aggregate function matches the given name and argument types. Perhaps "
                        "you misplaced ORDER BY; ORDER BY must appear after all regular arguments "
                        "of the aggregate.");
    return sql_hint(a->env->error,
                    "No %s matches the given name and argument types. You might need to add "
                    "explicit type casts.",
                    what);
}

/* Words that only aggregates (and OVER: window functions) may have. */
static bool check_plain(struct making *m)
{
    const struct ast_func_call *ast = m->ast;
    if (ast->star)
        return fail_at(m->a, ast->node.location, "42809",
                       SLICE_FMT "(*) specified, but " SLICE_FMT " is not an aggregate function",
                       SLICE_ARG(shown_name(m)), SLICE_ARG(shown_name(m)));
    if (ast->distinct)
        return refuse(m, "DISTINCT specified, but ", " is not an aggregate function");
    if (ast->within_group)
        return refuse(m, "WITHIN GROUP specified, but ", " is not an aggregate function");
    if (ast->order_by.count)
        return refuse(m, "ORDER BY specified, but ", " is not an aggregate function");
    if (ast->filter)
        return refuse(m, "FILTER specified, but ", " is not an aggregate function");
    if (ast->over)
        return refuse(m, "OVER specified, but ",
                      " is not a window function nor an aggregate function");
    return true;
}

static bool check_kind(struct making *m, const struct sql_routine *routine)
{
    struct analysis *a = m->a;
    bool is_procedure = routine->kind == SQL_ROUTINE_PROCEDURE;
    if (m->procedure && !is_procedure) {
        fail_at(a, m->ast->node.location, "42809", SLICE_FMT " is not a procedure",
                SLICE_ARG(signature(m)));
        return sql_hint(a->env->error, "To call a function, use SELECT.");
    }
    if (!m->procedure && is_procedure) {
        fail_at(a, m->ast->node.location, "42809", SLICE_FMT " is a procedure",
                SLICE_ARG(signature(m)));
        return sql_hint(a->env->error, "To call a procedure, use CALL.");
    }
    return true;
}

/* ---- arguments in the routine's order, with its types */

/* Defaults and names: brings the arguments to the routine's own order. */
static bool complete_arguments(struct making *m)
{
    struct candidate *c = m->found.candidate;
    const struct sql_routine *routine = c->routine;
    struct sql_expr **args = m->args;
    uint32_t written = m->count;
    if (c->defaults == 0 && !c->positions)
        return true;
    m->args = analysis_alloc(m->a, sizeof *m->args * (c->count + 1));
    uint32_t *types = analysis_alloc(m->a, sizeof *types * (c->count + 1));
    if (!m->args || !types)
        return false;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t to = c->positions ? c->positions[i] : i;
        struct sql_expr *arg = i < written ? args[i] : NULL;
        if (!arg) {
            uint32_t first = (uint32_t)(routine->arg_count - routine->default_count);
            arg = to - first < routine->defaults.count
                      ? sql_expr_copy(m->a->env->arena, routine->defaults.items[to - first], NULL,
                                      NULL)
                      : NULL;
            if (!arg)
                return sql_fail(m->a->env->error, "XX000", "not enough default arguments");
        }
        m->args[to] = arg;
        types[to] = arg->type;
    }
    if (c->positions)
        for (uint32_t i = 0; i < c->count; i++)
            c->types[i] = routine->arg_types[i];
    m->types = types;
    m->count = c->count;
    return true;
}

static bool coerce_arguments(struct making *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->args[i]->type == m->declared[i])
            continue;
        m->args[i] = coerce_type(m->a, m->args[i], m->declared[i], -1, COERCE_IMPLICIT,
                                 SQL_FORM_CAST_IMPLICIT, -1);
        if (!m->args[i])
            return false;
    }
    return true;
}

/* f(1, 2, 3) of a VARIADIC routine: the last ones become an array. */
static bool collect_variadic(struct making *m)
{
    struct candidate *c = m->found.candidate;
    struct analysis *a = m->a;
    if (!c->variadic || c->routine->variadic_element == a->known->any)
        return true;
    uint32_t first = m->count - c->variadic;
    struct sql_expr_array *array =
        (void *)make_expr(a, SQL_EXPR_ARRAY, sizeof *array, 0, expr_location(m->args[first]));
    if (!array)
        return false;
    array->element_type = m->args[first]->type;
    array->elements.items = m->args + first;
    array->elements.count = c->variadic;
    array->expr.type = array_type(a, array->element_type);
    if (!array->expr.type)
        return fail_at(a, array->expr.location, "42704",
                       "could not find array type for data type " SLICE_FMT,
                       SLICE_ARG(type_text(a, array->element_type)));
    struct sql_expr **args = analysis_alloc(a, sizeof *args * (first + 1));
    if (!args)
        return false;
    memcpy(args, m->args, first * sizeof *args);
    args[first] = &array->expr;
    m->args = args;
    m->count = first + 1;
    return true;
}

static bool check_variadic(struct making *m)
{
    if (!m->ast->variadic || m->count == 0)
        return true;
    struct analysis *a = m->a;
    if (m->found.candidate->routine->variadic_element == a->known->any &&
        m->types[m->count - 1] != a->known->unknown &&
        !element_type(a, base_type(a, m->types[m->count - 1])))
        return fail_at(a, expr_location(m->args[m->count - 1]), "42804",
                       "VARIADIC argument must be an array");
    return true;
}

/* ---- sets */

static bool set_allowed(const struct analysis *a, bool *in_targets)
{
    if (a->values_single && a->place == PLACE_VALUES)
        return *in_targets = true;
    switch (a->place) {
    case PLACE_SELECT_TARGET:
    case PLACE_INSERT_TARGET:
    case PLACE_GROUP_BY:
    case PLACE_ORDER_BY:
    case PLACE_DISTINCT_ON:
    case PLACE_WINDOW_PARTITION:
    case PLACE_WINDOW_ORDER:
    case PLACE_OTHER: *in_targets = true; return true;
    case PLACE_FROM_FUNCTION: return true;
    default: return false;
    }
}

bool note_set(struct analysis *a, int32_t location)
{
    bool in_targets = false;
    if (!set_allowed(a, &in_targets))
        return fail_at(a, location, "0A000", "set-returning functions are not allowed in %s",
                       a->place >= PLACE_WINDOW_PARTITION && a->place <= PLACE_WINDOW_FRAME_GROUPS
                           ? "window definitions"
                           : place_words(a->place));
    if (in_targets && a->query)
        a->query->has_sets = true;
    return true;
}

/* ---- */

static struct sql_expr *finish_function(struct making *m, const struct sql_routine *routine)
{
    if (!check_plain(m))
        return NULL;
    if (routine->returns_set && !note_set(m->a, m->ast->node.location))
        return NULL;
    struct sql_expr_call *call = (void *)make_call(
        m->a, routine->object.id, m->result, m->args, m->count,
        m->ast->sql_syntax ? SQL_FORM_SYNTAX : SQL_FORM_FUNCTION, m->ast->node.location);
    if (!call)
        return NULL;
    call->returns_set = routine->returns_set;
    call->variadic = m->ast->variadic || (m->found.candidate->variadic &&
                                          routine->variadic_element != m->a->known->any);
    return &call->expr;
}

static bool check_aggregate(struct making *m, const struct sql_routine *routine)
{
    struct analysis *a = m->a;
    const struct ast_func_call *ast = m->ast;
    const struct sql_aggregate *agg = routine->aggregate;
    int32_t location = ast->node.location;
    bool ordered_set = agg && agg->kind != 'n';
    if (ordered_set && !ast->within_group)
        return refuse(m, "WITHIN GROUP is required for ordered-set aggregate ", "");
    if (ordered_set && ast->over)
        return fail_at(a, location, "0A000",
                       "OVER is not supported for ordered-set aggregate " SLICE_FMT,
                       SLICE_ARG(shown_name(m)));
    if (!ordered_set && ast->within_group)
        return refuse(m, "", " is not an ordered-set aggregate, so it cannot have WITHIN GROUP");
    if (!ast->within_group && ast->args.count == 0 && !ast->star)
        return refuse(m, "", "(*) must be used to call a parameterless aggregate function");
    if (routine->returns_set)
        return fail_at(a, location, "42P13", "aggregates cannot return sets");
    if (m->name_count)
        return fail_at(a, expr_location(m->args[m->count - m->name_count]), "0A000",
                       "aggregates cannot use named arguments");
    if (ordered_set && !routine->variadic_element && m->ast->args.count != agg->direct_count) {
        fail_at(a, location, "42883", "function " SLICE_FMT " does not exist",
                SLICE_ARG(signature(m)));
        return sql_hint(a->env->error,
                        "There is an ordered-set aggregate " SLICE_FMT
                        ", but it requires %u direct argument%s, not %u.",
                        SLICE_ARG(shown_name(m)), (unsigned)agg->direct_count,
                        agg->direct_count == 1 ? "" : "s", (unsigned)m->ast->args.count);
    }
    return true;
}

static struct sql_expr *finish_aggregate_call(struct making *m, const struct sql_routine *routine)
{
    struct analysis *a = m->a;
    if (!check_aggregate(m, routine))
        return NULL;
    if (m->ast->over) {
        struct sql_expr_window *window =
            (void *)make_expr(a, SQL_EXPR_WINDOW, sizeof *window, m->result, m->ast->node.location);
        if (!window)
            return NULL;
        window->function = routine->object.id;
        window->args = (struct sql_exprs){m->args, m->count};
        window->aggregate = true;
        window->star = m->ast->star;
        if (m->ast->order_by.count) {
            fail_at(a, m->ast->node.location, "0A000",
                    "aggregate ORDER BY is not implemented for window functions");
            return NULL;
        }
        return finish_window(a, window, m->ast);
    }
    struct sql_expr_aggregate *agg =
        (void *)make_expr(a, SQL_EXPR_AGGREGATE, sizeof *agg, m->result, m->ast->node.location);
    if (!agg)
        return NULL;
    agg->function = routine->object.id;
    agg->star = m->ast->star;
    agg->distinct = m->ast->distinct;
    agg->variadic = m->ast->variadic ||
                    (m->found.candidate->variadic && routine->variadic_element != a->known->any);
    agg->within_group = m->ast->within_group;
    return finish_aggregate(a, agg, m->ast, (struct sql_exprs){m->args, m->count});
}

static struct sql_expr *finish_window_call(struct making *m, const struct sql_routine *routine)
{
    struct analysis *a = m->a;
    const struct ast_func_call *ast = m->ast;
    if (!ast->over) {
        fail_at(a, ast->node.location, "42809",
                "window function " SLICE_FMT " requires an OVER clause", SLICE_ARG(shown_name(m)));
        return NULL;
    }
    const char *refused = ast->within_group     ? "cannot have WITHIN GROUP"
                          : ast->order_by.count ? "aggregate ORDER BY"
                          : ast->filter         ? "FILTER"
                                                : NULL;
    if (ast->within_group) {
        refuse(m, "window function ", " cannot have WITHIN GROUP");
        return NULL;
    }
    if (refused) {
        fail_at(a, ast->node.location, "0A000",
                ast->order_by.count ? "%s is not implemented for window functions"
                                    : "%s is not implemented for non-aggregate window functions",
                refused);
        return NULL;
    }
    struct sql_expr_window *window =
        (void *)make_expr(a, SQL_EXPR_WINDOW, sizeof *window, m->result, ast->node.location);
    if (!window)
        return NULL;
    window->function = routine->object.id;
    window->args = (struct sql_exprs){m->args, m->count};
    window->star = ast->star;
    return finish_window(a, window, ast);
}

/* Hypothetical-set aggregates: each direct argument is compared with what is sorted, so that both
 * must be of one type. */
static bool unify_hypothetical(struct making *m, const struct sql_routine *routine)
{
    struct analysis *a = m->a;
    uint32_t direct = m->ast->args.count, sorted = m->ast->order_by.count;
    if (routine->kind != SQL_ROUTINE_AGGREGATE || !routine->aggregate ||
        routine->aggregate->kind != 'h' || !m->ast->within_group)
        return true;
    if (direct < sorted) {
        fail_at(a, m->ast->node.location, "42883", "function " SLICE_FMT " does not exist",
                SLICE_ARG(signature(m)));
        return sql_hint(a->env->error,
                        "To use the hypothetical-set aggregate " SLICE_FMT
                        ", the number of hypothetical direct arguments (here %u) must match the "
                        "number of ordering columns (here %u).",
                        SLICE_ARG(shown_name(m)), (unsigned)direct, (unsigned)sorted);
    }
    for (uint32_t i = 0; i < sorted; i++) {
        uint32_t at[2] = {direct - sorted + i, direct + i}, type;
        struct sql_expr *pair[2] = {m->args[at[0]], m->args[at[1]]};
        if (!common_type(a, (struct sql_expr *[]){pair[1], pair[0]}, 2, "WITHIN GROUP", &type,
                         NULL))
            return false;
        for (int k = 0; k < 2; k++) {
            if (!coerce_to_common(a, &pair[k], type, "WITHIN GROUP"))
                return false;
            m->args[at[k]] = pair[k];
            m->types[at[k]] = pair[k]->type;
        }
    }
    return true;
}

static struct sql_expr *finish_call(struct making *m)
{
    struct candidate *c = m->found.candidate;
    const struct sql_routine *routine = c->routine;
    if (!check_kind(m, routine) || !complete_arguments(m) || !check_variadic(m) ||
        !unify_hypothetical(m, routine))
        return NULL;
    m->declared = c->types;
    if (!polymorphic_resolve(m->a, m->types, m->declared, m->count, routine->result_type, false,
                             &m->result))
        return NULL;
    if (!coerce_arguments(m) || !collect_variadic(m))
        return NULL;
    switch (routine->kind) {
    case SQL_ROUTINE_AGGREGATE: return finish_aggregate_call(m, routine);
    case SQL_ROUTINE_WINDOW: return finish_window_call(m, routine);
    default: return finish_function(m, routine);
    }
}

static struct sql_expr *cast_call(struct making *m)
{
    if (!check_plain(m))
        return NULL;
    struct sql_expr *out;
    if (!coerce_to_target(m->a, m->args[0], m->found.cast_type, -1, COERCE_EXPLICIT,
                          SQL_FORM_FUNCTION, m->ast->node.location, &out))
        return NULL;
    return out;
}

/* (row).column as column(row). */
static struct sql_expr *column_call(struct making *m, bool *is_column)
{
    const struct ast_func_call *ast = m->ast;
    *is_column = false;
    if (m->count != 1 || m->name_count || ast->name.count != 1 || ast->order_by.count ||
        ast->filter || ast->over || ast->star || ast->distinct || ast->variadic || m->procedure)
        return NULL;
    if (m->types[0] != m->a->known->record && !is_composite(m->a, m->types[0]))
        return NULL;
    struct sql_expr *field;
    if (!analyze_field(m->a, m->args[0], m->name, ast->node.location, true, &field)) {
        *is_column = true;
        return NULL;
    }
    *is_column = field != NULL;
    return field;
}

static bool look_up(struct making *m)
{
    struct function_args args = {.count = m->count,
                                 .types = m->types,
                                 .names = m->names,
                                 .name_count = m->name_count,
                                 .variadic = m->ast->variadic,
                                 .may_be_cast = !m->procedure,
                                 .procedure = m->procedure};
    return find_function(m->a, m->schema, m->name, &args, &m->found);
}

static struct sql_expr *make(struct making *m)
{
    if (!look_up(m))
        return NULL;
    if (m->found.kind == FUNCTION_FOUND)
        return finish_call(m);
    if (m->found.kind == FUNCTION_CAST)
        return cast_call(m);
    bool is_column;
    struct sql_expr *column = column_call(m, &is_column);
    if (!is_column)
        fail_not_found(m);
    return column;
}

static struct sql_expr *analyze_any_call(struct analysis *a, const struct ast_func_call *call,
                                         bool procedure)
{
    struct making m = {.a = a, .ast = call, .procedure = procedure};
    m.name = call->name.items[call->name.count - 1];
    if (call->name.count > 1)
        m.schema = call->name.items[call->name.count - 2];
    if (!analyze_arguments(&m))
        return NULL;
    return make(&m);
}

struct sql_expr *analyze_call(struct analysis *a, const struct ast_func_call *call)
{
    return analyze_any_call(a, call, false);
}

struct sql_expr *analyze_call_of(struct analysis *a, const struct ast_func_call *call,
                                 const struct sql_exprs *args)
{
    struct making m = {.a = a, .ast = call, .name = call->name.items[call->name.count - 1]};
    if (call->name.count > 1)
        m.schema = call->name.items[call->name.count - 2];
    if (!alloc_arguments(&m, args->count + 1))
        return NULL;
    for (; m.count < args->count; m.count++) {
        m.args[m.count] = args->items[m.count];
        m.types[m.count] = args->items[m.count]->type;
    }
    return make(&m);
}

struct sql_expr *analyze_procedure_call(struct analysis *a, const struct ast_func_call *call)
{
    return analyze_any_call(a, call, true);
}

/* ---- fields */

/* f(row) for row.f: functions of one argument look like columns. */
static bool functional_field(struct analysis *a, struct sql_expr *row, struct slice name,
                             int32_t location, struct sql_expr **out)
{
    struct slice *item = analysis_alloc(a, sizeof *item);
    struct ast_func_call *call = analysis_alloc(a, sizeof *call);
    if (!item || !call)
        return false;
    *item = name;
    *call = (struct ast_func_call){
        .node = {AST_FUNC_CALL, location},
          .name = {item,          1       }
    };
    struct making m = {.a = a, .ast = call, .name = name};
    if (!alloc_arguments(&m, 2))
        return false;
    m.args[0] = row;
    m.types[0] = row->type;
    m.count = 1;
    if (!look_up(&m))
        return false;
    *out = NULL;
    if (m.found.kind != FUNCTION_FOUND || m.found.candidate->routine->kind != SQL_ROUTINE_FUNCTION)
        return true;
    *out = finish_call(&m);
    return *out != NULL;
}

static struct sql_expr *make_field(struct analysis *a, struct sql_expr *row, uint32_t number,
                                   uint32_t type, int32_t typmod, uint32_t collation)
{
    struct sql_expr_field *field = (void *)make_expr(a, SQL_EXPR_FIELD, sizeof *field, type, -1);
    if (!field)
        return NULL;
    field->expr.typmod = typmod;
    field->expr.collation = collation;
    field->arg = row;
    field->column = number;
    return &field->expr;
}

static struct sql_expr *row_field(struct analysis *a, struct sql_expr *row, struct slice name)
{
    struct row_shape shape;
    /* Made by SEARCH BREADTH FIRST (cte_search.c): the depth is first in the row. */
    if (row->type == a->known->record && slice_eq_str(name, "*DEPTH*"))
        return make_field(a, row, 1, a->known->int8, -1, 0);
    if (!row_shape_of(a, row, &shape))
        return NULL;
    for (uint32_t i = 0; i < shape.count; i++)
        if (!shape.dropped[i] && slice_eq(shape.names[i], name))
            return make_field(a, row, i + 1, shape.types[i], shape.typmods[i], shape.collations[i]);
    return NULL;
}

/* Whole-row references answer by the column itself: t.*::... and (t).a are a column of t. */
static bool column_of_row(struct analysis *a, struct sql_expr *row, struct slice name,
                          int32_t location, struct sql_expr **out)
{
    struct sql_expr_column *whole = (struct sql_expr_column *)row;
    *out = NULL;
    if (row->kind != SQL_EXPR_COLUMN || whole->column != 0)
        return true;
    struct analysis *level = a;
    for (uint32_t up = whole->up; up && level; up--)
        level = level->outer;
    if (!level)
        return true;
    struct name_item item = {.table = level->query->tables[whole->table - 1],
                             .number = whole->table};
    item.column_names = item.table->columns;
    item.column_count = item.table->column_count;
    if (!column_of(a, &item, whole->up, name, location, out))
        return false;
    return true;
}

bool analyze_field(struct analysis *a, struct sql_expr *row, struct slice name, int32_t location,
                   bool quiet, struct sql_expr **out)
{
    if (!column_of_row(a, row, name, location, out))
        return false;
    if (!*out)
        *out = row_field(a, row, name);
    if (a->env->error->sqlstate[0])
        return false;
    if (*out || quiet)
        return true;
    return functional_field(a, row, name, location, out);
}
