#include "emulators/postgres/syntax/parser.h"

/* set_target, insert_column_item. */
static struct ast_target *parse_set_target(struct pg_parser *p)
{
    struct ast_target *target = PG_NEW(p, TARGET, target, pg_here(p));
    target->name = pg_parse_col_id(p);
    target->indirection = pg_parse_opt_indirection(p);
    return target;
}

static struct ast_list parse_set_target_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &parse_set_target(p)->node);
    while (pg_accept(p, ','));
    return list;
}

/* '(' set_target_list ')' '=' a_expr: each target gets its part of the source. */
static void parse_multi_assign(struct pg_parser *p, struct ast_list *targets)
{
    pg_expect(p, '(');
    struct ast_list list = parse_set_target_list(p);
    pg_expect_two(p, ')', '=');
    struct ast_node *source = pg_parse_a_expr(p);
    for (uint32_t i = 0; i < list.count; i++) {
        struct ast_multi_assign *assign = PG_NEW(p, MULTI_ASSIGN, multi_assign, source->location);
        assign->source = source;
        assign->column = (int32_t)i + 1;
        assign->columns = (int32_t)list.count;
        AST_AS(target, list.items[i])->value = &assign->node;
        pg_list_add(p, targets, list.items[i]);
    }
}

/* set_clause_list, behind SET. */
static struct ast_list parse_set_clauses(struct pg_parser *p)
{
    struct ast_list targets = {0};
    do {
        if (pg_at(p) == '(') {
            parse_multi_assign(p, &targets);
            continue;
        }
        struct ast_target *target = parse_set_target(p);
        pg_expect(p, '=');
        target->value = pg_parse_a_expr(p);
        pg_list_add(p, &targets, &target->node);
    } while (pg_accept(p, ','));
    return targets;
}

/* returning_clause. */
static struct ast_list parse_returning(struct pg_parser *p)
{
    return pg_accept(p, PG_KW_RETURNING) ? pg_parse_target_list(p) : (struct ast_list){0};
}

/* where_or_current_clause. */
static struct ast_node *parse_where_or_current(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_WHERE))
        return NULL;
    if (pg_at(p) != PG_KW_CURRENT || pg_peek(p, 1) != PG_KW_OF)
        return pg_parse_a_expr(p);
    struct ast_current_of *current = PG_NEW(p, CURRENT_OF, current_of, pg_here(p));
    pg_skip(p);
    pg_skip(p);
    current->cursor = pg_parse_col_id(p);
    return &current->node;
}

/* opt_conf_expr. */
static struct ast_infer *parse_infer(struct pg_parser *p)
{
    struct ast_infer *infer = PG_NEW(p, INFER, infer, pg_here(p));
    if (pg_accept(p, '(')) {
        infer->elements = pg_parse_index_params(p);
        pg_expect(p, ')');
        infer->where = pg_parse_opt_where(p);
        return infer;
    }
    if (!pg_accept(p, PG_KW_ON))
        return NULL;
    pg_expect(p, PG_KW_CONSTRAINT);
    infer->constraint = pg_parse_col_id(p);
    return infer;
}

/* opt_on_conflict. */
static struct ast_on_conflict *parse_on_conflict(struct pg_parser *p)
{
    struct ast_on_conflict *conflict = PG_NEW(p, ON_CONFLICT, on_conflict, pg_here(p));
    if (!pg_accept(p, PG_KW_ON))
        return NULL;
    pg_expect(p, PG_KW_CONFLICT);
    conflict->infer = parse_infer(p);
    pg_expect(p, PG_KW_DO);
    if (pg_accept(p, PG_KW_NOTHING))
        return conflict;
    conflict->update = true;
    pg_expect_two(p, PG_KW_UPDATE, PG_KW_SET);
    conflict->targets = parse_set_clauses(p);
    conflict->where = pg_parse_opt_where(p);
    return conflict;
}

/* OVERRIDING override_kind VALUE. */
static enum ast_overriding parse_overriding(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_OVERRIDING))
        return AST_OVERRIDING_NONE;
    bool user = pg_accept(p, PG_KW_USER);
    if (!user)
        pg_expect(p, PG_KW_SYSTEM);
    pg_expect(p, PG_KW_VALUE);
    return user ? AST_OVERRIDING_USER : AST_OVERRIDING_SYSTEM;
}

/* Whether '(' opens a query rather than a list of columns. */
static bool opens_query(struct pg_parser *p)
{
    uint16_t next = pg_peek(p, 1);
    if (next == PG_KW_VALUES)
        return pg_peek(p, 2) == '(';
    return next == '(' || pg_starts_select(next);
}

struct ast_node *pg_parse_insert(struct pg_parser *p, struct ast_with *with)
{
    struct ast_insert *insert = PG_NEW(p, INSERT, insert, pg_here(p));
    insert->with = with;
    pg_expect_two(p, PG_KW_INSERT, PG_KW_INTO);
    insert->relation = pg_parse_qualified_name(p);
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_AS)) {
        insert->relation->alias = PG_NEW(p, ALIAS, alias, at);
        insert->relation->alias->name = pg_parse_col_id(p);
    }
    if (pg_accept(p, PG_KW_DEFAULT)) {
        pg_expect(p, PG_KW_VALUES);
    } else {
        if (pg_at(p) == '(' && !opens_query(p)) {
            pg_skip(p);
            insert->columns = parse_set_target_list(p);
            pg_expect(p, ')');
        }
        insert->overriding = parse_overriding(p);
        insert->source = pg_parse_select(p);
    }
    insert->on_conflict = parse_on_conflict(p);
    insert->returning = parse_returning(p);
    return &insert->node;
}

struct ast_node *pg_parse_update(struct pg_parser *p, struct ast_with *with)
{
    struct ast_update *update = PG_NEW(p, UPDATE, update, pg_here(p));
    update->with = with;
    pg_expect(p, PG_KW_UPDATE);
    update->relation = pg_parse_relation_expr_opt_alias(p);
    pg_expect(p, PG_KW_SET);
    update->targets = parse_set_clauses(p);
    if (pg_accept(p, PG_KW_FROM))
        update->from = pg_parse_from_list(p);
    update->where = parse_where_or_current(p);
    update->returning = parse_returning(p);
    return &update->node;
}

struct ast_node *pg_parse_delete(struct pg_parser *p, struct ast_with *with)
{
    struct ast_delete *delete = PG_NEW(p, DELETE, delete, pg_here(p));
    delete->with = with;
    pg_expect_two(p, PG_KW_DELETE, PG_KW_FROM);
    delete->relation = pg_parse_relation_expr_opt_alias(p);
    if (pg_accept(p, PG_KW_USING))
        delete->from = pg_parse_from_list(p);
    delete->where = parse_where_or_current(p);
    delete->returning = parse_returning(p);
    return &delete->node;
}

/* merge_insert, behind INSERT. */
static void parse_merge_insert(struct pg_parser *p, struct ast_merge_when *when)
{
    when->action = AST_MERGE_INSERT;
    if (pg_accept(p, PG_KW_DEFAULT)) {
        pg_expect(p, PG_KW_VALUES);
        return;
    }
    if (pg_accept(p, '(')) {
        when->targets = parse_set_target_list(p);
        pg_expect(p, ')');
    }
    when->overriding = parse_overriding(p);
    pg_expect_two(p, PG_KW_VALUES, '(');
    when->values = pg_parse_expr_list(p);
    pg_expect(p, ')');
}

/* merge_when_clause. BY SOURCE and BY TARGET are of version 17. */
static struct ast_node *parse_merge_when(struct pg_parser *p)
{
    struct ast_merge_when *when = PG_NEW(p, MERGE_WHEN, merge_when, pg_here(p));
    pg_expect(p, PG_KW_WHEN);
    bool not = pg_accept(p, PG_KW_NOT);
    pg_expect(p, PG_KW_MATCHED);
    when->match = not ? AST_MERGE_NOT_MATCHED : AST_MERGE_MATCHED;
    if (not &&pg_accept(p, PG_KW_BY)) {
        if (pg_accept_word(p, "source"))
            when->match = AST_MERGE_NOT_MATCHED_BY_SOURCE;
        else
            pg_expect_word(p, "target");
    }
    if (pg_accept(p, PG_KW_AND))
        when->condition = pg_parse_a_expr(p);
    pg_expect(p, PG_KW_THEN);
    bool inserts = when->match == AST_MERGE_NOT_MATCHED;
    if (pg_accept(p, PG_KW_DO)) {
        pg_expect(p, PG_KW_NOTHING);
        when->action = AST_MERGE_DO_NOTHING;
    } else if (inserts) {
        pg_expect(p, PG_KW_INSERT);
        parse_merge_insert(p, when);
    } else if (pg_accept(p, PG_KW_UPDATE)) {
        pg_expect(p, PG_KW_SET);
        when->action = AST_MERGE_UPDATE;
        when->targets = parse_set_clauses(p);
    } else {
        pg_expect(p, PG_KW_DELETE);
        when->action = AST_MERGE_DELETE;
    }
    return &when->node;
}

struct ast_node *pg_parse_merge(struct pg_parser *p, struct ast_with *with)
{
    struct ast_merge *merge = PG_NEW(p, MERGE, merge, pg_here(p));
    merge->with = with;
    pg_expect_two(p, PG_KW_MERGE, PG_KW_INTO);
    merge->relation = pg_parse_relation_expr_opt_alias(p);
    pg_expect(p, PG_KW_USING);
    merge->source = pg_parse_table_ref(p);
    pg_expect(p, PG_KW_ON);
    merge->on = pg_parse_a_expr(p);
    do
        pg_list_add(p, &merge->whens, parse_merge_when(p));
    while (pg_at(p) == PG_KW_WHEN);
    merge->returning = parse_returning(p);
    return &merge->node;
}
