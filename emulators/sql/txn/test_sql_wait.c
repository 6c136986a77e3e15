/* Waiting: for rows, keys, locks; deadlocks. Statements run on fibers, decided step by step. */
#include <stdio.h>

#include "emulators/sql/storage/index.h"
#include "emulators/sql/test_sql_world.h"

static const struct sql_type_ops number_ops = {.row_form = SQL_ROW_FORM_SIGNED};
static const struct sql_type number_type = {.len = 8, .by_value = true, .ops = &number_ops};
static const struct sql_type *const types[] = {&number_type};

struct wait_world {
    struct world world;
    struct sql_relation relation, index;
    struct sql_row_layout *layout;
    uint8_t block[256];
};
static struct wait_world *wt;

static struct sql_table_rows *table_of(struct actor *actor)
{
    return sql_table_open(&actor->env, actor->session.database, &wt->relation);
}

static struct sql_index_use use_of(struct actor *actor)
{
    return (struct sql_index_use){
        .tree = sql_btree_open(&actor->env, actor->session.database, &wt->index),
        .table = table_of(actor)};
}

static uint64_t insert_row(struct actor *actor, int64_t value)
{
    struct datum datum = datum_int(value);
    struct sql_row *row = sql_row_create(&actor->env, wt->world.heap, wt->layout, &datum);
    uint64_t id;
    assert_true(sql_table_insert(&actor->env, table_of(actor), row, &id));
    sql_txn_next_command(actor->session.txn);
    return id;
}

static struct actor *setup(struct wait_world *w)
{
    wt = w;
    world_init(&w->world, 0, 99);
    struct actor *actors = w->world.actors;
    w->layout = sql_row_layout_init(w->block, NULL, types, 1);
    actor_begin(&actors[0], SQL_READ_COMMITTED);
    assert_true(sql_table_create(&actors[0].env, actors[0].session.database, &w->relation.storage));
    assert_true(sql_btree_create(&actors[0].env, actors[0].session.database, &w->index.storage));
    (void)insert_row(&actors[0], 10);
    (void)insert_row(&actors[0], 20);
    assert_true(sql_txn_commit(&actors[0].env));
    return actors;
}

static void commit(struct actor *actor)
{
    assert_true(sql_txn_commit(&actor->env));
    sql_instance_run(wt->world.instance);
}

static void roll_back(struct actor *actor)
{
    sql_txn_rollback(&actor->session);
    sql_instance_run(wt->world.instance);
}

/* ---- statements; arg: the row (or key, or relation), arg2: what to do; arg2 becomes the outcome */

static bool update_row(struct actor *actor)
{
    struct sql_snapshot *snapshot;
    struct sql_table_rows *table = table_of(actor);
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    struct sql_change_options options = {.row_id = actor->arg,
                                         .seen = sql_table_fetch(table, snapshot, actor->arg),
                                         .snapshot = snapshot,
                                         .key_lock = actor->arg2};
    struct datum value = datum_int(sql_row_get(options.seen, wt->layout, 0).i + 1);
    struct sql_row *row = sql_row_create_linked(&actor->env, wt->world.heap, wt->layout, &value);
    actor->arg2 = sql_table_update(&actor->env, table, &options, row);
    if (actor->arg2 != SQL_CHANGE_DONE)
        sql_row_release(wt->world.heap, row);
    sql_snapshot_release(snapshot);
    sql_txn_next_command(actor->session.txn);
    return actor->arg2 != SQL_CHANGE_FAILED;
}

static bool lock_row(struct actor *actor)
{
    struct sql_snapshot *snapshot;
    struct sql_table_rows *table = table_of(actor);
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    struct sql_change_options options = {.row_id = actor->arg,
                                         .seen = sql_table_fetch(table, snapshot, actor->arg),
                                         .snapshot = snapshot,
                                         .wait = (enum sql_lock_wait)(actor->arg2 >> 8)};
    actor->arg2 =
        sql_table_lock(&actor->env, table, &options, (enum sql_lock_strength)(actor->arg2 & 0xff));
    sql_snapshot_release(snapshot);
    return actor->arg2 != SQL_CHANGE_FAILED;
}

static bool insert_key(struct actor *actor)
{
    struct sql_index_use use = use_of(actor);
    uint8_t key[8] = {(uint8_t)actor->arg};
    uint64_t id = insert_row(actor, (int64_t)actor->arg);
    return sql_index_insert(&actor->env, &use, slice_of(key, 8), id, SQL_UNIQUE_NOW, &actor->arg2);
}

static bool lock_relation(struct actor *actor)
{
    return sql_lock_relation(&actor->env, (uint32_t)actor->arg, (enum sql_lock_mode)actor->arg2,
                             SQL_WAIT_BLOCK);
}

static void run(struct actor *actor, bool (*statement)(struct actor *actor), uint64_t arg,
                uint64_t arg2)
{
    if (!actor->session.txn)
        actor_begin(actor, SQL_READ_COMMITTED);
    actor->arg = arg;
    actor->arg2 = arg2;
    actor_start(actor, statement);
}

static int64_t value_of(struct actor *actor, uint64_t row)
{
    struct sql_snapshot *snapshot;
    actor_begin(actor, SQL_READ_COMMITTED);
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    int64_t value = sql_row_get(sql_table_fetch(table_of(actor), snapshot, row), wt->layout, 0).i;
    sql_snapshot_release(snapshot);
    commit(actor);
    return value;
}

/* ---- tests */

static void an_update_waits_for_the_one_before(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    (void)unused;
    for (int commits = 0; commits < 2; commits++) {
        run(a, update_row, 1, 0);
        assert_false(a->running);
        run(b, update_row, 1, 0);
        assert_true(b->running);
        if (commits)
            commit(a);
        else
            roll_back(a);
        assert_false(b->running);
        assert_int_equal(b->arg2, commits ? SQL_CHANGE_UPDATED : SQL_CHANGE_DONE);
        commit(b);
    }
    assert_int_equal(value_of(a, 1), 12);
    world_done(&w.world);
}

static void a_circle_of_rows_is_a_deadlock(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    (void)unused;
    run(a, update_row, 1, 0);
    run(b, update_row, 2, 0);
    run(a, update_row, 2, 0);
    assert_true(a->running);
    run(b, update_row, 1, 0);
    assert_false(b->running);
    assert_string_equal(b->error.sqlstate, "40P01");
    assert_true(slice_eq_str(b->error.message, "deadlock detected"));
    char detail[200];
    (void)snprintf(detail, sizeof detail,
                   "Process 2 waits for ShareLock on transaction %u; blocked by process 1.\n"
                   "Process 1 waits for ShareLock on transaction %u; blocked by process 2.",
                   a->session.txn->xid, b->session.txn->xid);
    assert_memory_equal(b->error.detail.ptr, detail, strlen(detail));
    roll_back(b);
    assert_false(a->running);
    assert_int_equal(a->arg2, SQL_CHANGE_DONE);
    commit(a);
    world_done(&w.world);
}

/* One increment as READ COMMITTED does it: after a wait the newest version is locked and changed. */
static bool increment(struct actor *actor)
{
    struct sql_snapshot *snapshot;
    struct sql_table_rows *table = table_of(actor);
    for (int i = 0; i < 100; i++) {
        actor_begin(actor, SQL_READ_COMMITTED);
        assert_true(sql_snapshot_take(&actor->env, &snapshot));
        struct sql_change_options options = {
            .row_id = 1, .seen = sql_table_fetch(table, snapshot, 1), .snapshot = snapshot};
        enum sql_change change = SQL_CHANGE_UPDATED;
        while (change != SQL_CHANGE_DONE) {
            struct datum value = datum_int(sql_row_get(options.seen, wt->layout, 0).i + 1);
            struct sql_row *row =
                sql_row_create_linked(&actor->env, wt->world.heap, wt->layout, &value);
            change = sql_table_update(&actor->env, table, &options, row);
            if (change == SQL_CHANGE_DONE)
                break;
            assert_int_equal(change, SQL_CHANGE_UPDATED);
            sql_row_release(wt->world.heap, row);
            do {
                options.seen = sql_table_latest(table, actor->session.txn, 1);
                change = sql_table_lock(&actor->env, table, &options, SQL_LOCK_NO_KEY_UPDATE);
            } while (change == SQL_CHANGE_UPDATED);
            assert_int_equal(change, SQL_CHANGE_DONE);
            change = SQL_CHANGE_UPDATED;
        }
        sql_snapshot_release(snapshot);
        /* Others come in between the change and its commit. */
        actor->session.parked = true;
        sql_session_wake(&actor->session);
        fiber_yield();
        assert_true(sql_txn_commit(&actor->env));
    }
    return true;
}

static void no_update_is_lost(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w);
    (void)unused;
    for (int i = 0; i < WORLD_SESSIONS; i++)
        actor_start(&a[i], increment);
    sql_instance_run(w.world.instance);
    for (int i = 0; i < WORLD_SESSIONS; i++)
        assert_false(a[i].running);
    assert_int_equal(value_of(a, 1), 10 + 100 * WORLD_SESSIONS);
    world_done(&w.world);
}

static void row_locks_exclude_by_strength(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1, *c = a + 2;
    (void)unused;
    static const char *const goes[] = {"1110", "1100", "1000", "0000"};
    for (unsigned held = SQL_LOCK_KEY_SHARE; held <= SQL_LOCK_UPDATE; held++) {
        for (unsigned wanted = SQL_LOCK_KEY_SHARE; wanted <= SQL_LOCK_UPDATE; wanted++) {
            run(a, lock_row, 1, held);
            run(b, lock_row, 1, wanted | (uint64_t)SQL_WAIT_SKIP << 8);
            assert_int_equal(b->arg2, goes[held - 1][wanted - 1] == '1' ? SQL_CHANGE_DONE
                                                                        : SQL_CHANGE_WOULD_WAIT);
            commit(a);
            commit(b);
        }
    }
    run(a, update_row, 1, false);
    run(b, lock_row, 1, SQL_LOCK_KEY_SHARE);
    assert_int_equal(b->arg2, SQL_CHANGE_DONE);
    run(c, lock_row, 1, SQL_LOCK_UPDATE | (uint64_t)SQL_WAIT_ERROR << 8);
    assert_string_equal(c->error.sqlstate, "55P03");
    commit(a);
    run(c, update_row, 1, true);
    assert_true(c->running);
    commit(b);
    assert_false(c->running);
    assert_int_equal(c->arg2, SQL_CHANGE_DONE);
    commit(c);
    world_done(&w.world);
}

static void a_unique_key_waits_for_its_rival(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    (void)unused;
    run(a, insert_key, 5, 0);
    run(b, insert_key, 5, 0);
    assert_true(b->running);
    roll_back(a);
    assert_false(b->running);
    assert_int_equal(b->arg2, 0);
    run(a, insert_key, 5, 0);
    assert_true(a->running);
    commit(b);
    assert_false(a->running);
    assert_int_not_equal(a->arg2, 0);
    roll_back(a);
    world_done(&w.world);
}

static void relation_locks_are_first_come_first_served(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1, *c = a + 2;
    (void)unused;
    run(a, lock_relation, 77, SQL_ACCESS_SHARE);
    run(b, lock_relation, 77, SQL_ACCESS_EXCLUSIVE);
    run(c, lock_relation, 77, SQL_ACCESS_SHARE);
    assert_true(b->running && c->running);
    run(a, lock_relation, 77, SQL_ROW_EXCLUSIVE);
    assert_false(a->running); /* it goes before b, who waits for it */
    commit(a);
    assert_false(b->running);
    assert_true(c->running);
    commit(b);
    assert_false(c->running);
    commit(c);
    world_done(&w.world);
}

static void a_circle_of_locks_is_a_deadlock(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1, *c = a + 2;
    (void)unused;
    run(a, lock_relation, 1, SQL_EXCLUSIVE);
    run(b, lock_relation, 2, SQL_EXCLUSIVE);
    run(c, lock_relation, 3, SQL_EXCLUSIVE);
    run(a, lock_relation, 2, SQL_EXCLUSIVE);
    run(b, lock_relation, 3, SQL_EXCLUSIVE);
    assert_true(a->running && b->running);
    run(c, lock_relation, 1, SQL_EXCLUSIVE);
    assert_false(c->running);
    assert_string_equal(c->error.sqlstate, "40P01");
    static const char detail[] =
        "Process 3 waits for ExclusiveLock on relation 1 of database 5; blocked by process 1.\n"
        "Process 1 waits for ExclusiveLock on relation 2 of database 5; blocked by process 2.\n"
        "Process 2 waits for ExclusiveLock on relation 3 of database 5; blocked by process 3.";
    assert_true(slice_eq_str(c->error.detail, detail));
    roll_back(c);
    assert_false(b->running);
    commit(b);
    commit(a);
    world_done(&w.world);
}

static void waiting_ends_with_time_and_with_interrupts(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    (void)unused;
    run(a, update_row, 1, 0);
    b->session.lock_timeout_ms = 50;
    run(b, update_row, 1, 0);
    clock_advance(&w.world.clock, 49000);
    sql_instance_run(w.world.instance);
    assert_true(b->running);
    clock_advance(&w.world.clock, 2000);
    sql_instance_run(w.world.instance);
    assert_false(b->running);
    assert_string_equal(b->error.sqlstate, "55P03");
    roll_back(b);
    b->session.lock_timeout_ms = 0;
    run(b, lock_relation, 9, SQL_SHARE);
    run(b, update_row, 1, 0);
    sql_session_interrupt(&b->session, SQL_CANCELLED);
    sql_instance_run(w.world.instance);
    assert_false(b->running);
    assert_string_equal(b->error.sqlstate, "57014");
    roll_back(b);
    commit(a);
    world_done(&w.world);
}

static void advisory_locks_count(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    struct sql_lock_tag tag = {.kind = SQL_LOCK_ADVISORY, .database = 5, .id = 42, .part = 1};
    bool got;
    (void)unused;
    actor_begin(a, SQL_READ_COMMITTED);
    actor_begin(b, SQL_READ_COMMITTED);
    for (int i = 0; i < 2; i++)
        assert_true(sql_advisory_lock(&a->env, &tag, SQL_EXCLUSIVE, true, SQL_WAIT_SKIP, &got) &&
                    got);
    commit(a);
    assert_true(sql_advisory_lock(&b->env, &tag, SQL_SHARE, false, SQL_WAIT_SKIP, &got));
    assert_false(got);
    assert_true(sql_advisory_unlock(&a->env, &tag, SQL_EXCLUSIVE));
    assert_true(sql_advisory_lock(&b->env, &tag, SQL_SHARE, false, SQL_WAIT_SKIP, &got) && !got);
    assert_true(sql_advisory_unlock(&a->env, &tag, SQL_EXCLUSIVE));
    assert_false(sql_advisory_unlock(&a->env, &tag, SQL_EXCLUSIVE));
    assert_true(sql_advisory_lock(&b->env, &tag, SQL_SHARE, false, SQL_WAIT_SKIP, &got) && got);
    assert_true(sql_savepoint_begin(b->session.txn, slice_str("s"), &b->error));
    tag.id = 43;
    assert_true(sql_advisory_lock(&b->env, &tag, SQL_SHARE, false, SQL_WAIT_SKIP, &got) && got);
    assert_true(sql_lock_is_held(b->session.txn, &tag, SQL_SHARE));
    sql_savepoint_rollback(b->session.txn, 1);
    assert_false(sql_lock_is_held(b->session.txn, &tag, SQL_SHARE));
    commit(b);
    world_done(&w.world);
}

static void a_rewind_ends_what_waits(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1, *c = a + 2;
    (void)unused;
    run(c, update_row, 2, 0);
    struct sql_instance_checkpoint *checkpoint = sql_instance_checkpoint(w.world.instance);
    run(a, update_row, 1, 0);
    run(b, update_row, 1, 0);
    assert_true(b->running);
    assert_true(sql_instance_rewind(w.world.instance, checkpoint));
    assert_null(a->session.txn);
    sql_instance_run(w.world.instance);
    assert_false(b->running);
    assert_int_equal(b->session.txn->state, SQL_TXN_LOST);
    assert_int_equal(b->session.interrupt, SQL_ROLLED_BACK);
    roll_back(b);
    run(b, update_row, 1, 0);
    assert_int_equal(b->arg2, SQL_CHANGE_DONE);
    run(b, update_row, 2, 0); /* c's change was cut off */
    assert_int_equal(b->arg2, SQL_CHANGE_DONE);
    commit(b);
    assert_int_equal(value_of(a, 2), 21);
    sql_instance_release(w.world.instance, checkpoint);
    world_done(&w.world);
}

static bool finish(struct actor *actor, const char *gid, bool commits)
{
    actor_begin(actor, SQL_READ_COMMITTED);
    bool ok = sql_txn_finish_prepared(&actor->env, slice_str(gid), commits);
    sql_txn_rollback(&actor->session);
    sql_instance_run(wt->world.instance);
    return ok;
}

static void prepared_transactions_outlive_their_session(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w), *b = a + 1;
    (void)unused;
    run(a, update_row, 1, 0);
    assert_true(sql_txn_prepare(&a->env, slice_str("g")));
    assert_null(a->session.txn);
    actor_begin(a, SQL_READ_COMMITTED);
    assert_false(sql_txn_prepare(&a->env, slice_str("g")));
    assert_string_equal(a->error.sqlstate, "42710");
    run(b, update_row, 1, 0);
    assert_true(b->running);
    struct sql_instance_checkpoint *checkpoint = sql_instance_checkpoint(w.world.instance);
    assert_true(finish(a, "g", true));
    assert_false(finish(a, "g", true));
    assert_string_equal(a->error.sqlstate, "42704");
    assert_false(b->running);
    assert_int_equal(b->arg2, SQL_CHANGE_UPDATED);
    roll_back(b);
    assert_int_equal(value_of(a, 1), 11);

    /* The checkpoint has it prepared: it can be rolled back now. */
    assert_true(sql_instance_rewind(w.world.instance, checkpoint));
    assert_int_equal(value_of(a, 1), 10);
    run(b, update_row, 1, 0);
    assert_true(b->running);
    assert_true(finish(a, "g", false));
    assert_int_equal(b->arg2, SQL_CHANGE_DONE);
    commit(b);
    assert_int_equal(value_of(a, 1), 11);

    /* And committed in a fork, which leaves this instance alone. */
    struct sql_instance *main_instance = w.world.instance;
    w.world.instance = sql_instance_fork(checkpoint, &w.world.host, &w.world.options);
    assert_non_null(w.world.instance);
    struct actor other;
    actor_init(&w.world, &other, sql_database_find(w.world.instance, 5));
    assert_true(finish(&other, "g", true));
    assert_int_equal(value_of(&other, 1), 11);
    sql_session_detach(&other.session);
    arena_done(&other.arena);
    sql_instance_destroy(w.world.instance);
    w.world.instance = main_instance;

    /* One that is never finished goes with the instance. */
    assert_true(sql_instance_rewind(w.world.instance, checkpoint));
    sql_instance_release(w.world.instance, checkpoint);
    world_done(&w.world);
}

/* Storages made in a prepared transaction come and go with it. */
static void prepared_storages_are_dropped_or_kept(void **unused)
{
    struct wait_world w = {0};
    struct actor *a = setup(&w);
    (void)unused;
    for (int commits = 0; commits < 2; commits++) {
        struct sql_relation relation = {0};
        actor_begin(a, SQL_READ_COMMITTED);
        assert_true(sql_table_create(&a->env, a->session.database, &relation.storage));
        assert_true(sql_txn_prepare(&a->env, slice_str("s")));
        struct sql_instance_checkpoint *checkpoint = sql_instance_checkpoint(w.world.instance);
        assert_true(finish(a, "s", !commits));
        assert_true(sql_instance_rewind(w.world.instance, checkpoint));
        assert_true(finish(a, "s", commits));
        assert_int_equal(sql_table_open(&a->env, a->session.database, &relation) != NULL, commits);
        sql_instance_release(w.world.instance, checkpoint);
    }
    world_done(&w.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_waits_for_the_one_before),
        cmocka_unit_test(a_circle_of_rows_is_a_deadlock),
        cmocka_unit_test(no_update_is_lost),
        cmocka_unit_test(row_locks_exclude_by_strength),
        cmocka_unit_test(a_unique_key_waits_for_its_rival),
        cmocka_unit_test(relation_locks_are_first_come_first_served),
        cmocka_unit_test(a_circle_of_locks_is_a_deadlock),
        cmocka_unit_test(waiting_ends_with_time_and_with_interrupts),
        cmocka_unit_test(advisory_locks_count),
        cmocka_unit_test(a_rewind_ends_what_waits),
        cmocka_unit_test(prepared_transactions_outlive_their_session),
        cmocka_unit_test(prepared_storages_are_dropped_or_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
