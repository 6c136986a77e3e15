#include "emulators/sql/storage/object_store.h"
#include "emulators/sql/test_sql_world.h"

#define CLASS 1259

static struct sql_object *make(struct world *w, uint32_t id, uint32_t schema, const char *name)
{
    struct slice text = slice_str(name);
    struct sql_object *object = heap_zalloc(w->heap, sizeof *object + text.len);
    *object = (struct sql_object){
        .refs = 1, .class_id = CLASS, .id = id, .schema = schema, .name = {NULL, text.len}
    };
    object->name.ptr = memcpy(object + 1, text.ptr, text.len);
    return object;
}

static bool put(struct actor *actor, uint32_t id, uint32_t schema, const char *name)
{
    struct sql_object *object = make(actor->world, id, schema, name);
    bool ok = sql_object_put(&actor->env, actor->session.database, object);
    if (!ok)
        world_free_object(actor->world->heap, object);
    return ok;
}

static uint32_t find(struct actor *actor, uint32_t schema, const char *name)
{
    const struct sql_object *object = sql_object_find_name(
        actor->session.database, actor->session.txn, CLASS, schema, slice_str(name));
    return object ? object->id : 0;
}

static bool exists(struct actor *actor, uint32_t id)
{
    return sql_object_find(actor->session.database, actor->session.txn, CLASS, id) != NULL;
}

static void objects_are_seen_when_committed_or_own(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 0, 1);
    struct actor *a = &w.actors[0], *b = &w.actors[1];
    actor_begin(a, SQL_READ_COMMITTED);
    actor_begin(b, SQL_REPEATABLE_READ);
    uint64_t version = sql_object_version(b->session.database, b->session.txn);
    assert_true(put(a, 10, 1, "t"));
    assert_int_equal(find(a, 1, "t"), 10);
    assert_int_equal(find(b, 1, "t"), 0);
    assert_int_equal(sql_object_version(b->session.database, b->session.txn), version);
    assert_int_not_equal(sql_object_version(a->session.database, a->session.txn), version);
    assert_false(put(b, 10, 1, "other"));
    assert_string_equal(b->error.sqlstate, "XX000");
    assert_true(sql_txn_commit(&a->env));
    assert_int_equal(find(b, 1, "t"), 10);
    assert_int_not_equal(sql_object_version(b->session.database, b->session.txn), version);
    assert_true(sql_object_drop(&b->env, b->session.database, CLASS, 10));
    assert_false(exists(b, 10));
    sql_txn_rollback(&b->session);
    assert_true(exists(b, 10));
    world_done(&w);
}

static void names_follow_renaming_and_undoing(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 0, 2);
    struct actor *a = &w.actors[0];
    actor_begin(a, SQL_READ_COMMITTED);
    assert_true(put(a, 10, 1, "t"));
    assert_true(put(a, 11, 1, "t")); /* overloaded */
    assert_true(sql_txn_commit(&a->env));
    actor_begin(a, SQL_READ_COMMITTED);
    assert_true(sql_savepoint_begin(a->session.txn, slice_str("s"), &a->error));
    assert_true(put(a, 10, 2, "u"));
    sql_txn_next_command(a->session.txn);
    assert_true(put(a, 10, 2, "v"));
    assert_int_equal(find(a, 1, "t"), 11);
    assert_int_equal(find(a, 2, "u"), 0);
    assert_int_equal(find(a, 2, "v"), 10);
    sql_savepoint_rollback(a->session.txn, 1);
    assert_int_equal(find(a, 2, "v"), 0);
    struct sql_object_names names;
    unsigned count = 0;
    sql_object_names_begin(&names, a->session.database, a->session.txn, CLASS, 1, slice_str("t"));
    while (sql_object_names_next(&names))
        count++;
    assert_int_equal(count, 2);
    assert_true(sql_object_drop(&a->env, a->session.database, CLASS, 11));
    assert_true(sql_txn_commit(&a->env));
    assert_int_equal(find(a, 1, "t"), 10);
    world_done(&w);
}

static void a_class_is_walked_in_order_of_ids(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 0, 3);
    struct actor *a = &w.actors[0];
    actor_begin(a, SQL_READ_COMMITTED);
    for (uint32_t id = 300; id >= 3; id -= 3)
        assert_true(put(a, id, 1, "x"));
    uint32_t last = 0;
    const struct sql_object *object;
    while ((object = sql_object_next(a->session.database, a->session.txn, CLASS, last + 1))) {
        assert_int_equal(object->id, last + 3);
        last = object->id;
    }
    assert_int_equal(last, 300);
    assert_null(sql_object_next(a->session.database, NULL, CLASS, 0));
    sql_txn_rollback(&a->session);
    assert_null(sql_object_next(a->session.database, NULL, CLASS, 0));
    world_done(&w);
}

static void rewinds_and_forks_have_what_was_committed(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 0, 4);
    struct actor *a = &w.actors[0], *b = &w.actors[1], other;
    actor_begin(a, SQL_READ_COMMITTED);
    assert_true(put(a, 10, 1, "t"));
    assert_true(sql_txn_commit(&a->env));
    actor_begin(b, SQL_READ_COMMITTED);
    assert_true(put(b, 10, 1, "renamed"));
    assert_true(put(b, 12, 1, "new"));
    struct sql_instance_checkpoint *checkpoint = sql_instance_checkpoint(w.instance);
    assert_true(sql_txn_commit(&b->env));
    assert_int_equal(find(a, 1, "renamed"), 10);
    assert_true(sql_instance_rewind(w.instance, checkpoint));
    assert_int_equal(find(a, 1, "t"), 10);
    assert_int_equal(find(a, 1, "new"), 0);
    struct sql_instance *fork = sql_instance_fork(checkpoint, &w.host, &w.options);
    assert_non_null(fork);
    struct sql_instance *main_instance = w.instance;
    w.instance = fork;
    actor_init(&w, &other, sql_database_find(fork, 5));
    actor_begin(&other, SQL_READ_COMMITTED);
    assert_int_equal(find(&other, 1, "t"), 10);
    assert_true(sql_object_drop(&other.env, other.session.database, CLASS, 10));
    assert_true(sql_txn_commit(&other.env));
    assert_false(exists(&other, 10));
    assert_true(exists(a, 10));
    sql_session_detach(&other.session);
    arena_done(&other.arena);
    sql_instance_destroy(fork);
    w.instance = main_instance;
    sql_instance_release(main_instance, checkpoint);
    world_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_seen_when_committed_or_own),
        cmocka_unit_test(names_follow_renaming_and_undoing),
        cmocka_unit_test(a_class_is_walked_in_order_of_ids),
        cmocka_unit_test(rewinds_and_forks_have_what_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
