/* Statements over system relations, analysed: the names and types of their results, or their errors,
 * are those that PostgreSQL 15.18 gave (analyze_cases.h, recorded from it). */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/test_sql_world.h"
#include "emulators/sql/value/bytes.h"

struct analyze_case {
    const char *sql, *expected;
};

#include "emulators/postgres/analyze/analyze_cases.h"

#define SYSTEM_SCHEMA 11
#define PUBLIC_SCHEMA 2200
#define SUPERUSER     10

static const struct analyze_case *current;

static const struct sql_type *find_type(struct sql_env *env, uint32_t id)
{
    return sql_find_type_id(env->session, id);
}

static bool analyze_text(struct actor *actor, struct sql_bytes *out)
{
    struct ast_list list;
    struct sql_env *env = &actor->env;
    struct sql_params params = {.variable = true};
    struct sql_query *query;
    if (!pg_parse(env->arena, slice_str(current->sql), &pg_parse_options_default, &list,
                  env->error) ||
        !sql_analyze(env, list.items[0], &params, NULL, &query))
        return false;
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct sql_target *target = &query->targets[i];
        if (target->hidden)
            continue;
        if (out->len)
            sql_bytes_add_str(out, ", ");
        sql_bytes_add_slice(out, target->name);
        sql_bytes_add_char(out, ' ');
        pg_format_type(env->session, out, target->expr->type, target->expr->typmod, 0);
    }
    return true;
}

static bool run_case(struct actor *actor)
{
    struct sql_bytes out;
    sql_bytes_init(&out, &actor->arena);
    if (!analyze_text(actor, &out)) {
        const struct sql_error *error = actor->env.error;
        sql_bytes_printf(&out, "ERROR %s: " SLICE_FMT, error->sqlstate, SLICE_ARG(error->message));
        if (error->position)
            sql_bytes_printf(&out, " @%u", (unsigned)error->position);
        if (error->detail.len)
            sql_bytes_printf(&out, " DETAIL: " SLICE_FMT, SLICE_ARG(error->detail));
        if (error->hint.len)
            sql_bytes_printf(&out, " HINT: " SLICE_FMT, SLICE_ARG(error->hint));
    }
    sql_bytes_add_char(&out, '\0');
    assert_string_equal((const char *)out.ptr, current->expected);
    return true;
}

static void recorded_statements(void **state)
{
    static struct world world;
    uint32_t path[] = {SYSTEM_SCHEMA, PUBLIC_SCHEMA};
    (void)state;
    world_init(&world, 0, 1);
    struct actor *actor = &world.actors[0];
    actor->session.dialect = &pg_dialect;
    actor->session.path = path;
    actor->session.path_count = 2;
    actor->session.role = actor->session.session_role = SUPERUSER;
    actor->env.find_type = find_type;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        current = &cases[i];
        actor_begin(actor, SQL_READ_COMMITTED);
        actor_start(actor, run_case);
        assert_true(actor->result);
        sql_txn_rollback(&actor->session);
        arena_reset(&actor->arena);
    }
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_statements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
