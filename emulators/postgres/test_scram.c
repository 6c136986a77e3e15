#include "common/unit_test.h"
#include "emulators/postgres/scram.h"

/* RFC 7677, 3: the exchange of user "user" with password "pencil". */
static void test_rfc7677(void **state)
{
    (void)state;
    struct arena arena = {0};
    const uint8_t salt[16] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                              0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
    struct pg_scram scram = {.arena = &arena};
    pg_scram_derive(slice_str("pencil"), slice_of(salt, sizeof(salt)), 4096, &scram.secret);
    scram.client_first_bare = slice_str("n=user,r=rOprNGfwEbeRWgbNEkqO");
    scram.nonce = slice_str("rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    scram.server_first = slice_str("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                   "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    struct slice final;
    assert_true(pg_scram_final(&scram,
                               slice_str("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)"
                                         "hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
                               &final));
    assert_true(slice_eq_str(final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    assert_false(pg_scram_final(&scram,
                                slice_str("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)"
                                          "hNlF$k0,p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
                                &final));
    assert_null(scram.error);
    arena_done(&arena);
}

static void test_first(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct pg_scram scram = {.arena = &arena};
    const uint8_t nonce[18] = {0};
    struct slice first;
    scram.secret.salt = slice_str("0123");
    scram.secret.iterations = 4096;
    assert_true(pg_scram_first(&scram, slice_str("n,,n=,r=abc"), nonce, &first));
    assert_true(slice_eq_str(first, "r=abcAAAAAAAAAAAAAAAAAAAAAAAA,s=MDEyMw==,i=4096"));
    static const char *const bad[] = {
        "", "n", "n,", "x,,n=,r=a", "n,a=b,n=,r=a", "n,,r=a", "n,,n=,r=", "p=tls,,n=,r=a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        scram.error = NULL;
        assert_false(pg_scram_first(&scram, slice_str(bad[i]), nonce, &first));
        assert_non_null(scram.error);
    }
    arena_done(&arena);
}

static void test_stored(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct pg_scram_secret secret, back;
    pg_scram_derive(slice_str("secret"), slice_str("saltsaltsaltsalt"), 4096, &secret);
    struct slice stored = pg_scram_store(&arena, &secret);
    assert_true(pg_password_is_stored(stored));
    assert_true(pg_scram_read(&arena, stored, &back));
    assert_memory_equal(back.stored_key, secret.stored_key, PG_SCRAM_KEY);
    assert_true(slice_eq(back.salt, secret.salt));
    assert_true(pg_password_fits(&arena, stored, slice_str("ann"), slice_str("secret")));
    assert_false(pg_password_fits(&arena, stored, slice_str("ann"), slice_str("Secret")));
    for (size_t len = 0; len < stored.len; len++)
        assert_false(pg_scram_read(&arena, slice_of(stored.ptr, len), &back));
    arena_done(&arena);
}

static void test_md5(void **state)
{
    (void)state;
    struct arena arena = {0};
    char stored[PG_MD5_LEN], answer[PG_MD5_LEN];
    pg_md5_store(slice_str("secret"), slice_str("ann"), stored);
    assert_memory_equal(stored, "md5", 3);
    assert_true(pg_password_is_stored(slice_of(stored, sizeof(stored))));
    assert_true(pg_password_fits(&arena, slice_of(stored, sizeof(stored)), slice_str("ann"),
                                 slice_str("secret")));
    pg_md5_answer(stored, (const uint8_t *)"\1\2\3\4", answer);
    assert_memory_not_equal(stored, answer, sizeof(stored));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7677),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_stored),
        cmocka_unit_test(test_md5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
