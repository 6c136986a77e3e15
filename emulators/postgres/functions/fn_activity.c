/* What sessions are doing: prepared statements, cursors, activity, locks; the rows of the views of
 * these names. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/prepared.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/value/array.h"

/* Which row is next. */
static bool next_index(struct sql_call *call, uint64_t *out)
{
    uint64_t *at = call->set_state;
    if (!at) {
        at = arena_zalloc(call->set_arena, sizeof(*at));
        if (!at)
            return sql_fail_memory(call->env->error);
        call->set_state = at;
    }
    *out = (*at)++;
    return true;
}

static struct datum time_or_null(int64_t us)
{
    return us ? datum_int(us) : datum_null();
}

static struct datum text_or_null(struct sql_call *call, struct slice text)
{
    struct slice copy = text.ptr ? arena_dup(call->arena, text) : text;
    return copy.ptr ? datum_bytes(copy) : datum_null();
}

/* ---- pg_prepared_statement */

static struct datum parameter_types(struct sql_call *call, const struct sql_params *params)
{
    const struct sql_type *regtype =
        call->env->find_type(call->env, call->env->session->dialect->types_of.regtype);
    struct datum *types = arena_array(call->arena, params->count + 1, sizeof(*types));
    struct datum out = datum_null();
    for (uint32_t i = 0; types && i < params->count; i++)
        types[i] = datum_int(params->types[i]);
    if (!types || !sql_array_make_vector(call, regtype, types, params->count, &out))
        return datum_null();
    return out;
}

static bool prepared_statement(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint64_t index;
    if (!next_index(call, &index))
        return false;
    const struct pg_prepared *prepared = (const void *)pg_call_session(call)->prepared.newest;
    while (prepared && (index || prepared->named.name.len == 0)) {
        index -= prepared->named.name.len != 0; /* the unnamed one is not shown */
        prepared = (const void *)prepared->named.next;
    }
    *out = datum_null();
    call->done = !prepared;
    if (call->done || !call->columns || call->column_count < 7)
        return true;
    struct datum *c = call->columns;
    c[0] = text_or_null(call, prepared->named.name);
    c[1] = text_or_null(call, prepared->statement->shown);
    c[2] = datum_int(prepared->prepared_us);
    c[3] = prepared->statement->analysis
               ? parameter_types(call, &prepared->statement->analysis->params)
               : datum_null();
    c[4] = datum_bool(prepared->from_sql);
    c[5] = datum_int((int64_t)prepared->generic_plans);
    c[6] = datum_int((int64_t)prepared->custom_plans);
    return true;
}

/* ---- pg_cursor */

static bool cursor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    uint64_t index;
    if (!next_index(call, &index))
        return false;
    const struct pg_portal *portal = pg_portal_newest(pg_call_session(call));
    while (portal && index--)
        portal = pg_portal_next(portal);
    *out = datum_null();
    call->done = !portal;
    if (call->done || !call->columns || call->column_count < 6)
        return true;
    struct datum *c = call->columns;
    c[0] = text_or_null(call, portal->named.name);
    c[1] = text_or_null(call, portal->text);
    c[2] = datum_bool(portal->hold);
    c[3] = datum_bool(portal->binary);
    c[4] = datum_bool(portal->scroll);
    c[5] = datum_int(portal->created_us);
    return true;
}

/* ---- pg_prepared_xact */

struct prepared_search {
    uint64_t index; /* of the one that is looked for */
    const struct sql_prepared *found;
    struct sql_prepared room;
};

static void look_at_prepared(void *ctx, const struct sql_prepared *prepared)
{
    struct prepared_search *search = ctx;
    if (search->index-- == 0) {
        search->room = *prepared;
        search->found = &search->room;
    }
}

static bool prepared_transaction(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct prepared_search search = {0};
    if (!next_index(call, &search.index))
        return false;
    sql_txn_each_prepared(call->env->session->instance->txns, look_at_prepared, &search);
    *out = datum_null();
    call->done = !search.found;
    if (call->done || !call->columns || call->column_count < 5)
        return true;
    struct datum *c = call->columns;
    c[0] = datum_int(search.found->xid);
    c[1] = text_or_null(call, search.found->gid);
    c[2] = datum_int(search.found->prepared_us);
    c[3] = datum_int(search.found->owner);
    c[4] = datum_int(search.found->database);
    return true;
}

/* ---- pg_stat_get_activity */

enum {
    ACTIVITY_DATABASE,
    ACTIVITY_PID,
    ACTIVITY_ROLE,
    ACTIVITY_NAME,
    ACTIVITY_STATE,
    ACTIVITY_QUERY,
    ACTIVITY_WAIT_TYPE,
    ACTIVITY_WAIT,
    ACTIVITY_TRANSACTION_START,
    ACTIVITY_QUERY_START,
    ACTIVITY_BACKEND_START,
    ACTIVITY_STATE_CHANGE,
    ACTIVITY_XID = 15,
    ACTIVITY_BACKEND_TYPE = 17,
    ACTIVITY_COLUMNS = 30
};

static const char *state_word(const struct pg_session *session)
{
    if (session->active)
        return "active";
    switch (pg_block_status(session)) {
    case 'T': return "idle in transaction";
    case 'E': return "idle in transaction (aborted)";
    default: return "idle";
    }
}

/* What it waits for: a lock, or the client. */
static void fill_wait(const struct pg_session *session, struct datum *c)
{
    struct sql_lock_view lock;
    bool waits = sql_lock_awaited(&session->core, &lock);
    if (!waits && session->active)
        return;
    c[ACTIVITY_WAIT_TYPE] = datum_bytes(slice_str(waits ? "Lock" : "Client"));
    c[ACTIVITY_WAIT] =
        datum_bytes(slice_str(waits ? pg_lock_kind_name(lock.tag.kind) : "ClientRead"));
}

static void fill_activity(struct sql_call *call, const struct pg_session *session)
{
    struct datum *c = call->columns;
    for (int i = 0; i < ACTIVITY_COLUMNS; i++)
        c[i] = datum_null();
    c[ACTIVITY_DATABASE] = datum_int(session->core.database ? session->core.database->id : 0);
    c[ACTIVITY_PID] = datum_int(session->core.id);
    c[ACTIVITY_ROLE] = datum_int(session->core.login_role);
    c[ACTIVITY_NAME] = text_or_null(call, pg_settings_text(&session->settings, "application_name"));
    c[ACTIVITY_STATE] = datum_bytes(slice_str(state_word(session)));
    c[ACTIVITY_QUERY] =
        text_or_null(call, session->activity ? slice_of(session->activity, session->activity_len)
                                             : slice_str(""));
    fill_wait(session, c);
    if (session->core.txn && session->core.txn->xid)
        c[ACTIVITY_XID] = datum_int(session->core.txn->xid);
    c[ACTIVITY_TRANSACTION_START] = time_or_null(session->core.txn ? session->block.started_us : 0);
    c[ACTIVITY_QUERY_START] = time_or_null(session->query_start_us);
    c[ACTIVITY_BACKEND_START] = time_or_null(session->connected_us);
    c[ACTIVITY_STATE_CHANGE] = time_or_null(session->state_since_us);
    c[ACTIVITY_BACKEND_TYPE] = datum_bytes(slice_str("client backend"));
}

static bool activity(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t index;
    if (!next_index(call, &index))
        return false;
    const struct pg_session *session = pg_call_session(call)->pg->sessions;
    while (session && (index || (!args[0].null && session->core.id != (uint32_t)args[0].i))) {
        index -= args[0].null || session->core.id == (uint32_t)args[0].i;
        session = session->next_session;
    }
    *out = datum_null();
    call->done = !session;
    if (!call->done && call->columns && call->column_count >= ACTIVITY_COLUMNS)
        fill_activity(call, session);
    return true;
}

const struct sql_builtin pg_activity_functions[] = {
    {"pg_cursor",             cursor              },
    {"pg_prepared_statement", prepared_statement  },
    {"pg_prepared_xact",      prepared_transaction},
    {"pg_stat_get_activity",  activity            },
    {NULL,                    NULL                },
};
