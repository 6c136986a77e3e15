#include "emulators/postgres/syntax/parser.h"

bool pg_starts_select(uint16_t kind)
{
    return kind == PG_KW_SELECT || kind == PG_KW_VALUES || kind == PG_KW_WITH ||
           kind == PG_KW_TABLE;
}

/* What may stand behind a SELECT's list when the list is empty. */
static bool ends_target_list(uint16_t kind)
{
    switch (kind) {
    case PG_TOKEN_END:
    case ';':
    case ')':
    case PG_KW_INTO:
    case PG_KW_FROM:
    case PG_KW_WHERE:
    case PG_KW_GROUP:
    case PG_KW_HAVING:
    case PG_KW_WINDOW:
    case PG_KW_WITH:
    case PG_KW_ON:
    case PG_KW_RETURNING: return true;
    default: return pg_continues_select(kind);
    }
}

bool pg_ends_target(uint16_t kind)
{
    return kind == ',' || ends_target_list(kind);
}

bool pg_continues_select(uint16_t kind)
{
    return kind == PG_KW_UNION || kind == PG_KW_INTERSECT || kind == PG_KW_EXCEPT ||
           kind == PG_KW_ORDER || kind == PG_KW_LIMIT || kind == PG_KW_OFFSET ||
           kind == PG_KW_FETCH || kind == PG_KW_FOR;
}

/* target_el. */
static struct ast_node *parse_target(struct pg_parser *p)
{
    struct ast_target *target = PG_NEW(p, TARGET, target, pg_here(p));
    if (pg_accept(p, '*')) {
        struct ast_column_ref *column = PG_NEW(p, COLUMN_REF, column_ref, target->node.location);
        pg_list_add(p, &column->fields, &PG_NEW(p, STAR, star, target->node.location)->node);
        target->value = &column->node;
        return &target->node;
    }
    target->value = pg_parse_target_expr(p);
    if (pg_accept(p, PG_KW_AS)) {
        target->name = pg_parse_col_label(p);
    } else if (pg_is_bare_col_label(pg_token(p))) {
        target->name = pg_token(p)->text;
        pg_skip(p);
    }
    return &target->node;
}

struct ast_list pg_parse_target_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, parse_target(p));
    while (pg_accept(p, ','));
    return list;
}

/* opt_asc_desc, opt_nulls_order. */
void pg_parse_sort_order(struct pg_parser *p, enum ast_sort_direction *direction,
                         enum ast_nulls_order *nulls)
{
    if (pg_accept(p, PG_KW_ASC))
        *direction = AST_SORT_ASC;
    else if (pg_accept(p, PG_KW_DESC))
        *direction = AST_SORT_DESC;
    uint16_t next = pg_at(p) == PG_KW_NULLS ? pg_peek(p, 1) : 0;
    if (next == PG_KW_FIRST || next == PG_KW_LAST) {
        *nulls = next == PG_KW_FIRST ? AST_NULLS_FIRST : AST_NULLS_LAST;
        pg_skip(p);
        pg_skip(p);
    }
}

static struct ast_node *parse_sort_by(struct pg_parser *p)
{
    struct ast_sort_by *sort = PG_NEW(p, SORT_BY, sort_by, -1);
    sort->arg = pg_parse_a_expr(p);
    if (pg_accept(p, PG_KW_USING)) {
        sort->node.location = pg_here(p);
        sort->direction = AST_SORT_USING;
        sort->operator= pg_parse_qual_all_operator(p);
    }
    enum ast_sort_direction direction = sort->direction;
    pg_parse_sort_order(p, &direction, &sort->nulls);
    if (sort->direction == AST_SORT_DEFAULT)
        sort->direction = direction;
    else if (direction != sort->direction)
        pg_unexpected(p);
    return &sort->node;
}

struct ast_list pg_parse_opt_sort(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_accept(p, PG_KW_ORDER))
        return list;
    pg_expect(p, PG_KW_BY);
    do
        pg_list_add(p, &list, parse_sort_by(p));
    while (pg_accept(p, ','));
    return list;
}

struct ast_node *pg_parse_opt_where(struct pg_parser *p)
{
    return pg_accept(p, PG_KW_WHERE) ? pg_parse_a_expr(p) : NULL;
}

static struct ast_list parse_group_by_list(struct pg_parser *p);

/* group_by_item. */
static struct ast_node *parse_group_by_item(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    enum ast_grouping_set_type type = AST_GROUPING_EMPTY;
    if (kind == '(' && next == ')') {
        pg_skip(p);
    } else if ((kind == PG_KW_CUBE || kind == PG_KW_ROLLUP) && next == '(') {
        type = kind == PG_KW_CUBE ? AST_GROUPING_CUBE : AST_GROUPING_ROLLUP;
        pg_skip(p);
    } else if (kind == PG_KW_GROUPING && next == PG_KW_SETS) {
        type = AST_GROUPING_SETS;
        pg_skip(p);
        pg_skip(p);
    } else {
        return pg_parse_a_expr(p);
    }
    struct ast_grouping_set *set = PG_NEW(p, GROUPING_SET, grouping_set, at);
    set->type = type;
    if (type != AST_GROUPING_EMPTY && pg_enter(p)) {
        pg_expect(p, '(');
        set->content = type == AST_GROUPING_SETS ? parse_group_by_list(p) : pg_parse_expr_list(p);
        pg_leave(p);
    }
    pg_expect(p, ')');
    return &set->node;
}

static struct ast_list parse_group_by_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, parse_group_by_item(p));
    while (pg_accept(p, ','));
    return list;
}

static void parse_group_by(struct pg_parser *p, struct ast_select *select)
{
    if (!pg_accept(p, PG_KW_GROUP))
        return;
    pg_expect(p, PG_KW_BY);
    select->group_distinct = pg_accept(p, PG_KW_DISTINCT);
    if (!select->group_distinct)
        pg_accept(p, PG_KW_ALL);
    select->group_by = parse_group_by_list(p);
}

/* window_clause. */
static void parse_windows(struct pg_parser *p, struct ast_select *select)
{
    if (!pg_accept(p, PG_KW_WINDOW))
        return;
    do {
        struct slice name = pg_parse_col_id(p);
        pg_expect(p, PG_KW_AS);
        struct ast_window *window = pg_parse_window_specification(p);
        window->name = name;
        pg_list_add(p, &select->windows, &window->node);
    } while (pg_accept(p, ','));
}

/* into_clause's OptTempTableName. */
struct ast_into *pg_parse_into_target(struct pg_parser *p)
{
    struct ast_into *into = PG_NEW(p, INTO, into, pg_here(p));
    enum ast_persistence persistence = AST_PERMANENT;
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    bool temp_next = next == PG_KW_TEMP || next == PG_KW_TEMPORARY;
    if ((kind == PG_KW_LOCAL || kind == PG_KW_GLOBAL) && temp_next) {
        pg_skip(p);
        kind = next;
    }
    const struct pg_token *after = pg_token_ahead(p, 1);
    bool more = after->kind == PG_KW_TABLE || pg_is_col_id(after); /* else it is the name */
    if (more && (kind == PG_KW_TEMP || kind == PG_KW_TEMPORARY))
        persistence = AST_TEMPORARY;
    else if (more && kind == PG_KW_UNLOGGED)
        persistence = AST_UNLOGGED;
    if (persistence != AST_PERMANENT)
        pg_skip(p);
    pg_accept(p, PG_KW_TABLE);
    into->relation = pg_parse_qualified_name(p);
    into->relation->persistence = persistence;
    return into;
}

/* [ALL | DISTINCT [ON (...)]] and the targets. */
static void parse_targets(struct pg_parser *p, struct ast_select *select)
{
    select->distinct = pg_accept(p, PG_KW_DISTINCT);
    if (select->distinct && pg_accept(p, PG_KW_ON)) {
        pg_expect(p, '(');
        select->distinct_on = pg_parse_expr_list(p);
        pg_expect(p, ')');
    }
    if (!select->distinct)
        pg_accept(p, PG_KW_ALL);
    if (select->distinct || !ends_target_list(pg_at(p)))
        select->targets = pg_parse_target_list(p);
}

/* What follows the targets up to set operations. */
static void parse_clauses(struct pg_parser *p, struct ast_select *select)
{
    if (pg_accept(p, PG_KW_FROM))
        select->from = pg_parse_from_list(p);
    select->where = pg_parse_opt_where(p);
    parse_group_by(p, select);
    if (pg_accept(p, PG_KW_HAVING))
        select->having = pg_parse_a_expr(p);
    parse_windows(p, select);
}

/* simple_select's SELECT. */
static struct ast_select *parse_plain_select(struct pg_parser *p)
{
    struct ast_select *select = PG_NEW(p, SELECT, select, pg_here(p));
    pg_expect(p, PG_KW_SELECT);
    parse_targets(p, select);
    if (pg_accept(p, PG_KW_INTO))
        select->into = pg_parse_into_target(p);
    parse_clauses(p, select);
    return select;
}

static struct ast_select *parse_values(struct pg_parser *p)
{
    struct ast_select *select = PG_NEW(p, SELECT, select, pg_here(p));
    pg_expect(p, PG_KW_VALUES);
    do {
        int32_t at = pg_here(p);
        pg_expect(p, '(');
        struct ast_list row = pg_parse_expr_list(p);
        pg_expect(p, ')');
        pg_list_add(p, &select->values_lists, pg_list_node(p, row, at));
    } while (pg_accept(p, ','));
    return select;
}

/* TABLE name: SELECT * FROM name. */
static struct ast_select *parse_table(struct pg_parser *p)
{
    struct ast_select *select = PG_NEW(p, SELECT, select, pg_here(p));
    pg_expect(p, PG_KW_TABLE);
    struct ast_column_ref *column = PG_NEW(p, COLUMN_REF, column_ref, -1);
    pg_list_add(p, &column->fields, &PG_NEW(p, STAR, star, -1)->node);
    struct ast_target *target = PG_NEW(p, TARGET, target, -1);
    target->value = &column->node;
    pg_list_add(p, &select->targets, &target->node);
    pg_list_add(p, &select->from, &pg_parse_relation_expr(p)->node);
    return select;
}

struct ast_select *pg_parse_select_with_parens(struct pg_parser *p)
{
    struct ast_select *select;
    pg_expect(p, '(');
    if (!pg_enter(p))
        return PG_NEW(p, SELECT, select, -1);
    if (pg_at(p) == '(')
        select = pg_parse_select_from(p, pg_parse_select_with_parens(p));
    else
        select = pg_parse_select(p);
    pg_expect(p, ')');
    pg_leave(p);
    return select;
}

static struct ast_select *parse_operand(struct pg_parser *p)
{
    switch (pg_at(p)) {
    case PG_KW_SELECT: return parse_plain_select(p);
    case PG_KW_VALUES: return parse_values(p);
    case PG_KW_TABLE: return parse_table(p);
    case '(': return pg_parse_select_with_parens(p);
    default: pg_unexpected(p); return PG_NEW(p, SELECT, select, -1);
    }
}

/* UNION and EXCEPT associate to the left, INTERSECT binds more strongly. */
static struct ast_select *parse_set_operations(struct pg_parser *p, struct ast_select *left,
                                               bool intersect_only)
{
    for (;;) {
        uint16_t kind = pg_at(p);
        bool intersect = kind == PG_KW_INTERSECT;
        if (!intersect && (intersect_only || (kind != PG_KW_UNION && kind != PG_KW_EXCEPT)))
            return left;
        struct ast_select *both = PG_NEW(p, SELECT, select, left->node.location);
        pg_skip(p);
        both->operation = intersect ? AST_INTERSECT : kind == PG_KW_UNION ? AST_UNION : AST_EXCEPT;
        both->all = pg_accept(p, PG_KW_ALL);
        if (!both->all)
            pg_accept(p, PG_KW_DISTINCT);
        both->left = left;
        both->right = parse_operand(p);
        if (!intersect)
            both->right = parse_set_operations(p, both->right, true);
        left = both;
    }
}

/* What stands behind a query: ORDER BY, LIMIT ..., FOR UPDATE. */
struct tail {
    struct ast_list order_by, locking;
    struct ast_node *limit, *offset;
    int32_t ties_at; /* -1: not WITH TIES */
};

/* select_fetch_first_value, as far as it is written. */
static struct ast_node *parse_fetch_value(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    if ((kind == PG_KW_ROW || kind == PG_KW_ROWS) && (next == PG_KW_ONLY || next == PG_KW_WITH))
        return pg_integer(p, 1, -1);
    if (kind != '+' && kind != '-')
        return pg_parse_c_expr(p);
    if (next != PG_TOKEN_INTEGER && next != PG_TOKEN_FLOAT) {
        pg_skip(p);
        pg_unexpected(p);
        return pg_null(p, at);
    }
    if (kind == '-')
        return pg_parse_numeric_only(p);
    pg_skip(p);
    return &pg_operator(p, AST_OP, "+", NULL, pg_parse_numeric_only(p), at)->node;
}

static void parse_fetch(struct pg_parser *p, struct tail *tail)
{
    pg_skip(p);
    if (!pg_accept(p, PG_KW_FIRST))
        pg_expect(p, PG_KW_NEXT);
    tail->limit = parse_fetch_value(p);
    if (!pg_accept(p, PG_KW_ROW))
        pg_expect(p, PG_KW_ROWS);
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_ONLY))
        return;
    pg_expect_two(p, PG_KW_WITH, PG_KW_TIES);
    tail->ties_at = at;
}

static void parse_limit(struct pg_parser *p, struct tail *tail)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    int32_t all_at = pg_here(p);
    tail->limit = pg_accept(p, PG_KW_ALL) ? pg_null(p, all_at) : pg_parse_a_expr(p);
    if (pg_accept(p, ',')) {
        pg_parse_a_expr(p);
        bool first = !p->failed;
        pg_fail(p, at, "42601", "LIMIT #,# syntax is not supported");
        if (first)
            sql_hint(p->error, "Use separate LIMIT and OFFSET clauses.");
    }
}

/* select_limit: both parts, in any order. */
static void parse_limits(struct pg_parser *p, struct tail *tail)
{
    for (;;) {
        uint16_t kind = pg_at(p);
        if (kind == PG_KW_OFFSET && !tail->offset) {
            pg_skip(p);
            tail->offset = pg_parse_a_expr(p);
            if (!pg_accept(p, PG_KW_ROW))
                pg_accept(p, PG_KW_ROWS);
        } else if (kind == PG_KW_LIMIT && !tail->limit) {
            parse_limit(p, tail);
        } else if (kind == PG_KW_FETCH && !tail->limit) {
            parse_fetch(p, tail);
        } else {
            return;
        }
    }
}

/* for_locking_strength, behind FOR. */
static enum ast_lock_strength parse_lock_strength(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_UPDATE))
        return AST_LOCK_UPDATE;
    if (pg_accept(p, PG_KW_SHARE))
        return AST_LOCK_SHARE;
    if (pg_accept(p, PG_KW_NO)) {
        pg_expect_two(p, PG_KW_KEY, PG_KW_UPDATE);
        return AST_LOCK_NO_KEY_UPDATE;
    }
    pg_expect_two(p, PG_KW_KEY, PG_KW_SHARE);
    return AST_LOCK_KEY_SHARE;
}

/* for_locking_clause. */
static void parse_locking(struct pg_parser *p, struct tail *tail)
{
    if (pg_at(p) == PG_KW_FOR && pg_peek(p, 1) == PG_KW_READ) {
        pg_skip(p);
        pg_skip(p);
        pg_expect(p, PG_KW_ONLY);
        return;
    }
    while (pg_at(p) == PG_KW_FOR) {
        struct ast_locking *locking = PG_NEW(p, LOCKING, locking, pg_here(p));
        pg_skip(p);
        locking->strength = parse_lock_strength(p);
        if (pg_accept(p, PG_KW_OF))
            locking->relations = pg_parse_qualified_name_list(p);
        if (pg_accept(p, PG_KW_NOWAIT)) {
            locking->wait = AST_LOCK_NOWAIT;
        } else if (pg_accept(p, PG_KW_SKIP)) {
            pg_expect(p, PG_KW_LOCKED);
            locking->wait = AST_LOCK_SKIP_LOCKED;
        }
        pg_list_add(p, &tail->locking, &locking->node);
    }
}

static struct tail parse_tail(struct pg_parser *p)
{
    struct tail tail = {.ties_at = -1};
    tail.order_by = pg_parse_opt_sort(p);
    bool locking_first = pg_at(p) == PG_KW_FOR;
    if (locking_first)
        parse_locking(p, &tail);
    parse_limits(p, &tail);
    if (!locking_first)
        parse_locking(p, &tail);
    return tail;
}

static void fail_multiple(struct pg_parser *p, const char *what, const struct ast_node *node)
{
    pg_fail(p, ast_location(node), "42601", "multiple %s clauses not allowed", what);
}

static void apply_limit(struct pg_parser *p, struct ast_select *select, const struct tail *tail)
{
    if (tail->offset && select->offset)
        fail_multiple(p, "OFFSET", tail->offset);
    if (tail->offset)
        select->offset = tail->offset;
    if (tail->limit && select->limit)
        fail_multiple(p, "LIMIT", tail->limit);
    if (tail->limit)
        select->limit = tail->limit;
    if (tail->ties_at < 0)
        return;
    if (select->limit_option == AST_LIMIT_WITH_TIES)
        pg_fail(p, -1, "42601", "multiple limit options not allowed");
    if (select->order_by.count == 0)
        pg_fail(p, -1, "42601", "WITH TIES cannot be specified without ORDER BY clause");
    for (uint32_t i = 0; i < select->locking.count; i++)
        if (AST_AS(locking, select->locking.items[i])->wait == AST_LOCK_SKIP_LOCKED)
            pg_fail(p, -1, "42601", "%s and %s options cannot be used together", "SKIP LOCKED",
                    "WITH TIES");
    select->limit_option = AST_LIMIT_WITH_TIES;
}

/* A query in parentheses and the clauses behind them are one query, each clause given once. */
static void apply_tail(struct pg_parser *p, struct ast_select *select, const struct tail *tail)
{
    if (tail->order_by.count && select->order_by.count)
        fail_multiple(p, "ORDER BY", AST_AS(sort_by, tail->order_by.items[0])->arg);
    if (tail->order_by.count)
        select->order_by = tail->order_by;
    for (uint32_t i = 0; i < tail->locking.count; i++)
        pg_list_add(p, &select->locking, tail->locking.items[i]);
    apply_limit(p, select, tail);
}

struct ast_select *pg_parse_select_from(struct pg_parser *p, struct ast_select *first)
{
    struct ast_select *select = parse_set_operations(p, first, false);
    struct tail tail = parse_tail(p);
    apply_tail(p, select, &tail);
    return select;
}

struct ast_select *pg_parse_select_after_with(struct pg_parser *p, struct ast_with *with)
{
    struct ast_select *select = pg_parse_select_from(p, parse_operand(p));
    if (with && select->with)
        fail_multiple(p, "WITH", &with->node);
    if (with)
        select->with = with;
    return select;
}

struct ast_select *pg_parse_select(struct pg_parser *p)
{
    if (!pg_enter(p))
        return PG_NEW(p, SELECT, select, -1);
    struct ast_select *select = pg_parse_select_after_with(p, pg_parse_opt_with(p));
    pg_leave(p);
    return select;
}

/* PLpgSQL_Expr: a query without its first word, one row's worth of it. */
struct ast_select *pg_parse_routine_expression(struct pg_parser *p)
{
    struct ast_select *select = PG_NEW(p, SELECT, select, pg_here(p));
    if (pg_at(p) == PG_KW_ALL)
        pg_unexpected(p);
    parse_targets(p, select);
    parse_clauses(p, select);
    struct tail tail = parse_tail(p);
    apply_tail(p, select, &tail);
    return select;
}
