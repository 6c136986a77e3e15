#include "emulators/postgres/syntax/parser.h"

/* Triggers, event triggers, rules, policies and statistics of tables. CREATE's begin at their word. */

/* TriggerEvents. */
static void parse_events(struct pg_parser *p, struct ast_create_trigger *create)
{
    do {
        uint32_t event = 0;
        if (pg_accept(p, PG_KW_INSERT))
            event = AST_TRIGGER_INSERT;
        else if (pg_accept(p, PG_KW_DELETE))
            event = AST_TRIGGER_DELETE;
        else if (pg_accept(p, PG_KW_TRUNCATE))
            event = AST_TRIGGER_TRUNCATE;
        else if (pg_accept(p, PG_KW_UPDATE))
            event = AST_TRIGGER_UPDATE;
        else
            pg_unexpected(p);
        if (event == AST_TRIGGER_UPDATE && pg_accept(p, PG_KW_OF)) {
            struct ast_names columns = pg_parse_name_list(p);
            for (uint32_t i = 0; i < columns.count; i++)
                pg_names_add(p, &create->columns, columns.items[i]);
        }
        if (create->events & event)
            pg_fail_here(p, "duplicate trigger events specified");
        create->events |= event;
    } while (pg_accept(p, PG_KW_OR));
}

/* TriggerReferencing. */
static void parse_transitions(struct pg_parser *p, struct ast_create_trigger *create)
{
    if (!pg_accept(p, PG_KW_REFERENCING))
        return;
    do {
        struct ast_trigger_transition *transition =
            PG_NEW(p, TRIGGER_TRANSITION, trigger_transition, pg_here(p));
        transition->is_new = pg_accept(p, PG_KW_NEW);
        if (!transition->is_new)
            pg_expect(p, PG_KW_OLD);
        transition->is_table = pg_accept(p, PG_KW_TABLE);
        if (!transition->is_table)
            pg_expect(p, PG_KW_ROW);
        pg_accept(p, PG_KW_AS);
        transition->name = pg_parse_col_id(p);
        pg_list_add(p, &create->transitions, &transition->node);
    } while (pg_at(p) == PG_KW_NEW || pg_at(p) == PG_KW_OLD);
}

/* TriggerFuncArg. */
static struct slice parse_trigger_argument(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    struct slice text = token->text;
    bool literal = token->kind == PG_TOKEN_INTEGER || token->kind == PG_TOKEN_FLOAT ||
                   token->kind == PG_TOKEN_STRING;
    if (!literal)
        return pg_parse_col_label(p);
    pg_skip(p);
    return text;
}

/* TriggerWhen EXECUTE FUNCTION name (arguments). */
static void parse_execution(struct pg_parser *p, struct ast_create_trigger *create)
{
    if (pg_accept(p, PG_KW_WHEN)) {
        pg_expect(p, '(');
        create->when = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    pg_expect(p, PG_KW_EXECUTE);
    if (!pg_accept(p, PG_KW_FUNCTION))
        pg_expect(p, PG_KW_PROCEDURE);
    create->function = pg_parse_func_name(p);
    pg_expect(p, '(');
    if (pg_accept(p, ')'))
        return;
    if (pg_at(p) != ',') /* the grammar lets the first be empty */
        pg_names_add(p, &create->args, parse_trigger_argument(p));
    while (pg_accept(p, ','))
        pg_names_add(p, &create->args, parse_trigger_argument(p));
    pg_expect(p, ')');
}

/* CONSTRAINT TRIGGER, behind these words. */
static void parse_constraint_trigger(struct pg_parser *p, struct ast_create_trigger *create)
{
    create->constraint = true;
    create->row = true;
    create->timing = AST_TRIGGER_AFTER;
    create->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_AFTER);
    parse_events(p, create);
    pg_expect(p, PG_KW_ON);
    create->relation = pg_parse_qualified_name(p);
    if (pg_accept(p, PG_KW_FROM))
        create->constraint_relation = pg_parse_qualified_name(p);
    pg_parse_timing_attributes(p, "TRIGGER", &create->deferrable, &create->initially_deferred);
    pg_expect_two(p, PG_KW_FOR, PG_KW_EACH);
    pg_expect(p, PG_KW_ROW);
    parse_execution(p, create);
}

static void parse_plain_trigger(struct pg_parser *p, struct ast_create_trigger *create)
{
    create->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_BEFORE)) {
        create->timing = AST_TRIGGER_BEFORE;
    } else if (pg_accept(p, PG_KW_AFTER)) {
        create->timing = AST_TRIGGER_AFTER;
    } else {
        pg_expect_two(p, PG_KW_INSTEAD, PG_KW_OF);
        create->timing = AST_TRIGGER_INSTEAD;
    }
    parse_events(p, create);
    pg_expect(p, PG_KW_ON);
    create->relation = pg_parse_qualified_name(p);
    parse_transitions(p, create);
    if (pg_accept(p, PG_KW_FOR)) {
        pg_accept(p, PG_KW_EACH);
        create->row = pg_accept(p, PG_KW_ROW);
        if (!create->row)
            pg_expect(p, PG_KW_STATEMENT);
    }
    parse_execution(p, create);
}

struct ast_node *pg_parse_create_trigger(struct pg_parser *p, bool replace, int32_t at)
{
    struct ast_create_trigger *create = PG_NEW(p, CREATE_TRIGGER, create_trigger, at);
    create->replace = replace;
    if (!pg_accept(p, PG_KW_CONSTRAINT)) {
        pg_expect(p, PG_KW_TRIGGER);
        parse_plain_trigger(p, create);
        return &create->node;
    }
    pg_expect(p, PG_KW_TRIGGER);
    parse_constraint_trigger(p, create);
    if (replace)
        pg_fail(p, at, "0A000", "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported");
    return &create->node;
}

/* event_trigger_when_item: name IN ('a', 'b'). */
static struct ast_node *parse_event_filter(struct pg_parser *p)
{
    struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
    struct ast_list values = {0};
    option->name = pg_parse_col_id(p);
    pg_expect_two(p, PG_KW_IN, '(');
    do {
        int32_t at = pg_here(p);
        pg_list_add(p, &values, pg_string(p, pg_parse_string(p), at));
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    option->value = pg_list_node(p, values, -1);
    return &option->node;
}

struct ast_node *pg_parse_create_event_trigger(struct pg_parser *p)
{
    struct ast_create_event_trigger *create =
        PG_NEW(p, CREATE_EVENT_TRIGGER, create_event_trigger, pg_here(p));
    pg_expect_two(p, PG_KW_EVENT, PG_KW_TRIGGER);
    create->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_ON);
    create->event = pg_parse_col_label(p);
    if (pg_accept(p, PG_KW_WHEN))
        do
            pg_list_add(p, &create->filters, parse_event_filter(p));
        while (pg_accept(p, PG_KW_AND));
    pg_expect(p, PG_KW_EXECUTE);
    if (!pg_accept(p, PG_KW_FUNCTION))
        pg_expect(p, PG_KW_PROCEDURE);
    create->function = pg_parse_func_name(p);
    pg_expect_two(p, '(', ')');
    return &create->node;
}

struct ast_node *pg_parse_alter_event_trigger(struct pg_parser *p, const struct ast_object *object,
                                              int32_t at)
{
    struct ast_alter_event_trigger *alter = PG_NEW(p, ALTER_EVENT_TRIGGER, alter_event_trigger, at);
    alter->name = pg_object_name(object);
    alter->enabled = 'D';
    if (pg_accept(p, PG_KW_DISABLE))
        return &alter->node;
    pg_expect(p, PG_KW_ENABLE);
    alter->enabled = pg_accept(p, PG_KW_REPLICA) ? 'R' : pg_accept(p, PG_KW_ALWAYS) ? 'A' : 'O';
    return &alter->node;
}

/* RuleActionStmt. */
static struct ast_node *parse_rule_action(struct pg_parser *p)
{
    return pg_at(p) == PG_KW_NOTIFY ? pg_parse_notify(p) : pg_parse_preparable(p);
}

/* RuleActionList. */
static void parse_rule_actions(struct pg_parser *p, struct ast_create_rule *create)
{
    if (pg_accept(p, PG_KW_NOTHING))
        return;
    if (!pg_accept(p, '(')) {
        pg_list_add(p, &create->actions, parse_rule_action(p));
        return;
    }
    do
        if (pg_at(p) != ';' && pg_at(p) != ')')
            pg_list_add(p, &create->actions, parse_rule_action(p));
    while (pg_accept(p, ';'));
    pg_expect(p, ')');
}

struct ast_node *pg_parse_create_rule(struct pg_parser *p, bool replace)
{
    static const struct {
        uint16_t word;
        enum ast_rule_event event;
    } events[] = {
        {PG_KW_SELECT, AST_RULE_SELECT},
        {PG_KW_UPDATE, AST_RULE_UPDATE},
        {PG_KW_INSERT, AST_RULE_INSERT},
        {PG_KW_DELETE, AST_RULE_DELETE}
    };
    struct ast_create_rule *create = PG_NEW(p, CREATE_RULE, create_rule, pg_here(p));
    create->replace = replace;
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    pg_expect_two(p, PG_KW_AS, PG_KW_ON);
    for (size_t i = 0; i < 4 && !create->event; i++)
        if (pg_accept(p, events[i].word))
            create->event = events[i].event;
    if (!create->event)
        pg_unexpected(p);
    pg_expect(p, PG_KW_TO);
    create->relation = pg_parse_qualified_name(p);
    create->where = pg_parse_opt_where(p);
    pg_expect(p, PG_KW_DO);
    create->instead = pg_accept(p, PG_KW_INSTEAD);
    if (!create->instead)
        pg_accept(p, PG_KW_ALSO);
    parse_rule_actions(p, create);
    return &create->node;
}

/* [TO roles] [USING (expression)] [WITH CHECK (expression)]. */
static void parse_policy_clauses(struct pg_parser *p, struct ast_list *roles,
                                 struct ast_node **using_expression, struct ast_node **check)
{
    if (pg_accept(p, PG_KW_TO))
        *roles = pg_parse_role_list(p);
    if (pg_accept(p, PG_KW_USING)) {
        pg_expect(p, '(');
        *using_expression = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    if (pg_accept(p, PG_KW_WITH)) {
        pg_expect_two(p, PG_KW_CHECK, '(');
        *check = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
}

/* RowSecurityDefaultPermissive. */
static bool parse_permissive(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_AS))
        return true;
    int32_t at = pg_here(p);
    struct slice word = pg_token(p)->text;
    pg_expect(p, PG_TOKEN_IDENT);
    bool permissive = slice_eq_str(word, "permissive");
    if (!permissive && !slice_eq_str(word, "restrictive") && !p->failed) {
        pg_fail(p, at, "42601", "unrecognized row security option \"" SLICE_FMT "\"",
                SLICE_ARG(word));
        sql_hint(p->error, "Only PERMISSIVE or RESTRICTIVE policies are supported currently.");
    }
    return permissive;
}

/* RowSecurityDefaultForCmd. */
static struct slice parse_policy_command(struct pg_parser *p)
{
    static const uint16_t words[] = {PG_KW_ALL, PG_KW_SELECT, PG_KW_INSERT, PG_KW_UPDATE,
                                     PG_KW_DELETE};
    if (!pg_accept(p, PG_KW_FOR))
        return slice_str("all");
    struct slice word = pg_token(p)->text;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (pg_accept(p, words[i]))
            return word;
    pg_unexpected(p);
    return word;
}

struct ast_node *pg_parse_create_policy(struct pg_parser *p)
{
    struct ast_create_policy *create = PG_NEW(p, CREATE_POLICY, create_policy, pg_here(p));
    pg_skip(p);
    create->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_ON);
    create->relation = pg_parse_qualified_name(p);
    create->permissive = parse_permissive(p);
    create->command = parse_policy_command(p);
    parse_policy_clauses(p, &create->roles, &create->using_expression, &create->check);
    return &create->node;
}

struct ast_node *pg_parse_alter_policy(struct pg_parser *p, int32_t at)
{
    pg_skip(p);
    bool missing_ok = pg_accept_if_exists(p);
    int32_t name_at = pg_here(p);
    struct slice name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_ON);
    struct ast_relation *relation = pg_parse_qualified_name(p);
    if (pg_accept(p, PG_KW_RENAME)) {
        pg_expect(p, PG_KW_TO);
        struct ast_rename *rename = PG_NEW(p, RENAME, rename, at);
        rename->object = pg_relation_object(p, relation, AST_OBJECT_POLICY);
        rename->object->node.location = name_at;
        rename->object->part = name;
        rename->relation_type = AST_OBJECT_POLICY;
        rename->missing_ok = missing_ok;
        rename->new_name = pg_parse_col_id(p);
        return &rename->node;
    }
    struct ast_alter_policy *alter = PG_NEW(p, ALTER_POLICY, alter_policy, at);
    if (missing_ok)
        pg_unexpected(p);
    alter->name = name;
    alter->relation = relation;
    parse_policy_clauses(p, &alter->roles, &alter->using_expression, &alter->check);
    return &alter->node;
}

/* stats_param. */
static struct ast_node *parse_statistics_element(struct pg_parser *p)
{
    struct ast_statistics_element *element =
        PG_NEW(p, STATISTICS_ELEMENT, statistics_element, pg_here(p));
    pg_parse_key(p, &element->column, &element->expression);
    return &element->node;
}

struct ast_node *pg_parse_create_statistics(struct pg_parser *p)
{
    struct ast_create_statistics *create =
        PG_NEW(p, CREATE_STATISTICS, create_statistics, pg_here(p));
    pg_skip(p);
    create->if_not_exists = pg_accept_if_not_exists(p);
    create->name = pg_parse_any_name(p);
    create->kinds = pg_parse_opt_column_list(p);
    pg_expect(p, PG_KW_ON);
    do
        pg_list_add(p, &create->elements, parse_statistics_element(p));
    while (pg_accept(p, ','));
    pg_expect(p, PG_KW_FROM);
    create->from = pg_parse_from_list(p);
    return &create->node;
}

struct ast_node *pg_parse_alter_statistics(struct pg_parser *p, int32_t at)
{
    struct ast_alter_statistics *alter = PG_NEW(p, ALTER_STATISTICS, alter_statistics, at);
    pg_skip(p);
    alter->missing_ok = pg_accept_if_exists(p);
    struct ast_object *object = PG_NEW(p, OBJECT, object, pg_here(p));
    object->type = AST_OBJECT_STATISTICS;
    object->name = pg_parse_any_name(p);
    struct ast_node *common =
        alter->missing_ok ? NULL
                          : pg_parse_common_alter(p, object, PG_RENAME | PG_OWNER | PG_SCHEMA, at);
    if (common)
        return common;
    alter->name = object->name;
    pg_expect_two(p, PG_KW_SET, PG_KW_STATISTICS);
    alter->target = pg_parse_signed_integer(p);
    return &alter->node;
}
