/* WITH: queries by name, in order or recursive. */
#include "emulators/sql/analyze/cte.h"

bool set_cte_columns(struct analysis *a, struct sql_cte *cte, const struct sql_target *targets,
                     uint32_t count)
{
    if (cte->column_count > count)
        return fail_at(a, cte->location, "42P10",
                       "WITH query \"" SLICE_FMT "\" has %u columns available but %u columns "
                       "specified",
                       SLICE_ARG(cte->name), (unsigned)count, (unsigned)cte->column_count);
    struct slice *names = analysis_alloc(a, sizeof *names * (count + 1));
    cte->types = analysis_alloc(a, sizeof *cte->types * (count + 1));
    cte->typmods = analysis_alloc(a, sizeof *cte->typmods * (count + 1));
    cte->collations = analysis_alloc(a, sizeof *cte->collations * (count + 1));
    if (!names || !cte->types || !cte->typmods || !cte->collations)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_expr *expr = targets[i].expr;
        bool unknown = expr->type == a->known->unknown;
        uint32_t type = unknown ? a->known->text : expr->type;
        const struct sql_type *t = type_of(a, type);
        names[i] = i < cte->column_count ? cte->columns[i] : targets[i].name;
        cte->types[i] = type;
        cte->typmods[i] = unknown ? -1 : expr->typmod;
        cte->collations[i] = expr->collation ? expr->collation : t ? t->collation : 0;
    }
    cte->columns = names;
    cte->column_count = count;
    return true;
}

static bool visible_targets(struct analysis *a, const struct sql_query *query,
                            struct sql_targets *out)
{
    const struct sql_target *targets =
        query->command == SQL_SELECT ? query->targets : query->returning;
    uint32_t count = query->command == SQL_SELECT ? query->target_count : query->returning_count;
    out->items = analysis_alloc(a, sizeof *out->items * (count + 1));
    for (uint32_t i = 0; out->items && i < count; i++)
        if (!targets[i].hidden)
            out->items[out->count++] = targets[i];
    return out->items != NULL;
}

/* The recursive term must not have given a column another type than the other one did. */
static bool check_recursive_columns(struct analysis *a, const struct sql_cte *cte,
                                    const struct sql_targets *targets)
{
    for (uint32_t i = 0; i < targets->count && i < cte->column_count; i++) {
        const struct sql_expr *expr = targets->items[i].expr;
        if (expr->type != cte->types[i] || expr->typmod != cte->typmods[i]) {
            fail_at(a, expr_location(expr), "42804",
                    "recursive query \"" SLICE_FMT "\" column %u has type " SLICE_FMT
                    " in non-recursive term but type " SLICE_FMT " overall",
                    SLICE_ARG(cte->name), (unsigned)i + 1,
                    SLICE_ARG(a->rules->type_name(a->env, cte->types[i], cte->typmods[i])),
                    SLICE_ARG(a->rules->type_name(a->env, expr->type, expr->typmod)));
            return sql_hint(a->env->error, "Cast the output of the non-recursive term to the "
                                           "correct type.");
        }
        if (expr->collation != cte->collations[i]) {
            fail_at(a, expr_location(expr), "42P21",
                    "recursive query \"" SLICE_FMT
                    "\" column %u has collation \"%s\" in non-recursive term but collation \"%s\" "
                    "overall",
                    SLICE_ARG(cte->name), (unsigned)i + 1, "default", "default");
            return sql_hint(a->env->error, "Use the COLLATE clause to set the collation of the "
                                           "non-recursive term.");
        }
    }
    return true;
}

static bool analyze_cte(struct analysis *a, const struct ast_cte *ast, struct sql_cte *cte)
{
    struct sql_query *query = analyze_subquery(a, ast->query, cte, false, false);
    if (!query)
        return false;
    if (query->command == SQL_UTILITY)
        return sql_fail(a->env->error, "XX000", "unexpected utility statement in WITH");
    if (query->command != SQL_SELECT) {
        if (a->outer)
            return fail_at(a, ast->node.location, "0A000",
                           "WITH clause containing a data-modifying statement must be at the top "
                           "level");
        a->query->has_modifying_cte = true;
    }
    struct sql_targets targets = {0};
    if (!visible_targets(a, query, &targets))
        return false;
    cte->query = query;
    /* Columns of a recursive one were set when its first term was known. */
    return cte->types ? check_recursive_columns(a, cte, &targets)
                      : set_cte_columns(a, cte, targets.items, targets.count);
}

static struct sql_cte *make_cte(struct analysis *a, const struct ast_cte *ast)
{
    static const uint8_t ways[] = {[AST_MATERIALIZE_DEFAULT] = SQL_CTE_DEFAULT,
                                   [AST_MATERIALIZE_ALWAYS] = SQL_CTE_MATERIALIZED,
                                   [AST_MATERIALIZE_NEVER] = SQL_CTE_INLINED};
    struct sql_cte *cte = analysis_alloc(a, sizeof *cte);
    if (!cte)
        return NULL;
    cte->name = ast->name;
    cte->columns = ast->columns.items;
    cte->column_count = ast->columns.count;
    cte->materialize = ways[ast->materialize];
    cte->location = ast->node.location;
    return cte;
}

static bool check_names(struct analysis *a, const struct ast_with *with)
{
    for (uint32_t i = 0; i < with->ctes.count; i++)
        for (uint32_t k = i + 1; k < with->ctes.count; k++) {
            const struct ast_cte *later = (const struct ast_cte *)with->ctes.items[k];
            if (slice_eq(((const struct ast_cte *)with->ctes.items[i])->name, later->name))
                return fail_at(a, later->node.location, "42712",
                               "WITH query name \"" SLICE_FMT "\" specified more than once",
                               SLICE_ARG(later->name));
        }
    return true;
}

bool show_cte(struct analysis *a, struct sql_cte *cte)
{
    struct cte_scope *scope = analysis_alloc(a, sizeof *scope);
    if (!scope)
        return false;
    scope->cte = cte;
    scope->next = a->ctes;
    a->ctes = scope;
    return true;
}

static bool check_searched(struct analysis *a, const struct ast_cte *ast, struct sql_cte *cte)
{
    const struct ast_node *search = ast->search ? &ast->search->node : NULL;
    const struct ast_node *cycle = ast->cycle ? &ast->cycle->node : NULL;
    cte->search = search;
    cte->cycle = cycle;
    return cte->recursive || fail_at(a, search ? search->location : cycle->location, "42601",
                                     "WITH query is not recursive");
}

static bool analyze_plain(struct analysis *a, const struct ast_with *with)
{
    for (uint32_t i = 0; i < with->ctes.count; i++) {
        const struct ast_cte *ast = (const struct ast_cte *)with->ctes.items[i];
        struct sql_cte *cte = a->query->ctes[i] = make_cte(a, ast);
        if (!cte || ((ast->search || ast->cycle) && !check_searched(a, ast, cte)) ||
            !analyze_cte(a, ast, cte) || !show_cte(a, cte))
            return false;
        a->query->cte_count++;
    }
    return true;
}

static bool analyze_recursive(struct analysis *a, const struct ast_with *with)
{
    uint32_t count = with->ctes.count, *order = analysis_alloc(a, sizeof *order * (count + 1));
    bool *recursive = analysis_alloc(a, count + 1);
    if (!order || !recursive || !order_ctes(a, with, order, recursive))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_cte *ast = (const struct ast_cte *)with->ctes.items[order[i]];
        struct sql_cte *cte = a->query->ctes[i] = make_cte(a, ast);
        if (!cte)
            return false;
        cte->recursive = recursive[order[i]];
        a->query->cte_count++;
        if (cte->recursive && !check_recursion(a, ast))
            return false;
        if (ast->search || ast->cycle) {
            if (!check_searched(a, ast, cte) || !expand_search(a, ast, &ast))
                return false;
            cte->columns = ast->columns.items;
            cte->column_count = ast->columns.count;
        }
        if (cte->recursive && !show_cte(a, cte))
            return false;
        if (!analyze_cte(a, ast, cte) || (!cte->recursive && !show_cte(a, cte)))
            return false;
    }
    return true;
}

bool analyze_with(struct analysis *a, const struct ast_with *with)
{
    a->query->ctes = analysis_alloc(a, sizeof *a->query->ctes * (with->ctes.count + 1));
    a->query->recursive = with->recursive;
    if (!a->query->ctes || !check_names(a, with))
        return false;
    if (with->recursive)
        return analyze_recursive(a, with);
    a->with = with;
    bool done = analyze_plain(a, with);
    a->with = NULL;
    return done;
}
