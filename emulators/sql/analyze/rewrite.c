/* From an analysed query to those that are run: rules applied, defaults filled in, views expanded, row
 * security added. */
#include "emulators/sql/analyze/rewrite.h"

#include "emulators/sql/catalog/system.h"

enum { RULE_DEPTH_MAX = 100 };

/* What rules are being applied to: a rule that leads back there would never end. */
struct firing {
    const struct firing *outer;
    uint32_t relation;
    enum sql_command command;
    enum rewritten_source source; /* of the query that the rules are applied to */
};

static bool add_query(struct analysis *a, struct rewritten *list, struct sql_query *query,
                      enum rewritten_source source)
{
    if (!analysis_grow(a, &list->queries, list->count, sizeof *list->queries) ||
        !analysis_grow(a, &list->sources, list->count, sizeof *list->sources))
        return false;
    list->queries[list->count] = query;
    list->sources[list->count++] = (uint8_t)source;
    return true;
}

/* ---- the rules of one relation */

/* What they make of one query. */
struct effects {
    struct rewritten products;
    struct sql_query *rest; /* rows that conditional INSTEAD rules leave; NULL: there was none */
    bool instead;           /* an unconditional one: the query itself is not run */
    bool returned;
};

static enum sql_command event_command(char event)
{
    static const uint8_t commands[] = {SQL_SELECT, SQL_SELECT, SQL_UPDATE, SQL_INSERT, SQL_DELETE};
    return (enum sql_command)commands[(int)event];
}

static const struct sql_rule *rule_at(struct analysis *a, const struct sql_relation *relation,
                                      uint16_t at, enum sql_command command)
{
    const struct sql_rule *rule = sql_find_rule(a->session, relation->rules[at]);
    bool fires = rule && event_command(rule->event) == command &&
                 (rule->enabled == 'O' || rule->enabled == 'A');
    return fires ? rule : NULL;
}

static bool has_rules(struct analysis *a, const struct sql_relation *relation,
                      enum sql_command command)
{
    for (uint16_t i = 0; i < relation->rule_count; i++)
        if (rule_at(a, relation, i, command))
            return true;
    return false;
}

static bool apply_rule(struct analysis *a, struct sql_query *query,
                       const struct sql_query *original, const struct sql_rule *rule,
                       struct effects *effects)
{
    enum rewritten_source source = !rule->instead ? REWRITTEN_ALSO
                                   : rule->where  ? REWRITTEN_CONDITIONAL
                                                  : REWRITTEN_INSTEAD;
    if (source == REWRITTEN_INSTEAD)
        effects->instead = true;
    if (source == REWRITTEN_CONDITIONAL && !effects->instead) {
        if (!effects->rest && !(effects->rest = sql_query_copy(a->env->arena, query)))
            return sql_fail_memory(a->env->error);
        if (!exclude_rule_rows(a, effects->rest, original, rule))
            return false;
    }
    for (uint16_t i = 0; i < rule->action_count; i++) {
        struct sql_query *product;
        if (!make_rule_product(a, original, rule, rule->actions[i], &product, &effects->returned) ||
            !add_query(a, &effects->products, product, source))
            return false;
    }
    return true;
}

static bool check_returning(struct analysis *a, const struct sql_query *query,
                            const struct sql_relation *relation, const struct effects *effects)
{
    static const char *const words[] = {
        [SQL_INSERT] = "INSERT", [SQL_UPDATE] = "UPDATE", [SQL_DELETE] = "DELETE"};
    if (!query->returning_count || !(effects->instead || effects->rest) || effects->returned)
        return true;
    sql_fail(a->env->error, "0A000", "cannot perform %s RETURNING on relation \"" SLICE_FMT "\"",
             words[query->command], SLICE_ARG(relation->object.name));
    return sql_hint(a->env->error,
                    "You need an unconditional ON %s DO INSTEAD rule with a RETURNING clause.",
                    words[query->command]);
}

static bool apply_rules(struct analysis *a, struct sql_query *query,
                        const struct sql_relation *relation, struct effects *effects)
{
    if (!has_rules(a, relation, query->command))
        return true;
    /* NEW is what will be stored, with the defaults. */
    struct sql_query *original = sql_query_copy(a->env->arena, query);
    if (!original)
        return sql_fail_memory(a->env->error);
    if (!rewrite_defaults(a, original))
        return false;
    for (uint16_t i = 0; i < relation->rule_count; i++) {
        const struct sql_rule *rule = rule_at(a, relation, i, query->command);
        if (rule && !apply_rule(a, query, original, rule, effects))
            return false;
    }
    return check_returning(a, query, relation, effects);
}

static bool check_conflict(struct analysis *a, const struct sql_query *query,
                           const struct sql_relation *relation)
{
    if (!query->on_conflict ||
        !(has_rules(a, relation, SQL_INSERT) || has_rules(a, relation, SQL_UPDATE)))
        return true;
    return sql_fail(a->env->error, "0A000",
                    "INSERT with ON CONFLICT clause cannot be used with table that has INSERT or "
                    "UPDATE rules");
}

static bool check_merge(struct analysis *a, const struct sql_relation *relation)
{
    if (!has_rules(a, relation, SQL_INSERT) && !has_rules(a, relation, SQL_UPDATE) &&
        !has_rules(a, relation, SQL_DELETE))
        return true;
    sql_fail(a->env->error, "0A000", "cannot execute MERGE on relation \"" SLICE_FMT "\"",
             SLICE_ARG(relation->object.name));
    return sql_detail(a->env->error, "MERGE is not supported for relations with rules.");
}

static bool has_change(const struct sql_system_relation *system, uint32_t column)
{
    for (int i = 0; i < SQL_SYSTEM_CHANGES_MAX && system->changes[i]; i++)
        if (system->changes[i] == (int)column)
            return true;
    return false;
}

/* Is it an UPDATE of what can be changed of a system relation, by who may do that? */
static bool changes_system(struct analysis *a, const struct sql_query *query,
                           const struct sql_relation *relation)
{
    const struct sql_role *role = sql_find_role_id(a->session, a->session->role);
    if (query->command != SQL_UPDATE || !relation->system->change || (role && !role->superuser))
        return false;
    for (uint32_t i = 0; i < query->target_count; i++)
        if (!query->targets[i].hidden && !has_change(relation->system, query->targets[i].column))
            return false;
    return true;
}

static bool check_kind(struct analysis *a, const struct sql_query *query,
                       const struct sql_relation *relation)
{
    bool matview = relation->kind == SQL_RELATION_MATVIEW;
    if (relation->system && relation->kind != SQL_RELATION_VIEW &&
        !changes_system(a, query, relation))
        return sql_fail(a->env->error, "42501",
                        "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(relation->object.name));
    return (!matview && relation->kind != SQL_RELATION_SEQUENCE) ||
           sql_fail(a->env->error, "42809", "cannot change %s \"" SLICE_FMT "\"",
                    matview ? "materialized view" : "sequence", SLICE_ARG(relation->object.name));
}

/* ---- a query and what becomes of it */

static bool fire(struct analysis *a, struct sql_query *query, const struct firing *outer,
                 enum rewritten_source source, struct rewritten *out);

static bool check_recursion(struct analysis *a, const struct firing *firing, uint32_t depth,
                            const struct sql_relation *relation)
{
    bool again = depth > RULE_DEPTH_MAX;
    for (const struct firing *f = firing->outer; f; f = f->outer)
        again |= f->relation == firing->relation && f->command == firing->command;
    return !again || sql_fail(a->env->error, "42P17",
                              "infinite recursion detected in rules for relation \"" SLICE_FMT "\"",
                              SLICE_ARG(relation->object.name));
}

static bool fire_products(struct analysis *a, const struct effects *effects,
                          const struct firing *firing, struct rewritten *out)
{
    for (uint32_t i = 0; i < effects->products.count; i++)
        if (!fire(a, effects->products.queries[i], firing,
                  (enum rewritten_source)effects->products.sources[i], out))
            return false;
    return true;
}

/* A simple view's change is one of what it selects from, unless rules say what it is. */
static bool fire_view(struct analysis *a, struct sql_query *query, const struct sql_relation *view,
                      const struct effects *effects, const struct firing *firing,
                      struct rewritten *out)
{
    if (effects->rest)
        return fail_conditional_view(a, query, view);
    return rewrite_view_defaults(a, query, view) && rewrite_changed_view(a, &query, view) &&
           fire(a, query, firing, firing->source, out);
}

static bool fire_original(struct analysis *a, struct sql_query *query,
                          const struct sql_relation *relation, const struct effects *effects,
                          const struct firing *firing, struct rewritten *out)
{
    if (effects->instead)
        return true;
    if (relation->kind == SQL_RELATION_VIEW && !has_instead_trigger(a, relation, query->command))
        return fire_view(a, query, relation, effects, firing, out);
    return add_query(a, out, effects->rest ? effects->rest : query, firing->source);
}

static bool fire(struct analysis *a, struct sql_query *query, const struct firing *outer,
                 enum rewritten_source source, struct rewritten *out)
{
    const struct sql_relation *relation =
        query->result_table
            ? sql_find_relation_id(a->session, query->tables[query->result_table - 1]->relation)
            : NULL;
    uint32_t depth = 0;
    if (!relation)
        return add_query(a, out, query, source);
    struct firing firing = {outer, relation->object.id, query->command, source};
    struct effects effects = {0};
    for (const struct firing *f = outer; f; f = f->outer)
        depth++;
    if (query->command == SQL_MERGE && !check_merge(a, relation))
        return false;
    if (query->command == SQL_MERGE)
        return relation->kind == SQL_RELATION_VIEW
                   ? fire_view(a, query, relation, &effects, &firing, out)
                   : add_query(a, out, query, source);
    if (!check_kind(a, query, relation) || !check_conflict(a, query, relation) ||
        (!query->ignores_rules && !apply_rules(a, query, relation, &effects)) ||
        (effects.products.count && !check_recursion(a, &firing, depth, relation)))
        return false;
    /* An INSERT's rows are there for what its rules do; others' rows are still as they were. */
    if (query->command == SQL_INSERT)
        return fire_original(a, query, relation, &effects, &firing, out) &&
               fire_products(a, &effects, &firing, out);
    return fire_products(a, &effects, &firing, out) &&
           fire_original(a, query, relation, &effects, &firing, out);
}

bool rewrite_rules(struct analysis *a, struct sql_query *query, struct rewritten *out)
{
    *out = (struct rewritten){0};
    return fire(a, query, NULL, REWRITTEN_ORIGINAL, out);
}

bool rewrite_rules_inside(struct analysis *a, struct sql_query **query)
{
    struct rewritten list;
    if ((*query)->command == SQL_SELECT)
        return true;
    if (!rewrite_rules(a, *query, &list))
        return false;
    if (list.count == 1) {
        *query = list.queries[0];
        return true;
    }
    const char *what = list.count ? "multi-statement DO INSTEAD" : "DO INSTEAD NOTHING";
    for (uint32_t i = 0; i < list.count; i++)
        if (list.sources[i] == REWRITTEN_CONDITIONAL)
            what = "conditional DO INSTEAD";
        else if (list.sources[i] == REWRITTEN_ALSO)
            what = "DO ALSO";
    return sql_fail(a->env->error, "0A000",
                    "%s rules are not supported for data-modifying statements in WITH", what);
}

/* ---- the statement */

/* The query whose count of rows the client is told: the statement itself or else the last one of its
 * command that is run instead. */
static int tag_of(const struct rewritten *list, enum sql_command command)
{
    int last = -1;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->sources[i] == REWRITTEN_ORIGINAL)
            return (int)i;
        if (list->sources[i] != REWRITTEN_ALSO && list->queries[i]->command == command)
            last = (int)i;
    }
    return last;
}

/* A cursor is on a table's row, not on a view's. */
static bool check_current_of(struct analysis *a, const struct sql_query *query)
{
    if (!query->where || query->where->kind != SQL_EXPR_CURRENT_OF)
        return true;
    const struct sql_table *table = query->tables[query->result_table - 1];
    const struct sql_relation *relation = sql_find_relation_id(a->session, table->relation);
    return !relation || relation->kind != SQL_RELATION_VIEW ||
           sql_fail(a->env->error, "0A000", "WHERE CURRENT OF on a view is not implemented");
}

bool sql_query_rewrite(struct sql_env *env, struct sql_query *query, struct sql_query ***out,
                       uint32_t *out_count, int *can_set_tag)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    struct rewritten list;
    if (!check_current_of(&a, query) || !rewrite_rules(&a, query, &list))
        return false;
    *can_set_tag = tag_of(&list, query->command);
    for (uint32_t i = 0; i < list.count; i++)
        if (!rewrite_query(&a, &list.queries[i]))
            return false;
    *out = list.queries;
    *out_count = list.count;
    return true;
}
