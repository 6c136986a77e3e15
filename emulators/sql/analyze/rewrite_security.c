/* Row security: policies of tables become conditions on the rows that a query sees, and checks of the
 * rows that it makes. */
#include "emulators/sql/analyze/rewrite.h"

/* Policies of one command that hold for a role. */
struct policies {
    const struct sql_policy **items;
    uint32_t count;
    uint32_t role;
};

enum { READ = 'r', INSERT = 'a', UPDATE = 'w', DELETE = 'd' };

/* Does row security hold for the role, and may the query run with it? */
static bool is_subject(struct analysis *a, const struct sql_relation *relation, uint32_t role,
                       bool *subject)
{
    *subject = false;
    if (!sql_row_security_holds(a->session, role, relation))
        return true;
    struct slice setting;
    const struct sql_session_owner *owner = a->session->owner;
    if (owner && owner->get_setting &&
        owner->get_setting(a->session, (struct slice)SLICE_LITERAL("row_security"), a->env->arena,
                           &setting) &&
        slice_is(setting, "off"))
        return sql_fail(
            a->env->error, "42501",
            "query would be affected by row-level security policy for table \"" SLICE_FMT "\"",
            SLICE_ARG(relation->object.name));
    *subject = true;
    return true;
}

static bool is_for(struct analysis *a, const struct sql_policy *policy, char command, uint32_t role)
{
    if (policy->command != '*' && policy->command != command)
        return false;
    for (uint16_t i = 0; i < policy->role_count; i++)
        if (policy->roles[i] == 0 || sql_role_acts_for(a->session, role, policy->roles[i]))
            return true;
    return false;
}

static bool find_policies(struct analysis *a, const struct sql_relation *relation, char command,
                          uint32_t role, bool permissive, struct policies *out)
{
    *out = (struct policies){.role = role};
    for (uint16_t i = 0; i < relation->policy_count; i++) {
        const struct sql_policy *policy = sql_find_policy(a->session, relation->policies[i]);
        if (!policy || policy->permissive != permissive || !is_for(a, policy, command, role))
            continue;
        if (!analysis_grow(a, &out->items, out->count, sizeof *out->items))
            return false;
        out->items[out->count++] = policy;
    }
    /* Restrictive ones are checked in the order of their names. */
    for (uint32_t i = 1; i < out->count && !permissive; i++)
        for (uint32_t k = i;
             k && slice_compare(out->items[k]->object.name, out->items[k - 1]->object.name) < 0;
             k--) {
            const struct sql_policy *swapped = out->items[k];
            out->items[k] = out->items[k - 1];
            out->items[k - 1] = swapped;
        }
    return true;
}

static const struct sql_expr *condition_of(const struct sql_policy *policy, bool check)
{
    return check && policy->check ? policy->check : policy->using;
}

static bool join(struct analysis *a, enum sql_bool_op op, struct sql_expr **into,
                 struct sql_expr *expr)
{
    if (!*into) {
        *into = expr;
        return true;
    }
    struct sql_expr **pair = analysis_alloc(a, 2 * sizeof *pair);
    if (!pair)
        return false;
    pair[0] = *into;
    pair[1] = expr;
    *into = make_bool(a, op, pair, 2, -1);
    return *into != NULL;
}

/* A policy's condition over a table of the query. What it reads is asked of whom the table is. */
static struct sql_expr *policy_expr(struct analysis *a, const struct policies *of,
                                    const struct sql_expr *condition, uint32_t number)
{
    struct sql_expr *expr = shift_table(a, condition, number);
    if (expr && of->role != a->session->role)
        rewrite_check_as(expr, of->role);
    if (expr && of->count)
        rewrite_mark_inside(expr, of->items[0]->relation);
    return expr;
}

/* Any permissive policy lets a row pass; none does when there is none. */
static bool permissive_condition(struct analysis *a, const struct policies *policies, bool check,
                                 uint32_t table, struct sql_expr **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < policies->count; i++) {
        const struct sql_expr *condition = condition_of(policies->items[i], check);
        struct sql_expr *expr = condition
                                    ? policy_expr(a, policies, condition, table)
                                    : make_const(a, a->known->boolean, -1, datum_bool(true), -1);
        if (!expr || !join(a, SQL_OR, out, expr))
            return false;
    }
    if (!*out)
        *out = make_const(a, a->known->boolean, -1, datum_bool(false), -1);
    return *out != NULL;
}

/* ---- rows that are seen */

static bool add_seen(struct analysis *a, struct sql_table *table, uint32_t number,
                     const struct sql_relation *relation, char command, uint32_t role)
{
    struct policies permissive, restrictive;
    struct sql_expr *condition;
    if (!find_policies(a, relation, command, role, true, &permissive) ||
        !find_policies(a, relation, command, role, false, &restrictive))
        return false;
    for (uint32_t i = 0; i < restrictive.count && permissive.count; i++) {
        if (!restrictive.items[i]->using)
            continue;
        condition = policy_expr(a, &restrictive, restrictive.items[i]->using, number);
        if (!condition || !join(a, SQL_AND, &table->security, condition))
            return false;
    }
    return permissive_condition(a, &permissive, false, number, &condition) &&
           join(a, SQL_AND, &table->security, condition);
}

/* ---- rows that are made */

struct checking {
    struct analysis *a;
    struct sql_query *query;
    const struct sql_relation *relation;
    uint32_t role;
};

static bool add_check(struct checking *c, struct sql_with_check check)
{
    check.relation = c->relation->object.name;
    return rewrite_add_check(c->a, c->query, &check, false);
}

/* using: the USING conditions are what the rows must satisfy (they must be seen afterwards). */
static bool add_made(struct checking *c, char command, bool using, struct sql_with_check check)
{
    struct policies permissive, restrictive;
    if (!find_policies(c->a, c->relation, command, c->role, true, &permissive) ||
        !find_policies(c->a, c->relation, command, c->role, false, &restrictive))
        return false;
    uint32_t table = c->query->result_table;
    if (!permissive_condition(c->a, &permissive, !using, table, &check.expr) ||
        !add_check(c, check))
        return false;
    for (uint32_t i = 0; i < restrictive.count && permissive.count; i++) {
        const struct sql_policy *policy = restrictive.items[i];
        const struct sql_expr *condition = condition_of(policy, !using);
        if (!condition)
            continue;
        check.expr = policy_expr(c->a, &restrictive, condition, table);
        check.policy = policy->object.name;
        if (!check.expr || !add_check(c, check))
            return false;
    }
    return true;
}

/* INSERT ... ON CONFLICT DO UPDATE: the row found must be one that may be updated. */
static bool check_conflict(struct checking *c, bool reads)
{
    struct sql_with_check found = {.kind = SQL_CHECK_CONFLICT, .on_update = true};
    struct sql_with_check made = {.kind = SQL_CHECK_POLICY, .on_update = true};
    if (!add_made(c, UPDATE, true, found) || (reads && !add_made(c, READ, true, found)))
        return false;
    return add_made(c, UPDATE, false, made) && (!reads || add_made(c, READ, true, made));
}

static bool check_made(struct checking *c, bool reads)
{
    struct sql_with_check inserted = {.kind = SQL_CHECK_POLICY, .on_insert = true};
    struct sql_with_check updated = {.kind = SQL_CHECK_POLICY, .on_update = true};
    bool inserts = c->query->command == SQL_INSERT, updates = c->query->command == SQL_UPDATE;
    if (inserts &&
        (!add_made(c, INSERT, false, inserted) || (reads && !add_made(c, READ, true, inserted))))
        return false;
    if (updates &&
        (!add_made(c, UPDATE, false, updated) || (reads && !add_made(c, READ, true, updated))))
        return false;
    return !c->query->on_conflict || !c->query->on_conflict->update || check_conflict(c, reads);
}

/* MERGE: which rows may be changed depends on what is done with them. */
static bool check_merge(struct checking *c, bool reads)
{
    struct sql_with_check updated = {.kind = SQL_CHECK_TARGET, .on_update = true};
    struct sql_with_check deleted = {.kind = SQL_CHECK_TARGET, .on_delete = true};
    struct sql_with_check inserted = {.kind = SQL_CHECK_POLICY, .on_insert = true};
    struct sql_with_check made = {.kind = SQL_CHECK_POLICY, .on_update = true};
    return add_made(c, UPDATE, true, updated) && add_made(c, UPDATE, false, made) &&
           (!reads || add_made(c, READ, true, made)) && add_made(c, DELETE, true, deleted) &&
           add_made(c, INSERT, false, inserted);
}

static bool is_locked(const struct sql_query *query, uint32_t number)
{
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].table == number)
            return true;
    return false;
}

bool rewrite_security(struct analysis *a, struct sql_query *query, uint32_t number)
{
    struct sql_table *table = query->tables[number - 1];
    const struct sql_relation *relation = sql_find_relation_id(a->session, table->relation);
    if (!relation || !relation->row_security ||
        (query->on_conflict && query->on_conflict->excluded == number))
        return true;
    uint32_t role = table->check_as ? table->check_as : a->session->role;
    bool subject;
    if (!is_subject(a, relation, role, &subject) || !subject)
        return subject || !a->env->error->sqlstate[0];
    query->has_row_security = true;
    bool changed = number == query->result_table;
    bool reads = table->privileges & SQL_PRIV_SELECT;
    if (!changed)
        return (!is_locked(query, number) || add_seen(a, table, number, relation, UPDATE, role)) &&
               add_seen(a, table, number, relation, READ, role);
    struct checking checking = {a, query, relation, role};
    if (query->command == SQL_UPDATE || query->command == SQL_DELETE) {
        char command = query->command == SQL_UPDATE ? UPDATE : DELETE;
        if (!add_seen(a, table, number, relation, command, role) ||
            (reads && !add_seen(a, table, number, relation, READ, role)))
            return false;
    }
    if (query->command == SQL_MERGE)
        return (!reads || add_seen(a, table, number, relation, READ, role)) &&
               check_merge(&checking, reads);
    return check_made(&checking, reads);
}
