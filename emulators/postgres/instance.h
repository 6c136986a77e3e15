/* One PostgreSQL server: what a sandbox's Postgres owns beside the core's instance.
 *
 * The core's instance holds the data, which checkpoints keep; the rest is settings, what the
 * connections are doing, and statistics. */
#ifndef PARLEL_EMULATORS_POSTGRES_INSTANCE_H
#define PARLEL_EMULATORS_POSTGRES_INSTANCE_H

#include "common/fiber.h"
#include "common/stopwatch.h"
#include "emulators/postgres/postgres.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/instance.h"

struct pg_session;

enum pg_auth_method { PG_AUTH_TRUST, PG_AUTH_PASSWORD, PG_AUTH_MD5, PG_AUTH_SCRAM };

/* A setting that the program was started with: --set postgres.KEY=VALUE. */
struct pg_configured {
    struct pg_configured *next;
    struct slice name, value; /* heap */
};

struct pg_config {
    enum pg_auth_method auth;
    uint32_t max_connections;
    struct pg_configured *configured;
};

struct pg_stats {
    uint64_t connections, connections_rejected, statements, errors, commits, rollbacks;
};

struct pg {
    struct emulator_host host;
    struct pg_config config;
    struct sql_instance *sql;
    struct fiber_pool *fibers;
    struct stopwatch stopwatch;
    struct pg_session *sessions; /* by next_session, newest first */
    unsigned session_count;
    struct pg_stats stats;
    int64_t started_us; /* of the host's clock, since the Unix epoch */
    bool starting;      /* the first database is being made: no rights are asked for */
    char address[64];
    uint16_t port;
};

static inline struct pg *pg_of(struct emulator *emulator)
{
    return (struct pg *)(void *)emulator;
}

/* Microseconds since 2000-01-01 UTC of the sandbox's clock, as timestamps count. */
#define PG_EPOCH_US INT64_C(946684800000000)
static inline int64_t pg_now_us(const struct pg *pg)
{
    return clock_now_us(pg->host.clock) - PG_EPOCH_US;
}

#endif
