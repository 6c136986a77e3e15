/* Users under checkpoints, forks and resets, and what happens to their clients. What the commands
 * reply is in testdata/acl.test and auth.test. */
#include <stdio.h>
#include <stdlib.h>

#include "common/hash.h"
#include "common/unit_test.h"
#include "common/words.h"
#include "emulators/redis/acl.h"

struct world {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct emulator *redis;
};

static struct emulator_host host_of(struct world *w)
{
    return (struct emulator_host){.heap = w->heap, .clock = &w->clock, .random = &w->random};
}

static int setup(void **state)
{
    struct emulator_error error;
    struct world *w = calloc(1, sizeof(*w));
    hash_seed(7);
    w->heap = heap_create(0);
    clock_init(&w->clock, 1000000);
    random_seed(&w->random, 1);
    struct emulator_host host = host_of(w);
    w->redis = redis_emulator_type.create(&host, &error);
    *state = w;
    return w->redis ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;
    redis_emulator_type.destroy(w->redis);
    size_t left = heap_used(w->heap);
    heap_destroy(w->heap);
    clock_done(&w->clock);
    free(w);
    return left ? -1 : 0;
}

static struct transport *connect_to(struct emulator *redis)
{
    struct transport *t = memory_transport_create();
    assert_true(redis_emulator_type.session_open(redis, t));
    return t;
}

/* Sends a line of words and compares the reply. */
static void expect(struct transport *t, const char *line, const char *reply)
{
    memory_transport_feed(t, slice_str(line));
    memory_transport_feed(t, slice_str("\r\n"));
    struct slice got = outq_flatten(&t->out);
    char text[512];
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(got));
    outq_take(&t->out, got.len);
    assert_string_equal(text, reply);
}

static bool is_user(struct world *w, const char *name)
{
    return redis_acl_user_exists(redis_of(w->redis), slice_str(name));
}

static void rewind_brings_users_back(void **state)
{
    struct world *w = *state;
    struct transport *admin = connect_to(w->redis), *ann = connect_to(w->redis);
    expect(admin, "ACL SETUSER ann on >pw ~a* +@all", "+OK\r\n");
    expect(ann, "AUTH ann pw", "+OK\r\n");
    struct emulator_checkpoint *checkpoint = redis_emulator_type.checkpoint(w->redis);

    expect(admin, "ACL SETUSER ann -get", "+OK\r\n");
    expect(admin, "ACL SETUSER bob on nopass +@all", "+OK\r\n");
    expect(ann, "GET a", "-NOPERM this user has no permissions to run the 'get' command\r\n");
    struct transport *bob = connect_to(w->redis);
    expect(bob, "AUTH bob x", "+OK\r\n");

    assert_true(redis_emulator_type.rewind(w->redis, checkpoint));
    assert_false(is_user(w, "bob"));
    expect(ann, "GET a", "$-1\r\n");
    expect(ann, "ACL WHOAMI", "$3\r\nann\r\n");
    expect(bob, "ACL WHOAMI", "$7\r\ndefault\r\n");
    redis_emulator_type.release(w->redis, checkpoint);
    assert_true(is_user(w, "ann"));
    memory_transport_destroy(admin);
    memory_transport_destroy(ann);
    memory_transport_destroy(bob);
}

static void fork_has_users_of_its_own(void **state)
{
    struct world *w = *state;
    struct emulator_error error;
    struct emulator_host host = host_of(w);
    struct transport *admin = connect_to(w->redis);
    expect(admin, "ACL SETUSER ann on nopass", "+OK\r\n");
    struct emulator_checkpoint *checkpoint = redis_emulator_type.checkpoint(w->redis);
    struct emulator *fork = redis_emulator_type.fork(w->redis, checkpoint, &host, &error);
    redis_emulator_type.release(w->redis, checkpoint);

    struct transport *there = connect_to(fork);
    expect(there, "ACL DELUSER ann", ":1\r\n");
    expect(there, "ACL SETUSER default >pw", "+OK\r\n");
    assert_true(is_user(w, "ann"));
    assert_true(redis_acl_default_is_open(redis_of(w->redis)));
    assert_false(redis_acl_default_is_open(redis_of(fork)));
    memory_transport_destroy(there);
    memory_transport_destroy(admin);
    redis_emulator_type.destroy(fork);
}

static void reset_leaves_the_default_user(void **state)
{
    struct world *w = *state;
    struct transport *admin = connect_to(w->redis);
    expect(admin, "CONFIG SET requirepass secret", "+OK\r\n");
    expect(admin, "ACL SETUSER ann on nopass", "+OK\r\n");
    expect(admin, "ACL SETUSER default -get", "+OK\r\n");
    redis_emulator_type.reset(w->redis);
    assert_false(is_user(w, "ann"));
    expect(admin, "GET a", "$-1\r\n");
    struct transport *late = connect_to(w->redis);
    expect(late, "GET a", "-NOAUTH Authentication required.\r\n");
    expect(late, "AUTH secret", "+OK\r\n");
    expect(late, "GET a", "$-1\r\n");
    memory_transport_destroy(late);
    memory_transport_destroy(admin);
}

static void clients_of_a_deleted_user_go(void **state)
{
    struct world *w = *state;
    struct transport *admin = connect_to(w->redis), *ann = connect_to(w->redis);
    expect(admin, "ACL SETUSER ann on nopass +@all", "+OK\r\n");
    expect(ann, "AUTH ann x", "+OK\r\n");
    expect(admin, "ACL DELUSER ann", ":1\r\n");
    assert_false(memory_transport_turn(ann));
    assert_true(memory_transport_turn(admin));
    memory_transport_destroy(admin);
    memory_transport_destroy(ann);
}

static void subscribers_that_lose_a_channel_go(void **state)
{
    struct world *w = *state;
    struct transport *admin = connect_to(w->redis), *ann = connect_to(w->redis);
    expect(admin, "ACL SETUSER ann on nopass +@all &a* &b*", "+OK\r\n");
    expect(ann, "AUTH ann x", "+OK\r\n");
    expect(ann, "PSUBSCRIBE a*", "*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:1\r\n");
    expect(admin, "ACL SETUSER ann resetchannels &a*", "+OK\r\n");
    assert_true(memory_transport_turn(ann));
    expect(admin, "ACL SETUSER ann resetchannels &b*", "+OK\r\n");
    assert_false(memory_transport_turn(ann));
    memory_transport_destroy(admin);
    memory_transport_destroy(ann);
}

static void a_wrong_rule_changes_nothing(void **state)
{
    struct world *w = *state;
    struct transport *admin = connect_to(w->redis);
    expect(admin, "ACL SETUSER ann on +get nonsense",
           "-ERR Error in ACL SETUSER modifier 'nonsense': Syntax error\r\n");
    assert_false(is_user(w, "ann"));
    expect(admin, "ACL SETUSER ann %~x",
           "-ERR Error in ACL SETUSER modifier '%~x': Syntax error\r\n");
    memory_transport_destroy(admin);
}

/* The rules that describe a user make the same user again, whatever its rights. */
static void descriptions_can_be_read_back(void **state)
{
    struct world *w = *state;
    struct redis *redis = redis_of(w->redis);
    struct arena arena;
    arena_init(&arena);
    for (int round = 0; round < 200; round++) {
        struct slice rules[12], *words, ann = slice_str("ann"), bob = slice_str("bob");
        uint32_t count;
        rules[0] = slice_str("reset");
        for (int i = 1; i < 12; i++) {
            uint32_t index = (uint32_t)random_below(&w->random, redis_command_count());
            const char *sign = random_below(&w->random, 2) ? "+" : "-";
            rules[i] = arena_printf(&arena, "%s%s", sign, redis_command_at(index)->full_name);
            if (i % 2)
                rules[i] = arena_printf(&arena, "%s@%s", sign,
                                        redis_category_name((enum redis_category)random_below(
                                            &w->random, REDIS_CATEGORY_COUNT)));
        }
        assert_null(redis_acl_set_user(redis, &arena, ann, rules, 12));
        struct slice text = redis_user_describe(redis_acl_user(redis, ann), &arena);
        assert_int_equal(words_split(&arena, text, &words, &count), WORDS_OK);
        redis_acl_delete_user(redis, bob);
        assert_null(redis_acl_set_user(redis, &arena, bob, words, count));
        assert_memory_equal(&redis_acl_user(redis, ann)->selectors[0].commands,
                            &redis_acl_user(redis, bob)->selectors[0].commands,
                            sizeof(struct redis_acl_bits));
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void words_are_split(void **state)
{
    static const struct {
        const char *line;
        enum words_result outcome;
        const char *words; /* each in brackets */
    } cases[] = {
        {"",                         WORDS_OK,         ""            },
        {"  a  bc ",                 WORDS_OK,         "[a][bc]"     },
        {"\"a b\" 'c d'",            WORDS_OK,         "[a b][c d]"  },
        {"\"\\x41\\n\\q\" 'it\\'s'", WORDS_OK,         "[A\nq][it's]"},
        {"a\"b c\"",                 WORDS_OK,         "[ab c]"      },
        {"\"\" x",                   WORDS_OK,         "[][x]"       },
        {"\"a",                      WORDS_UNBALANCED, NULL          },
        {"'a'b",                     WORDS_UNBALANCED, NULL          },
        {"\"a\\",                    WORDS_UNBALANCED, NULL          },
    };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice *words = NULL;
        uint32_t count = 0;
        char text[64] = "";
        assert_int_equal(words_split(&arena, slice_str(cases[i].line), &words, &count),
                         cases[i].outcome);
        size_t len = 0;
        for (uint32_t j = 0; cases[i].words && j < count; j++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "[%.*s]", SLICE_ARG(words[j]));
        if (cases[i].words)
            assert_string_equal(text, cases[i].words);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rewind_brings_users_back, setup, teardown),
        cmocka_unit_test_setup_teardown(fork_has_users_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_leaves_the_default_user, setup, teardown),
        cmocka_unit_test_setup_teardown(clients_of_a_deleted_user_go, setup, teardown),
        cmocka_unit_test_setup_teardown(subscribers_that_lose_a_channel_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_rule_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(descriptions_can_be_read_back, setup, teardown),
        cmocka_unit_test(words_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
