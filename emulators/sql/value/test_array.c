#include "common/unit_test.h"
#include "emulators/sql/value/test_value.h"

static struct datum read_value(struct test_value *t, const char *type, const char *text)
{
    struct datum value;
    if (!sql_type_input(&t->call, test_type_named(slice_str(type)), slice_str(text), -1, &value))
        fail_msg("%.*s", SLICE_ARG(t->error.message));
    return value;
}

static void assert_text(struct test_value *t, const char *type, struct datum value,
                        const char *wanted)
{
    struct sql_bytes text;
    sql_bytes_init(&text, &t->arena);
    assert_false(value.null);
    assert_true(sql_type_output(&t->call, test_type_named(slice_str(type)), value, &text));
    sql_bytes_add_char(&text, '\0');
    assert_string_equal((const char *)text.ptr, wanted);
}

/* What a text comes out as, or the detail of its error. */
static const struct {
    const char *type, *text, *shown, *detail;
} literals[] = {
    {"int4[]",   " { 1 , 2,NULL } ",             "{1,2,NULL}",                  NULL                                                         },
    {"int4[]",   "{}",                           "{}",                          NULL                                                         },
    {"int4[]",   "{ }",                          "{}",                          NULL                                                         },
    {"int4[]",   "[0:1]={1,2}",                  "[0:1]={1,2}",                 NULL                                                         },
    {"int4[]",   "[2]={1,2}",                    "{1,2}",                       NULL                                                         },
    {"int4[]",   "[1:+2]= {1,2} ",               "{1,2}",                       NULL                                                         },
    {"int4[]",   "[1:1][-2:-1]={{1,2}}",         "[1:1][-2:-1]={{1,2}}",        NULL                                                         },
    {"int4[]",   "{{{1},{2}},{{3},{4}}}",        "{{{1},{2}},{{3},{4}}}",       NULL                                                         },
    {"text[]",   "{a b , c }",                   "{\"a b\",c}",                 NULL                                                         },
    {"text[]",   "{\" a\",\"\", null,\"null\"}", "{\" a\",\"\",NULL,\"null\"}", NULL                                                         },
    {"text[]",   "{a\\\"b,\\{,\"\\\\\"}",        "{\"a\\\"b\",\"{\",\"\\\\\"}", NULL                                                         },
    {"text[]",   "{a\\ }",                       "{\"a \"}",                    NULL                                                         },
    {"text[]",   "{\\null}",                     "{\"null\"}",                  NULL                                                         },
    {"int4[]",   "{1,2",                         NULL,                          "Unexpected end of input."                                   },
    {"int4[]",   "",                             NULL,                          "Array value must start with \"{\" or dimension information."},
    {"int4[]",   "1,2}",                         NULL,                          "Array value must start with \"{\" or dimension information."},
    {"int4[]",   "{{1,2},{3}}",                  NULL,
     "Multidimensional arrays must have sub-arrays with matching dimensions."                                                                },
    {"int4[]",   "{1,{2}}",                      NULL,                          "Unexpected \"{\" character."                                },
    {"int4[]",   "{{1},2}",                      NULL,                          "Unexpected array element."                                  },
    {"int4[]",   "{}}",                          NULL,                          "Junk after closing right brace."                            },
    {"int4[]",   "{1,,2}",                       NULL,                          "Unexpected \",\" character."                                },
    {"int4[]",   "{,1}",                         NULL,                          "Unexpected \",\" character."                                },
    {"int4[]",   "{1,}",                         NULL,                          "Unexpected \"}\" character."                                },
    {"text[]",   "{\"a\"b}",                     NULL,                          "Unexpected array element."                                  },
    {"text[]",   "{a\"b\"}",                     NULL,                          "Unexpected array element."                                  },
    {"int4[]",   "[1:2",                         NULL,                          "Missing \"]\" after array dimensions."                      },
    {"int4[]",   "[0:0]={1,2}",                  NULL,                          "Specified array dimensions do not match array contents."    },
    {"int4[]",   "[1:2]{1,2}",                   NULL,                          "Missing \"=\" after array dimensions."                      },
    {"int4[]",   "[1:1]=x{1}",                   NULL,                          "Array contents must start with \"{\"."                      },
    {"int4[]",   "{{},{}}",                      NULL,                          "Unexpected \"}\" character."                                },
    {"int4[]",   "[a:b]={1}",                    NULL,                          "\"[\" must introduce explicitly-specified array dimensions."},
    {"int4[]",   "[0:]={1}",                     NULL,                          "Missing array dimension value."                             },
    {"text[]",   "{\"abc",                       NULL,                          "Unexpected end of input."                                   },
    {"text[]",   "{abc\\",                       NULL,                          "Unexpected end of input."                                   },
    {"int4[]",   "[1:99999999999]={1}",          NULL,
     "Specified array dimensions do not match array contents."                                                                               },
    {"pair",     "(1,)",                         "(1,)",                        NULL                                                         },
    {"pair",     "(1,\"\")",                     "(1,\"\")",                    NULL                                                         },
    {"pair",     " ( 1 , a ) ",                  "(1,\" a \")",                 NULL                                                         },
    {"pair",     "(1,\"a\"\"b\\\\\")",           "(1,\"a\"\"b\\\\\")",          NULL                                                         },
    {"pair",     "(,)",                          "(,)",                         NULL                                                         },
    {"pair[]",   "{\"(1,a)\",NULL}",             "{\"(1,a)\",NULL}",            NULL                                                         },
    {"pair",     "(1,2,3)",                      NULL,                          "Too many columns."                                          },
    {"pair",     "(1)",                          NULL,                          "Too few columns."                                           },
    {"pair",     "(1,2",                         NULL,                          "Unexpected end of input."                                   },
    {"pair",     "(1,\"a",                       NULL,                          "Unexpected end of input."                                   },
    {"pair",     "(1,a\\",                       NULL,                          "Unexpected end of input."                                   },
    {"pair",     "1,2)",                         NULL,                          "Missing left parenthesis."                                  },
    {"pair",     "(1,2)x",                       NULL,                          "Junk after right parenthesis."                              },
    {"colour[]", "{red,blue}",                   "{red,blue}",                  NULL                                                         },
};

static void literals_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(literals) / sizeof(*literals); i++) {
        struct test_value t;
        struct datum value;
        test_value_init(&t);
        const struct sql_type *type = test_type_named(slice_str(literals[i].type));
        bool read = sql_type_input(&t.call, type, slice_str(literals[i].text), -1, &value);
        if (literals[i].shown) {
            if (!read)
                fail_msg("%s: %.*s", literals[i].text, SLICE_ARG(t.error.detail));
            assert_text(&t, literals[i].type, value, literals[i].shown);
        } else {
            assert_false(read);
            assert_string_equal(t.error.sqlstate, "22P02");
            if (!slice_eq_str(t.error.detail, literals[i].detail))
                fail_msg("%s: %.*s", literals[i].text, SLICE_ARG(t.error.detail));
        }
        test_value_done(&t);
    }
}

static void binary_forms_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(literals) / sizeof(*literals) && literals[i].shown; i++) {
        struct test_value t;
        test_value_init(&t);
        const struct sql_type *type = test_type_named(slice_str(literals[i].type));
        struct datum value = read_value(&t, literals[i].type, literals[i].text), again;
        struct sql_bytes wire;
        sql_bytes_init(&wire, &t.arena);
        assert_true(type->ops->send(&t.call, type, value, &wire));
        assert_true(type->ops->receive(&t.call, type, sql_bytes_slice(&wire), -1, &again));
        assert_int_equal(type->ops->compare(&t.call, type, value, again), 0);
        for (size_t len = 0; len < wire.len; len++)
            assert_false(type->ops->receive(&t.call, type, slice_of(wire.ptr, len), -1, &again));
        test_value_done(&t);
    }
}

/* Ascending texts; keys of memcmp must say the same. */
static void keys_order_as_values_do(void **state)
{
    (void)state;
    struct test_value t;
    test_value_init(&t);
    const struct sql_type *type = test_type_named(slice_str("int4[]"));
    static const char *const texts[] = {"{}",       "{-1}",     "{1}", "[0:1]={1,2}", "{1,2}",
                                        "{1,2,-5}", "{1,NULL}", "{2}", "{NULL,1}"};
    struct sql_bytes before;
    struct datum last = {0};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct datum value = read_value(&t, "int4[]", texts[i]);
        struct sql_bytes key;
        sql_bytes_init(&key, &t.arena);
        assert_true(type->ops->encode_key(&t.call, type, value, &key));
        if (i > 0) {
            assert_true(type->ops->compare(&t.call, type, last, value) < 0);
            assert_true(slice_compare(sql_bytes_slice(&before), sql_bytes_slice(&key)) < 0);
        }
        before = key;
        last = value;
    }
    test_value_done(&t);
}

static const struct sql_subscript at2[] = {{.upper = 2}};
static const struct sql_subscript at5[] = {{.upper = 5}};
static const struct sql_subscript at_minus1[] = {{.upper = -1}};
static const struct sql_subscript at12[] = {{.upper = 1}, {.upper = 2}};
static const struct sql_subscript from2to3[] = {
    {true, true, true, 2, 3}
};
static const struct sql_subscript to2[] = {
    {true, false, true, 0, 2}
};
static const struct sql_subscript from5to6[] = {
    {true, true, true, 5, 6}
};
static const struct sql_subscript corner[] = {
    {true,  false, true, 0, 2},
    {.upper = 1}
};

static void elements_and_slices_are_found(void **state)
{
    (void)state;
    struct test_value t;
    struct datum out;
    test_value_init(&t);
    const struct sql_type *int4 = test_type_named(slice_str("int4"));
    struct datum vector = read_value(&t, "int4[]", "{10,20,30}");
    struct datum table = read_value(&t, "int4[]", "{{1,2,3},{4,5,6}}");
    assert_true(sql_array_subscript(&t.call, vector, at2, 1, &out));
    assert_int_equal(out.i, 20);
    assert_true(sql_array_subscript(&t.call, vector, at5, 1, &out));
    assert_true(out.null);
    assert_true(sql_array_subscript(&t.call, table, at2, 1, &out));
    assert_true(out.null);
    assert_true(sql_array_subscript(&t.call, table, at12, 2, &out));
    assert_int_equal(out.i, 2);
    assert_true(sql_array_slice(&t.call, int4, vector, from2to3, 1, &out));
    assert_text(&t, "int4[]", out, "{20,30}");
    assert_true(sql_array_slice(&t.call, int4, vector, from5to6, 1, &out));
    assert_text(&t, "int4[]", out, "{}");
    assert_true(sql_array_slice(&t.call, int4, table, to2, 1, &out));
    assert_text(&t, "int4[]", out, "{{1,2,3},{4,5,6}}");
    assert_true(sql_array_slice(&t.call, int4, table, corner, 2, &out));
    assert_text(&t, "int4[]", out, "{{1},{4}}");
    test_value_done(&t);
}

static void elements_and_slices_are_replaced(void **state)
{
    (void)state;
    struct test_value t;
    struct datum out;
    test_value_init(&t);
    const struct sql_type *int4 = test_type_named(slice_str("int4"));
    struct datum vector = read_value(&t, "int4[]", "{10,20,30}");
    struct datum table = read_value(&t, "int4[]", "{{1,2,3},{4,5,6}}");
    struct datum pair = read_value(&t, "int4[]", "{7,8,9}");
    assert_true(sql_array_assign(&t.call, int4, vector, at2, 1, datum_int(5), &out));
    assert_text(&t, "int4[]", out, "{10,5,30}");
    assert_true(sql_array_assign(&t.call, int4, vector, at5, 1, datum_int(5), &out));
    assert_text(&t, "int4[]", out, "{10,20,30,NULL,5}");
    assert_true(sql_array_assign(&t.call, int4, vector, at_minus1, 1, datum_null(), &out));
    assert_text(&t, "int4[]", out, "[-1:3]={NULL,NULL,10,20,30}");
    assert_true(sql_array_assign(&t.call, int4, datum_null(), at12, 2, datum_int(1), &out));
    assert_text(&t, "int4[]", out, "[1:1][2:2]={{1}}");
    assert_true(sql_array_assign(&t.call, int4, table, at12, 2, datum_int(0), &out));
    assert_text(&t, "int4[]", out, "{{1,0,3},{4,5,6}}");
    assert_false(sql_array_assign(&t.call, int4, table, at2, 1, datum_int(0), &out));
    assert_string_equal(t.error.sqlstate, "2202E");
    assert_true(sql_array_assign_slice(&t.call, int4, vector, from5to6, 1, pair, &out));
    assert_text(&t, "int4[]", out, "{10,20,30,NULL,7,8}");
    assert_true(sql_array_assign_slice(&t.call, int4, datum_null(), from2to3, 1, pair, &out));
    assert_text(&t, "int4[]", out, "[2:3]={7,8}");
    assert_false(sql_array_assign_slice(&t.call, int4, datum_null(), to2, 1, pair, &out));
    assert_true(sql_array_assign_slice(&t.call, int4, table, corner, 2, pair, &out));
    assert_text(&t, "int4[]", out, "{{7,2,3},{8,5,6}}");
    test_value_done(&t);
}

static void arrays_are_built_of_arrays(void **state)
{
    (void)state;
    struct test_value t;
    struct datum out;
    test_value_init(&t);
    const struct sql_type *int4 = test_type_named(slice_str("int4"));
    struct datum rows[] = {read_value(&t, "int4[]", "{1,2}"), read_value(&t, "int4[]", "{3,4}")};
    assert_true(sql_array_construct(&t.call, int4, true, rows, 2, &out));
    assert_text(&t, "int4[]", out, "{{1,2},{3,4}}");
    rows[1] = read_value(&t, "int4[]", "{3}");
    assert_false(sql_array_construct(&t.call, int4, true, rows, 2, &out));
    assert_string_equal(t.error.sqlstate, "2202E");
    rows[0] = rows[1] = datum_null();
    assert_true(sql_array_construct(&t.call, int4, true, rows, 2, &out));
    assert_text(&t, "int4[]", out, "{}");
    test_value_done(&t);
}

static void labels_order_as_the_catalog_says(void **state)
{
    (void)state;
    struct test_value t;
    test_value_init(&t);
    const struct sql_type *type = test_type_named(slice_str("colour"));
    struct datum green = read_value(&t, "colour", "green");
    struct datum blue = read_value(&t, "colour", "blue");
    struct sql_bytes a, b;
    sql_bytes_init(&a, &t.arena);
    sql_bytes_init(&b, &t.arena);
    assert_true(type->ops->compare(&t.call, type, green, blue) < 0);
    assert_true(type->ops->encode_key(&t.call, type, green, &a));
    assert_true(type->ops->encode_key(&t.call, type, blue, &b));
    assert_true(slice_compare(sql_bytes_slice(&a), sql_bytes_slice(&b)) < 0);
    struct datum out;
    assert_false(sql_type_input(&t.call, type, slice_str("pink"), -1, &out));
    assert_true(slice_eq_str(t.error.message, "invalid input value for enum colour: \"pink\""));
    test_value_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_read_and_written),
        cmocka_unit_test(binary_forms_come_back),
        cmocka_unit_test(keys_order_as_values_do),
        cmocka_unit_test(elements_and_slices_are_found),
        cmocka_unit_test(elements_and_slices_are_replaced),
        cmocka_unit_test(arrays_are_built_of_arrays),
        cmocka_unit_test(labels_order_as_the_catalog_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
