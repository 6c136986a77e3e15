/* Fault rules: what they say, when they apply, whom they hold. */
#include "common/fault.h"
#include "common/unit_test.h"

struct world {
    struct random random;
    struct fault_rules rules;
    char why[FAULT_PROBLEM_MAX];
};

static int set_up(void **state)
{
    static struct world world;
    random_seed(&world.random, 1);
    fault_rules_init(&world.rules, &world.random);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    fault_rules_done(&((struct world *)*state)->rules);
    return 0;
}

static const struct fault_rule *apply(struct world *w, const char *op)
{
    struct match_subject subject = {.service = slice_str("redis"), .op = slice_str(op)};
    return fault_apply(&w->rules, &subject);
}

static struct fault_rule *add(struct world *w, struct fault_options options, const char *action)
{
    options.action = slice_str(action);
    return fault_add(&w->rules, &options, w->why);
}

static void actions_are_read(void **state)
{
    struct world *w = *state;
    struct fault_action action;
    static const char *const wrong[] = {"",       "boom",   "delay",  "delay=soon", "drip=0",
                                        "drop=1", "error=", "drip=x", "hold=1"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(fault_parse_action(slice_str(wrong[i]), &action, w->why));
    assert_true(fault_parse_action(slice_str("error=LOADING:wait: a bit"), &action, w->why));
    assert_true(slice_eq_str(action.code, "LOADING"));
    assert_true(slice_eq_str(action.text, "wait: a bit"));
    assert_true(fault_parse_action(slice_str("error"), &action, w->why));
    assert_null(action.code.ptr);
    assert_true(fault_parse_action(slice_str("delay=250ms"), &action, w->why));
    assert_int_equal(action.delay_us, 250000);
    assert_true(fault_parse_action(slice_str("drip=100"), &action, w->why));
    assert_int_equal(action.bytes_per_s, 100);
}

static void counts_decide_when(void **state)
{
    struct world *w = *state;
    struct fault_rule *rule =
        add(w, (struct fault_options){.match.op = slice_str("GET"), .nth = 3, .times = 2}, "drop");
    assert_null(apply(w, "SET"));
    assert_null(apply(w, "GET"));
    assert_null(apply(w, "GET"));
    assert_ptr_equal(apply(w, "GET"), rule);
    assert_false(fault_is_spent(rule));
    assert_ptr_equal(apply(w, "get"), rule);
    assert_true(fault_is_spent(rule));
    assert_null(apply(w, "GET"));
}

static void the_first_rule_that_applies_does(void **state)
{
    struct world *w = *state;
    struct fault_rule *once = add(w, (struct fault_options){.times = 1}, "drop");
    struct fault_rule *always = add(w, (struct fault_options){0}, "cut");
    assert_ptr_equal(apply(w, "GET"), once);
    assert_ptr_equal(apply(w, "GET"), always);
    fault_remove(&w->rules, once);
    assert_ptr_equal(fault_get(&w->rules, always->id), always);
    assert_int_equal(w->rules.count, 1);
    fault_clear(&w->rules);
    assert_int_equal(w->rules.count, 0);
    assert_null(apply(w, "GET"));
}

static unsigned throw_dice(struct world *w)
{
    unsigned applied = 0;
    random_seed(&w->random, 42);
    for (int i = 0; i < 1000; i++)
        applied += apply(w, "GET") != NULL;
    return applied;
}

static void dice_repeat_with_their_seed(void **state)
{
    struct world *w = *state;
    add(w, (struct fault_options){.has_probability = true, .probability = 0.25}, "drop");
    unsigned applied = throw_dice(w);
    assert_in_range(applied, 200, 300);
    assert_int_equal(throw_dice(w), applied);
    assert_null(add(w, (struct fault_options){.has_probability = true, .probability = 2}, "drop"));
    fault_clear(&w->rules);
    add(w, (struct fault_options){.has_probability = true, .probability = 0}, "drop");
    assert_int_equal(throw_dice(w), 0);
}

static void refusals_are_for_connections(void **state)
{
    struct world *w = *state;
    struct match_subject subject = {.service = slice_str("redis"), .op = slice_str("connect")};
    struct fault_rule *rule = add(w, (struct fault_options){0}, "refuse");
    assert_int_equal(w->rules.count, 0);
    assert_int_equal(w->rules.refusals, 1);
    assert_null(apply(w, "GET"));
    assert_ptr_equal(fault_apply_refusal(&w->rules, &subject), rule);
}

struct held {
    struct fault_hold hold;
    unsigned *order;
    unsigned released; /* as the how many-th */
};

static void released(struct fault_hold *hold)
{
    struct held *held = RING_OWNER(hold, struct held, hold);
    held->released = ++*held->order;
}

static void a_rule_holds_until_it_is_released(void **state)
{
    struct world *w = *state;
    unsigned order = 0;
    struct held held[3];
    struct fault_rule *rule = add(w, (struct fault_options){0}, "hold");
    for (size_t i = 0; i < 3; i++) {
        held[i] = (struct held){.hold.release = released, .order = &order};
        ring_init(&held[i].hold.link);
        fault_hold(apply(w, "GET"), &held[i].hold);
    }
    ring_remove(&held[1].hold.link); /* its connection has gone */
    assert_int_equal(fault_release(rule), 2);
    assert_int_equal(held[0].released, 1);
    assert_int_equal(held[1].released, 0);
    assert_int_equal(held[2].released, 2);
    assert_null(apply(w, "GET"));
    assert_true(fault_is_spent(rule));
}

static void ids_begin_anew_after_the_last(void **state)
{
    struct world *w = *state;
    struct fault_rule *first = add(w, (struct fault_options){0}, "drop");
    assert_int_equal(first->id, 1);
    for (int i = 2; i <= UINT16_MAX; i++)
        fault_remove(&w->rules, add(w, (struct fault_options){0}, "drop"));
    assert_int_equal(add(w, (struct fault_options){0}, "drop")->id, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(actions_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_decide_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_rule_that_applies_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dice_repeat_with_their_seed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_begin_anew_after_the_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_for_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rule_holds_until_it_is_released, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
