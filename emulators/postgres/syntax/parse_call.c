#include "emulators/postgres/syntax/parser.h"

struct ast_func_call *pg_call_of(struct pg_parser *p, const char *name, int32_t location)
{
    struct ast_func_call *call = PG_NEW(p, FUNC_CALL, func_call, location);
    call->name = pg_names_of(p, "pg_catalog", name);
    call->sql_syntax = true;
    return call;
}

struct ast_node *pg_parse_func_arg_expr(struct pg_parser *p)
{
    uint16_t next = pg_peek(p, 1);
    if ((next != PG_TOKEN_ASSIGN && next != PG_TOKEN_ARROW) ||
        !pg_is_type_function_name(pg_token(p)))
        return pg_parse_a_expr(p);
    struct ast_named_arg *arg = PG_NEW(p, NAMED_ARG, named_arg, pg_here(p));
    arg->name = pg_parse_type_function_name(p);
    pg_skip(p);
    arg->arg = pg_parse_a_expr(p);
    return &arg->node;
}

/* func_arg_list, with VARIADIC before its last. */
static void parse_arguments(struct pg_parser *p, struct ast_func_call *call)
{
    do {
        call->variadic = pg_accept(p, PG_KW_VARIADIC);
        pg_list_add(p, &call->args, pg_parse_func_arg_expr(p));
    } while (!call->variadic && pg_accept(p, ','));
}

/* func_application, behind the name. */
struct ast_func_call *pg_parse_application(struct pg_parser *p, struct ast_names name,
                                           int32_t location)
{
    struct ast_func_call *call = PG_NEW(p, FUNC_CALL, func_call, location);
    call->name = name;
    pg_expect(p, '(');
    if (pg_accept(p, ')'))
        return call;
    if (pg_accept(p, '*')) {
        call->star = true;
        pg_expect(p, ')');
        return call;
    }
    bool all = pg_accept(p, PG_KW_ALL);
    call->distinct = !all && pg_accept(p, PG_KW_DISTINCT);
    if ((all || call->distinct) && pg_at(p) == PG_KW_VARIADIC)
        pg_unexpected(p);
    parse_arguments(p, call);
    call->order_by = pg_parse_opt_sort(p);
    pg_expect(p, ')');
    return call;
}

struct ast_func_call *pg_parse_application_from(struct pg_parser *p, struct ast_func_call *call)
{
    if (pg_accept(p, ','))
        parse_arguments(p, call);
    call->order_by = pg_parse_opt_sort(p);
    pg_expect(p, ')');
    return call;
}

/* name (modifiers) 'text': what looked like a call was a type. */
static struct ast_node *typed_constant(struct pg_parser *p, struct ast_func_call *call)
{
    struct ast_type_cast *cast = PG_NEW(p, TYPE_CAST, type_cast, call->node.location);
    struct ast_type_name *type = PG_NEW(p, TYPE_NAME, type_name, call->node.location);
    if (call->args.count == 0 || call->star || call->variadic || call->distinct)
        pg_unexpected(p);
    int32_t at = pg_here(p);
    cast->arg = pg_string(p, pg_parse_string(p), at);
    for (uint32_t i = 0; i < call->args.count; i++)
        if (call->args.items[i]->kind == AST_NAMED_ARG)
            pg_fail(p, call->args.items[i]->location, "42601",
                    "type modifier cannot have parameter name");
    if (call->order_by.count)
        pg_fail(p, call->node.location, "42601", "type modifier cannot have ORDER BY");
    type->names = call->name;
    type->typmods = call->args;
    cast->type = type;
    return &cast->node;
}

/* within_group_clause. */
static void parse_within_group(struct pg_parser *p, struct ast_func_call *call)
{
    int32_t at = pg_here(p);
    if (!pg_accept(p, PG_KW_WITHIN))
        return;
    pg_expect_two(p, PG_KW_GROUP, '(');
    if (pg_at(p) != PG_KW_ORDER)
        pg_unexpected(p);
    struct ast_list order_by = pg_parse_opt_sort(p);
    pg_expect(p, ')');
    const char *clash = call->order_by.count ? "multiple ORDER BY clauses"
                        : call->distinct     ? "DISTINCT"
                        : call->variadic     ? "VARIADIC"
                                             : NULL;
    if (clash)
        pg_fail(p, at, "42601", "cannot use %s with WITHIN GROUP", clash);
    call->order_by = order_by;
    call->within_group = true;
}

void pg_parse_filter_over(struct pg_parser *p, struct ast_node **filter, struct ast_window **over)
{
    if (pg_accept(p, PG_KW_FILTER)) {
        pg_expect_two(p, '(', PG_KW_WHERE);
        *filter = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    if (!pg_accept(p, PG_KW_OVER))
        return;
    if (pg_at(p) == '(') {
        *over = pg_parse_window_specification(p);
        return;
    }
    struct ast_window *window = PG_NEW(p, WINDOW, window, pg_here(p));
    window->reference_only = true;
    window->end = AST_CURRENT_ROW;
    window->name = pg_parse_col_id(p);
    *over = window;
}

struct ast_node *pg_parse_func_call(struct pg_parser *p, struct ast_names name, int32_t location)
{
    struct ast_func_call *call = pg_parse_application(p, name, location);
    if (pg_at(p) == PG_TOKEN_STRING)
        return typed_constant(p, call);
    parse_within_group(p, call);
    pg_parse_filter_over(p, &call->filter, &call->over);
    return &call->node;
}

struct ast_node *pg_parse_func_expr_windowless(struct pg_parser *p)
{
    struct ast_node *special = pg_parse_special_call(p);
    if (special)
        return special;
    int32_t at = pg_here(p);
    struct ast_names name = pg_parse_func_name(p);
    bool word = name.count == 1 && p->last_end - at == (int32_t)name.items[0].len;
    struct ast_node *call = word ? pg_parse_word_call(p, name.items[0], at) : NULL;
    return call ? call : &pg_parse_application(p, name, at)->node;
}

/* frame_bound. */
static enum ast_frame_bound parse_bound(struct pg_parser *p, struct ast_node **offset)
{
    uint16_t next = pg_peek(p, 1);
    bool unbounded =
        pg_at(p) == PG_KW_UNBOUNDED && (next == PG_KW_PRECEDING || next == PG_KW_FOLLOWING);
    if (unbounded)
        pg_skip(p);
    if (!unbounded && pg_at(p) == PG_KW_CURRENT && next == PG_KW_ROW) {
        pg_skip(p);
        pg_skip(p);
        return AST_CURRENT_ROW;
    }
    if (!unbounded)
        *offset = pg_parse_a_expr(p);
    bool preceding = pg_accept(p, PG_KW_PRECEDING);
    if (!preceding)
        pg_expect(p, PG_KW_FOLLOWING);
    if (unbounded)
        return preceding ? AST_UNBOUNDED_PRECEDING : AST_UNBOUNDED_FOLLOWING;
    return preceding ? AST_OFFSET_PRECEDING : AST_OFFSET_FOLLOWING;
}

static void check_frame(struct pg_parser *p, const struct ast_window *w, int32_t start_at,
                        int32_t end_at)
{
    const char *problem = NULL;
    int32_t at = start_at;
    if (w->start == AST_UNBOUNDED_FOLLOWING) {
        problem = "frame start cannot be UNBOUNDED FOLLOWING";
    } else if (!w->frame_between && w->start == AST_OFFSET_FOLLOWING) {
        problem = "frame starting from following row cannot end with current row";
    } else if (w->frame_between) {
        at = end_at;
        if (w->end == AST_UNBOUNDED_PRECEDING)
            problem = "frame end cannot be UNBOUNDED PRECEDING";
        else if (w->start == AST_CURRENT_ROW && w->end == AST_OFFSET_PRECEDING)
            problem = "frame starting from current row cannot have preceding rows";
        else if (w->start == AST_OFFSET_FOLLOWING &&
                 (w->end == AST_OFFSET_PRECEDING || w->end == AST_CURRENT_ROW))
            problem = "frame starting from following row cannot have preceding rows";
    }
    if (problem)
        pg_fail(p, at, "42P20", "%s", problem);
}

/* opt_window_exclusion_clause. */
static enum ast_frame_exclude parse_exclusion(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_EXCLUDE))
        return AST_EXCLUDE_NOTHING;
    if (pg_accept(p, PG_KW_CURRENT)) {
        pg_expect(p, PG_KW_ROW);
        return AST_EXCLUDE_CURRENT_ROW;
    }
    if (pg_accept(p, PG_KW_GROUP))
        return AST_EXCLUDE_GROUP;
    if (pg_accept(p, PG_KW_TIES))
        return AST_EXCLUDE_TIES;
    pg_expect_two(p, PG_KW_NO, PG_KW_OTHERS);
    return AST_EXCLUDE_NOTHING;
}

/* opt_frame_clause. */
static void parse_frame(struct pg_parser *p, struct ast_window *w)
{
    w->end = AST_CURRENT_ROW;
    uint16_t mode = pg_at(p);
    if (mode != PG_KW_RANGE && mode != PG_KW_ROWS && mode != PG_KW_GROUPS)
        return;
    pg_skip(p);
    w->has_frame = true;
    w->mode = mode == PG_KW_RANGE  ? AST_FRAME_RANGE
              : mode == PG_KW_ROWS ? AST_FRAME_ROWS
                                   : AST_FRAME_GROUPS;
    w->frame_between = pg_accept(p, PG_KW_BETWEEN);
    int32_t start_at = pg_here(p), end_at = start_at;
    w->start = parse_bound(p, &w->start_offset);
    if (w->frame_between) {
        pg_expect(p, PG_KW_AND);
        end_at = pg_here(p);
        w->end = parse_bound(p, &w->end_offset);
    }
    check_frame(p, w, start_at, end_at);
    w->exclude = parse_exclusion(p);
}

/* Words that cannot name a base window, as they begin a clause here. */
static bool starts_window_clause(uint16_t kind)
{
    return kind == PG_KW_PARTITION || kind == PG_KW_RANGE || kind == PG_KW_ROWS ||
           kind == PG_KW_GROUPS;
}

struct ast_window *pg_parse_window_specification(struct pg_parser *p)
{
    struct ast_window *w = PG_NEW(p, WINDOW, window, pg_here(p));
    pg_expect(p, '(');
    if (pg_is_col_id(pg_token(p)) && !starts_window_clause(pg_at(p)))
        w->base = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_PARTITION)) {
        pg_expect(p, PG_KW_BY);
        w->partition_by = pg_parse_expr_list(p);
    }
    w->order_by = pg_parse_opt_sort(p);
    parse_frame(p, w);
    pg_expect(p, ')');
    return w;
}
