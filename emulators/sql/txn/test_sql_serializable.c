/* Serializable transactions: what committed must be equal to some serial order. */
#include "emulators/sql/storage/index.h"
#include "emulators/sql/test_sql_world.h"

#define ROWS    24
#define ACTORS  5
#define HISTORY 400

static const struct sql_type_ops number_ops = {.row_form = SQL_ROW_FORM_SIGNED};
static const struct sql_type number_type = {.len = 8, .by_value = true, .ops = &number_ops};
static const struct sql_type *const types[] = {&number_type};

/* One transaction: the writer of the version that it read of each row, and what it wrote. */
struct txn_record {
    bool open, failed, committed;
    int read_from[ROWS + 1]; /* -1: not read; else index in the history */
    bool wrote[ROWS + 1];
    int replaced[ROWS + 1]; /* writer of the version before */
};

static struct {
    struct world world;
    struct sql_relation relation, index;
    struct sql_row_layout *layout;
    uint8_t block[256];
    uint64_t rows; /* so many there are, numbered from 1; the key of each is its number */
    uint64_t ids[ROWS + 1];
    uint16_t row_of[4 * HISTORY * 4]; /* by id */
    int actors[ACTORS];
    struct txn_record history[HISTORY];
    int count;
} s;

/* Each version's value is the number of the transaction that wrote it. */
static struct sql_row *make_row(struct actor *actor, int writer, bool linked)
{
    struct datum value = datum_int(writer);
    return linked ? sql_row_create_linked(&actor->env, s.world.heap, s.layout, &value)
                  : sql_row_create(&actor->env, s.world.heap, s.layout, &value);
}

static struct sql_table_rows *table_of(struct actor *actor)
{
    return sql_table_open(&actor->env, actor->session.database, &s.relation);
}

static void key_of(uint64_t row, uint8_t *key)
{
    for (int i = 0; i < 8; i++)
        key[i] = (uint8_t)(row >> (56 - 8 * i));
}

static struct sql_index_use use_of(struct actor *actor)
{
    return (struct sql_index_use){
        .tree = sql_btree_open(&actor->env, actor->session.database, &s.index),
        .table = table_of(actor)};
}

static bool insert(struct actor *actor, int writer)
{
    uint64_t id, conflict, number = s.rows + 1;
    uint8_t key[8];
    struct sql_index_use use = use_of(actor);
    struct sql_row *row = make_row(actor, writer, false);
    if (!sql_table_insert(&actor->env, table_of(actor), row, &id)) {
        sql_row_release(s.world.heap, row);
        return false;
    }
    s.rows = number;
    s.ids[number] = id;
    s.row_of[id] = (uint16_t)number;
    s.history[writer].wrote[number] = true;
    key_of(number, key);
    return sql_index_insert(&actor->env, &use, slice_of(key, 8), id, SQL_UNIQUE_NO, &conflict);
}

static void note_read(int who, uint64_t id, const struct sql_row *row)
{
    int writer = row ? (int)sql_row_get(row, s.layout, 0).i : 0;
    if (s.history[who].read_from[id] < 0 && writer != who)
        s.history[who].read_from[id] = writer;
}

static bool read_some(struct actor *actor, int who, const struct sql_snapshot *snapshot)
{
    uint64_t low = 1 + world_random(&s.world, ROWS), high = low + world_random(&s.world, 4);
    struct sql_index_use use = use_of(actor);
    struct sql_index_scan scan;
    const struct sql_row *row;
    uint8_t low_key[8], high_key[8];
    struct sql_key_range range = {slice_of(low_key, 8), slice_of(high_key, 8), false, false};
    if (world_random(&s.world, 4) == 0) {
        struct sql_table_scan all;
        uint64_t id;
        bool seen[ROWS + 1] = {false};
        assert_true(sql_table_scan_begin(&all, &actor->env, table_of(actor), snapshot, false));
        while (sql_table_scan_next(&all, &row, &id, 1)) {
            note_read(who, s.row_of[id], row);
            seen[s.row_of[id]] = true;
        }
        for (uint64_t i = 1; i <= ROWS; i++)
            if (!seen[i])
                note_read(who, i, NULL);
        return true;
    }
    high = high > ROWS ? ROWS : high;
    key_of(low, low_key);
    key_of(high, high_key);
    if (!sql_index_scan_begin(&scan, &actor->env, &use, &actor->arena, &range, snapshot, false))
        return false;
    uint64_t at = low;
    for (;;) {
        if (!sql_index_scan_next(&scan, &actor->env, &row))
            return false;
        uint64_t end = row ? s.row_of[scan.row_id] : high + 1;
        for (; at < end; at++)
            note_read(who, at, NULL);
        if (!row)
            return true;
        note_read(who, at++, row);
    }
}

static bool update(struct actor *actor, int who, const struct sql_snapshot *snapshot)
{
    uint64_t number = 1 + world_random(&s.world, s.rows), id = s.ids[number];
    struct sql_table_rows *table = table_of(actor);
    struct sql_change_options options = {.row_id = id,
                                         .seen = sql_table_fetch(table, snapshot, id),
                                         .snapshot = snapshot,
                                         .wait = SQL_WAIT_SKIP};
    if (!options.seen)
        return true;
    note_read(who, number, options.seen);
    struct sql_row *row = make_row(actor, who, true);
    if (sql_table_update(&actor->env, table, &options, row) != SQL_CHANGE_DONE) {
        sql_row_release(s.world.heap, row);
        return false;
    }
    if (!s.history[who].wrote[number])
        s.history[who].replaced[number] = (int)sql_row_get(options.seen, s.layout, 0).i;
    s.history[who].wrote[number] = true;
    return true;
}

static void end(int actor, bool commits)
{
    struct actor *a = &s.world.actors[actor];
    struct txn_record *record = &s.history[s.actors[actor]];
    if (commits && !record->failed)
        record->committed = sql_txn_commit(&a->env);
    else
        sql_txn_rollback(&a->session);
    record->open = false;
    s.actors[actor] = 0;
}

static void step(int actor)
{
    struct actor *a = &s.world.actors[actor];
    if (!s.actors[actor]) {
        if (s.count == HISTORY)
            return;
        s.actors[actor] = s.count++;
        struct txn_record *record = &s.history[s.actors[actor]];
        memset(record, 0, sizeof *record);
        record->open = true;
        memset(record->read_from, 0xff, sizeof record->read_from);
        memset(record->replaced, 0xff, sizeof record->replaced);
        sql_error_begin(&a->error, &a->arena);
        actor_begin(a, SQL_SERIALIZABLE);
    }
    int who = s.actors[actor];
    struct sql_snapshot *snapshot;
    assert_true(sql_snapshot_take(&a->env, &snapshot));
    uint64_t kind = world_random(&s.world, 10);
    bool ok = true;
    if (kind < 4)
        ok = read_some(a, who, snapshot);
    else if (kind < 6)
        ok = update(a, who, snapshot);
    else if (kind == 6 && s.rows < ROWS)
        ok = insert(a, who);
    sql_snapshot_release(snapshot);
    sql_txn_next_command(a->session.txn);
    if (!ok || !sql_txn_check(&a->env)) {
        s.history[who].failed = true;
        end(actor, false);
    } else if (kind > 6) {
        end(actor, true);
    }
}

/* ---- is what committed serializable? edges: writer to reader, writer to the next writer, reader to
 * the next writer */

static bool edges[HISTORY][HISTORY];

static int next_writer(uint64_t row, int version)
{
    for (int i = 1; i < s.count; i++)
        if (s.history[i].committed && s.history[i].wrote[row] &&
            (s.history[i].replaced[row] == version ||
             (version == 0 && s.history[i].replaced[row] < 0)))
            return i;
    return 0;
}

static void collect_edges(void)
{
    memset(edges, 0, sizeof edges);
    for (int i = 1; i < s.count; i++) {
        const struct txn_record *record = &s.history[i];
        for (uint64_t row = 1; row <= ROWS && record->committed; row++) {
            int from = record->read_from[row];
            int next = from >= 0 ? next_writer(row, from) : 0;
            if (from > 0 && from != i)
                edges[from][i] = true;
            if (next && next != i)
                edges[i][next] = true;
            if (record->wrote[row] && record->replaced[row] > 0)
                edges[record->replaced[row]][i] = true;
        }
    }
}

/* 0 not seen, 1 on the path, 2 done */
static bool acyclic_from(int at, uint8_t *colour)
{
    colour[at] = 1;
    for (int i = 1; i < s.count; i++)
        if (edges[at][i] && (colour[i] == 1 || (colour[i] == 0 && !acyclic_from(i, colour))))
            return false;
    colour[at] = 2;
    return true;
}

static void setup(uint64_t seed)
{
    memset(&s, 0, sizeof s);
    world_init(&s.world, 0, seed);
    struct actor *a = &s.world.actors[0];
    s.layout = sql_row_layout_init(s.block, NULL, types, 1);
    s.count = 1;
    actor_begin(a, SQL_READ_COMMITTED);
    assert_true(sql_table_create(&a->env, a->session.database, &s.relation.storage));
    assert_true(sql_btree_create(&a->env, a->session.database, &s.index.storage));
    for (int i = 0; i < 6; i++)
        assert_true(insert(a, 0));
    assert_true(sql_txn_commit(&a->env));
}

static void what_commits_is_serializable(void **unused)
{
    int committed = 0, all = 0;
    (void)unused;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint8_t colour[HISTORY] = {0};
        setup(seed * 104729);
        for (int i = 0; i < 1500; i++)
            step((int)world_random(&s.world, ACTORS));
        for (int i = 0; i < ACTORS; i++)
            if (s.actors[i])
                end(i, true);
        collect_edges();
        for (int i = 1; i < s.count; i++) {
            assert_true(colour[i] || acyclic_from(i, colour));
            committed += s.history[i].committed;
            all++;
        }
        world_done(&s.world);
    }
    print_message("%d of %d transactions committed\n", committed, all);
    assert_true(committed > all / 4);
}

/* ---- the examples of the literature */

static void read_row(struct actor *actor, uint64_t id)
{
    struct sql_snapshot *snapshot;
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    assert_non_null(sql_table_fetch(table_of(actor), snapshot, id));
    sql_snapshot_release(snapshot);
}

static bool write_row(struct actor *actor, uint64_t id)
{
    struct sql_snapshot *snapshot;
    assert_true(sql_snapshot_take(&actor->env, &snapshot));
    struct sql_table_rows *table = table_of(actor);
    struct sql_change_options options = {
        .row_id = id, .seen = sql_table_fetch(table, snapshot, id), .snapshot = snapshot};
    struct sql_row *row = make_row(actor, 1, true);
    enum sql_change change = sql_table_update(&actor->env, table, &options, row);
    if (change != SQL_CHANGE_DONE)
        sql_row_release(s.world.heap, row);
    sql_snapshot_release(snapshot);
    return change == SQL_CHANGE_DONE;
}

static void write_skew_is_refused(void **unused)
{
    (void)unused;
    for (int level = SQL_REPEATABLE_READ; level <= SQL_SERIALIZABLE; level++) {
        setup(3);
        struct actor *a = &s.world.actors[0], *b = &s.world.actors[1];
        actor_begin(a, (enum sql_isolation)level);
        actor_begin(b, (enum sql_isolation)level);
        for (uint64_t id = 1; id <= 2; id++) {
            read_row(a, id);
            read_row(b, id);
        }
        assert_true(write_row(a, 1));
        assert_true(write_row(b, 2));
        assert_true(sql_txn_commit(&a->env));
        bool committed = sql_txn_commit(&b->env);
        assert_int_equal(committed, level == SQL_REPEATABLE_READ);
        if (!committed) {
            assert_string_equal(b->error.sqlstate, "40001");
            assert_true(slice_eq_str(b->error.detail,
                                     "Reason code: Canceled on identification as a pivot, during "
                                     "commit attempt."));
        }
        world_done(&s.world);
    }
}

/* Different rows: nobody is refused. */
static void disjoint_transactions_commit(void **unused)
{
    (void)unused;
    setup(4);
    struct actor *a = &s.world.actors[0], *b = &s.world.actors[1];
    actor_begin(a, SQL_SERIALIZABLE);
    actor_begin(b, SQL_SERIALIZABLE);
    read_row(a, 1);
    read_row(b, 2);
    assert_true(write_row(a, 1));
    assert_true(write_row(b, 2));
    assert_true(sql_txn_commit(&a->env));
    assert_true(sql_txn_commit(&b->env));
    world_done(&s.world);
}

/* Fekete, O'Neil, O'Neil: a reader can see a state that no serial order has. */
static void a_read_only_transaction_can_be_the_one_too_many(void **unused)
{
    (void)unused;
    setup(5);
    struct actor *a = &s.world.actors[0], *b = &s.world.actors[1], *c = &s.world.actors[2];
    actor_begin(b, SQL_SERIALIZABLE); /* reads 1 and 2, writes 1 */
    read_row(b, 1);
    read_row(b, 2);
    actor_begin(a, SQL_SERIALIZABLE); /* writes 2 */
    read_row(a, 2);
    assert_true(write_row(a, 2));
    assert_true(sql_txn_commit(&a->env));
    actor_begin(c, SQL_SERIALIZABLE); /* sees a, not b */
    read_row(c, 1);
    read_row(c, 2);
    bool c_committed = sql_txn_commit(&c->env);
    bool b_committed = write_row(b, 1) && sql_txn_commit(&b->env);
    if (b->session.txn)
        sql_txn_rollback(&b->session);
    assert_false(c_committed && b_committed);
    world_done(&s.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_commits_is_serializable),
        cmocka_unit_test(write_skew_is_refused),
        cmocka_unit_test(disjoint_transactions_commit),
        cmocka_unit_test(a_read_only_transaction_can_be_the_one_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
