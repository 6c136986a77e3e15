/* Transaction ids and snapshots as values. An xid8 is the id with the count of its wrap-arounds
 * above; ids here never wrap. */
#include <inttypes.h>

#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/type_io.h"

static struct sql_txn *txn_of(const struct sql_call *call)
{
    return call->env->session->txn;
}

static bool current_id(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_txn_assign(call->env) && sql_give_int(out, txn_of(call)->xid);
}

static bool current_id_if_assigned(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    (void)args;
    uint32_t xid = txn_of(call)->xid;
    return xid ? sql_give_int(out, xid) : sql_give_null(out);
}

static bool xact_status(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const char *const words[] = {[SQL_XID_IN_PROGRESS] = "in progress",
                                        [SQL_XID_COMMITTED] = "committed",
                                        [SQL_XID_ABORTED] = "aborted"};
    const struct sql_txn_manager *manager = txn_of(call)->manager;
    enum sql_xid_status status = SQL_XID_COMMITTED;
    if (args[0].u >= sql_txn_next_xid(manager))
        return sql_fail(call->env->error, "22023", "transaction ID %" PRIu64 " is in the future",
                        args[0].u);
    if (args[0].u > 2) /* the first ones are the bootstrap's */
        status = sql_txn_status(manager, (uint32_t)args[0].u);
    return sql_give_slice(out, slice_str(words[status]));
}

static bool xid_age(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t xid = (uint32_t)args[0].u;
    if (xid <= 2)
        return sql_give_int(out, INT32_MAX);
    return sql_give_int(out, (int32_t)(sql_txn_next_xid(txn_of(call)->manager) - xid));
}

/* ---- pg_snapshot: xmin, xmax, count, ids (uint64 each), in the machine's byte order */

struct snapshot {
    uint64_t xmin, xmax;
    uint64_t count;
    const uint8_t *ids;
};

static void open_snapshot(struct datum value, struct snapshot *out)
{
    memcpy(&out->xmin, value.ptr, 8);
    memcpy(&out->xmax, value.ptr + 8, 8);
    memcpy(&out->count, value.ptr + 16, 8);
    out->ids = value.ptr + 24;
}

static uint64_t id_at(const struct snapshot *snapshot, uint64_t index)
{
    uint64_t id;
    memcpy(&id, snapshot->ids + index * 8, 8);
    return id;
}

static bool fail_snapshot(struct sql_call *call, struct slice text)
{
    return sql_fail(call->env->error, "22P02",
                    "invalid input syntax for type %s: \"" SLICE_FMT "\"", "pg_snapshot",
                    SLICE_ARG(text));
}

static bool read_id(struct slice text, size_t *at, uint64_t *out)
{
    size_t start = *at;
    *out = 0;
    while (*at < text.len && sql_is_digit(text.ptr[*at])) {
        unsigned digit = text.ptr[*at] - '0';
        if (*out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
        ++*at;
    }
    return *at > start;
}

static bool expect(struct slice text, size_t *at, char c)
{
    if (*at >= text.len || text.ptr[*at] != (uint8_t)c)
        return false;
    ++*at;
    return true;
}

/* A snapshot under construction: its ids in rising order, the same one twice counts once. */
struct snapshot_maker {
    struct sql_bytes bytes;
    uint64_t xmin, xmax, count, last;
};

static void begin_snapshot(struct snapshot_maker *maker, struct sql_call *call, uint64_t xmin,
                           uint64_t xmax)
{
    *maker = (struct snapshot_maker){.bytes = sql_bytes_begin(call), .xmin = xmin, .xmax = xmax};
    sql_bytes_add(&maker->bytes, &xmin, 8);
    sql_bytes_add(&maker->bytes, &xmax, 8);
    sql_bytes_add(&maker->bytes, &maker->count, 8);
}

static bool add_id(struct snapshot_maker *maker, uint64_t id)
{
    if (id < maker->xmin || id >= maker->xmax || id < maker->last)
        return false;
    if (id != maker->last) {
        sql_bytes_add(&maker->bytes, &id, 8);
        maker->count++;
    }
    maker->last = id;
    return true;
}

static bool give_snapshot(struct sql_call *call, struct snapshot_maker *maker, struct datum *out)
{
    if (!maker->bytes.failed)
        memcpy(maker->bytes.ptr + 16, &maker->count, 8);
    return sql_give_bytes(call, out, &maker->bytes);
}

static bool snapshot_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct snapshot_maker maker;
    uint64_t xmin, xmax, id;
    size_t at = 0;
    if (!read_id(text, &at, &xmin) || !expect(text, &at, ':') || !read_id(text, &at, &xmax) ||
        !expect(text, &at, ':') || xmin == 0 || xmax == 0 || xmin > xmax || xmax > INT64_MAX)
        return fail_snapshot(call, text);
    begin_snapshot(&maker, call, xmin, xmax);
    while (at < text.len) {
        if (!read_id(text, &at, &id) || !add_id(&maker, id))
            return fail_snapshot(call, text);
        if (at < text.len && !expect(text, &at, ','))
            return fail_snapshot(call, text);
    }
    return give_snapshot(call, &maker, out);
}

static bool snapshot_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                             int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    struct snapshot_maker maker;
    uint32_t count = (uint32_t)sql_receive_uint(&from, 4);
    uint64_t xmin = sql_receive_uint(&from, 8), xmax = sql_receive_uint(&from, 8);
    bool sound = from.ok && xmin > 0 && xmax > 0 && xmin <= xmax;
    begin_snapshot(&maker, call, xmin, xmax);
    for (uint32_t i = 0; sound && i < count; i++)
        sound = add_id(&maker, sql_receive_uint(&from, 8));
    if (!sound)
        return sql_fail(call->env->error, "22P03", "invalid external pg_snapshot data");
    return give_snapshot(call, &maker, out);
}

static bool snapshot_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct snapshot snapshot;
    open_snapshot(value, &snapshot);
    sql_bytes_printf(out, "%" PRIu64 ":%" PRIu64 ":", snapshot.xmin, snapshot.xmax);
    for (uint64_t i = 0; i < snapshot.count; i++)
        sql_bytes_printf(out, "%s%" PRIu64, i ? "," : "", id_at(&snapshot, i));
    return true;
}

static bool snapshot_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)call;
    (void)type;
    struct snapshot snapshot;
    open_snapshot(value, &snapshot);
    sql_bytes_add_u32(out, (uint32_t)snapshot.count);
    sql_bytes_add_u64(out, snapshot.xmin);
    sql_bytes_add_u64(out, snapshot.xmax);
    for (uint64_t i = 0; i < snapshot.count; i++)
        sql_bytes_add_u64(out, id_at(&snapshot, i));
    return true;
}

const struct sql_type_ops sql_pg_snapshot_ops = {
    .input = snapshot_input,
    .output = snapshot_output,
    .receive = snapshot_receive,
    .send = snapshot_send,
};

/* The same values under the name that they had before PostgreSQL 13. */
const struct sql_type_ops sql_txid_snapshot_ops = {
    .input = snapshot_input,
    .output = snapshot_output,
    .receive = snapshot_receive,
    .send = snapshot_send,
};

static bool current_snapshot(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct sql_snapshot *now;
    if (!sql_snapshot_take(call->env, &now))
        return false;
    struct sql_bytes bytes = sql_bytes_begin(call);
    uint64_t numbers[3] = {now->xmin, now->xmax, 0};
    sql_bytes_add(&bytes, numbers, sizeof(numbers));
    for (uint32_t i = 0; i < now->count; i++) {
        uint64_t id = now->xids[i];
        if (id >= numbers[1])
            continue;
        sql_bytes_add(&bytes, &id, 8);
        numbers[2]++;
    }
    sql_snapshot_release(now);
    if (!bytes.failed)
        memcpy(bytes.ptr + 16, &numbers[2], 8);
    return sql_give_bytes(call, out, &bytes);
}

static bool snapshot_xmin(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct snapshot snapshot;
    open_snapshot(args[0], &snapshot);
    return sql_give_int(out, (int64_t)snapshot.xmin);
}

static bool snapshot_xmax(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct snapshot snapshot;
    open_snapshot(args[0], &snapshot);
    return sql_give_int(out, (int64_t)snapshot.xmax);
}

static bool snapshot_xip(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct snapshot snapshot;
    uint64_t *next = call->set_state;
    if (!next) {
        next = arena_zalloc(call->set_arena, sizeof(*next));
        if (!next)
            return sql_fail_memory(call->env->error);
        call->set_state = next;
    }
    open_snapshot(args[0], &snapshot);
    call->done = *next >= snapshot.count;
    return call->done || sql_give_int(out, (int64_t)id_at(&snapshot, (*next)++));
}

static bool visible_in_snapshot(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct snapshot snapshot;
    open_snapshot(args[1], &snapshot);
    if (args[0].u < snapshot.xmin || args[0].u >= snapshot.xmax)
        return sql_give_bool(out, args[0].u < snapshot.xmin);
    for (uint64_t i = 0; i < snapshot.count; i++)
        if (id_at(&snapshot, i) == args[0].u)
            return sql_give_bool(out, false);
    return sql_give_bool(out, true);
}

static bool export_snapshot(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct slice name;
    return sql_snapshot_export(call->env, &name) && sql_give_copy(call, out, name);
}

const struct sql_builtin pg_transaction_functions[] = {
    {"pg_current_snapshot",            current_snapshot      },
    {"pg_current_xact_id",             current_id            },
    {"pg_current_xact_id_if_assigned", current_id_if_assigned},
    {"pg_export_snapshot",             export_snapshot       },
    {"pg_snapshot_in",                 sql_call_input        },
    {"pg_snapshot_out",                sql_call_output       },
    {"pg_snapshot_recv",               sql_call_receive      },
    {"pg_snapshot_send",               sql_call_send         },
    {"pg_snapshot_xip",                snapshot_xip          },
    {"pg_snapshot_xmax",               snapshot_xmax         },
    {"pg_snapshot_xmin",               snapshot_xmin         },
    {"pg_visible_in_snapshot",         visible_in_snapshot   },
    {"pg_xact_status",                 xact_status           },
    {"xid_age",                        xid_age               },
    {NULL,                             NULL                  },
};
