/* Cursors: moving about in a portal, and what becomes of portals when transactions end. */
#include "emulators/postgres/portal.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"

/* ---- rows by number */

static bool may_go_back(struct pg_session *session, const struct pg_portal *portal)
{
    if (portal->scroll)
        return true;
    sql_fail(&session->error, "55000", "cursor can only scan forward");
    return sql_hint(&session->error, "Declare it with SCROLL option to enable backward scan.");
}

/* How many rows it has given or keeps. */
static uint64_t row_count(const struct pg_portal *portal)
{
    return portal->passed + portal->store->count;
}

/* Gives rows of the store, which begins behind those that were passed. */
static bool give(struct pg_session *session, const struct pg_portal *portal, uint64_t from,
                 uint64_t count, struct sql_sink *sink)
{
    return !sink || !portal->store->begun || from < portal->passed ||
           pg_row_store_give(portal->store, &session->env, from - portal->passed, count, sink);
}

/* Reads rows into the store up to that number (UINT64_MAX: all), or until there are no more. */
static bool keep_until(struct pg_session *session, struct pg_portal *portal, uint64_t count)
{
    struct slice tag;
    bool done = false;
    if (!portal->store) {
        portal->store = arena_alloc(&portal->arena, sizeof(*portal->store));
        if (!portal->store)
            return sql_fail_memory(&session->error);
        pg_row_store_init(portal->store, &session->core);
        portal->passed = (uint64_t)portal->position;
        portal->placed = 0;
    }
    if (portal->held || row_count(portal) >= count || portal->state == PG_PORTAL_DONE)
        return true;
    uint64_t more = count == UINT64_MAX ? 0 : count - row_count(portal);
    return pg_portal_run(session, portal, &portal->store->sink, more, &done, &tag);
}

/* The cursor goes to that row, which is given unless there is none. */
static bool go_to(struct pg_session *session, struct pg_portal *portal, int64_t row,
                  struct sql_sink *sink, uint64_t *rows)
{
    if (row <= 0) {
        portal->position = 0;
        portal->at_end = false;
        return true;
    }
    if (!keep_until(session, portal, (uint64_t)row))
        return false;
    uint64_t count = row_count(portal);
    portal->at_end = (uint64_t)row > count;
    portal->position = portal->at_end ? (int64_t)count + 1 : row;
    if (portal->at_end)
        return true;
    *rows += 1;
    return give(session, portal, (uint64_t)row - 1, 1, sink);
}

static bool forward(struct pg_session *session, struct pg_portal *portal, int64_t count,
                    struct sql_sink *sink, uint64_t *rows)
{
    int64_t from = portal->position;
    if (portal->at_end)
        return true;
    bool all = count == AST_FETCH_ALL || count > INT64_MAX - from;
    if (!keep_until(session, portal, all ? UINT64_MAX : (uint64_t)(from + count)))
        return false;
    int64_t there = (int64_t)row_count(portal) - from;
    int64_t given = all || there < count ? there : count;
    portal->position = from + given;
    portal->at_end = all || given < count;
    if (portal->at_end)
        portal->position++;
    *rows = (uint64_t)given;
    return give(session, portal, (uint64_t)from, (uint64_t)given, sink);
}

static bool backward(struct pg_session *session, struct pg_portal *portal, int64_t count,
                     struct sql_sink *sink, uint64_t *rows)
{
    int64_t row = portal->position;
    portal->at_end = false;
    for (int64_t i = 0; i < count && row > 0; i++) {
        row--;
        if (row == 0)
            break;
        *rows += 1;
        if (!give(session, portal, (uint64_t)row - 1, 1, sink))
            return false;
    }
    portal->position = row;
    return true;
}

static bool absolute(struct pg_session *session, struct pg_portal *portal, int64_t row,
                     struct sql_sink *sink, uint64_t *rows)
{
    if (row < 0) {
        if (!keep_until(session, portal, UINT64_MAX))
            return false;
        row = (int64_t)row_count(portal) + 1 + row;
    }
    if (row < portal->position + 1 && !may_go_back(session, portal))
        return false;
    return go_to(session, portal, row, sink, rows);
}

/* A cursor that only goes forward keeps no rows: they go straight to the sink. */
static bool pass_on(struct pg_session *session, struct pg_portal *portal, int64_t count,
                    struct sql_sink *sink, uint64_t *rows)
{
    struct sql_sink nowhere = sql_no_sink;
    bool done = false;
    struct slice tag;
    if (portal->at_end)
        return true;
    bool ok = pg_portal_run(session, portal, sink ? sink : &nowhere,
                            count == AST_FETCH_ALL ? 0 : (uint64_t)count, &done, &tag);
    if (!ok)
        return false;
    struct slice number = slice_from(tag, sizeof("SELECT ") - 1);
    for (size_t i = 0; i < number.len; i++)
        *rows = *rows * 10 + (uint64_t)(number.ptr[i] - '0');
    portal->position += (int64_t)*rows;
    portal->at_end = done;
    return true;
}

static bool fetch_any(struct pg_session *session, struct pg_portal *portal,
                      const struct ast_fetch *fetch, struct sql_sink *sink, uint64_t *rows)
{
    enum ast_fetch_direction direction = fetch->direction;
    int64_t count = fetch->count;
    if (direction == AST_FETCH_ABSOLUTE)
        return absolute(session, portal, count, sink, rows);
    if (direction == AST_FETCH_RELATIVE && count != 0) {
        if (count < 0 && !may_go_back(session, portal))
            return false;
        return go_to(session, portal, portal->position + count, sink, rows);
    }
    if (count < 0) {
        direction = direction == AST_FETCH_FORWARD ? AST_FETCH_BACKWARD : AST_FETCH_FORWARD;
        count = -count;
    }
    if (count == 0) /* the row it is on, once more */
        return portal->position <= 0 || portal->at_end ||
               (may_go_back(session, portal) &&
                go_to(session, portal, portal->position, sink, rows));
    if (direction == AST_FETCH_BACKWARD)
        return may_go_back(session, portal) && backward(session, portal, count, sink, rows);
    return forward(session, portal, count, sink, rows);
}

bool pg_portal_fetch(struct pg_session *session, const struct ast_fetch *fetch,
                     struct sql_sink *sink, uint64_t *rows)
{
    struct pg_portal *portal = pg_portal_find(session, fetch->cursor);
    *rows = 0;
    if (!portal)
        return sql_fail(&session->error, "34000", "cursor \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(fetch->cursor));
    if (portal->state == PG_PORTAL_FAILED)
        return sql_fail(&session->error, "55000", "portal \"" SLICE_FMT "\" cannot be run",
                        SLICE_ARG(portal->named.name));
    if (sink && !sink->begin(sink, portal->analysis->columns, portal->analysis->column_count))
        return sql_fail_memory(&session->error);
    bool plain = fetch->direction == AST_FETCH_FORWARD && fetch->count > 0;
    bool ok = !portal->scroll && !portal->store && plain
                  ? pass_on(session, portal, fetch->count, sink, rows)
                  : fetch_any(session, portal, fetch, sink, rows);
    if (!ok)
        portal->state = PG_PORTAL_FAILED;
    return ok;
}

/* ---- the ends of transactions */

static bool hold(struct pg_session *session, struct pg_portal *portal)
{
    if (!keep_until(session, portal, UINT64_MAX))
        return false;
    portal->held = true;
    if (portal->run)
        sql_run_close(portal->run);
    portal->run = NULL;
    portal->state = PG_PORTAL_DONE;
    return true;
}

bool pg_portals_hold_pinned(struct pg_session *session)
{
    if (session->changing_loops)
        return sql_fail(&session->error, "55000",
                        "cannot perform transaction commands inside a cursor loop that is not "
                        "read-only");
    for (struct pg_portal *portal = pg_portal_newest(session); portal;
         portal = pg_portal_next(portal))
        if (portal->pinned && !portal->held && !hold(session, portal))
            return false;
    return true;
}

bool pg_portals_before_commit(struct pg_session *session)
{
    for (struct pg_portal *portal = pg_portal_newest(session), *next; portal; portal = next) {
        next = pg_portal_next(portal);
        if (portal->held || portal->in_use)
            continue;
        if (!portal->hold || portal->state == PG_PORTAL_FAILED)
            pg_portal_close(session, portal);
        else if (!hold(session, portal))
            return false;
    }
    return true;
}

bool pg_portals_before_prepare(struct pg_session *session)
{
    for (struct pg_portal *portal = pg_portal_newest(session); portal;
         portal = pg_portal_next(portal))
        if (portal->hold && !portal->held)
            return sql_fail(&session->error, "0A000",
                            "cannot PREPARE a transaction that has created a cursor WITH HOLD");
    return pg_portals_before_commit(session);
}

/* Nothing more comes of it; it is there until its name is free again. */
static void fail_portal(struct pg_portal *portal)
{
    if (portal->run)
        sql_run_close(portal->run);
    portal->run = NULL;
    portal->state = PG_PORTAL_FAILED;
}

void pg_portals_fail(struct pg_session *session, uint32_t depth)
{
    for (struct pg_portal *portal = pg_portal_newest(session); portal;
         portal = pg_portal_next(portal))
        if (!portal->held && portal->depth >= depth)
            fail_portal(portal);
}

void pg_portals_abort(struct pg_session *session, uint32_t depth)
{
    for (struct pg_portal *portal = pg_portal_newest(session), *next; portal; portal = next) {
        next = pg_portal_next(portal);
        if (portal->held || portal->depth < depth || (portal->in_use && !portal->run))
            continue;
        if (portal->in_use) /* whoever runs it closes it */
            fail_portal(portal);
        else
            pg_portal_close(session, portal);
    }
}

void pg_portals_release(struct pg_session *session, uint32_t depth)
{
    for (struct pg_portal *portal = pg_portal_newest(session); portal;
         portal = pg_portal_next(portal))
        if (portal->depth >= depth)
            portal->depth = depth - 1;
}
