#include "common/unit_test.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"
#include "emulators/sql/value/test_value.h"

/* Words in a locale's order, as PostgreSQL 15 with ICU 72 sorts them; words of one line are told apart by
 * nothing but their bytes. */
static const struct {
    const char *locale;
    const char *words[8];
} orders[] = {
    {"en",                     {"_", "-", "1", "10", "2", "a", "A", "\303\244"}                   },
    {"en-US",                  {"abc", "ABC", "\303\244bc", "bbc"}                                },
    {"sv",                     {"abc", "bbc", "z", "\303\245", "\303\244", "\303\266"}            },
    {"tr",                     {"h", "\304\261", "I", "i", "\304\260", "j"}                       },
    {"es",                     {"na", "nz", "\303\261", "o"}                                      },
    {"und-u-kn-true",          {"a1", "a2", "a10", "a9999999999999999", "a10000000000000000", "b"}},
    {"und-u-kf-upper",         {"A", "a", "B", "b"}                                               },
    {"@colBackwards=yes",      {"cote", "c\303\264te", "cot\303\251"}                             },
    {"de@collation=phonebook", {"G\303\266bel", "G\303\266tz", "Goldmann"}                        },
    {"ko",                     {NULL}                                                             },
};

static struct slice key_of(struct test_value *t, const struct sql_collator *collator,
                           const char *word)
{
    struct sql_bytes key = sql_bytes_begin(&t->call);
    sql_collator_key(collator, slice_str(word), &key);
    return sql_bytes_slice(&key);
}

static void orders_are_kept(void **state)
{
    struct test_value t;
    (void)state;
    test_value_init(&t);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct sql_collator collator;
        bool known = sql_collator_of_locale(slice_str(orders[i].locale), &collator);
        assert_int_equal(known, orders[i].words[0] != NULL);
        for (size_t w = 1; w < 8 && orders[i].words[w]; w++) {
            const char *before = orders[i].words[w - 1], *after = orders[i].words[w];
            assert_true(sql_collator_compare(&collator, slice_str(before), slice_str(after)) < 0);
            assert_true(sql_collator_compare(&collator, slice_str(after), slice_str(before)) > 0);
            assert_true(slice_compare(key_of(&t, &collator, before), key_of(&t, &collator, after)) <
                        0);
        }
    }
    test_value_done(&t);
}

static void equal_texts_have_equal_keys(void **state)
{
    struct test_value t;
    struct sql_collator collator;
    (void)state;
    test_value_init(&t);
    assert_true(sql_collator_of_locale(slice_str("und-u-ks-level1"), &collator));
    collator.deterministic = false;
    assert_int_equal(
        sql_collator_compare(&collator, slice_str("C\303\264t\303\251"), slice_str("cote")), 0);
    assert_true(
        slice_eq(key_of(&t, &collator, "C\303\264t\303\251"), key_of(&t, &collator, "cote")));
    test_value_done(&t);
}

static void letters_change_case(void **state)
{
    static const struct {
        const char *locale, *text, *upper, *lower;
    } cases[] = {
        {"en", "Stra\303\237e \316\243\316\221\316\243", "STRASSE \316\243\316\221\316\243",
         "stra\303\237e \317\203\316\261\317\202"                                                        },
        {"tr", "Iiz",                                    "I\304\260Z",                       "\304\261iz"},
    };
    struct test_value t;
    (void)state;
    test_value_init(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sql_collator collator;
        struct sql_bytes upper = sql_bytes_begin(&t.call), lower = sql_bytes_begin(&t.call);
        assert_true(sql_collator_of_locale(slice_str(cases[i].locale), &collator));
        sql_case_change(&collator, slice_str(cases[i].text), SQL_UPPER, &upper);
        sql_case_change(&collator, slice_str(cases[i].text), SQL_LOWER, &lower);
        assert_true(slice_eq_str(sql_bytes_slice(&upper), cases[i].upper));
        assert_true(slice_eq_str(sql_bytes_slice(&lower), cases[i].lower));
    }
    test_value_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_kept),
        cmocka_unit_test(equal_texts_have_equal_keys),
        cmocka_unit_test(letters_change_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
