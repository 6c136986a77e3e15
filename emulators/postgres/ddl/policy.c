/* CREATE POLICY, ALTER POLICY. */
#include "emulators/postgres/ddl/policy.h"

#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

static const struct {
    const char *word;
    char letter;
} commands[] = {
    {"all",    '*'},
    {"select", 'r'},
    {"insert", 'a'},
    {"update", 'w'},
    {"delete", 'd'},
};

static char letter_of(struct slice word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (slice_is(word, commands[i].word))
            return commands[i].letter;
    return 0;
}

static const struct sql_policy *find_policy(struct pg_ddl *ddl, const struct sql_relation *relation,
                                            struct slice name)
{
    for (uint16_t i = 0; i < relation->policy_count; i++) {
        const struct sql_policy *policy = sql_find_policy(ddl->session, relation->policies[i]);
        if (policy && slice_eq(policy->object.name, name))
            return policy;
    }
    return NULL;
}

static bool already_exists(struct pg_ddl *ddl, const struct sql_relation *relation,
                           struct slice name)
{
    return sql_fail(ddl->env->error, "42710",
                    "policy \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" already exists",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

/* The table, which must be the current role's. */
static bool find_table(struct pg_ddl *ddl, const struct ast_relation *name,
                       const struct sql_relation **out)
{
    if (!pg_name_relation(ddl, name, false, SQL_ACCESS_EXCLUSIVE, out))
        return false;
    const struct sql_relation *relation = *out;
    if (!pg_name_must_own(ddl, &relation->object))
        return false;
    if (relation->object.id < ddl->session->dialect->first_free_id)
        return sql_fail(ddl->env->error, "42501",
                        "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(name->name));
    return relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_PARTITIONED ||
           sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a table",
                    SLICE_ARG(name->name));
}

static void warn_public(struct pg_ddl *ddl)
{
    struct sql_error warning;
    sql_error_begin(&warning, ddl->arena);
    sql_fail(&warning, "22023", "ignoring specified roles other than PUBLIC");
    sql_hint(&warning, "All roles are members of the PUBLIC role.");
    warning.severity = SQL_WARNING;
    ddl->session->owner->notice(ddl->session, &warning);
}

/* Whom it is for; nobody named: everybody. */
static bool read_roles(struct pg_ddl *ddl, const struct ast_list *list, struct sql_policy *policy)
{
    uint32_t *roles = arena_zalloc(ddl->arena, (list->count + 1u) * sizeof *roles);
    if (!roles)
        return sql_fail_memory(ddl->env->error);
    policy->roles = roles;
    policy->role_count = list->count ? (uint16_t)list->count : 1;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_role *role = AST_AS(role, list->items[i]);
        if (role->type == AST_ROLE_PUBLIC) {
            if (list->count > 1)
                warn_public(ddl);
            roles[0] = 0;
            policy->role_count = 1;
            return true;
        }
        if (!pg_name_role(ddl, role, false, &roles[i]))
            return false;
    }
    return true;
}

static bool read_conditions(struct pg_ddl *ddl, const struct sql_relation *relation,
                            const struct ast_node *using_expression, const struct ast_node *check,
                            struct sql_policy *policy)
{
    const struct {
        const struct ast_node *ast;
        struct sql_expr **out;
    } conditions[] = {
        {using_expression, &policy->using},
        {check,            &policy->check},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].ast &&
            !sql_analyze_expr(ddl->env, conditions[i].ast, relation, relation->object.name,
                              SQL_PLACE_POLICY, NULL, conditions[i].out))
            return false;
    return true;
}

static bool depend(struct pg_ddl *ddl, const struct sql_policy *policy)
{
    struct sql_reference self = pg_whole(pg_classes(ddl)->policy, policy->object.id);
    return sql_depend(ddl->env, self, pg_whole(pg_classes(ddl)->relation, policy->relation), 'a') &&
           sql_depend_on_expr(ddl->env, self, policy->using, policy->relation, 'n', 'n') &&
           sql_depend_on_expr(ddl->env, self, policy->check, policy->relation, 'n', 'n');
}

bool pg_create_policy(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_policy *ast = AST_AS(create_policy, node);
    const struct sql_relation *relation;
    struct sql_policy policy = {
        .object = {.class_id = pg_classes(ddl)->policy, .name = ast->name, .acl_default = true},
        .command = letter_of(ast->command),
        .permissive = ast->permissive,
    };
    if ((policy.command == 'r' || policy.command == 'd') && ast->check)
        return sql_fail(ddl->env->error, "42601",
                        "WITH CHECK cannot be applied to SELECT or DELETE");
    if (policy.command == 'a' && ast->using_expression)
        return sql_fail(ddl->env->error, "42601", "only WITH CHECK expression allowed for INSERT");
    if (!read_roles(ddl, &ast->roles, &policy) || !find_table(ddl, ast->relation, &relation) ||
        !read_conditions(ddl, relation, ast->using_expression, ast->check, &policy))
        return false;
    if (find_policy(ddl, relation, ast->name))
        return already_exists(ddl, relation, ast->name);
    policy.relation = relation->object.id;
    policy.object.owner = relation->object.owner;
    return sql_catalog_create(ddl->env, &policy.object) &&
           sql_relation_attach(ddl->env, policy.relation, SQL_ATTACHED_POLICY, policy.object.id) &&
           depend(ddl, &policy);
}

static bool check_clauses(struct pg_ddl *ddl, const struct ast_alter_policy *ast, char command)
{
    if ((command == 'r' || command == 'd') && ast->check)
        return sql_fail(ddl->env->error, "42601",
                        "only USING expression allowed for SELECT, DELETE");
    return command != 'a' || !ast->using_expression ||
           sql_fail(ddl->env->error, "42601", "only WITH CHECK expression allowed for INSERT");
}

bool pg_alter_policy(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_policy *ast = AST_AS(alter_policy, node);
    const struct sql_relation *relation;
    struct sql_policy policy = {0};
    if ((ast->roles.count && !read_roles(ddl, &ast->roles, &policy)) ||
        !find_table(ddl, ast->relation, &relation) ||
        !read_conditions(ddl, relation, ast->using_expression, ast->check, &policy))
        return false;
    const struct sql_policy *old = find_policy(ddl, relation, ast->name);
    if (!old)
        return sql_fail(ddl->env->error, "42704",
                        "policy \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
    struct sql_policy changed = *old;
    if (!check_clauses(ddl, ast, changed.command))
        return false;
    if (ast->roles.count) {
        changed.roles = policy.roles;
        changed.role_count = policy.role_count;
    }
    if (policy.using)
        changed.using = policy.using;
    if (policy.check)
        changed.check = policy.check;
    return sql_catalog_replace(ddl->env, &changed.object) &&
           sql_depend_clear(ddl->env, pg_whole(pg_classes(ddl)->policy, changed.object.id), 0) &&
           depend(ddl, &changed);
}

bool pg_policy_rename(struct pg_ddl *ddl, uint32_t id, struct slice name)
{
    struct sql_policy policy = *sql_find_policy(ddl->session, id);
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, policy.relation);
    if (find_policy(ddl, relation, name))
        return already_exists(ddl, relation, name);
    policy.object.name = name;
    /* Policies stand by name in the table's list. */
    return sql_relation_detach(ddl->env, policy.relation, SQL_ATTACHED_POLICY, id) &&
           sql_catalog_replace(ddl->env, &policy.object) &&
           sql_relation_attach(ddl->env, policy.relation, SQL_ATTACHED_POLICY, id);
}

bool pg_policy_forget_role(struct pg_ddl *ddl, uint32_t id, uint32_t role)
{
    const struct sql_policy *found = sql_find_policy(ddl->session, id);
    if (!found)
        return true;
    struct sql_policy policy = *found;
    uint32_t *roles = arena_array(ddl->arena, policy.role_count + 1u, sizeof *roles);
    uint16_t kept = 0;
    if (!roles)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < policy.role_count; i++)
        if (policy.roles[i] != role)
            roles[kept++] = policy.roles[i];
    if (!kept) {
        struct sql_reference self = pg_whole(pg_classes(ddl)->policy, id);
        return pg_delete(ddl, &self, 1, true, true);
    }
    policy.roles = roles;
    policy.role_count = kept;
    return sql_catalog_replace(ddl->env, &policy.object);
}
