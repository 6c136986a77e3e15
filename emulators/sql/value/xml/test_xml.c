#include "common/unit_test.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

struct fixture {
    struct arena arena;
    struct sql_error error;
    struct sql_env env;
    struct sql_call call;
};

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena);
    sql_error_begin(&f->error, &f->arena);
    f->env = (struct sql_env){.arena = &f->arena, .error = &f->error};
    f->call = (struct sql_call){.env = &f->env, .arena = &f->arena};
}

static void check_well_formed(const char *text, bool document, bool expected)
{
    struct fixture f;
    struct sql_xml_problem problem;
    bool result;
    begin(&f);
    assert_true(sql_xml_is_well_formed(&f.call, slice_str(text), document, &result, &problem));
    if (result != expected)
        fail_msg("%s", text);
    assert_true(expected || problem.message.len > 0);
    arena_done(&f.arena);
}

static void test_well_formed(void **state)
{
    (void)state;
    check_well_formed("<a/>", true, true);
    check_well_formed("a<b/>c<d/>", false, true);
    check_well_formed("", false, true);
    check_well_formed("<?xml version=\"1.0\"?><!DOCTYPE a><a/>", false, true);
    check_well_formed("<a xmlns='&lt;' p:b='1'/>", true, true);
    static const char *const malformed[] = {
        "<",           "<a",        "<a>",      "</a>",   "</x><x>",
        "&amp",        "&none;",    "<a b=1/>", "<a>]]>", "<a a='' a=''/>",
        "<!-- -- -->", "<![CDATA[", "<?xml ?>", "a\x01",  "<a><b></a></b>",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        check_well_formed(malformed[i], false, false);
    check_well_formed("a", true, false);
    check_well_formed("<a/><b/>", true, false);
    check_well_formed("", true, false);
}

static void test_depth(void **state)
{
    (void)state;
    char text[8 * (SQL_XML_DEPTH_MAX + 1)];
    size_t len = 0;
    for (int i = 0; i <= SQL_XML_DEPTH_MAX; i++)
        memcpy(text + 3 * i, "<a>", 3);
    len = 3 * (SQL_XML_DEPTH_MAX + 1);
    for (int i = 0; i <= SQL_XML_DEPTH_MAX; i++, len += 4)
        memcpy(text + len, "</a>", 4);
    text[len] = '\0';
    check_well_formed(text, true, false);
    text[len - 4] = '\0';
    check_well_formed(text + 3, true, true);
}

static const char document[] =
    "<r xmlns:p='urn:p'><a i='1'>one</a><b/><a i='2'>two<!--c--><c>x</c></a><p:a i='3'/><?t d?></r>";

static void put_value(struct fixture *f, const struct sql_xpath_value *value, struct sql_bytes *out)
{
    if (value->kind != SQL_XPATH_NODES)
        assert_true(sql_xml_put_atom(&f->call, value, out));
    for (uint32_t i = 0; value->kind == SQL_XPATH_NODES && i < value->count; i++) {
        sql_bytes_add_str(out, i ? "|" : "");
        assert_true(sql_xml_put_node(&f->call, value->nodes[i], out));
    }
    sql_bytes_add_char(out, '\0');
}

static void check_path(const char *path, const char *expected)
{
    static const struct sql_xpath_prefix prefixes[] = {
        {SLICE_LITERAL("q"), SLICE_LITERAL("urn:p")}
    };
    struct fixture f;
    struct sql_xml_node *root;
    const struct sql_xpath *parsed;
    struct sql_xpath_value value;
    const char *problem;
    begin(&f);
    struct sql_bytes text = sql_bytes_begin(&f.call);
    struct sql_xpath_context context = {.call = &f.call, .prefixes = prefixes, .prefix_count = 1};
    assert_true(sql_xml_open(&f.call, slice_str(document), &root));
    context.node = root;
    if (!sql_xpath_parse(&f.arena, slice_str(path), &parsed, &problem))
        sql_bytes_printf(&text, "! %s%c", problem, '\0');
    else if (!sql_xpath_run(&context, parsed, &value))
        sql_bytes_printf(&text, "! %s%c", context.problem, '\0');
    else
        put_value(&f, &value, &text);
    if (strcmp((const char *)text.ptr, expected) != 0)
        fail_msg("%s: %s, not %s", path, (const char *)text.ptr, expected);
    arena_done(&f.arena);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/r/a/@i",                                              "1|2"                             },
        {"//a[2]/c",                                             "<c>x</c>"                        },
        {"//@i[. > 1]",                                          "2|3"                             },
        {"//q:a",                                                "<p:a xmlns:p=\"urn:p\" i=\"3\"/>"},
        {"//q:*/@*",                                             "3"                               },
        {"/r/*[last()]/@i",                                      "3"                               },
        {"//c/ancestor::*/@i",                                   "2"                               },
        {"//b/following-sibling::*[1]/@i | //b/preceding::a/@i", "1|2"                             },
        {"//c/preceding::*/@i",                                  "1"                               },
        {"//b/following::node()[self::comment()]",               "<!--c-->"                        },
        {"r/processing-instruction('t')",                        "<?t d?>"                         },
        {"string(//a[2])",                                       "twox"                            },
        {"count(//a) + 1 = 3 and not(false())",                  "true"                            },
        {"-(2 - 5) * 2 div 4 mod 4",                             "1.5"                             },
        {"substring('12345', 1.5, 2.6)",                         "234"                             },
        {"substring-after('a=b', '=')",                          "b"                               },
        {"translate('bar', 'abc', 'AB')",                        "BAr"                             },
        {"normalize-space('  a   b ')",                          "a b"                             },
        {"concat(1 div 0, ' ', -1 div 0, ' ', 0 div 0)",         "Infinity -Infinity NaN"          },
        {"round(2.5) + floor(-1.5) + ceiling(1.2)",              "3"                               },
        {"local-name(//@i)",                                     "i"                               },
        {"namespace-uri(//*[@i = 3])",                           "urn:p"                           },
        {"(//a)[2]/@i",                                          "2"                               },
        {"//a/.. = //a/parent::node()",                          "true"                            },
        {"sum(//@i)",                                            "6"                               },
        {"a:b",                                                  "! Undefined namespace prefix"    },
        {"none()",                                               "! Unregistered function"         },
        {"count(1)",                                             "! Invalid type"                  },
        {"$v",                                                   "! Undefined variable"            },
        {"a[",                                                   "! Invalid expression"            },
        {"'a",                                                   "! Unfinished literal"            },
        {"",                                                     "! Invalid expression"            },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_path(cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
