#include "emulators/postgres/owner.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/cursor_row.h"
#include "emulators/postgres/ddl/access_method.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/roles.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/routine/stored_cast.h"
#include "emulators/postgres/set.h"
#include "emulators/postgres/syntax/keywords.h"
#include "emulators/postgres/utility.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/txn/txn.h"

const struct sql_type *pg_owner_find_type(struct sql_env *env, uint32_t id)
{
    return sql_find_type_id(env->session, id);
}

struct slice pg_owner_show_type(struct sql_env *env, const struct sql_type *type)
{
    struct slice text = pg_type_text(env->session, env->arena, type->id);
    return text.ptr ? text : type->name;
}

bool pg_owner_is_reserved(struct sql_env *env, struct slice word)
{
    (void)env;
    int keyword = pg_keyword_find(word);
    return keyword >= 0 && pg_keywords[keyword].class != PG_UNRESERVED;
}

bool pg_owner_is_running(struct sql_env *env, uint32_t xid)
{
    const struct sql_txn *txn = env->session->txn;
    return txn && txn->xid == xid;
}

bool pg_owner_check_domain(struct sql_env *env, const struct sql_type *domain, struct datum value)
{
    struct sql_env apart = *env;
    struct arena arena;
    arena_init(&arena);
    apart.arena = &arena;
    bool kept = pg_stored_cast(&apart, value, domain->base, domain->id, -1, &value);
    arena_done(&arena);
    return kept;
}

static void notice(struct sql_session *session, const struct sql_error *error)
{
    pg_reply_notice(pg_session_of(session), error);
}

static const struct {
    const char *sqlstate, *message;
    bool fatal;
} interrupts[] = {
    [SQL_CANCELLED] = {"57014", "canceling statement due to user request",             false},
    [SQL_STATEMENT_TIMEOUT] = {"57014", "canceling statement due to statement timeout",        false},
    [SQL_LOCK_TIMEOUT] = {"55P03", "canceling statement due to lock timeout",             false},
    [SQL_DEADLOCK] = {"40P01", "deadlock detected",                                   false},
    [SQL_DISCONNECTED] = {"08006", "connection to client lost",                           true },
    [SQL_SHUTDOWN] = {"57P01", "terminating connection due to administrator command", true },
    [SQL_ROLLED_BACK] = {"40001", "the state was rewound while the statement ran",       false},
};

static bool fail_interrupt(struct sql_session *core, enum sql_interrupt why,
                           struct sql_error *error)
{
    core->interrupt = SQL_NOT_INTERRUPTED;
    if (why == SQL_SHUTDOWN && pg_session_of(core)->transaction_over) {
        sql_fail(error, "25P04", "terminating connection due to transaction timeout");
        error->severity = SQL_FATAL;
        return false;
    }
    sql_fail(error, interrupts[why].sqlstate, "%s", interrupts[why].message);
    if (interrupts[why].fatal)
        error->severity = SQL_FATAL;
    return false;
}

static bool get_setting(struct sql_session *core, struct slice name, struct arena *arena,
                        struct slice *out)
{
    struct pg_session *session = pg_session_of(core);
    struct sql_error ignored;
    sql_error_begin(&ignored, arena);
    if (pg_settings_show(&session->settings, arena, name, out, &ignored))
        return true;
    *out = slice_of(NULL, 0);
    return false;
}

static bool set_setting(struct sql_session *core, struct slice name, struct slice value, bool local,
                        struct sql_error *error)
{
    return pg_set_value(pg_session_of(core), name, value, local, error);
}

/* A utility statement that stored code runs. */
static bool utility(struct sql_session *core, struct sql_env *env, const struct sql_query *query,
                    struct slice text, struct sql_sink *sink)
{
    struct pg_result_formats formats = {NULL, 0};
    struct pg_utility_call call = {
        .session = pg_session_of(core),
        .env = env,
        .query = query,
        .tree = query->utility,
        .text = text,
        .shown = text,
        .sink = sink,
        .formats = &formats,
        .nested = true,
    };
    return pg_utility_run(&call);
}

static const struct sql_session_owner owner = {
    .notice = notice,
    .fail_interrupt = fail_interrupt,
    .get_setting = get_setting,
    .set_setting = set_setting,
    .utility = utility,
    .call_routine = pg_routine_call,
    .call_trigger = pg_routine_call_trigger,
    .cursor_row = pg_cursor_row,
    .resume = pg_session_resume,
};

/* ---- settings of the transaction */

static bool check_isolation(void *ctx, int isolation, struct sql_error *error)
{
    const struct sql_txn *txn = ((struct pg_session *)ctx)->core.txn;
    (void)isolation;
    if (!txn)
        return true;
    if (txn->depth > 0)
        return sql_fail(error, "25001",
                        "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
    return !txn->has_snapshot ||
           sql_fail(error, "25001",
                    "SET TRANSACTION ISOLATION LEVEL must be called before any query");
}

static bool check_read_only(void *ctx, bool read_only, struct sql_error *error)
{
    const struct pg_session *session = ctx;
    const struct sql_txn *txn = session->core.txn;
    if (read_only || !txn)
        return true;
    if (txn->depth > 0)
        return sql_fail(error, "25001",
                        "cannot set transaction read-write mode inside a read-only transaction");
    return !txn->has_snapshot ||
           sql_fail(error, "25001", "transaction read-write mode must be set before any query");
}

static bool check_deferrable(void *ctx, bool deferrable, struct sql_error *error)
{
    const struct sql_txn *txn = ((struct pg_session *)ctx)->core.txn;
    (void)deferrable;
    if (!txn)
        return true;
    if (txn->depth > 0)
        return sql_fail(
            error, "25001",
            "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction");
    return !txn->has_snapshot ||
           sql_fail(error, "25001",
                    "SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
}

/* Before a session is in a database, and between transactions, whatever is named will do. */
static bool has_tablespace(void *ctx, struct slice name)
{
    struct sql_session *core = &((struct pg_session *)ctx)->core;
    return !core->txn || pg_tablespace_find(core, name) != 0;
}

static bool is_table_method(void *ctx, struct slice name, bool *missing, struct sql_error *error)
{
    struct sql_session *core = &((struct pg_session *)ctx)->core;
    uint32_t id;
    *missing = core->txn && !sql_find_method(core, name).id;
    return !core->txn || (!*missing && pg_table_method_find(core, name, error, &id));
}

void pg_owner_init(struct pg_session *session)
{
    session->core.owner = &owner;
    session->core.dialect = &pg_dialect;
    session->settings_owner = (struct pg_settings_owner){
        .ctx = session,
        .tablespace = has_tablespace,
        .table_method = is_table_method,
        .role = pg_roles_check,
        .authorization = pg_roles_check_authorization,
        .role_apply = pg_roles_apply,
        .isolation = check_isolation,
        .read_only = check_read_only,
        .deferrable = check_deferrable,
    };
}

void pg_owner_done(struct pg_session *session)
{
    pg_path_done(session);
}

/* The words of transaction_isolation, in their order. */
static const enum sql_isolation isolations[] = {
    SQL_SERIALIZABLE,
    SQL_REPEATABLE_READ,
    SQL_READ_COMMITTED,
    SQL_READ_UNCOMMITTED,
};

void pg_session_sync(struct pg_session *session)
{
    struct sql_session *core = &session->core;
    const struct pg_settings_now *now = &session->settings.now;
    core->format = now->format;
    core->standard_strings = now->standard_conforming_strings;
    core->work_memory_kb = now->work_memory_kb;
    core->lock_timeout_ms = (uint32_t)now->lock_timeout_ms;
    core->deadlock_timeout_ms = (uint32_t)now->deadlock_timeout_ms;
    core->read_only = now->read_only;
    if (core->txn && core->txn->state == SQL_TXN_ACTIVE) {
        core->txn->isolation = isolations[now->isolation];
        core->txn->read_only = now->read_only;
        core->txn->deferrable = now->deferrable;
    }
}
