/* What unit tests of storage and transactions stand on: an instance with sessions whose statements run
 * on fibers, without a server. */
#ifndef PARLEL_EMULATORS_SQL_TEST_SQL_WORLD_H
#define PARLEL_EMULATORS_SQL_TEST_SQL_WORLD_H

#include "common/unit_test.h"
#include "emulators/sql/storage/store.h"
#include "emulators/sql/txn/txn_internal.h"

#define WORLD_SESSIONS 8

struct world;

struct actor {
    struct world *world;
    struct sql_session session;
    struct sql_env env;
    struct sql_error error;
    struct arena arena;
    struct sql_format format;
    /* The statement that runs on the session's fiber. */
    bool (*run)(struct actor *actor);
    bool running, result;
    uint64_t arg, arg2;
};

struct world {
    struct heap *heap;
    struct clock clock;
    struct emulator_host host;
    struct sql_instance_options options;
    struct sql_instance *instance;
    struct fiber_pool *fibers;
    struct actor actors[WORLD_SESSIONS];
    uint64_t random;
};

static inline uint64_t world_random(struct world *w, uint64_t bound)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (w->random * 0x2545f4914f6cdd1du >> 16) % bound;
}

static inline void world_free_object(struct heap *heap, struct sql_object *object)
{
    heap_free(heap, object, sizeof *object + object->name.len);
}

static inline struct actor *actor_of(struct sql_session *session)
{
    return (struct actor *)((uint8_t *)session - offsetof(struct actor, session));
}

static inline void world_resume(struct sql_session *session)
{
    if (!fiber_resume(session->fiber)) {
        session->fiber = NULL;
        actor_of(session)->running = false;
    }
}

static inline bool world_fail_interrupt(struct sql_session *session, enum sql_interrupt why,
                                        struct sql_error *error)
{
    (void)session;
    return sql_fail(error, why == SQL_LOCK_TIMEOUT ? "55P03" : "57014", "interrupt %d", why);
}

static const struct sql_session_owner world_owner = {.resume = world_resume,
                                                     .fail_interrupt = world_fail_interrupt};

static inline void actor_init(struct world *w, struct actor *actor, struct sql_database *database)
{
    *actor = (struct actor){.world = w};
    actor->session.owner = &world_owner;
    actor->session.database = database;
    sql_session_attach(&actor->session, w->instance);
    sql_error_begin(&actor->error, &actor->arena);
    actor->env = (struct sql_env){.arena = &actor->arena,
                                  .error = &actor->error,
                                  .format = &actor->format,
                                  .session = &actor->session,
                                  .check = sql_session_check};
}

/* limit: bytes of the heap, 0: none. */
static inline void world_init(struct world *w, size_t limit, uint64_t seed)
{
    *w = (struct world){.random = seed};
    w->heap = heap_create(limit);
    clock_init(&w->clock, 1000000);
    w->host = (struct emulator_host){.heap = w->heap, .clock = &w->clock};
    w->options = (struct sql_instance_options){
        .release_object = world_free_object, .first_xid = 700, .first_id = 16384};
    w->instance = sql_instance_create(&w->host, &w->options);
    assert_non_null(w->instance);
    w->fibers = fiber_pool_create(128 << 10, 16);
    struct sql_database *database = sql_database_create(w->instance, 5, NULL);
    assert_non_null(database);
    for (int i = 0; i < WORLD_SESSIONS; i++)
        actor_init(w, &w->actors[i], database);
}

static inline void world_done(struct world *w)
{
    for (int i = 0; i < WORLD_SESSIONS; i++) {
        sql_session_detach(&w->actors[i].session);
        arena_done(&w->actors[i].arena);
    }
    sql_instance_destroy(w->instance);
    assert_int_equal(heap_used(w->heap), 0);
    fiber_pool_destroy(w->fibers);
    clock_done(&w->clock);
    heap_destroy(w->heap);
}

static inline void actor_entry(void *arg)
{
    struct actor *actor = arg;
    actor->result = actor->run(actor);
}

/* Starts a statement of the actor on a fiber and lets it run until it ends or waits. */
static inline void actor_start(struct actor *actor, bool (*run)(struct actor *actor))
{
    assert_false(actor->running);
    actor->run = run;
    actor->running = true;
    actor->session.interrupt = SQL_NOT_INTERRUPTED;
    sql_error_begin(&actor->error, &actor->arena);
    actor->session.fiber = fiber_create(actor->world->fibers, actor_entry, actor);
    assert_non_null(actor->session.fiber);
    world_resume(&actor->session);
}

static inline void actor_begin(struct actor *actor, enum sql_isolation isolation)
{
    struct sql_txn_options options = {.isolation = isolation};
    assert_true(sql_txn_begin(&actor->session, &options, &actor->error));
}

#endif
