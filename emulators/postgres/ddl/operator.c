/* CREATE OPERATOR, ALTER OPERATOR ... SET. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* Known attributes; obsolete ones say that the operator merges. */
static const char *const attributes[] = {
    "leftarg", "rightarg", "function", "procedure", "commutator", "negator", "restrict",
    "join",    "hashes",   "merges",   "sort1",     "sort2",      "ltcmp",   "gtcmp",
};
enum { FIRST_SORT_ATTRIBUTE = 10 };

static bool is_attribute(struct slice name)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (slice_eq_str(name, attributes[i]))
            return true;
    return false;
}

static bool fail(struct pg_ddl *ddl, const char *message)
{
    return sql_fail(ddl->env->error, "42P13", "%s", message);
}

/* ---- estimators: functions of the planner that is not asked here, kept and checked */

static bool check_estimator(struct pg_ddl *ddl, const struct sql_routine *routine, const char *what)
{
    uint32_t float8 = ddl->session->dialect->types_of.float8;
    if (routine->result_type != float8)
        return sql_fail(ddl->env->error, "42P17",
                        "%s estimator function " SLICE_FMT " must return type " SLICE_FMT, what,
                        SLICE_ARG(routine->object.name),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, float8)));
    return pg_define_may_execute(ddl, routine);
}

static bool find_restriction(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *out)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const uint32_t types[] = {ids->internal, ids->oid, ids->internal, ids->int4};
    const struct sql_routine *routine;
    *out = 0;
    if (!option || !option->value)
        return true;
    if (!pg_define_routine(ddl, option, types, 4, &routine) ||
        !check_estimator(ddl, routine, "restriction"))
        return false;
    *out = routine->object.id;
    return true;
}

/* The form of five arguments is sought first, and is the one that is missed. */
static bool find_join(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *out)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const uint32_t types[] = {ids->internal, ids->oid, ids->internal, ids->int2, ids->internal};
    const struct sql_routine *routine;
    *out = 0;
    if (!option || !option->value)
        return true;
    const struct sql_error before = *ddl->env->error;
    if (!pg_define_routine(ddl, option, types, 5, &routine)) {
        struct sql_error missed = *ddl->env->error;
        *ddl->env->error = before;
        if (!pg_define_routine(ddl, option, types, 4, &routine)) {
            *ddl->env->error = missed;
            return false;
        }
    }
    if (!check_estimator(ddl, routine, "join"))
        return false;
    *out = routine->object.id;
    return true;
}

/* ---- what goes together */

static bool check_sense(struct pg_ddl *ddl, const struct sql_operator *op, bool commutes,
                        bool negates)
{
    const struct {
        bool said;
        const char *message;
    } binary[] =
        {
            {commutes,          "only binary operators can have commutators"     },
            {op->join_function, "only binary operators can have join selectivity"},
            {op->can_merge,     "only binary operators can merge join"           },
            {op->can_hash,      "only binary operators can hash"                 }
    },
      boolean[] = {
          {negates, "only boolean operators can have negators"},
          {op->restrict_function, "only boolean operators can have restriction selectivity"},
          {op->join_function, "only boolean operators can have join selectivity"},
          {op->can_merge, "only boolean operators can merge join"},
          {op->can_hash, "only boolean operators can hash"}};
    for (size_t i = 0; !op->left && i < sizeof binary / sizeof *binary; i++)
        if (binary[i].said)
            return fail(ddl, binary[i].message);
    bool is_boolean = op->result == ddl->session->dialect->types_of.boolean;
    for (size_t i = 0; !is_boolean && i < sizeof boolean / sizeof *boolean; i++)
        if (boolean[i].said)
            return fail(ddl, boolean[i].message);
    return true;
}

static bool depend(struct pg_ddl *ddl, const struct sql_operator *op)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->operator_, op->object.id);
    const uint32_t types[] = {op->left, op->right, op->result};
    const uint32_t functions[] = {op->function, op->restrict_function, op->join_function};
    if (!sql_depend(ddl->env, of, pg_whole(ids->schema, op->object.schema), 'n'))
        return false;
    for (size_t i = 0; i < 3; i++)
        if ((types[i] && !sql_depend(ddl->env, of, pg_whole(ids->type, types[i]), 'n')) ||
            (functions[i] && !sql_depend(ddl->env, of, pg_whole(ids->routine, functions[i]), 'n')))
            return false;
    return true;
}

/* ---- CREATE OPERATOR */

static bool operand(struct pg_ddl *ddl, const struct ast_define *ast, const char *name,
                    uint32_t *out)
{
    const struct ast_option *option = pg_define_option(ast, name);
    if (!option)
        return true;
    if (option->value && option->value->kind == AST_TYPE_NAME &&
        AST_AS(type_name, option->value)->setof)
        return fail(ddl, "SETOF type not allowed for operator argument");
    return pg_define_type(ddl, option, out);
}

static bool check_operands(struct pg_ddl *ddl, const struct sql_operator *op)
{
    if (!op->left && !op->right)
        return fail(ddl, "operator argument types must be specified");
    if (op->right)
        return true;
    fail(ddl, "operator right argument type must be specified");
    return sql_detail(ddl->env->error, "Postfix operators are not supported.");
}

static bool read_flags(struct pg_ddl *ddl, const struct ast_define *ast, struct sql_operator *op)
{
    for (uint32_t i = 0; i < ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, ast->options.items[i]);
        if (!is_attribute(option->name))
            pg_ddl_warning(ddl, "42601", "operator attribute \"" SLICE_FMT "\" not recognized",
                           SLICE_ARG(option->name));
    }
    const struct ast_option *merges = pg_define_option(ast, "merges");
    const struct ast_option *hashes = pg_define_option(ast, "hashes");
    if ((merges && !pg_option_flag(ddl, merges, &op->can_merge)) ||
        (hashes && !pg_option_flag(ddl, hashes, &op->can_hash)))
        return false;
    for (size_t i = FIRST_SORT_ATTRIBUTE; i < sizeof attributes / sizeof *attributes; i++)
        op->can_merge |= pg_define_option(ast, attributes[i]) != NULL;
    return true;
}

static bool set_function(struct pg_ddl *ddl, const struct ast_option *option,
                         struct sql_operator *op)
{
    const uint32_t types[] = {op->left ? op->left : op->right, op->right};
    const struct sql_routine *routine;
    if (!pg_define_routine(ddl, option, types, op->left ? 2 : 1, &routine) ||
        !pg_define_may_execute(ddl, routine))
        return false;
    op->function = routine->object.id;
    op->result = routine->result_type;
    return pg_name_type_usage(ddl, op->result);
}

/* The other operator of a pair, which says so itself when it names none yet. commutator: of which kind
 * the pair is. */
static bool pair(struct pg_ddl *ddl, const struct ast_define *ast, struct sql_operator *op,
                 bool commutator)
{
    const struct ast_option *option = pg_define_option(ast, commutator ? "commutator" : "negator");
    struct slice schema, name;
    if (!option)
        return true;
    if (!pg_define_names(ddl, option, &schema, &name))
        return false;
    uint32_t left = commutator ? op->right : op->left, right = commutator ? op->left : op->right;
    const struct sql_operator *other = sql_find_operator(ddl->session, name, left, right);
    uint32_t *slot = commutator ? &op->commutator : &op->negator;
    if (slice_eq(name, op->object.name) && left == op->left && right == op->right) {
        *slot = op->object.id;
        return commutator || fail(ddl, "operator cannot be its own negator");
    }
    if (!other)
        return true;
    *slot = other->object.id;
    if (other->object.id < ddl->session->dialect->first_free_id ||
        (commutator ? other->commutator : other->negator))
        return true;
    struct sql_operator changed = *other;
    *(commutator ? &changed.commutator : &changed.negator) = op->object.id;
    return sql_catalog_replace(ddl->env, &changed.object);
}

static bool check_new(struct pg_ddl *ddl, const struct sql_operator *op)
{
    const struct sql_operator *old =
        sql_find_operator(ddl->session, op->object.name, op->left, op->right);
    return !old || old->object.schema != op->object.schema ||
           sql_fail(ddl->env->error, "42723", "operator " SLICE_FMT " already exists",
                    SLICE_ARG(op->object.name));
}

bool pg_create_operator(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct sql_operator op = {
        .object = {.class_id = pg_classes(ddl)->operator_,
                   .owner = ddl->session->role,
                   .acl_default = true},
    };
    const struct ast_option *function = pg_define_option(ast, "function");
    if (!function)
        function = pg_define_option(ast, "procedure");
    if (!pg_name_qualified(ddl, &ast->name, &op.object.schema, &op.object.name) ||
        !operand(ddl, ast, "leftarg", &op.left) || !operand(ddl, ast, "rightarg", &op.right) ||
        !read_flags(ddl, ast, &op))
        return false;
    if (!function)
        return fail(ddl, "operator function must be specified");
    if (!check_operands(ddl, &op) || !set_function(ddl, function, &op) ||
        !find_restriction(ddl, pg_define_option(ast, "restrict"), &op.restrict_function) ||
        !find_join(ddl, pg_define_option(ast, "join"), &op.join_function) ||
        !check_sense(ddl, &op, pg_define_option(ast, "commutator") != NULL,
                     pg_define_option(ast, "negator") != NULL) ||
        !check_new(ddl, &op))
        return false;
    op.object.id = sql_database_next_id(ddl->session->database);
    return pair(ddl, ast, &op, true) && pair(ddl, ast, &op, false) &&
           sql_catalog_create(ddl->env, &op.object) && depend(ddl, &op);
}

/* ---- ALTER OPERATOR ... SET */

static bool change(struct pg_ddl *ddl, const struct ast_option *option, struct sql_operator *op)
{
    if (slice_eq_str(option->name, "restrict"))
        return find_restriction(ddl, option, &op->restrict_function);
    if (slice_eq_str(option->name, "join"))
        return find_join(ddl, option, &op->join_function);
    return sql_fail(ddl->env->error, "42601", "operator attribute \"" SLICE_FMT "\" %s",
                    SLICE_ARG(option->name),
                    is_attribute(option->name) ? "cannot be changed" : "not recognized");
}

bool pg_alter_operator(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_operator *ast = AST_AS(alter_operator, node);
    const struct sql_operator *old;
    if (!pg_resolve_operator(ddl, ast->operator, false, &old))
        return false;
    struct sql_operator op = *old;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!change(ddl, AST_AS(option, ast->options.items[i]), &op))
            return false;
    struct sql_reference of = pg_whole(op.object.class_id, op.object.id);
    return pg_name_must_own(ddl, &old->object) && check_sense(ddl, &op, false, false) &&
           sql_catalog_replace(ddl->env, &op.object) && sql_depend_clear(ddl->env, of, 0) &&
           depend(ddl, &op);
}
