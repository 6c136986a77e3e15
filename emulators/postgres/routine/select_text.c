#include "emulators/postgres/routine/select_text.h"

#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/routine/stored_query.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/value/type.h"

static bool run_plan(struct sql_env *env, struct pg_stored_query *query, bool rows,
                     struct sql_sink *sink)
{
    uint32_t count;
    uint64_t given;
    bool changed;
    if (!pg_stored_query_plan(env, query, &changed))
        return false;
    const struct sql_result_column *columns = pg_stored_query_columns(query, &count);
    return columns && sink->begin(sink, columns, count) &&
           (!rows || pg_stored_query_run(env, query, NULL, 0, sink, 0, &given));
}

/* The functions are not volatile, nor may cursors change anything. */
static const struct ast_node *only_select(struct sql_error *error, const struct ast_list *list,
                                          enum pg_select_kind kind)
{
    const struct ast_node *tree =
        list->count ? AST_AS(raw_statement, list->items[0])->statement : NULL;
    if (tree && list->count == 1 && tree->kind == AST_SELECT)
        return tree;
    if (!tree || list->count > 1)
        sql_fail(error, "42P11", "cannot open multi-query plan as cursor");
    else if (kind == PG_SELECT_ROWS)
        sql_fail(error, "0A000", "%s is not allowed in a non-volatile function",
                 pg_command_tag(tree));
    else
        sql_fail(error, "42P11", "cannot open %s query as cursor", pg_command_tag(tree));
    return NULL;
}

bool pg_select_text(struct sql_call *call, struct arena *arena, struct slice text,
                    enum pg_select_kind kind, struct sql_sink *sink)
{
    struct sql_error *error = call->env->error;
    struct sql_params params = {0};
    struct ast_list list;
    struct slice kept = arena_dup(arena, text);
    if (!kept.ptr)
        return sql_fail_memory(error);
    if (!pg_parse(arena, kept, &pg_parse_options_default, &list, error))
        return false;
    struct pg_stored_query query = {
        .text = kept, .tree = only_select(error, &list, kind), .params = &params};
    if (!query.tree)
        return kind == PG_SELECT_ROWS &&
               sql_context_line(error, "SQL statement \"" SLICE_FMT "\"", SLICE_ARG(kept));
    struct sql_env env = pg_stored_env(call->env, arena);
    arena_init(&query.arena);
    bool fine = run_plan(&env, &query, kind != PG_SELECT_COLUMNS, sink);
    pg_stored_query_done(&query);
    if (fine)
        return true;
    error->internal_query = kept;
    error->internal_position = error->position;
    error->position = 0;
    return false;
}
