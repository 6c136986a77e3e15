#include "emulators/sql/storage/index.h"
#include "emulators/sql/test_sql_world.h"

#define ROWS   6000
#define ACTORS 5
#define DEPTH  3
#define SAVED  3
#define VALUES 3000 /* and how many different ones there are */

static const struct sql_type_ops number_ops = {.row_form = SQL_ROW_FORM_SIGNED};
static const struct sql_type number_type = {.len = 8, .by_value = true, .ops = &number_ops};
static const struct sql_type *const types[] = {&number_type};

/* One row as somebody sees it; value 0: it is not there. */
struct cell {
    uint64_t value, position;
    uint64_t stamp; /* which change made it */
};

struct view {
    struct cell cells[ROWS];
    bool changed[ROWS]; /* by the transaction */
};

struct model_actor {
    bool open, has_snapshot;
    enum sql_isolation isolation;
    unsigned depth;
    struct view levels[DEPTH + 1]; /* own changes, copied at each savepoint */
    struct cell snapshot[ROWS];
};

static struct {
    struct cell committed[ROWS];
    uint64_t next_id, stamp;
    struct model_actor actors[ACTORS];
} model;

struct saved {
    struct sql_instance_checkpoint *checkpoint;
    struct cell committed[ROWS];
    uint64_t next_id;
};
static struct saved saved[SAVED];

struct table_world {
    struct world world;
    struct sql_relation relation, index;
    struct sql_index_use use;
    unsigned prefix; /* bytes before the number in each key */
    uint8_t key[64];
    struct sql_row_layout *layout;
    uint8_t block[256];
};

static struct sql_table_rows *open_table(struct table_world *t, struct actor *actor)
{
    struct sql_table_rows *table =
        sql_table_open(&actor->env, actor->session.database, &t->relation);
    assert_non_null(table);
    return table;
}

/* The key of a number: so many equal bytes, then the number. */
static struct slice key_of(struct table_world *t, uint64_t value)
{
    memset(t->key, 0xab, t->prefix);
    for (int i = 0; i < 8; i++)
        t->key[t->prefix + (unsigned)i] = (uint8_t)(value >> (56 - 8 * i));
    return slice_of(t->key, t->prefix + 8);
}

static bool make_key(struct sql_index_use *use, struct sql_env *env, const struct sql_row *row,
                     struct slice *out_key, bool *out_skip)
{
    struct table_world *t = use->ctx;
    (void)env;
    *out_key = key_of(t, sql_row_get(row, t->layout, 0).u);
    *out_skip = false;
    return true;
}

static struct sql_index_use *open_index(struct table_world *t, struct actor *actor)
{
    t->use.table = open_table(t, actor);
    t->use.tree = sql_btree_open(&actor->env, actor->session.database, &t->index);
    t->use.key = make_key;
    t->use.ctx = t;
    assert_non_null(t->use.tree);
    return &t->use;
}

static void add_key(struct table_world *t, struct actor *actor, uint64_t value, uint64_t id)
{
    uint64_t conflict;
    assert_true(sql_index_insert(&actor->env, open_index(t, actor), key_of(t, value), id,
                                 SQL_UNIQUE_NO, &conflict));
}

static struct sql_row *make_row(struct table_world *t, struct actor *actor, uint64_t value,
                                bool linked)
{
    struct datum datum = datum_int((int64_t)value);
    struct sql_row *row = linked
                              ? sql_row_create_linked(&actor->env, t->world.heap, t->layout, &datum)
                              : sql_row_create(&actor->env, t->world.heap, t->layout, &datum);
    assert_non_null(row);
    return row;
}

static void table_world_init(struct table_world *t, uint64_t seed)
{
    world_init(&t->world, 0, seed);
    struct actor *actor = &t->world.actors[0];
    t->layout = sql_row_layout_init(t->block, NULL, types, 1);
    actor_begin(actor, SQL_READ_COMMITTED);
    assert_true(sql_table_create(&actor->env, actor->session.database, &t->relation.storage));
    assert_true(sql_btree_create(&actor->env, actor->session.database, &t->index.storage));
    assert_true(sql_txn_commit(&actor->env));
}

/* ---- the model */

static struct view *own_view(struct model_actor *m)
{
    return &m->levels[m->depth];
}

static struct cell seen_by(struct model_actor *m, uint64_t id)
{
    if (own_view(m)->changed[id])
        return own_view(m)->cells[id];
    return m->isolation >= SQL_REPEATABLE_READ ? m->snapshot[id] : model.committed[id];
}

static void take_model_snapshot(struct model_actor *m)
{
    if (m->has_snapshot)
        return;
    m->has_snapshot = true;
    memcpy(m->snapshot, model.committed, sizeof m->snapshot);
}

static bool changed_by_other(const struct model_actor *m, uint64_t id)
{
    for (int i = 0; i < ACTORS; i++)
        if (&model.actors[i] != m && model.actors[i].open &&
            own_view(&model.actors[i])->changed[id])
            return true;
    return false;
}

static void set_own(struct model_actor *m, uint64_t id, uint64_t value, uint64_t position)
{
    own_view(m)->changed[id] = true;
    own_view(m)->cells[id] =
        (struct cell){.value = value, .position = position, .stamp = ++model.stamp};
}

/* ---- what is done to both */

static void begin(struct table_world *t, int who)
{
    struct model_actor *m = &model.actors[who];
    memset(m, 0, sizeof *m);
    m->open = true;
    m->isolation = world_random(&t->world, 2) ? SQL_READ_COMMITTED : SQL_REPEATABLE_READ;
    actor_begin(&t->world.actors[who], m->isolation);
}

static struct sql_snapshot *take_snapshot(struct table_world *t, int who)
{
    struct sql_snapshot *snapshot;
    assert_true(sql_snapshot_take(&t->world.actors[who].env, &snapshot));
    take_model_snapshot(&model.actors[who]);
    return snapshot;
}

static void insert(struct table_world *t, int who)
{
    struct actor *actor = &t->world.actors[who];
    uint64_t value = 1 + world_random(&t->world, VALUES), id;
    if (model.next_id + 1 >= ROWS)
        return;
    assert_true(sql_table_insert(&actor->env, open_table(t, actor),
                                 make_row(t, actor, value, world_random(&t->world, 4) == 0), &id));
    assert_int_equal(id, model.next_id);
    add_key(t, actor, value, id);
    set_own(&model.actors[who], id, value, model.next_id++);
    sql_txn_next_command(actor->session.txn);
}

static enum sql_change expected_change(struct model_actor *m, uint64_t id)
{
    if (changed_by_other(m, id))
        return SQL_CHANGE_WOULD_WAIT;
    if (own_view(m)->changed[id] || model.committed[id].stamp == seen_by(m, id).stamp)
        return SQL_CHANGE_DONE;
    return model.committed[id].value ? SQL_CHANGE_UPDATED : SQL_CHANGE_DELETED;
}

static void change(struct table_world *t, int who, bool deletes)
{
    struct actor *actor = &t->world.actors[who];
    struct model_actor *m = &model.actors[who];
    struct sql_table_rows *table = open_table(t, actor);
    uint64_t id = 1 + world_random(&t->world, model.next_id < 40 ? model.next_id : 40);
    uint64_t value = 1 + world_random(&t->world, VALUES);
    if (world_random(&t->world, 2))
        id = 1 + world_random(&t->world, model.next_id);
    struct sql_snapshot *snapshot = take_snapshot(t, who);
    const struct sql_row *row = sql_table_fetch(table, snapshot, id);
    uint64_t visible = seen_by(m, id).value;
    assert_int_equal(row != NULL, visible != 0);
    if (row) {
        struct sql_change_options options = {
            .row_id = id, .seen = row, .snapshot = snapshot, .wait = SQL_WAIT_SKIP};
        assert_int_equal(sql_row_get(row, t->layout, 0).i, visible);
        enum sql_change expected = expected_change(m, id);
        bool moves = !deletes && model.next_id + 1 < ROWS;
        struct sql_row *next = moves ? make_row(t, actor, value, true) : NULL;
        options.keys_changed = value != visible;
        enum sql_change got = moves ? sql_table_update(&actor->env, table, &options, next)
                                    : sql_table_delete(&actor->env, table, &options);
        assert_int_equal(got, expected);
        if (got != SQL_CHANGE_DONE && next)
            sql_row_release(t->world.heap, next);
        if (got == SQL_CHANGE_DONE && moves && value != visible)
            add_key(t, actor, value, id);
        if (got == SQL_CHANGE_DONE)
            set_own(m, id, moves ? value : 0, moves ? model.next_id++ : 0);
    }
    sql_snapshot_release(snapshot);
    sql_txn_next_command(actor->session.txn);
}

static void scan_all(struct table_world *t, struct actor *actor, struct model_actor *m,
                     const struct sql_snapshot *snapshot)
{
    struct sql_table_scan scan;
    const struct sql_row *rows[7];
    uint64_t ids[7], count = 0, expected = 0, last = 0;
    bool backward = world_random(&t->world, 2);
    assert_true(sql_table_scan_begin(&scan, &actor->env, open_table(t, actor), snapshot, backward));
    for (uint32_t n; (n = sql_table_scan_next(&scan, rows, ids, 7)) > 0; count += n) {
        for (uint32_t i = 0; i < n; i++) {
            struct cell cell = seen_by(m, ids[i]);
            uint64_t position = sql_table_position(rows[i], ids[i]);
            assert_int_equal(sql_row_get(rows[i], t->layout, 0).i, cell.value);
            assert_int_equal(position, cell.position);
            assert_true(last == 0 || (backward ? position < last : position > last));
            last = position;
            uint64_t id;
            assert_ptr_equal(
                sql_table_fetch_position(open_table(t, actor), snapshot, position, &id), rows[i]);
            assert_int_equal(id, ids[i]);
        }
    }
    for (uint64_t id = 1; id < model.next_id; id++)
        expected += seen_by(m, id).value != 0;
    assert_int_equal(count, expected);
}

/* The rows whose values are in a range, by the index, some of them forth and back. */
static void scan_index(struct table_world *t, struct actor *actor, struct model_actor *m,
                       const struct sql_snapshot *snapshot)
{
    uint64_t low = world_random(&t->world, VALUES), high = low + world_random(&t->world, 300);
    uint8_t low_key[64], high_key[64];
    struct sql_key_range range = {.low_excluded = world_random(&t->world, 2),
                                  .high_excluded = world_random(&t->world, 2)};
    struct slice key = key_of(t, low);
    range.low = slice_of(memcpy(low_key, key.ptr, key.len), key.len);
    key = key_of(t, high);
    range.high = slice_of(memcpy(high_key, key.ptr, key.len), key.len);
    low += range.low_excluded;
    high -= range.high_excluded;
    struct sql_index_scan scan;
    const struct sql_row *row;
    bool backward = world_random(&t->world, 2);
    uint64_t count = 0, expected = 0, last = 0, last_id = 0;
    for (uint64_t id = 1; id < model.next_id; id++) {
        uint64_t value = seen_by(m, id).value;
        expected += value >= low && value <= high;
    }
    assert_true(sql_index_scan_begin(&scan, &actor->env, open_index(t, actor), &actor->arena,
                                     &range, snapshot, backward));
    for (;; count++) {
        assert_true(sql_index_scan_next(&scan, &actor->env, &row));
        if (!row)
            break;
        uint64_t value = sql_row_get(row, t->layout, 0).u, id = scan.row_id;
        assert_int_equal(value, seen_by(m, id).value);
        assert_true(slice_eq(scan.key, key_of(t, value)));
        if (count > 0)
            assert_true(backward ? value < last || (value == last && id < last_id)
                                 : value > last || (value == last && id > last_id));
        last = value;
        last_id = id;
        if (world_random(&t->world, 10) == 0) {
            sql_index_scan_turn(&scan);
            assert_true(sql_index_scan_next(&scan, &actor->env, &row));
            assert_int_equal(scan.row_id, id);
            sql_index_scan_turn(&scan);
            assert_true(sql_index_scan_next(&scan, &actor->env, &row));
            assert_int_equal(scan.row_id, id);
        }
    }
    assert_int_equal(count, expected);
    assert_true(low > high || sql_index_count(t->use.tree, &range) >= count);
}

static void sweep(struct table_world *t, struct actor *actor)
{
    struct sql_index_use *use = open_index(t, actor);
    if (sql_index_wants_sweep(use))
        assert_true(sql_index_sweep(&actor->env, use, 50));
}

static void look(struct table_world *t, int who)
{
    struct sql_snapshot *snapshot = take_snapshot(t, who);
    scan_all(t, &t->world.actors[who], &model.actors[who], snapshot);
    scan_index(t, &t->world.actors[who], &model.actors[who], snapshot);
    sweep(t, &t->world.actors[who]);
    sql_snapshot_release(snapshot);
}

static void end(struct table_world *t, int who, bool commits)
{
    struct model_actor *m = &model.actors[who];
    if (commits) {
        assert_true(sql_txn_commit(&t->world.actors[who].env));
        for (uint64_t id = 1; id < model.next_id; id++)
            if (own_view(m)->changed[id])
                model.committed[id] = own_view(m)->cells[id];
    } else {
        sql_txn_rollback(&t->world.actors[who].session);
    }
    m->open = false;
}

static void savepoint(struct table_world *t, int who)
{
    struct actor *actor = &t->world.actors[who];
    struct model_actor *m = &model.actors[who];
    uint32_t depth = 1 + (uint32_t)world_random(&t->world, DEPTH);
    if (depth > m->depth) {
        if (m->depth == DEPTH)
            return;
        assert_true(sql_savepoint_begin(actor->session.txn, slice_str("s"), &actor->error));
        m->levels[m->depth + 1] = m->levels[m->depth];
        m->depth++;
    } else if (world_random(&t->world, 2)) {
        sql_savepoint_release(actor->session.txn, depth);
        m->levels[depth - 1] = m->levels[m->depth];
        m->depth = depth - 1;
    } else {
        sql_savepoint_rollback(actor->session.txn, depth);
        m->depth = depth;
        m->levels[depth] = m->levels[depth - 1];
    }
    assert_int_equal(actor->session.txn->depth, m->depth);
}

static void take_checkpoint(struct table_world *t)
{
    struct saved *s = &saved[world_random(&t->world, SAVED)];
    sql_instance_release(t->world.instance, s->checkpoint);
    s->checkpoint = sql_instance_checkpoint(t->world.instance);
    assert_non_null(s->checkpoint);
    memcpy(s->committed, model.committed, sizeof s->committed);
    s->next_id = model.next_id;
}

static void rewind_to(struct table_world *t)
{
    const struct saved *s = &saved[world_random(&t->world, SAVED)];
    if (!s->checkpoint)
        return;
    assert_true(sql_instance_rewind(t->world.instance, s->checkpoint));
    memcpy(model.committed, s->committed, sizeof s->committed);
    model.next_id = s->next_id;
    for (int i = 0; i < ACTORS; i++) {
        assert_null(t->world.actors[i].session.txn);
        model.actors[i].open = false;
    }
}

/* A fork sees what was committed, and changes nothing for others. */
static void fork_from(struct table_world *t)
{
    struct saved *s = &saved[world_random(&t->world, SAVED)];
    static struct model_actor nobody;
    struct actor actor;
    if (!s->checkpoint)
        return;
    struct sql_instance *main_instance = t->world.instance;
    t->world.instance = sql_instance_fork(s->checkpoint, &t->world.host, &t->world.options);
    assert_non_null(t->world.instance);
    actor_init(&t->world, &actor, sql_database_find(t->world.instance, 5));
    actor_begin(&actor, SQL_REPEATABLE_READ);
    struct sql_snapshot *snapshot;
    assert_true(sql_snapshot_take(&actor.env, &snapshot));
    uint64_t next_id = model.next_id, id;
    model.next_id = s->next_id;
    memset(&nobody, 0, sizeof nobody);
    nobody.isolation = SQL_REPEATABLE_READ;
    memcpy(nobody.snapshot, s->committed, sizeof nobody.snapshot);
    scan_all(t, &actor, &nobody, snapshot);
    scan_index(t, &actor, &nobody, snapshot);
    for (id = 1; id < 40; id++) {
        const struct sql_row *row = sql_table_fetch(open_table(t, &actor), snapshot, id);
        struct sql_change_options options = {.row_id = id, .seen = row, .snapshot = snapshot};
        if (row)
            assert_int_equal(sql_table_delete(&actor.env, open_table(t, &actor), &options),
                             SQL_CHANGE_DONE);
    }
    model.next_id = next_id;
    sql_snapshot_release(snapshot);
    assert_true(sql_txn_commit(&actor.env));
    sql_session_detach(&actor.session);
    arena_done(&actor.arena);
    sql_instance_destroy(t->world.instance);
    t->world.instance = main_instance;
}

static void step(struct table_world *t)
{
    int who = (int)world_random(&t->world, ACTORS);
    uint64_t kind = world_random(&t->world, 1000);
    if (kind < 4)
        take_checkpoint(t);
    else if (kind < 6)
        rewind_to(t);
    else if (kind < 8)
        fork_from(t);
    else if (!model.actors[who].open)
        begin(t, who);
    else if (kind < 300)
        insert(t, who);
    else if (kind < 700)
        change(t, who, kind < 400);
    else if (kind < 760)
        savepoint(t, who);
    else if (kind < 800)
        look(t, who);
    else if (kind < 900)
        end(t, who, kind < 865);
}

static void random_interleavings_agree_with_the_model(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct table_world t = {.prefix = (unsigned)seed % 3 * 7};
        table_world_init(&t, seed * 7919);
        memset(&model, 0, sizeof model);
        model.next_id = 1;
        for (int i = 0; i < 4000; i++)
            step(&t);
        for (int i = 0; i < ACTORS; i++)
            if (model.actors[i].open)
                end(&t, i, true);
        begin(&t, 0);
        look(&t, 0);
        end(&t, 0, true);
        for (int i = 0; i < SAVED; i++) {
            sql_instance_release(t.world.instance, saved[i].checkpoint);
            saved[i].checkpoint = NULL;
        }
        world_done(&t.world);
    }
}

/* ---- single properties */

static uint64_t insert_one(struct table_world *t, struct actor *actor, uint64_t value)
{
    uint64_t id;
    assert_true(
        sql_table_insert(&actor->env, open_table(t, actor), make_row(t, actor, value, false), &id));
    sql_txn_next_command(actor->session.txn);
    return id;
}

static enum sql_change update_one(struct table_world *t, struct actor *actor, uint64_t id,
                                  uint64_t value)
{
    struct sql_snapshot *snapshot;
    struct sql_table_rows *table = open_table(t, actor);
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    struct sql_change_options options = {
        .row_id = id, .seen = sql_table_fetch(table, snapshot, id), .snapshot = snapshot};
    struct sql_row *row = make_row(t, actor, value, true);
    enum sql_change change = sql_table_update(&actor->env, table, &options, row);
    if (change != SQL_CHANGE_DONE)
        sql_row_release(t->world.heap, row);
    sql_snapshot_release(snapshot);
    sql_txn_next_command(actor->session.txn);
    return change;
}

/* A row changed a hundred thousand times, in one transaction or in many, takes the room of a few. */
static void hot_rows_stay_small(void **unused)
{
    struct table_world t = {0};
    (void)unused;
    table_world_init(&t, 5);
    struct actor *actor = &t.world.actors[0];
    actor_begin(actor, SQL_READ_COMMITTED);
    uint64_t id = insert_one(&t, actor, 1);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(update_one(&t, actor, id, 2), SQL_CHANGE_DONE);
    assert_true(sql_txn_commit(&actor->env));
    size_t used = heap_used(t.world.heap);
    for (int i = 0; i < 20000; i++) {
        actor_begin(actor, SQL_READ_COMMITTED);
        assert_int_equal(update_one(&t, actor, id, 2), SQL_CHANGE_DONE);
        assert_true(sql_txn_commit(&actor->env));
    }
    assert_true(heap_used(t.world.heap) <= used + 4096);
    assert_true(used < 300000);
    world_done(&t.world);
}

/* What is deleted leaves nothing behind once nobody can see it. */
static void deleted_rows_leave_nothing(void **unused)
{
    struct table_world t = {0};
    (void)unused;
    table_world_init(&t, 6);
    struct actor *actor = &t.world.actors[0];
    size_t used = heap_used(t.world.heap);
    for (int round = 0; round < 10; round++) {
        actor_begin(actor, SQL_READ_COMMITTED);
        for (uint64_t i = 0; i < 300; i++)
            (void)insert_one(&t, actor, i + 1);
        assert_true(sql_txn_commit(&actor->env));
        actor_begin(actor, SQL_READ_COMMITTED);
        struct sql_snapshot *snapshot;
        struct sql_table_scan scan;
        const struct sql_row *row;
        uint64_t id;
        assert_true(sql_snapshot_take(&actor->env, &snapshot));
        assert_true(
            sql_table_scan_begin(&scan, &actor->env, open_table(&t, actor), snapshot, false));
        while (sql_table_scan_next(&scan, &row, &id, 1)) {
            struct sql_change_options options = {.row_id = id, .seen = row, .snapshot = snapshot};
            assert_int_equal(sql_table_delete(&actor->env, open_table(&t, actor), &options),
                             SQL_CHANGE_DONE);
        }
        sql_snapshot_release(snapshot);
        assert_true(sql_txn_commit(&actor->env));
    }
    /* The garbage of the last round is collected by the next transactions. */
    for (int i = 0; i < 40; i++) {
        actor_begin(actor, SQL_READ_COMMITTED);
        assert_true(sql_txn_commit(&actor->env));
    }
    assert_int_equal(sql_table_count(open_table(&t, actor)), 0);
    assert_true(heap_used(t.world.heap) <= used + 1024);
    world_done(&t.world);
}

/* A table may be dropped while versions in it still wait to be thrown away. */
static void a_dropped_table_takes_its_garbage_along(void **unused)
{
    struct table_world t = {0};
    (void)unused;
    table_world_init(&t, 9);
    struct actor *actor = &t.world.actors[0];
    uint64_t ids[300];
    actor_begin(actor, SQL_READ_COMMITTED);
    for (int i = 0; i < 300; i++)
        ids[i] = insert_one(&t, actor, 1);
    assert_true(sql_txn_commit(&actor->env));
    actor_begin(actor, SQL_READ_COMMITTED);
    for (int i = 0; i < 300; i++)
        assert_int_equal(update_one(&t, actor, ids[i], 2), SQL_CHANGE_DONE);
    assert_true(sql_storage_drop(&actor->env, actor->session.database, t.relation.storage));
    assert_true(sql_txn_commit(&actor->env));
    for (int i = 0; i < 40; i++) {
        actor_begin(actor, SQL_READ_COMMITTED);
        assert_true(sql_txn_commit(&actor->env));
    }
    world_done(&t.world);
}

static void a_command_does_not_see_its_own_changes(void **unused)
{
    struct table_world t = {0};
    (void)unused;
    table_world_init(&t, 7);
    struct actor *actor = &t.world.actors[0];
    actor_begin(actor, SQL_READ_COMMITTED);
    uint64_t id = insert_one(&t, actor, 1);
    struct sql_snapshot *snapshot;
    struct sql_table_rows *table = open_table(&t, actor);
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    const struct sql_row *row = sql_table_fetch(table, snapshot, id);
    struct sql_change_options options = {.row_id = id, .seen = row, .snapshot = snapshot};
    struct sql_row *next = make_row(&t, actor, 2, true);
    assert_int_equal(sql_table_update(&actor->env, table, &options, next), SQL_CHANGE_DONE);
    assert_ptr_equal(sql_table_fetch(table, snapshot, id), row);
    assert_ptr_equal(sql_table_latest(table, actor->session.txn, id), next);
    assert_int_equal(sql_table_delete(&actor->env, table, &options), SQL_CHANGE_SELF_MODIFIED);
    sql_snapshot_release(snapshot);
    sql_txn_rollback(&actor->session);
    world_done(&t.world);
}

/* Each allocation of a change fails once: what is there is as it was, and the next try works. */
static void allocation_failures_change_nothing(void **unused)
{
    struct table_world t = {0};
    (void)unused;
    table_world_init(&t, 8);
    struct actor *actor = &t.world.actors[0];
    actor_begin(actor, SQL_READ_COMMITTED);
    uint64_t id = insert_one(&t, actor, 1);
    assert_true(sql_txn_commit(&actor->env));
    for (int round = 0; round < 40; round++) {
        struct sql_instance_checkpoint *checkpoint = sql_instance_checkpoint(t.world.instance);
        size_t base = heap_used(t.world.heap);
        bool done = false;
        for (size_t more = 0; !done; more += 16) {
            struct sql_txn_options options = {0};
            heap_set_limit(t.world.heap, base + more);
            sql_error_begin(&actor->error, &actor->arena);
            if (!sql_txn_begin(&actor->session, &options, &actor->error))
                continue;
            struct sql_snapshot *snapshot = NULL;
            struct sql_row *row = NULL;
            struct datum value = datum_int(round + 2);
            struct sql_table_rows *table =
                sql_table_open(&actor->env, actor->session.database, &t.relation);
            if (table && sql_snapshot_take(&actor->env, &snapshot) &&
                (row = sql_row_create_linked(&actor->env, t.world.heap, t.layout, &value))) {
                struct sql_change_options at = {.row_id = id,
                                                .seen = sql_table_fetch(table, snapshot, id),
                                                .snapshot = snapshot};
                assert_non_null(at.seen);
                assert_int_equal(sql_row_get(at.seen, t.layout, 0).i, round + 1);
                done = sql_table_update(&actor->env, table, &at, row) == SQL_CHANGE_DONE;
                if (!done)
                    sql_row_release(t.world.heap, row);
            }
            if (!done)
                assert_string_equal(actor->error.sqlstate, "53200");
            sql_snapshot_release(snapshot);
            if (done)
                assert_true(sql_txn_commit(&actor->env));
            else
                sql_txn_rollback(&actor->session);
        }
        heap_set_limit(t.world.heap, 0);
        sql_instance_release(t.world.instance, checkpoint);
    }
    world_done(&t.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_interleavings_agree_with_the_model),
        cmocka_unit_test(hot_rows_stay_small),
        cmocka_unit_test(deleted_rows_leave_nothing),
        cmocka_unit_test(a_dropped_table_takes_its_garbage_along),
        cmocka_unit_test(a_command_does_not_see_its_own_changes),
        cmocka_unit_test(allocation_failures_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
