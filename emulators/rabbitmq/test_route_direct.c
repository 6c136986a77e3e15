#include "common/random.h"
#include "emulators/rabbitmq/test_route.h"

#define KEYS     40
#define BINDINGS 200

struct model {
    struct test_exchange x;
    struct rabbit_binding *binding[BINDINGS]; /* NULL: not bound */
    unsigned key[BINDINGS], destination[BINDINGS];
};

static struct slice key_text(unsigned key, char out[16])
{
    return slice_of(out, (size_t)snprintf(out, 16, "key.%u", key));
}

static void toggle(struct model *model, unsigned i, struct random *random)
{
    char text[16];
    if (model->binding[i]) {
        test_remove(&model->x, model->binding[i]);
        test_binding_free(&model->x, model->binding[i]);
        model->binding[i] = NULL;
        return;
    }
    model->key[i] = (unsigned)(random_u64(random) % KEYS);
    model->destination[i] = (unsigned)(random_u64(random) % 8);
    model->binding[i] = test_binding(&model->x, model->destination[i],
                                     key_text(model->key[i], text), slice_of(NULL, 0));
    test_add(&model->x, model->binding[i]);
}

/* by_key: or does every binding lead there? */
static void check(const struct model *model, bool by_key)
{
    char text[16];
    for (unsigned key = 0; key < KEYS; key++) {
        struct test_found found = test_route_key(&model->x, key_text(key, text));
        bool wanted[8] = {false};
        for (unsigned i = 0; i < BINDINGS; i++)
            if (model->binding[i] && (!by_key || model->key[i] == key))
                wanted[model->destination[i]] = true;
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(found.count[i], wanted[i]);
    }
}

static void run(const char *type, bool by_key)
{
    struct model model = {0};
    struct random random;
    random_seed(&random, 3);
    test_exchange_init(&model.x, type);
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 20; i++)
            toggle(&model, (unsigned)(random_u64(&random) % BINDINGS), &random);
        struct model before = model;
        before.x.state.index = rabbit_index_share(&model.x.state.index);
        for (unsigned i = 0; i < 20; i++)
            toggle(&model, (unsigned)(random_u64(&random) % BINDINGS), &random);
        check(&before, by_key);
        check(&model, by_key);
        rabbit_index_clear(&before.x.state.index, before.x.heap);
    }
    for (unsigned i = 0; i < BINDINGS; i++)
        if (model.binding[i])
            toggle(&model, i, &random);
    test_exchange_done(&model.x);
}

static void direct_goes_by_the_key(void **state)
{
    (void)state;
    run("direct", true);
}

static void fanout_goes_everywhere(void **state)
{
    (void)state;
    run("fanout", false);
}

/* ---- consistent hashing */

static void count_hashed(const struct test_exchange *x, unsigned out[3])
{
    char text[16];
    memset(out, 0, 3 * sizeof(*out));
    for (unsigned key = 0; key < 1000; key++) {
        struct test_found found = test_route_key(x, key_text(key, text));
        unsigned sum = 0;
        for (unsigned i = 0; i < 3; i++) {
            sum += found.count[i];
            out[i] += found.count[i];
        }
        assert_int_equal(sum, 1);
    }
}

static void hashing_shares_by_weight(void **state)
{
    struct test_exchange x;
    struct rabbit_binding *bindings[4];
    static const char *const weights[] = {"1", "3", "4", "9"};
    unsigned counts[3];
    (void)state;
    test_exchange_init(&x, "x-consistent-hash");
    for (unsigned i = 0; i < 4; i++)
        bindings[i] = test_binding(&x, i % 3, slice_str(weights[i]), slice_of(NULL, 0));
    test_add(&x, bindings[0]);
    test_add(&x, bindings[1]);
    count_hashed(&x, counts);
    assert_in_range(counts[0], 200, 300);
    unsigned first = counts[0];
    test_add(&x, bindings[2]);
    test_add(&x, bindings[3]); /* the destination's second: it counts for nothing */
    count_hashed(&x, counts);
    assert_in_range(counts[2], 450, 550);
    assert_true(counts[0] < first);
    test_remove(&x, bindings[3]); /* and yet takes the destination out */
    count_hashed(&x, counts);
    assert_int_equal(counts[0], 0);
    for (unsigned i = 0; i < 4; i++) {
        if (i < 3)
            test_remove(&x, bindings[i]);
        test_binding_free(&x, bindings[i]);
    }
    test_exchange_done(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_goes_by_the_key),
        cmocka_unit_test(fanout_goes_everywhere),
        cmocka_unit_test(hashing_shares_by_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
