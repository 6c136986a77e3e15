/* Advisory locks; who blocks whom. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/value/array.h"

/* One bigint, or two integers: different keys, whatever their bits. */
static struct sql_lock_tag advisory_tag(const struct sql_call *call, const struct datum *args)
{
    bool pair = call->argc == 2;
    return (struct sql_lock_tag){
        .kind = SQL_LOCK_ADVISORY,
        .database = call->env->session->database->id,
        .class_id = pair ? (uint32_t)args[0].i : (uint32_t)(args[0].u >> 32),
        .id = pair ? (uint32_t)args[1].i : (uint32_t)args[0].u,
        .part = pair ? 2 : 1,
    };
}

static enum sql_lock_mode advisory_mode(bool shared)
{
    return shared ? SQL_SHARE : SQL_EXCLUSIVE;
}

static bool take(struct sql_call *call, const struct datum *args, bool session_level, bool shared,
                 struct datum *out)
{
    const struct sql_lock_tag tag = advisory_tag(call, args);
    *out = (struct datum){.null = false};
    return sql_advisory_lock(call->env, &tag, advisory_mode(shared), session_level, SQL_WAIT_BLOCK,
                             NULL);
}

static bool try_take(struct sql_call *call, const struct datum *args, bool session_level,
                     bool shared, struct datum *out)
{
    const struct sql_lock_tag tag = advisory_tag(call, args);
    bool got = false;
    return sql_advisory_lock(call->env, &tag, advisory_mode(shared), session_level, SQL_WAIT_SKIP,
                             &got) &&
           sql_give_bool(out, got);
}

static bool give_back(struct sql_call *call, const struct datum *args, bool shared,
                      struct datum *out)
{
    const struct sql_lock_tag tag = advisory_tag(call, args);
    enum sql_lock_mode mode = advisory_mode(shared);
    bool held = sql_advisory_unlock(call->env, &tag, mode);
    if (!held)
        pg_call_warn(call, "01000", "you don't own a lock of type %s", sql_lock_mode_name(mode));
    return sql_give_bool(out, held);
}

SQL_FUNCTION(session_lock, take(call, args, true, false, out))
SQL_FUNCTION(session_lock_shared, take(call, args, true, true, out))
SQL_FUNCTION(transaction_lock, take(call, args, false, false, out))
SQL_FUNCTION(transaction_lock_shared, take(call, args, false, true, out))
SQL_FUNCTION(try_session_lock, try_take(call, args, true, false, out))
SQL_FUNCTION(try_session_lock_shared, try_take(call, args, true, true, out))
SQL_FUNCTION(try_transaction_lock, try_take(call, args, false, false, out))
SQL_FUNCTION(try_transaction_lock_shared, try_take(call, args, false, true, out))
SQL_FUNCTION(unlock, give_back(call, args, false, out))
SQL_FUNCTION(unlock_shared, give_back(call, args, true, out))

static bool unlock_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    sql_advisory_unlock_all(call->env->session);
    *out = (struct datum){.null = false};
    return true;
}

static bool blocking_pids(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { TYPE_INT4 = 23 };
    const struct sql_type *integer = call->env->find_type(call->env, TYPE_INT4);
    uint32_t count = 0;
    uint32_t *pids =
        sql_lock_blockers(call->env->session->instance, (uint32_t)args[0].i, call->arena, &count);
    struct datum *items = arena_array(call->arena, count + 1, sizeof(*items));
    if (!items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_int(pids[i]);
    return sql_array_make_vector(call, integer, items, count, out);
}

static bool has_pid(const struct sql_array *pids, uint32_t pid)
{
    for (uint32_t i = 0; i < pids->count; i++)
        if (!sql_array_is_null(pids, i) && (uint32_t)sql_array_get(pids, i).i == pid)
            return true;
    return false;
}

/* Does the session wait for one of those, or for a safe snapshot? */
static bool is_blocked(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_instance *instance = call->env->session->instance;
    uint32_t count = 0;
    uint32_t *pids = sql_lock_blockers(instance, (uint32_t)args[0].i, call->arena, &count);
    struct sql_array interesting;
    bool blocked = false;
    sql_array_open(args[1], &interesting);
    for (uint32_t i = 0; i < count; i++)
        blocked |= has_pid(&interesting, pids[i]);
    return sql_give_bool(out, blocked);
}

/* ---- pg_lock_status */

static const char *const kind_names[] = {
    [SQL_LOCK_RELATION] = "relation",  [SQL_LOCK_OBJECT] = "object",
    [SQL_LOCK_ADVISORY] = "advisory",  [SQL_LOCK_TRANSACTION] = "transactionid",
    [SQL_LOCK_VIRTUAL] = "virtualxid", [SQL_LOCK_TUPLE] = "tuple",
};

const char *pg_lock_kind_name(enum sql_lock_kind kind)
{
    return kind_names[kind];
}

enum {
    LOCK_KIND,
    LOCK_DATABASE,
    LOCK_RELATION,
    LOCK_PAGE,
    LOCK_TUPLE,
    LOCK_VIRTUAL,
    LOCK_XID,
    LOCK_CLASS,
    LOCK_OBJECT,
    LOCK_PART,
    LOCK_OWNER,
    LOCK_PID,
    LOCK_MODE,
    LOCK_GRANTED,
    LOCK_FAST,
    LOCK_WAIT_START,
    LOCK_COLUMNS
};

struct lock_rows {
    struct arena *arena;
    struct sql_lock_view *items;
    uint32_t count, room, given;
    bool failed;
};

static void note_lock(void *ctx, const struct sql_lock_view *lock)
{
    struct lock_rows *rows = ctx;
    if (rows->count == rows->room) {
        uint32_t room = rows->room ? rows->room * 2 : 32;
        struct sql_lock_view *items = arena_array(rows->arena, room, sizeof(*items));
        rows->failed |= !items;
        if (!items)
            return;
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof(*items));
        rows->items = items;
        rows->room = room;
    }
    rows->items[rows->count++] = *lock;
}

/* What the lock is on: which columns say it depends on the kind. */
static void fill_tag(struct sql_call *call, const struct sql_lock_view *lock, struct datum *c)
{
    const struct sql_lock_tag *tag = &lock->tag;
    if (tag->kind != SQL_LOCK_TRANSACTION && tag->kind != SQL_LOCK_VIRTUAL)
        c[LOCK_DATABASE] = datum_int(tag->database);
    switch (tag->kind) {
    case SQL_LOCK_RELATION: c[LOCK_RELATION] = datum_int(tag->id); break;
    case SQL_LOCK_TUPLE:
        c[LOCK_RELATION] = datum_int(tag->id);
        c[LOCK_PAGE] = datum_int(tag->class_id);
        c[LOCK_TUPLE] = datum_int(tag->part);
        break;
    case SQL_LOCK_TRANSACTION: c[LOCK_XID] = datum_int(lock->xid); break;
    case SQL_LOCK_VIRTUAL:
        c[LOCK_VIRTUAL] = datum_bytes(
            arena_printf(call->arena, "%u/%llu", lock->session, (unsigned long long)lock->serial));
        break;
    case SQL_LOCK_OBJECT:
    case SQL_LOCK_ADVISORY:
        c[LOCK_CLASS] = datum_int(tag->class_id);
        c[LOCK_OBJECT] = datum_int(tag->id);
        c[LOCK_PART] = datum_int(tag->part);
        break;
    }
}

static bool give_lock(struct sql_call *call, const struct sql_lock_view *lock, struct datum *out)
{
    struct datum c[LOCK_COLUMNS];
    for (int i = 0; i < LOCK_COLUMNS; i++)
        c[i] = datum_null();
    c[LOCK_KIND] = datum_bytes(slice_str(pg_lock_kind_name(lock->tag.kind)));
    fill_tag(call, lock, c);
    c[LOCK_OWNER] =
        datum_bytes(arena_printf(call->arena, "%d/%llu", lock->session ? (int)lock->session : -1,
                                 (unsigned long long)lock->serial));
    if (lock->session)
        c[LOCK_PID] = datum_int(lock->session);
    c[LOCK_MODE] = datum_bytes(slice_str(sql_lock_mode_name(lock->mode)));
    c[LOCK_GRANTED] = datum_bool(lock->granted);
    c[LOCK_FAST] = datum_bool(lock->fast || lock->tag.kind == SQL_LOCK_VIRTUAL);
    if (lock->wait_us)
        c[LOCK_WAIT_START] = datum_int(lock->wait_us - PG_EPOCH_US);
    return pg_call_give_row(call, c, LOCK_COLUMNS, out);
}

static bool lock_status(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct lock_rows *rows = call->set_state;
    (void)args;
    if (!rows) {
        rows = arena_zalloc(call->set_arena, sizeof(*rows));
        if (!rows)
            return sql_fail_memory(call->env->error);
        rows->arena = call->set_arena;
        call->set_state = rows;
        sql_lock_each(call->env->session->instance, note_lock, rows);
        if (rows->failed)
            return sql_fail_memory(call->env->error);
    }
    *out = datum_null();
    call->done = rows->given == rows->count;
    return call->done || give_lock(call, &rows->items[rows->given++], out);
}

const struct sql_builtin pg_lock_functions[] = {
    {"pg_advisory_lock_int4",                 session_lock               },
    {"pg_advisory_lock_int8",                 session_lock               },
    {"pg_advisory_lock_shared_int4",          session_lock_shared        },
    {"pg_advisory_lock_shared_int8",          session_lock_shared        },
    {"pg_advisory_unlock_all",                unlock_all                 },
    {"pg_advisory_unlock_int4",               unlock                     },
    {"pg_advisory_unlock_int8",               unlock                     },
    {"pg_advisory_unlock_shared_int4",        unlock_shared              },
    {"pg_advisory_unlock_shared_int8",        unlock_shared              },
    {"pg_advisory_xact_lock_int4",            transaction_lock           },
    {"pg_advisory_xact_lock_int8",            transaction_lock           },
    {"pg_advisory_xact_lock_shared_int4",     transaction_lock_shared    },
    {"pg_advisory_xact_lock_shared_int8",     transaction_lock_shared    },
    {"pg_blocking_pids",                      blocking_pids              },
    {"pg_isolation_test_session_is_blocked",  is_blocked                 },
    {"pg_lock_status",                        lock_status                },
    {"pg_safe_snapshot_blocking_pids",        blocking_pids              },
    {"pg_try_advisory_lock_int4",             try_session_lock           },
    {"pg_try_advisory_lock_int8",             try_session_lock           },
    {"pg_try_advisory_lock_shared_int4",      try_session_lock_shared    },
    {"pg_try_advisory_lock_shared_int8",      try_session_lock_shared    },
    {"pg_try_advisory_xact_lock_int4",        try_transaction_lock       },
    {"pg_try_advisory_xact_lock_int8",        try_transaction_lock       },
    {"pg_try_advisory_xact_lock_shared_int4", try_transaction_lock_shared},
    {"pg_try_advisory_xact_lock_shared_int8", try_transaction_lock_shared},
    {NULL,                                    NULL                       },
};
