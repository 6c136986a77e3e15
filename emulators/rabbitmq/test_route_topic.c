#include "common/random.h"
#include "emulators/rabbitmq/test_route.h"

/* ---- a matcher that is slow and plain: over arrays of words */

#define WORDS_MAX 8

struct words {
    unsigned count;
    const char *word[WORDS_MAX];
};

static bool matches(const struct words *pattern, unsigned p, const struct words *key, unsigned k)
{
    if (p == pattern->count)
        return k == key->count;
    if (strcmp(pattern->word[p], "#") == 0)
        return matches(pattern, p + 1, key, k) ||
               (k < key->count && matches(pattern, p, key, k + 1));
    return k < key->count &&
           (strcmp(pattern->word[p], "*") == 0 || strcmp(pattern->word[p], key->word[k]) == 0) &&
           matches(pattern, p + 1, key, k + 1);
}

/* The words with dots between them; *out is their text. A single empty word is no word. */
static struct slice join(const struct words *words, char out[64])
{
    size_t len = 0;
    for (unsigned i = 0; i < words->count; i++)
        len += (size_t)snprintf(out + len, 64 - len, "%s%s", i ? "." : "", words->word[i]);
    return slice_of(out, len);
}

static void choose(struct random *random, const char *const *vocabulary, unsigned size,
                   struct words *out)
{
    do {
        out->count = (unsigned)(random_u64(random) % (WORDS_MAX + 1));
        for (unsigned i = 0; i < out->count; i++)
            out->word[i] = vocabulary[random_u64(random) % size];
    } while (out->count == 1 && !*out->word[0]);
}

static const char *const pattern_words[] = {"#", "*", "a", "b", "", "#", "*"};
static const char *const key_words[] = {"a", "b", "", "c", "*", "#", "a"};

#define PATTERNS 60

struct model {
    struct test_exchange x;
    struct words pattern[PATTERNS];
    struct rabbit_binding *binding[PATTERNS]; /* NULL: not bound */
};

static void check(const struct model *model, const struct rabbit_binding *const *bound,
                  struct random *random)
{
    for (unsigned round = 0; round < 20; round++) {
        struct words key;
        char text[64];
        choose(random, key_words, 7, &key);
        struct test_found found = test_route_key(&model->x, join(&key, text));
        for (unsigned i = 0; i < PATTERNS; i++)
            assert_int_equal(found.count[i], bound[i] && matches(&model->pattern[i], 0, &key, 0));
    }
}

static void toggle(struct model *model, unsigned i, struct random *random)
{
    char text[64];
    if (model->binding[i]) {
        test_remove(&model->x, model->binding[i]);
        test_binding_free(&model->x, model->binding[i]);
        model->binding[i] = NULL;
        return;
    }
    choose(random, pattern_words, 7, &model->pattern[i]);
    model->binding[i] =
        test_binding(&model->x, i, join(&model->pattern[i], text), slice_of(NULL, 0));
    test_add(&model->x, model->binding[i]);
}

static void random_patterns_match_as_the_plain_matcher_says(void **state)
{
    struct model model = {0};
    struct random random;
    (void)state;
    random_seed(&random, 7);
    test_exchange_init(&model.x, "topic");
    for (unsigned step = 0; step < 2000; step++) {
        toggle(&model, (unsigned)(random_u64(&random) % PATTERNS), &random);
        if (step % 10 == 0)
            check(&model, (const struct rabbit_binding *const *)model.binding, &random);
    }
    for (unsigned i = 0; i < PATTERNS; i++)
        if (model.binding[i])
            toggle(&model, i, &random);
    assert_int_equal(model.x.state.index.keys.count, 0);
    assert_int_equal(model.x.state.index.every.count, 0);
    test_exchange_done(&model.x);
}

/* A share stands for a checkpoint: what is changed after it is not seen in it, and either can be given
 * up first. */
static void shares_keep_apart(void **state)
{
    struct model model = {0};
    struct random random;
    (void)state;
    random_seed(&random, 8);
    test_exchange_init(&model.x, "topic");
    for (unsigned round = 0; round < 100; round++) {
        struct model before;
        for (unsigned i = 0; i < 10; i++)
            toggle(&model, (unsigned)(random_u64(&random) % PATTERNS), &random);
        before = model;
        before.x.state.index = rabbit_index_share(&model.x.state.index);
        for (unsigned i = 0; i < PATTERNS; i++)
            if (model.binding[i])
                model.binding[i]->refs++;
        for (unsigned i = 0; i < 10; i++)
            toggle(&model, (unsigned)(random_u64(&random) % PATTERNS), &random);
        check(&before, (const struct rabbit_binding *const *)before.binding, &random);
        check(&model, (const struct rabbit_binding *const *)model.binding, &random);
        /* go on with either */
        struct model *gone = round % 2 ? &before : &model;
        for (unsigned i = 0; i < PATTERNS; i++)
            if (gone->binding[i])
                test_binding_free(&gone->x, gone->binding[i]);
        rabbit_index_clear(&gone->x.state.index, gone->x.heap);
        if (gone == &model)
            model = before;
    }
    for (unsigned i = 0; i < PATTERNS; i++)
        if (model.binding[i])
            toggle(&model, i, &random);
    test_exchange_done(&model.x);
}

/* Many "#" in a pattern and in the key's way must not multiply. */
static void many_sharps_cost_little(void **state)
{
    struct test_exchange x;
    char pattern[256] = "", key[256] = "";
    struct rabbit_binding *bindings[2];
    (void)state;
    for (unsigned i = 0; i < 60; i++)
        memcpy(pattern + 4 * i, "#.a.", 5);
    for (unsigned i = 0; i < 127; i++)
        memcpy(key + 2 * i, "a.", 3);
    test_exchange_init(&x, "topic");
    bindings[0] = test_binding(&x, 0, slice_of(pattern, 4 * 60 - 1), slice_of(NULL, 0));
    memcpy(pattern + 4 * 60, "#.b", 4);
    bindings[1] = test_binding(&x, 1, slice_str(pattern), slice_of(NULL, 0));
    for (unsigned i = 0; i < 2; i++)
        test_add(&x, bindings[i]);
    struct test_found found = test_route_key(&x, slice_of(key, 2 * 127 - 1));
    assert_int_equal(found.count[0], 1);
    assert_int_equal(found.count[1], 0);
    for (unsigned i = 0; i < 2; i++)
        test_remove(&x, bindings[i]);
    for (unsigned i = 0; i < 2; i++)
        test_binding_free(&x, bindings[i]);
    test_exchange_done(&x);
}

/* A key of 255 dots has 256 words, the most there are. */
static void the_longest_keys_match(void **state)
{
    static const char *const patterns[] = {"#", "*.#", "#.*", "#.*.#.*"};
    struct test_exchange x;
    struct rabbit_binding *bindings[5];
    char dots[255];
    (void)state;
    memset(dots, '.', sizeof(dots));
    test_exchange_init(&x, "topic");
    for (unsigned i = 0; i < 5; i++) {
        struct slice pattern = i < 4 ? slice_str(patterns[i]) : slice_of(dots, sizeof(dots));
        bindings[i] = test_binding(&x, i, pattern, slice_of(NULL, 0));
        test_add(&x, bindings[i]);
    }
    struct test_found found = test_route_key(&x, slice_of(dots, sizeof(dots)));
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(found.count[i], 1);
    found = test_route_key(&x, slice_of(dots, sizeof(dots) - 1));
    assert_int_equal(found.count[4], 0);
    for (unsigned i = 0; i < 5; i++) {
        test_remove(&x, bindings[i]);
        test_binding_free(&x, bindings[i]);
    }
    test_exchange_done(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patterns_match_as_the_plain_matcher_says),
        cmocka_unit_test(shares_keep_apart),
        cmocka_unit_test(many_sharps_cost_little),
        cmocka_unit_test(the_longest_keys_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
