#include <stdlib.h>

#include "common/readbuf.h"
#include "common/transport.h"
#include "common/unit_test.h"

/* Echoes lines; a line "pause" pauses, "close" closes, "abort" aborts. */
struct echo {
    struct transport *t;
    int inputs, closes, drained;
};

static size_t echo_input(void *session, struct slice in)
{
    struct echo *echo = session;
    size_t used = 0;
    echo->inputs++;
    while (used < in.len && !echo->t->paused && echo->t->state == TRANSPORT_OPEN &&
           outq_len(&echo->t->out) < echo->t->high_water) {
        struct slice rest = slice_from(in, used);
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        if (!end)
            break;
        struct slice line = slice_of(rest.ptr, (size_t)(end - rest.ptr));
        if (slice_eq_str(line, "pause"))
            transport_pause(echo->t);
        else if (slice_eq_str(line, "close"))
            transport_close(echo->t);
        else if (slice_eq_str(line, "abort"))
            transport_abort(echo->t);
        else
            outq_put(&echo->t->out, rest.ptr, line.len + 1);
        used += line.len + 1;
    }
    return used;
}

static void echo_close(void *session)
{
    ((struct echo *)session)->closes++;
}

static void echo_drained(void *session)
{
    ((struct echo *)session)->drained++;
}

static const struct session_ops echo_ops = {echo_input, echo_close, echo_drained};

static int set_up(void **state)
{
    struct echo *echo = calloc(1, sizeof *echo);
    if (!echo)
        return -1;
    echo->t = memory_transport_create();
    transport_attach(echo->t, &echo_ops, echo);
    *state = echo;
    return 0;
}

static int tear_down(void **state)
{
    struct echo *echo = *state;
    memory_transport_destroy(echo->t);
    assert_int_equal(echo->closes, 1);
    free(echo);
    return 0;
}

static void feed(struct echo *echo, const char *text)
{
    memory_transport_feed(echo->t, slice_str(text));
}

static void assert_out(struct echo *echo, const char *expected)
{
    struct slice out = outq_flatten(&echo->t->out);
    assert_true(slice_eq_str(out, expected));
    outq_take(&echo->t->out, out.len);
}

static void input_is_joined(void **state)
{
    struct echo *echo = *state;
    feed(echo, "a");
    assert_out(echo, "");
    feed(echo, "b\nc");
    assert_out(echo, "ab\n");
    feed(echo, "\n");
    assert_out(echo, "c\n");
    assert_int_equal(echo->t->bytes_in, 5);
    assert_true(memory_transport_turn(echo->t));
    assert_int_equal(echo->inputs, 3);
}

static void a_pause_keeps_input_until_the_turn_after_a_resume(void **state)
{
    struct echo *echo = *state;
    feed(echo, "a\npause\nb\n");
    feed(echo, "c\n");
    assert_true(memory_transport_turn(echo->t));
    assert_out(echo, "a\n");
    transport_resume(echo->t);
    assert_out(echo, "");
    assert_true(memory_transport_turn(echo->t));
    assert_out(echo, "b\nc\n");
}

static void close_ends_input_and_keeps_output(void **state)
{
    struct echo *echo = *state;
    feed(echo, "a\nclose\nb\n");
    assert_int_equal(echo->closes, 0);
    feed(echo, "c\n");
    assert_false(memory_transport_turn(echo->t));
    assert_false(memory_transport_turn(echo->t));
    assert_int_equal(echo->closes, 1);
    assert_out(echo, "a\n");
}

static void abort_drops_output(void **state)
{
    struct echo *echo = *state;
    feed(echo, "a\nabort\n");
    assert_false(memory_transport_turn(echo->t));
    assert_out(echo, "");
}

static void a_full_queue_holds_input_back(void **state)
{
    struct echo *echo = *state;
    echo->t->high_water = 8;
    feed(echo, "1234567\nabc\n");
    assert_true(echo->t->throttled);
    feed(echo, "def\n");
    assert_true(memory_transport_turn(echo->t));
    assert_out(echo, "1234567\n");
    assert_int_equal(echo->drained, 0);
    assert_true(memory_transport_turn(echo->t));
    assert_int_equal(echo->drained, 1);
    assert_out(echo, "abc\ndef\n");
}

static void a_queue_without_memory_closes(void **state)
{
    struct echo *echo = *state;
    assert_null(outq_reserve(&echo->t->out, SIZE_MAX / 2));
    assert_false(memory_transport_turn(echo->t));
    assert_int_equal(echo->closes, 1);
}

static void a_read_buffer_is_linear_and_gives_memory_back(void **state)
{
    (void)state;
    struct readbuf b = {0};
    uint8_t next = 0, seen = 0;
    for (int round = 0; round < 3000; round++) {
        uint8_t piece[97];
        for (size_t i = 0; i < sizeof piece; i++)
            piece[i] = next++;
        assert_true(readbuf_append(&b, slice_of(piece, sizeof piece)));
        for (int i = 0; i < 90; i++) {
            assert_int_equal(readbuf_rest(&b).ptr[0], seen++);
            readbuf_consume(&b, 1);
        }
    }
    assert_int_equal(readbuf_rest(&b).len, 3000 * 7);
    assert_non_null(readbuf_reserve(&b, 1u << 20));
    readbuf_commit(&b, 1u << 20);
    readbuf_consume(&b, (1u << 20) + 3000 * 7 - 5);
    assert_int_equal(readbuf_rest(&b).len, 5);
    assert_int_equal(b.room, 5);
    assert_null(readbuf_reserve(&b, SIZE_MAX / 2));
    readbuf_consume(&b, 5);
    assert_null(b.ptr);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(input_is_joined),
        TEST(a_pause_keeps_input_until_the_turn_after_a_resume),
        TEST(close_ends_input_and_keeps_output),
        TEST(abort_drops_output),
        TEST(a_full_queue_holds_input_back),
        TEST(a_queue_without_memory_closes),
        cmocka_unit_test(a_read_buffer_is_linear_and_gives_memory_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
