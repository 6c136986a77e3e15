#include "emulators/postgres/portal.h"

#include "common/text.h"
#include "emulators/postgres/cursor_row.h"
#include "emulators/postgres/utility.h"
#include "emulators/sql/txn/txn.h"

/* ---- coming and going */

struct slice pg_portal_new_name(struct pg_session *session, struct arena *arena)
{
    return arena_printf(arena, "<unnamed portal %llu>",
                        (unsigned long long)++session->portal_count);
}

struct pg_portal *pg_portal_find(struct pg_session *session, struct slice name)
{
    return (struct pg_portal *)(void *)pg_named_find(&session->portals, name);
}

static struct pg_portal *new_portal(struct pg_session *session, struct slice name,
                                    struct pg_statement *statement)
{
    struct pg_portal *portal = heap_zalloc(session->pg->host.heap, sizeof(*portal));
    if (!portal) {
        sql_fail_memory(&session->error);
        return NULL;
    }
    portal->heap = session->pg->host.heap;
    portal->named.name = arena_dup(&portal->arena, name);
    portal->text = statement->shown;
    portal->source = statement->text;
    portal->statement = statement;
    portal->analysis = statement->analysis;
    statement->refs++;
    statement->analysis->refs++;
    portal->depth = session->core.txn ? session->core.txn->depth : 0;
    portal->created_us = session->env.statement_time;
    return portal;
}

struct pg_portal *pg_portal_create(struct pg_session *session, struct slice name,
                                   struct pg_statement *statement, bool listed)
{
    struct pg_portal *old = listed ? pg_portal_find(session, name) : NULL;
    if (old && name.len) {
        sql_fail(&session->error, "42P03", "cursor \"" SLICE_FMT "\" already exists",
                 SLICE_ARG(name));
        return NULL;
    }
    if (old)
        pg_portal_close(session, old);
    struct pg_portal *portal = new_portal(session, name, statement);
    if (portal && listed && !pg_named_add(&session->portals, portal->heap, &portal->named)) {
        pg_portal_close(session, portal);
        sql_fail_memory(&session->error);
        return NULL;
    }
    return portal;
}

bool pg_portal_copy_params(struct pg_session *session, struct pg_portal *portal,
                           const struct datum *params, uint32_t count)
{
    portal->params = arena_array(&portal->arena, count + 1, sizeof(struct datum));
    if (!portal->params)
        return sql_fail_memory(&session->error);
    portal->param_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *type =
            sql_find_type_id(&session->core, portal->analysis->params.types[i]);
        portal->params[i] = params[i];
        if (type && !type->by_value && !params[i].null)
            portal->params[i].ptr = arena_dup(&portal->arena, datum_slice(params[i])).ptr;
    }
    return true;
}

static void close_run(struct pg_portal *portal)
{
    if (portal->run)
        sql_run_close(portal->run);
    portal->run = NULL;
}

void pg_portal_close(struct pg_session *session, struct pg_portal *portal)
{
    pg_named_remove(&session->portals, portal->heap, &portal->named);
    close_run(portal);
    if (portal->store)
        pg_row_store_done(portal->store);
    pg_analysis_release(portal->analysis);
    pg_statement_release(portal->statement);
    arena_done(&portal->parsed);
    arena_done(&portal->arena);
    heap_free(portal->heap, portal, sizeof(*portal));
}

bool pg_portal_drop(struct pg_session *session, struct pg_portal *portal)
{
    if (portal->pinned)
        return sql_fail(&session->error, "24000", "cannot drop pinned portal \"" SLICE_FMT "\"",
                        SLICE_ARG(portal->named.name));
    if (portal->in_use)
        return sql_fail(&session->error, "24000", "cannot drop active portal \"" SLICE_FMT "\"",
                        SLICE_ARG(portal->named.name));
    pg_portal_close(session, portal);
    return true;
}

void pg_portals_close_all(struct pg_session *session)
{
    while (session->portals.newest)
        pg_portal_close(session, pg_portal_newest(session));
}

/* ---- running */

static bool make_store(struct pg_session *session, struct pg_portal *portal)
{
    if (portal->store)
        return true;
    portal->store = arena_alloc(&portal->arena, sizeof(*portal->store));
    if (!portal->store)
        return sql_fail_memory(&session->error);
    pg_row_store_init(portal->store, &session->core);
    return true;
}

static bool open_run(struct pg_session *session, struct pg_portal *portal, uint32_t index)
{
    struct sql_run_options options = {.params = portal->params, .param_count = portal->param_count};
    return sql_run_open(&session->env, &portal->arena, portal->analysis->plans[index], &options,
                        &portal->run);
}

/* SELECT gives its rows in portions; whatever changes something runs whole. */
static bool gives_portions(const struct pg_portal *portal)
{
    const struct pg_analysis *analysis = portal->analysis;
    return !analysis->is_utility && analysis->query_count == 1 &&
           analysis->query->command == SQL_SELECT && analysis->queries[0]->command == SQL_SELECT &&
           !analysis->queries[0]->has_modifying_cte;
}

static struct slice make_tag(struct pg_portal *portal, enum sql_command command, uint64_t rows)
{
    static const char *const words[] = {
        [SQL_SELECT] = "SELECT ", [SQL_INSERT] = "INSERT 0 ", [SQL_UPDATE] = "UPDATE ",
        [SQL_DELETE] = "DELETE ", [SQL_MERGE] = "MERGE ",
    };
    char digits[TEXT_INT_MAX];
    size_t len = text_from_u64(digits, rows);
    return arena_concat(&portal->arena, slice_str(words[command]), slice_of(digits, len),
                        slice_of(NULL, 0));
}

static bool run_one(struct pg_session *session, struct pg_portal *portal, uint32_t index)
{
    struct sql_sink nowhere = sql_no_sink;
    const struct pg_analysis *analysis = portal->analysis;
    bool counts = analysis->tag_query >= 0 && (uint32_t)analysis->tag_query == index;
    bool wanted = counts && analysis->column_count;
    bool shown = !counts && portal->shows_all && analysis->queries[index]->command == SQL_SELECT;
    bool done = false;
    struct pg_row_sink now;
    if (!open_run(session, portal, index))
        return false;
    pg_row_sink_init(&now, session, &portal->formats, true);
    struct sql_sink *sink = wanted ? &portal->store->sink : shown ? &now.sink : &nowhere;
    bool ok = sql_run_rows(portal->run, &session->env, sink, 0, &done);
    pg_row_sink_done(&now);
    if (ok && counts)
        portal->tag =
            make_tag(portal, analysis->queries[index]->command, sql_run_count(portal->run));
    close_run(portal);
    sql_txn_next_command(session->core.txn);
    return ok;
}

static bool run_queries(struct pg_session *session, struct pg_portal *portal)
{
    const struct pg_analysis *analysis = portal->analysis;
    portal->tag = make_tag(portal, analysis->query->command, 0);
    for (uint32_t i = 0; i < analysis->query_count; i++)
        if (!run_one(session, portal, i))
            return false;
    return true;
}

static bool run_utility(struct pg_session *session, struct pg_portal *portal)
{
    struct pg_utility_call call = {
        .session = session,
        .env = &session->env,
        .query = portal->analysis->query,
        .tree = portal->analysis->query->utility,
        .text = portal->statement->text,
        .shown = portal->statement->shown,
        .params = portal->params,
        .param_count = portal->param_count,
        .sink = &portal->store->sink,
        .formats = &portal->formats,
    };
    bool ok = pg_utility_run(&call);
    portal->tag = call.tag.ptr ? arena_dup(&portal->arena, call.tag) : call.tag;
    return ok;
}

/* Runs a statement to its end; its rows are in the store then. */
static bool run_whole(struct pg_session *session, struct pg_portal *portal)
{
    if (!make_store(session, portal))
        return false;
    return portal->analysis->is_utility ? run_utility(session, portal)
                                        : run_queries(session, portal);
}

/* The next rows out of the store. */
static bool give_kept(struct pg_session *session, struct pg_portal *portal, struct sql_sink *sink,
                      uint64_t max, bool *done)
{
    struct pg_row_store *store = portal->store;
    uint64_t left = store->count - portal->given;
    uint64_t count = max && max < left ? max : left;
    *done = !max || left < max;
    if (!store->begun)
        return true;
    if (!pg_row_store_give(store, &session->env, portal->given, count, sink))
        return false;
    portal->given += count;
    /* The tag tells of the rows of the last portion. */
    if (!portal->analysis->is_utility && portal->given > count)
        portal->tag = make_tag(portal, portal->analysis->query->command, count);
    return true;
}

/* A sink that counts what it hands on, and notes of which rows of tables it was made. */
struct counting_sink {
    struct sql_sink sink; /* FIRST */
    struct sql_sink *to;
    struct pg_portal *portal;
    uint64_t rows;
};

static bool counting_begin(struct sql_sink *base, const struct sql_result_column *columns,
                           uint32_t count)
{
    struct counting_sink *sink = (struct counting_sink *)(void *)base;
    return sink->to->begin(sink->to, columns, count);
}

static bool counting_row(struct sql_sink *base, struct sql_env *env, const struct datum *values,
                         uint32_t count)
{
    struct counting_sink *sink = (struct counting_sink *)(void *)base;
    bool kept = sink->portal->store && sink->to == &sink->portal->store->sink;
    sink->rows++;
    return pg_cursor_note_row(env, sink->portal, kept) &&
           sink->to->row(sink->to, env, values, count);
}

static bool run_portion(struct pg_session *session, struct pg_portal *portal, struct sql_sink *sink,
                        uint64_t max, bool *done)
{
    const struct pg_analysis *analysis = portal->analysis;
    struct counting_sink counting = {
        {.begin = counting_begin, .row = counting_row},
        sink, portal, 0
    };
    if (portal->state == PG_PORTAL_DONE) {
        *done = true;
        portal->tag = make_tag(portal, SQL_SELECT, 0);
        return sink->begin(sink, analysis->columns, analysis->column_count);
    }
    if (!portal->run && !open_run(session, portal, 0))
        return false;
    portal->state = PG_PORTAL_OPEN;
    /* The run tells the first sink alone what its columns are. */
    if (!sink->begin(sink, analysis->columns, analysis->column_count))
        return session->error.sqlstate[0] ? false : sql_fail_memory(&session->error);
    if (!sql_run_rows(portal->run, &session->env, &counting.sink, max, done))
        return false;
    /* The portion was full: the client learns of the end by asking for another one. */
    if (max && counting.rows == max)
        *done = false;
    else
        portal->state = PG_PORTAL_DONE;
    portal->tag = make_tag(portal, SQL_SELECT, counting.rows);
    if (portal->state == PG_PORTAL_DONE)
        close_run(portal);
    return true;
}

static bool run(struct pg_session *session, struct pg_portal *portal, struct sql_sink *sink,
                uint64_t max, bool *done)
{
    if (!portal->analysis->is_utility && portal->state == PG_PORTAL_NEW &&
        !sql_snapshot_begin(&session->env))
        return false;
    if (gives_portions(portal))
        return run_portion(session, portal, sink, max, done);
    if (portal->state == PG_PORTAL_NEW) {
        portal->state = PG_PORTAL_OPEN;
        if (!run_whole(session, portal))
            return false;
        portal->state = PG_PORTAL_DONE;
    }
    return give_kept(session, portal, sink, max, done);
}

bool pg_portal_start(struct pg_session *session, struct pg_portal *portal)
{
    struct arena *outer = session->env.arena;
    session->env.arena = &portal->arena;
    bool ok = pg_analysis_plan(session, portal->analysis) &&
              (!gives_portions(portal) || open_run(session, portal, 0));
    session->env.arena = outer;
    return ok;
}

bool pg_portal_run(struct pg_session *session, struct pg_portal *portal, struct sql_sink *sink,
                   uint64_t max, bool *done, struct slice *tag)
{
    struct arena *outer = session->env.arena;
    struct slice outer_text = session->text;
    *tag = slice_of(NULL, 0);
    *done = true;
    if (!portal->analysis->query) /* the empty statement */
        return true;
    if (portal->in_use || portal->state == PG_PORTAL_FAILED)
        return sql_fail(&session->error, "55000", "portal \"" SLICE_FMT "\" cannot be run",
                        SLICE_ARG(portal->named.name));
    session->env.arena = &portal->arena;
    session->text = portal->source;
    portal->in_use = true;
    bool ok = pg_analysis_plan(session, portal->analysis) && run(session, portal, sink, max, done);
    portal->in_use = false;
    session->env.arena = outer;
    if (!ok) {
        pg_reply_settle(session);
        portal->state = PG_PORTAL_FAILED;
        close_run(portal);
    }
    if (ok)
        session->text = outer_text;
    *tag = portal->tag;
    return ok;
}

bool pg_portal_send(struct pg_session *session, struct pg_portal *portal, bool describe,
                    uint64_t max, bool *done, struct slice *tag)
{
    struct pg_row_sink sink;
    pg_row_sink_init(&sink, session, &portal->formats, describe);
    portal->shows_all = describe;
    bool ok = pg_portal_run(session, portal, &sink.sink, max, done, tag);
    pg_row_sink_done(&sink);
    return ok;
}
