/* Any path over any document: node sets are in document order, and what a document is printed as
 * reads as the same document again. The input is path, NUL, document. */
#include "common/assert.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/test_value.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

static void check_order(const struct sql_xpath_value *value)
{
    for (uint32_t i = 1; value->kind == SQL_XPATH_NODES && i < value->count; i++) {
        const struct sql_xml_node *a = value->nodes[i - 1], *b = value->nodes[i];
        ASSERT(a->order < b->order || (a->order == b->order && a->suborder < b->suborder));
    }
}

static void check_print(struct test_value *t, const struct sql_xml_node *root)
{
    struct sql_bytes once = sql_bytes_begin(&t->call), twice = sql_bytes_begin(&t->call);
    struct sql_xml_problem problem;
    struct sql_xml_node *again;
    sql_xml_print(root, &once);
    struct sql_xml_input input = {.text = sql_bytes_slice(&once), .reading = SQL_XML_NAMESPACES};
    bool read = sql_xml_read(&t->arena, &input, &again, &problem);
    ASSERT(read);
    sql_xml_print(again, &twice);
    ASSERT(slice_eq(sql_bytes_slice(&once), sql_bytes_slice(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    const struct sql_xpath *path;
    struct sql_xml_node *root;
    struct sql_xpath_value value;
    const char *problem;
    struct test_value t;
    if (!end || size > 2000)
        return 0;
    test_value_init(&t);
    struct slice text = slice_of(data, (size_t)(end - data));
    struct slice document = slice_from(slice_of(data, size), text.len + 1);
    bool valid = sql_text_check(&t.error, text) && sql_text_check(&t.error, document);
    if (valid && sql_xml_open(&t.call, document, &root)) {
        struct sql_xpath_context context = {.call = &t.call, .node = root};
        check_print(&t, root);
        if (sql_xpath_parse(&t.arena, text, &path, &problem) &&
            sql_xpath_run(&context, path, &value))
            check_order(&value);
    }
    test_value_done(&t);
    return 0;
}
