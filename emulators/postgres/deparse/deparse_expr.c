#include "common/fiber.h"
#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/plan/explain.h"
#include "emulators/sql/session.h"

enum { STACK_NEEDED = 16 * 1024 };

/* ---- columns */

static const char *system_column(int32_t column)
{
    static const char *const names[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    int32_t index = -column - 1;
    return index >= 0 && index < 6 ? names[index] : "?";
}

static const struct pg_scope *scope_up(const struct pg_deparse *d, uint32_t up)
{
    const struct pg_scope *scope = d->scope;
    while (up-- > 0 && scope)
        scope = scope->outer;
    return scope;
}

/* A column of an unnamed join is the column of one of its sides, or a merged one, which has no
 * table to be prefixed with. */
static bool put_join_column(struct pg_deparse *d, const struct sql_table *join,
                            const struct sql_expr_column *column, bool top, struct slice *out_name)
{
    const struct sql_expr *is =
        (uint32_t)column->column <= join->join_columns.count && column->column > 0
            ? join->join_columns.items[column->column - 1]
            : NULL;
    if (is && is->kind == SQL_EXPR_COLUMN) {
        struct sql_expr_column side = *(const struct sql_expr_column *)is;
        side.up += column->up;
        return pg_put_column_reference(d, &side, top, out_name);
    }
    *out_name = column->column > 0 ? join->columns[column->column - 1] : slice_of("", 0);
    pg_put_name(d, *out_name);
    return true;
}

bool pg_put_column_reference(struct pg_deparse *d, const struct sql_expr_column *column, bool top,
                             struct slice *out_name)
{
    const struct pg_scope *scope = scope_up(d, column->up);
    *out_name = slice_of(NULL, 0);
    if (!scope || column->table == 0 || column->table > scope->count)
        return sql_fail(d->env->error, "XX000", "bogus varno: %u", column->table);
    const struct pg_table_names *names = &scope->names[column->table - 1];
    const struct sql_table *table = scope->tables[column->table - 1];
    if (!names->name.ptr && table->kind == SQL_TABLE_JOIN)
        return put_join_column(d, table, column, top, out_name);
    bool whole_row = column->column == 0;
    bool bare = d->explain && column->up == 0 && column->table == d->explain->bare_table;
    if (names->name.ptr && ((d->prefix && !bare) || whole_row)) {
        pg_put_name(d, names->name);
        pg_put_char(d, '.');
    }
    if (whole_row) {
        pg_put_char(d, '*');
        if (!top)
            return true;
        pg_put(d, "::");
        return pg_put_type(d, column->expr.type, -1);
    }
    if (column->column < 0)
        *out_name = slice_str(system_column(column->column));
    else if ((uint32_t)column->column <= table->column_count)
        *out_name = names->columns[column->column - 1];
    if (out_name->len == 0)
        *out_name = slice_str("?dropped?column?");
    pg_put_name(d, *out_name);
    return true;
}

static bool put_column(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    struct slice name;
    return pg_put_column_reference(d, (const struct sql_expr_column *)expr, false, &name);
}

/* ---- leaves */

static bool put_const(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return pg_put_const(d, (const struct sql_expr_const *)expr, 0);
}

/* The name of a routine's input parameter, ptr NULL: it has none. */
static struct slice param_name(const struct sql_routine *routine, uint32_t number)
{
    uint32_t count = routine->all_count ? routine->all_count : routine->arg_count, input = 0;
    for (uint32_t i = 0; i < count && i < routine->name_count; i++) {
        char mode = routine->all_count ? routine->modes[i] : 'i';
        input += mode == 'i' || mode == 'b' || mode == 'v';
        if (input == number)
            return routine->names[i].len ? routine->names[i] : slice_of(NULL, 0);
    }
    return slice_of(NULL, 0);
}

static bool put_param(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_param *param = (const struct sql_expr_param *)expr;
    bool done = false;
    if (param->param_kind == SQL_PARAM_EXEC &&
        (!pg_put_explain_param(d, param->number, &done) || done))
        return done;
    struct slice name =
        d->routine && d->routine->names ? param_name(d->routine, param->number) : slice_of(NULL, 0);
    if (!name.ptr) {
        sql_bytes_printf(d->out, "$%u", param->number);
        return true;
    }
    bool among_columns = false;
    for (const struct pg_scope *scope = d->scope; scope; scope = scope->outer)
        among_columns |= scope->count > 0;
    if (among_columns) {
        pg_put_name(d, d->routine->object.name);
        pg_put_char(d, '.');
    }
    pg_put_name(d, name);
    return true;
}

static bool put_default(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)expr;
    (void)show_implicit;
    pg_put(d, "DEFAULT");
    return true;
}

static bool put_case_test(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)expr;
    (void)show_implicit;
    pg_put(d, "VALUE");
    return true;
}

static bool put_current_of(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_current_of *current = (const struct sql_expr_current_of *)expr;
    pg_put(d, "CURRENT OF ");
    if (current->cursor.len)
        pg_put_name(d, current->cursor);
    else
        sql_bytes_printf(d->out, "$%u", current->param);
    return true;
}

static bool put_next_value(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    struct sql_bytes name;
    sql_bytes_init(&name, d->out->arena);
    if (!pg_deparse_relation_name(d->env, ((const struct sql_expr_next_value *)expr)->sequence,
                                  &name))
        return false;
    pg_put(d, "nextval(");
    pg_quote_text(d->out, sql_bytes_slice(&name));
    pg_put(d, "::regclass)");
    return true;
}

static bool put_session_value(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    static const char *const words[] = {
        [SQL_CURRENT_DATE] = "CURRENT_DATE",           [SQL_CURRENT_TIME] = "CURRENT_TIME",
        [SQL_CURRENT_TIMESTAMP] = "CURRENT_TIMESTAMP", [SQL_LOCALTIME] = "LOCALTIME",
        [SQL_LOCALTIMESTAMP] = "LOCALTIMESTAMP",       [SQL_CURRENT_ROLE] = "CURRENT_ROLE",
        [SQL_CURRENT_USER] = "CURRENT_USER",           [SQL_USER] = "USER",
        [SQL_SESSION_USER] = "SESSION_USER",           [SQL_CURRENT_CATALOG] = "CURRENT_CATALOG",
        [SQL_CURRENT_SCHEMA] = "CURRENT_SCHEMA",       [SQL_SYSTEM_USER] = "SYSTEM_USER",
        [SQL_MERGE_ACTION] = "MERGE_ACTION()",
    };
    const struct sql_expr_session_value *value = (const struct sql_expr_session_value *)expr;
    pg_put(d, words[value->value]);
    bool timed = value->value >= SQL_CURRENT_TIME && value->value <= SQL_LOCALTIMESTAMP;
    if (timed && expr->typmod >= 0)
        sql_bytes_printf(d->out, "(%d)", expr->typmod);
    return true;
}

/* ---- conversions */

bool pg_put_cast(struct pg_deparse *d, const struct sql_expr *arg, uint32_t type, int32_t typmod,
                 const struct sql_expr *parent)
{
    if (arg->kind == SQL_EXPR_CONST && arg->type == type && arg->typmod == -1) {
        if (!pg_put_const(d, (const struct sql_expr_const *)arg, -1))
            return false;
    } else {
        if (!pg_pretty_paren(d))
            pg_put_char(d, '(');
        if (!pg_put_expr_paren(d, arg, false, parent))
            return false;
        if (!pg_pretty_paren(d))
            pg_put_char(d, ')');
    }
    pg_put(d, "::");
    return pg_put_type(d, type, typmod);
}

static bool put_convert(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_convert *convert = (const struct sql_expr_convert *)expr;
    if (convert->form == SQL_FORM_CAST_IMPLICIT && !show_implicit)
        return pg_put_expr_paren(d, convert->arg, false, expr);
    int32_t typmod =
        expr->kind == SQL_EXPR_CONVERT_IO || expr->kind == SQL_EXPR_CONVERT_ROW ? -1 : expr->typmod;
    return pg_put_cast(d, convert->arg, expr->type, typmod, expr);
}

static bool put_convert_array(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_convert_array *convert = (const struct sql_expr_convert_array *)expr;
    if (convert->form == SQL_FORM_CAST_IMPLICIT && !show_implicit)
        return pg_put_expr_paren(d, convert->arg, false, expr);
    return pg_put_cast(d, convert->arg, expr->type, expr->typmod, expr);
}

static bool put_collate(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_convert *collate = (const struct sql_expr_convert *)expr;
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    if (!pg_put_expr_paren(d, collate->arg, show_implicit, expr))
        return false;
    pg_put(d, " COLLATE ");
    if (!pg_deparse_collation_name(d->env, collate->collate, d->out))
        return false;
    if (!pg_pretty_paren(d))
        pg_put_char(d, ')');
    return true;
}

/* ---- operators and calls */

static bool put_function(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    return call->op && call->form == SQL_FORM_OPERATOR ? pg_put_operator(d, call)
                                                       : pg_put_call(d, call, show_implicit);
}

static bool put_pair(struct pg_deparse *d, const struct sql_expr *expr, const char *between)
{
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    if (!pg_put_expr_paren(d, call->args.items[0], true, expr))
        return false;
    pg_put(d, between);
    if (!pg_put_expr_paren(d, call->args.items[1], true, expr))
        return false;
    if (!pg_pretty_paren(d))
        pg_put_char(d, ')');
    return true;
}

static bool put_distinct(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return put_pair(d, expr, " IS DISTINCT FROM ");
}

static bool put_listed(struct pg_deparse *d, const char *word, const struct sql_exprs *args)
{
    pg_put(d, word);
    pg_put_char(d, '(');
    if (!pg_put_exprs(d, args, true))
        return false;
    pg_put_char(d, ')');
    return true;
}

static bool put_nullif(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return put_listed(d, "NULLIF", &((const struct sql_expr_call *)expr)->args);
}

static bool put_coalesce(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return put_listed(d, "COALESCE", &((const struct sql_expr_list *)expr)->args);
}

static bool put_min_max(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_list *list = (const struct sql_expr_list *)expr;
    return put_listed(d, list->least ? "LEAST" : "GREATEST", &list->args);
}

static bool put_scalar_array(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    const struct sql_expr *array = call->args.items[1];
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    if (!pg_put_expr_paren(d, call->args.items[0], true, expr))
        return false;
    pg_put_char(d, ' ');
    if (!pg_deparse_operator_name(d->env, call->op, d->out))
        return false;
    pg_put(d, call->any ? " ANY (" : " ALL (");
    if (!pg_put_expr_paren(d, array, true, expr))
        return false;
    /* x = ANY ((SELECT ...)) would be read as a sublink: a cast shows that an array is meant. */
    if (array->kind == SQL_EXPR_SUBLINK &&
        ((const struct sql_expr_sublink *)array)->sublink_kind == SQL_SUBLINK_SCALAR) {
        pg_put(d, "::");
        if (!pg_put_type(d, array->type, array->typmod))
            return false;
    }
    pg_put(d, pg_pretty_paren(d) ? ")" : "))");
    return true;
}

static bool put_bool(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_bool *all = (const struct sql_expr_bool *)expr;
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    if (all->op == SQL_NOT)
        pg_put(d, "NOT ");
    for (uint32_t i = 0; i < all->args.count; i++) {
        if (i > 0)
            pg_put(d, all->op == SQL_AND ? " AND " : " OR ");
        if (!pg_put_expr_paren(d, all->args.items[i], false, expr))
            return false;
    }
    if (!pg_pretty_paren(d))
        pg_put_char(d, ')');
    return true;
}

static bool put_aggregate(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return pg_put_aggregate(d, (const struct sql_expr_aggregate *)expr, NULL);
}

static bool put_window(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return pg_put_window_call(d, (const struct sql_expr_window *)expr, NULL);
}

static bool put_grouping(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    return put_listed(d, "GROUPING", &((const struct sql_expr_grouping *)expr)->args);
}

/* ---- composites and arrays */

static struct slice field_name(struct pg_deparse *d, uint32_t type_id, uint32_t column)
{
    const struct sql_type *type = d->env->find_type(d->env, type_id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = d->env->find_type(d->env, type->base);
    const struct sql_relation *relation =
        type && type->relation ? sql_find_relation_id(d->env->session, type->relation) : NULL;
    if (relation && column >= 1 && column <= relation->column_count)
        return relation->columns[column - 1].name;
    return arena_printf(d->out->arena, "f%u", column);
}

static bool put_field(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_field *field = (const struct sql_expr_field *)expr;
    bool paren = field->arg->kind != SQL_EXPR_SUBSCRIPT && field->arg->kind != SQL_EXPR_FIELD;
    if (paren)
        pg_put_char(d, '(');
    if (!pg_put_expr(d, field->arg, true))
        return false;
    pg_put(d, paren ? ")." : ".");
    pg_put_name(d, field_name(d, field->arg->type, field->column));
    return true;
}

static bool put_field_store(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_field_store *store = (const struct sql_expr_field_store *)expr;
    pg_put(d, "ROW(");
    if (!pg_put_exprs(d, &store->values, true))
        return false;
    pg_put_char(d, ')');
    return true;
}

static bool put_subscripts(struct pg_deparse *d, const struct sql_expr_subscript *subscript)
{
    for (uint32_t i = 0; i < subscript->upper.count; i++) {
        pg_put_char(d, '[');
        if (subscript->lower.count) {
            if (subscript->lower.items[i] && !pg_put_expr(d, subscript->lower.items[i], false))
                return false;
            pg_put_char(d, ':');
        }
        if (subscript->upper.items[i] && !pg_put_expr(d, subscript->upper.items[i], false))
            return false;
        pg_put_char(d, ']');
    }
    return true;
}

static bool put_subscript(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    const struct sql_expr_subscript *subscript = (const struct sql_expr_subscript *)expr;
    if (subscript->assign)
        return pg_put_expr(d, subscript->assign, show_implicit);
    bool paren = subscript->arg->kind != SQL_EXPR_COLUMN && subscript->arg->kind != SQL_EXPR_FIELD;
    if (paren)
        pg_put_char(d, '(');
    if (!pg_put_expr(d, subscript->arg, show_implicit))
        return false;
    if (paren)
        pg_put_char(d, ')');
    return put_subscripts(d, subscript);
}

static bool put_array(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_array *array = (const struct sql_expr_array *)expr;
    pg_put(d, "ARRAY[");
    if (!pg_put_exprs(d, &array->elements, true))
        return false;
    pg_put_char(d, ']');
    if (array->elements.count)
        return true;
    pg_put(d, "::");
    return pg_put_type(d, expr->type, -1);
}

static bool put_row(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    enum { TYPE_RECORD = 2249 };
    const struct sql_expr_row *row = (const struct sql_expr_row *)expr;
    struct sql_exprs args;
    pg_put(d, "ROW(");
    if (!sql_row_columns(d->env, row, &args) || !pg_put_exprs(d, &args, true))
        return false;
    pg_put_char(d, ')');
    if (row->implicit || expr->type == TYPE_RECORD)
        return true;
    pg_put(d, "::");
    return pg_put_type(d, expr->type, -1);
}

static bool put_row_compare(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_row_compare *compare = (const struct sql_expr_row_compare *)expr;
    pg_put(d, "(ROW(");
    if (!pg_put_exprs(d, &compare->left, true))
        return false;
    pg_put(d, ") ");
    if (!pg_deparse_operator_name(d->env, compare->ops[0], d->out))
        return false;
    pg_put(d, " ROW(");
    if (!pg_put_exprs(d, &compare->right, true))
        return false;
    pg_put(d, "))");
    return true;
}

/* ---- CASE and tests */

/* WHEN of a CASE with an argument shows the value alone: CASE_TEST = value. */
static const struct sql_expr *when_value(const struct sql_expr_case *expr,
                                         const struct sql_expr *condition)
{
    if (!expr->arg || condition->kind != SQL_EXPR_FUNCTION)
        return condition;
    const struct sql_expr_call *call = (const struct sql_expr_call *)condition;
    return call->op && call->args.count == 2 ? call->args.items[1] : condition;
}

static bool put_case(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_case *cases = (const struct sql_expr_case *)expr;
    const char *gap = pg_pretty_indent(d) ? "" : " ";
    pg_put_keyword(d, "CASE", 0, PG_INDENT_VAR, 0);
    if (cases->arg) {
        pg_put_char(d, ' ');
        if (!pg_put_expr(d, cases->arg, true))
            return false;
    }
    for (uint32_t i = 0; i < cases->count; i++) {
        pg_put(d, gap);
        pg_put_keyword(d, "WHEN ", 0, 0, 0);
        if (!pg_put_expr(d, when_value(cases, cases->whens[i].condition), false))
            return false;
        pg_put(d, " THEN ");
        if (!pg_put_expr(d, cases->whens[i].result, true))
            return false;
    }
    pg_put(d, gap);
    pg_put_keyword(d, "ELSE ", 0, 0, 0);
    if (!pg_put_expr(d, cases->otherwise, true))
        return false;
    pg_put(d, gap);
    pg_put_keyword(d, "END", -PG_INDENT_VAR, 0, 0);
    return true;
}

static bool put_test(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    static const char *const words[][2] = {
        [SQL_IS_NULL] = {" IS NULL",    " IS NOT NULL"   },
        [SQL_IS_TRUE] = {" IS TRUE",    " IS NOT TRUE"   },
        [SQL_IS_FALSE] = {" IS FALSE",   " IS NOT FALSE"  },
        [SQL_IS_UNKNOWN] = {" IS UNKNOWN", " IS NOT UNKNOWN"},
    };
    const struct sql_expr_test *test = (const struct sql_expr_test *)expr;
    /* A row that is tested as one value was IS NOT DISTINCT FROM NULL. */
    const struct sql_type *type = d->env->find_type(d->env, test->arg->type);
    bool composite = type && (type->kind == SQL_TYPE_COMPOSITE || type->id == 2249);
    const char *said = words[test->test][test->negated];
    if (test->test == SQL_IS_NULL && composite && !test->row)
        said = test->negated ? " IS DISTINCT FROM NULL" : " IS NOT DISTINCT FROM NULL";
    if (!pg_pretty_paren(d))
        pg_put_char(d, '(');
    bool ok = test->test == SQL_IS_NULL ? pg_put_expr_paren(d, test->arg, true, expr)
                                        : pg_put_expr_paren(d, test->arg, false, expr);
    if (!ok)
        return false;
    pg_put(d, said);
    if (!pg_pretty_paren(d))
        pg_put_char(d, ')');
    return true;
}

/* ---- subqueries */

static bool put_sublink_test(struct pg_deparse *d, const struct sql_expr_sublink *sublink)
{
    const struct sql_expr *test = sublink->test;
    struct sql_exprs left = {NULL, 0};
    struct sql_expr *one;
    if (test->kind == SQL_EXPR_FUNCTION) {
        one = ((const struct sql_expr_call *)test)->args.items[0];
        return pg_put_expr(d, one, true);
    }
    if (test->kind == SQL_EXPR_ROW_COMPARE)
        left = ((const struct sql_expr_row_compare *)test)->left;
    pg_put_char(d, '(');
    if (test->kind == SQL_EXPR_BOOL) {
        const struct sql_exprs *calls = &((const struct sql_expr_bool *)test)->args;
        for (uint32_t i = 0; i < calls->count; i++) {
            pg_put(d, i ? ", " : "");
            if (!pg_put_expr(d, ((const struct sql_expr_call *)calls->items[i])->args.items[0],
                             true))
                return false;
        }
    } else if (!pg_put_exprs(d, &left, true)) {
        return false;
    }
    pg_put_char(d, ')');
    return true;
}

static bool put_sublink_operator(struct pg_deparse *d, const struct sql_expr_sublink *sublink)
{
    if (sublink->sublink_kind == SQL_SUBLINK_ANY && slice_eq_str(sublink->op_name, "=")) {
        pg_put(d, " IN ");
        return true;
    }
    pg_put_char(d, ' ');
    sql_bytes_add_slice(d->out, sublink->op_name);
    if (sublink->sublink_kind == SQL_SUBLINK_ANY)
        pg_put(d, " ANY ");
    else if (sublink->sublink_kind == SQL_SUBLINK_ALL)
        pg_put(d, " ALL ");
    else
        pg_put_char(d, ' ');
    return true;
}

static bool put_sublink(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    (void)show_implicit;
    const struct sql_expr_sublink *sublink = (const struct sql_expr_sublink *)expr;
    bool array = sublink->sublink_kind == SQL_SUBLINK_ARRAY;
    if (pg_put_explain_link(d, sublink))
        return true;
    pg_put(d, array ? "ARRAY(" : "(");
    if (sublink->sublink_kind == SQL_SUBLINK_EXISTS)
        pg_put(d, "EXISTS ");
    if (sublink->test && (!put_sublink_test(d, sublink) || !put_sublink_operator(d, sublink)))
        return false;
    bool inner_paren = sublink->test || sublink->sublink_kind == SQL_SUBLINK_EXISTS;
    if (inner_paren)
        pg_put_char(d, '(');
    if (!pg_put_query(d, sublink->query, false))
        return false;
    pg_put(d, inner_paren ? "))" : ")");
    return true;
}

/* ---- all kinds */

typedef bool put_function_t(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit);

static put_function_t *const put_kinds[SQL_EXPR_KIND_COUNT] = {
    [SQL_EXPR_COLUMN] = put_column,
    [SQL_EXPR_CONST] = put_const,
    [SQL_EXPR_PARAM] = put_param,
    [SQL_EXPR_FUNCTION] = put_function,
    [SQL_EXPR_DISTINCT] = put_distinct,
    [SQL_EXPR_NULLIF] = put_nullif,
    [SQL_EXPR_SCALAR_ARRAY] = put_scalar_array,
    [SQL_EXPR_AGGREGATE] = put_aggregate,
    [SQL_EXPR_GROUPING] = put_grouping,
    [SQL_EXPR_WINDOW] = put_window,
    [SQL_EXPR_BOOL] = put_bool,
    [SQL_EXPR_SUBLINK] = put_sublink,
    [SQL_EXPR_FIELD] = put_field,
    [SQL_EXPR_FIELD_STORE] = put_field_store,
    [SQL_EXPR_SUBSCRIPT] = put_subscript,
    [SQL_EXPR_RELABEL] = put_convert,
    [SQL_EXPR_CONVERT_IO] = put_convert,
    [SQL_EXPR_CONVERT_ROW] = put_convert,
    [SQL_EXPR_TO_DOMAIN] = put_convert,
    [SQL_EXPR_CONVERT_ARRAY] = put_convert_array,
    [SQL_EXPR_CASE] = put_case,
    [SQL_EXPR_CASE_TEST] = put_case_test,
    [SQL_EXPR_ARRAY] = put_array,
    [SQL_EXPR_ROW] = put_row,
    [SQL_EXPR_ROW_COMPARE] = put_row_compare,
    [SQL_EXPR_COALESCE] = put_coalesce,
    [SQL_EXPR_MIN_MAX] = put_min_max,
    [SQL_EXPR_SESSION_VALUE] = put_session_value,
    [SQL_EXPR_NULL_TEST] = put_test,
    [SQL_EXPR_BOOL_TEST] = put_test,
    [SQL_EXPR_XML] = pg_put_xml,
    [SQL_EXPR_JSON] = pg_put_json,
    [SQL_EXPR_JSON_QUERY] = pg_put_json_query,
    [SQL_EXPR_DEFAULT] = put_default,
    [SQL_EXPR_CURRENT_OF] = put_current_of,
    [SQL_EXPR_NEXT_VALUE] = put_next_value,
    [SQL_EXPR_COLLATE] = put_collate,
};

bool pg_put_expr(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit)
{
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(d->env->error, "54001", "stack depth limit exceeded");
    return put_kinds[expr->kind](d, expr, show_implicit);
}

bool pg_put_exprs(struct pg_deparse *d, const struct sql_exprs *list, bool show_implicit)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            pg_put(d, ", ");
        if (!pg_put_expr(d, list->items[i], show_implicit))
            return false;
    }
    return true;
}

bool pg_put_expr_paren(struct pg_deparse *d, const struct sql_expr *expr, bool show_implicit,
                       const struct sql_expr *parent)
{
    bool paren = pg_pretty_paren(d) && !pg_expr_is_simple(d, expr, parent);
    if (paren)
        pg_put_char(d, '(');
    if (!pg_put_expr(d, expr, show_implicit))
        return false;
    if (paren)
        pg_put_char(d, ')');
    return true;
}
