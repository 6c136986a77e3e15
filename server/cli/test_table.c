#include <stdlib.h>

#include "common/unit_test.h"

#include "server/cli/table.h"

/* The rows as they are printed. */
static void expect_printed(struct table *table, const char *wanted)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    table_print(table, out);
    fclose(out);
    assert_string_equal(text, wanted);
    free(text);
}

static void put(struct table *table, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table_cell(table, slice_str(cells[i]));
}

static void columns_are_aligned(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 3);
    put(&table, (const char *const[]){"1", "SET a", "ok", "100", "X", "error"}, 6);
    expect_printed(&table, "1    SET a  ok\n"
                           "100  X      error\n");
    table_done(&table);
}

static void empty_columns_take_no_room(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 4);
    put(&table, (const char *const[]){"a", "", "b", "", "c", "", "", "d"}, 8);
    expect_printed(&table, "a  b\n"
                           "c     d\n");
    table_done(&table);
}

static void widths_outlive_the_rows(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 2);
    put(&table, (const char *const[]){"long one", "x"}, 2);
    expect_printed(&table, "long one  x\n");
    put(&table, (const char *const[]){"y", "z"}, 2);
    expect_printed(&table, "y         z\n");
    expect_printed(&table, "");
    table_done(&table);
}

static void cells_are_joined(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 2);
    table_cell(&table, slice_str("redis"));
    table_join(&table, slice_str("#7"));
    table_join(&table, slice_str(""));
    table_cell(&table, slice_str(""));
    table_join(&table, slice_str("first"));
    expect_printed(&table, "redis #7  first\n");
    table_done(&table);
}

static void no_text_breaks_a_line(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 2);
    table_cell(&table, slice_of("a\nb\x1b[m\0c", 8));
    table_cell(&table, slice_str("\xc3\xbc\xff|\x7f"));
    expect_printed(&table, "a\\nb\\x1b[m\\x00c  \xc3\xbc\xff|\\x7f\n");
    table_done(&table);
}

static void width_counts_characters(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, 2);
    put(&table, (const char *const[]){"\xc3\xbc\xe2\x82\xac", "x", "ab", "y"}, 4);
    expect_printed(&table, "\xc3\xbc\xe2\x82\xac  x\n"
                           "ab  y\n");
    table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned),     cmocka_unit_test(empty_columns_take_no_room),
        cmocka_unit_test(widths_outlive_the_rows), cmocka_unit_test(cells_are_joined),
        cmocka_unit_test(no_text_breaks_a_line),   cmocka_unit_test(width_counts_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
