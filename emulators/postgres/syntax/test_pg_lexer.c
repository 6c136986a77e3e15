#include <stdio.h>

#include "common/unit_test.h"
#include "emulators/postgres/syntax/lexer.h"

/* What the tokens of a text are, one word each: kind:text. */
static void describe(char *out, size_t size, const struct pg_token *token)
{
    static const char *const names[] = {
        "end",   "error", "ident", "uident", "string", "ustring", "bits", "int", "float",
        "param", "op",    "cast",  "dots",   "assign", "arrow",   "le",   "ge",  "ne",
    };
    if (token->kind < 256)
        snprintf(out, size, "%c", token->kind);
    else if (token->kind > PG_TOKEN_KEYWORD)
        snprintf(out, size, "KW:" SLICE_FMT, SLICE_ARG(token->text));
    else if (token->kind >= PG_TOKEN_IDENT && token->kind <= PG_TOKEN_OPERATOR)
        snprintf(out, size, "%s:" SLICE_FMT, names[token->kind - PG_TOKEN_END],
                 SLICE_ARG(token->text));
    else
        snprintf(out, size, "%s", names[token->kind - PG_TOKEN_END]);
}

static void assert_tokens(const struct pg_parse_options *options, const char *sql,
                          const char *expected)
{
    struct arena arena = {0};
    struct pg_lexer lexer;
    struct pg_token token;
    char all[2048] = "";
    pg_lexer_init(&lexer, &arena, slice_str(sql), options);
    do {
        char one[512];
        pg_lexer_next(&lexer, &token);
        describe(one, sizeof(one), &token);
        size_t len = strlen(all);
        snprintf(all + len, sizeof(all) - len, "%s%s", len ? " " : "", one);
    } while (token.kind != PG_TOKEN_END && token.kind != PG_TOKEN_ERROR);
    assert_string_equal(all, expected);
    arena_done(&arena);
}

static void assert_all(const struct pg_parse_options *options, const char *const cases[][2])
{
    for (size_t i = 0; cases[i][0]; i++)
        assert_tokens(options, cases[i][0], cases[i][1]);
}

static void names_fold_and_keywords_are_known(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"SELECT Foo_1$ FROM \"Foo\"\"x\"", "KW:select ident:foo_1$ KW:from ident:Foo\"x end"},
        {"\xc3\x84"
         "B xyz",                                 "ident:\xc3\x84"
         "b ident:xyz end"},
        {"u&\"d\\0061t\" U&'x' u & 1",        "uident:d\\0061t ustring:x ident:u op:& int:1 end"},
        {"",      "end"},
        {" -- only a comment",                                 "end"},
        {"a/* one /* two */ still */b",                       "ident:a ident:b end"},
        {0             },
    };
    assert_all(&pg_parse_options_default, cases);
}

static void strings_come_without_quotes_and_escapes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"'it''s'",                        "string:it's end"},
        {"'a' 'b'",                                "string:a string:b end"},
        {"'a' -- and\n 'b'","string:ab end"},
        {"'a\\'",               "string:a\\ end"},
        {"E'a\\n\\'\\x41\\101\\u00e9\\q'",                                "string:a\n'AA\xc3\xa9q end"},
        {"e'\\uD83D\\uDE00'\n'\\t'",  "string:\xf0\x9f\x98\x80\t end"},
        {"b'01' X'1f' N'x'", "bits:b01 bits:x1f KW:nchar string:x end"},
        {"b'01''02'",                                "bits:b01 string:02 end"},
        {"$$a'b$$ $x$ $$ $x$","string:a'b string: $$  end"},
        {"$1 $a",               "param:1 $ ident:a end"},
        {0                               },
    };
    assert_all(&pg_parse_options_default, cases);
    struct pg_parse_options old = pg_parse_options_default;
    old.standard_conforming_strings = false;
    static const char *const escapes[][2] = {
        {"'a\\'b'", "string:a'b end"},
        {0        }
    };
    assert_all(&old, escapes);
}

static void operators_end_where_the_manual_says(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a+-b",                                    "ident:a + - ident:b end"},
        {"a@-b",                                         "ident:a op:@- ident:b end"},
        {"a=-1","ident:a = - int:1 end"},
        {"a*/*c*/b",                                    "ident:a * ident:b end"},
        {"a<--c\nb",                                         "ident:a < ident:b end"},
        {"<= >= <> != => := :: ..","le ge ne ne arrow assign cast dots end"},
        {"->> #>> ~* !~~ ||",                                "op:->> op:#>> op:~* op:!~~ op:|| end"},
        {"a[1:2]",                                         "ident:a [ int:1 : int:2 ] end"},
        {0                  },
    };
    assert_all(&pg_parse_options_default, cases);
}

static void numbers_are_integers_while_they_fit(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0 2147483647 2147483648",                                  "int:0 int:2147483647 float:2147483648 end"},
        {"1.5 .5 1. 1e10 1.5E-3",                                                          "float:1.5 float:.5 float:1. float:1e10 float:1.5E-3 end"},
        {"1..2","int:1 dots int:2 end"},
        {0                                                    },
    };
    assert_all(&pg_parse_options_default, cases);
}

static const struct {
    const char *sql, *message;
    uint32_t position;
} malformed[] = {
    {"x 'abc",         "unterminated quoted string at or near \"'abc\"",              3},
    {"'a''b",          "unterminated quoted string at or near \"'a''b\"",             1},
    {"E'a\\'",         "unterminated quoted string at or near \"E'a\\'\"",            1},
    {"\"abc",          "unterminated quoted identifier at or near \"\"abc\"",         1},
    {"\"\"",           "zero-length delimited identifier at or near \"\"\"\"",        1},
    {"a /* b /* */",   "unterminated /* comment at or near \"/* b /* */\"",           3},
    {"$a$ b",          "unterminated dollar-quoted string at or near \"$a$ b\"",      1},
    {"b'01",           "unterminated bit string literal at or near \"b'01\"",         1},
    {"x'01",           "unterminated hexadecimal string literal at or near \"x'01\"", 1},
    {"123abc",         "trailing junk after numeric literal at or near \"123a\"",     1},
    {"1.5e",           "trailing junk after numeric literal at or near \"1.5e\"",     1},
    {"$1a",            "trailing junk after parameter at or near \"$1a\"",            1},
    {"E'\\u12'",       "invalid Unicode escape",                                      3},
    {"E'\\uD800x'",    "invalid Unicode surrogate pair at or near \"x\"",             9},
    {"E'\\uDC00'",     "invalid Unicode surrogate pair at or near \"\\uDC00\"",       3},
    {"E'\\U00110000'", "invalid Unicode escape value at or near \"\\U00110000\"",     3},
    {"E'\\xff'",       "invalid byte sequence for encoding \"UTF8\": 0xff",           0},
};

static void malformed_tokens_say_what_the_server_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
        struct arena arena = {0};
        struct pg_lexer lexer;
        struct pg_token token;
        pg_lexer_init(&lexer, &arena, slice_str(malformed[i].sql), &pg_parse_options_default);
        do
            pg_lexer_next(&lexer, &token);
        while (token.kind != PG_TOKEN_END && token.kind != PG_TOKEN_ERROR);
        assert_int_equal(token.kind, PG_TOKEN_ERROR);
        assert_string_equal((const char *)lexer.failure.message.ptr, malformed[i].message);
        assert_int_equal(lexer.failure.position, malformed[i].position);
        arena_done(&arena);
    }
}

struct heard {
    char code[6];
    char message[512];
};

static void hear(void *context, enum sql_severity severity, const char *sqlstate, int32_t location,
                 struct slice message, struct slice hint)
{
    (void)severity, (void)location, (void)hint;
    struct heard *heard = context;
    snprintf(heard->code, sizeof(heard->code), "%s", sqlstate);
    snprintf(heard->message, sizeof(heard->message), SLICE_FMT, SLICE_ARG(message));
}

static void long_names_are_cut_with_a_notice(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct heard heard = {0};
    struct pg_parse_options options = pg_parse_options_default;
    options.notice = hear;
    options.notice_context = &heard;
    struct pg_lexer lexer;
    struct pg_token token;
    char name[80];
    memset(name, 'a', 62);
    strncpy(name + 62, "\xc3\xa4rest", sizeof(name) - 62);
    pg_lexer_init(&lexer, &arena, slice_str(name), &options);
    pg_lexer_next(&lexer, &token);
    assert_int_equal(token.text.len, 62);
    assert_string_equal(heard.code, "42622");
    assert_non_null(strstr(heard.message, "will be truncated to"));
    options.standard_conforming_strings = false;
    pg_lexer_init(&lexer, &arena, slice_str("'a\\nb'"), &options);
    pg_lexer_next(&lexer, &token);
    assert_string_equal(heard.code, "22P06");
    assert_string_equal(heard.message, "nonstandard use of escape in a string literal");
    arena_done(&arena);
}

static void every_keyword_is_found(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < pg_keyword_count; i++)
        assert_int_equal(pg_keyword_find(pg_keywords[i].word), (int)i);
    assert_int_equal(pg_keyword_find(slice_str("selec")), -1);
    assert_int_equal(pg_keyword_find(slice_str("current_timestamps")), -1);
    assert_int_equal(pg_keyword_find(slice_str("")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fold_and_keywords_are_known),
        cmocka_unit_test(strings_come_without_quotes_and_escapes),
        cmocka_unit_test(operators_end_where_the_manual_says),
        cmocka_unit_test(numbers_are_integers_while_they_fit),
        cmocka_unit_test(malformed_tokens_say_what_the_server_says),
        cmocka_unit_test(long_names_are_cut_with_a_notice),
        cmocka_unit_test(every_keyword_is_found),
    };
    return cmocka_run_group_tests_name("pg_lexer", tests, NULL, NULL);
}
