/* The emulators' contract, kept by PostgreSQL. */
#include <stdio.h>

#include "emulators/postgres/configure.h"
#include "emulators/postgres/databases.h"
#include "emulators/postgres/dump.h"
#include "emulators/postgres/script.h"
#include "emulators/postgres/seed.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/flat.h"

#define FIBER_STACK_BYTES (1u << 20)
#define FIBERS_IDLE       16

#define FIRST_XID 731
#define FIRST_ID  16384

static const struct sql_instance_options sql_options = {
    .release_object = sql_object_release,
    .first_xid = FIRST_XID,
    .first_id = FIRST_ID,
};

static void pg_destroy(struct emulator *emulator)
{
    struct pg *pg = pg_of(emulator);
    if (!pg)
        return;
    while (pg->sessions)
        pg_session_destroy(pg->sessions);
    if (pg->sql)
        sql_instance_destroy(pg->sql);
    if (pg->fibers)
        fiber_pool_destroy(pg->fibers);
    pg_configured_done(pg);
    heap_free(pg->host.heap, pg, sizeof(*pg));
}

static struct pg *new_pg(const struct emulator_host *host, struct emulator_error *error)
{
    struct pg *pg = heap_zalloc(host->heap, sizeof(*pg));
    if (pg) {
        pg->host = *host;
        pg->config.max_connections = 100;
        pg->started_us = clock_now_us(host->clock);
        stopwatch_init(&pg->stopwatch);
        pg->fibers = fiber_pool_create(FIBER_STACK_BYTES, FIBERS_IDLE);
    }
    if (pg && pg->fibers)
        return pg;
    pg_destroy((struct emulator *)(void *)pg);
    emulator_fail(error, "53200", "out of memory");
    return NULL;
}

static struct emulator *pg_create(const struct emulator_host *host, struct emulator_error *error)
{
    struct pg *pg = new_pg(host, error);
    if (!pg)
        return NULL;
    pg->sql = sql_instance_create(&pg->host, &sql_options);
    if (pg->sql && pg_databases_create(pg))
        return (struct emulator *)(void *)pg;
    pg_destroy((struct emulator *)(void *)pg);
    emulator_fail(error, "53200", "out of memory");
    return NULL;
}

static void pg_listening(struct emulator *emulator, const char *address, uint16_t port)
{
    struct pg *pg = pg_of(emulator);
    snprintf(pg->address, sizeof(pg->address), "%s", address);
    pg->port = port;
}

static bool pg_session_open(struct emulator *emulator, struct transport *transport)
{
    struct pg *pg = pg_of(emulator);
    struct pg_session *session = pg_session_create(pg, transport);
    if (!session)
        return false;
    pg->stats.connections++;
    transport_attach(transport, &pg_session_ops, session);
    return true;
}

static unsigned pg_session_count(const struct emulator *emulator)
{
    return ((const struct pg *)(const void *)emulator)->session_count;
}

static void pg_session_close_all(struct emulator *emulator)
{
    for (struct pg_session *session = pg_of(emulator)->sessions; session;
         session = session->next_session) {
        if (!session->transport)
            continue;
        session->phase = PG_PHASE_CLOSING;
        transport_drop(session->transport);
    }
}

/* ---- undo */

/* Sessions whose transaction was taken away are idle again; their portals had rows of it. */
static void forget_transactions(struct pg *pg)
{
    for (struct pg_session *session = pg->sessions; session; session = session->next_session)
        if (!session->core.fiber)
            pg_session_rewound(session);
}

static struct emulator_checkpoint *pg_checkpoint(struct emulator *emulator)
{
    return (struct emulator_checkpoint *)(void *)sql_instance_checkpoint(pg_of(emulator)->sql);
}

static bool pg_rewind(struct emulator *emulator, const struct emulator_checkpoint *checkpoint)
{
    struct pg *pg = pg_of(emulator);
    if (!sql_instance_rewind(pg->sql,
                             (const struct sql_instance_checkpoint *)(const void *)checkpoint))
        return false;
    forget_transactions(pg);
    return true;
}

static void pg_release(struct emulator *emulator, struct emulator_checkpoint *checkpoint)
{
    if (checkpoint)
        sql_instance_release(pg_of(emulator)->sql,
                             (struct sql_instance_checkpoint *)(void *)checkpoint);
}

static struct emulator *pg_fork(struct emulator *emulator, const struct emulator_checkpoint *from,
                                const struct emulator_host *host, struct emulator_error *error)
{
    struct pg *parent = pg_of(emulator);
    struct pg *pg = new_pg(host, error);
    if (!pg)
        return NULL;
    pg->sql = sql_instance_fork((const struct sql_instance_checkpoint *)(const void *)from,
                                &pg->host, &sql_options);
    if (pg->sql && pg_configure_inherit(pg, parent))
        return (struct emulator *)(void *)pg;
    pg_destroy((struct emulator *)(void *)pg);
    emulator_fail(error, "53200", "out of memory");
    return NULL;
}

static void pg_reset(struct emulator *emulator)
{
    struct pg *pg = pg_of(emulator);
    if (sql_instance_reset(pg->sql))
        pg_databases_create(pg);
    forget_transactions(pg);
}

static void pg_statistics(struct emulator *emulator, struct json_writer *out)
{
    const struct pg *pg = pg_of(emulator);
    json_key_str(out, "connections");
    json_uint(out, pg->session_count);
    json_key_str(out, "connections_total");
    json_uint(out, pg->stats.connections);
    json_key_str(out, "statements");
    json_uint(out, pg->stats.statements);
    json_key_str(out, "errors");
    json_uint(out, pg->stats.errors);
    json_key_str(out, "commits");
    json_uint(out, pg->stats.commits);
    json_key_str(out, "rollbacks");
    json_uint(out, pg->stats.rollbacks);
}

static bool pg_ready(const struct emulator *emulator)
{
    return emulator != NULL;
}

static const struct emulator_variable variables[] = {
    {"PGHOST",     "{host}"  },
    {"PGPORT",     "{port}"  },
    {"PGUSER",     "postgres"},
    {"PGDATABASE", "postgres"},
    {NULL,         NULL      },
};

const struct emulator_type postgres_emulator_type = {
    .name = "postgres",
    .title = "PostgreSQL",
    .protocol = "PostgreSQL 3.0",
    .version = PG_VERSION,
    .port = 5432,
    .url_format = "postgres://postgres@%s:%u/postgres",
    .url_env = "DATABASE_URL",
    .variables = variables,
    .create = pg_create,
    .destroy = pg_destroy,
    .set = pg_configure,
    .listening = pg_listening,
    .session_open = pg_session_open,
    .session_count = pg_session_count,
    .session_close_all = pg_session_close_all,
    .reset = pg_reset,
    .seed = pg_seed,
    .dump = pg_dump,
    .execute = pg_execute_text,
    .checkpoint = pg_checkpoint,
    .rewind = pg_rewind,
    .release = pg_release,
    .fork = pg_fork,
    .stats = pg_statistics,
    .ready = pg_ready,
};
