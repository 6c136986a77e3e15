/* Whatever pieces the bytes come in, rows are the same. */
#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/postgres/copy_reader.h"

struct pieces {
    struct pg_copy_source source; /* FIRST */
    struct slice bytes;
    size_t at, size;
};

static bool more(struct pg_copy_source *source, struct pg_copy_reader *reader)
{
    struct pieces *pieces = (struct pieces *)(void *)source;
    struct slice left = slice_from(pieces->bytes, pieces->at);
    size_t len = left.len < pieces->size ? left.len : pieces->size;
    pieces->at += len;
    reader->ended = pieces->at == pieces->bytes.len;
    return pg_copy_reader_add(reader, slice_of(left.ptr, len));
}

/* "[a|b](c|NULL)": the rows, or what was wrong behind them. */
static void read_all(const struct pg_copy_options *options, struct slice bytes, size_t size,
                     char *out, size_t room)
{
    struct heap *heap = heap_create(0);
    struct arena arena = {0};
    struct sql_error error;
    struct pg_copy_reader reader;
    struct pieces pieces = {{more}, bytes, 0, size};
    bool done = false, ok = true;
    size_t len = 0;
    sql_error_begin(&error, &arena);
    pg_copy_reader_init(&reader, options, heap, &pieces.source, &error);
    out[0] = 0;
    while ((ok = pg_copy_reader_next(&reader, &done)) && !done) {
        for (uint32_t i = 0; i < reader.field_count; i++) {
            struct slice field = reader.fields[i].bytes;
            if (!field.ptr)
                field = slice_str("NULL");
            len += (size_t)snprintf(out + len, room - len, "%s" SLICE_FMT, i ? "|" : "[",
                                    SLICE_ARG(field));
        }
        len += (size_t)snprintf(out + len, room - len, "]");
    }
    if (!ok)
        snprintf(out + len, room - len, "%s %llu", (const char *)error.message.ptr,
                 (unsigned long long)reader.line_number);
    pg_copy_reader_done(&reader);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
    arena_done(&arena);
}

#define BYTES(text) SLICE_LITERAL(text)

static const struct pg_copy_options text = {
    .delimiter = '\t', .quote = '"', .escape = '"', .null = BYTES("\\N")};
static const struct pg_copy_options csv = {
    .format = PG_COPY_CSV, .delimiter = ',', .quote = '"', .escape = '"', .null = BYTES("")};
static const struct pg_copy_options binary = {.format = PG_COPY_BINARY};

static const struct {
    const struct pg_copy_options *options;
    struct slice bytes;
    const char *rows;
} cases[] = {
    {&text,   BYTES("1\tx\n2\ty\n"),                                                            "[1|x][2|y]"                                },
    {&text,   BYTES("1\tx\r\n2\ty\r\n"),                                                        "[1|x][2|y]"                                },
    {&text,   BYTES("1\tx\r2\ty\r"),                                                            "[1|x][2|y]"                                },
    {&text,   BYTES("1\n2"),                                                                    "[1][2]"                                    },
    {&text,   BYTES(""),                                                                        ""                                          },
    {&text,   BYTES("\n"),                                                                      "[]"                                        },
    {&text,   BYTES("\\N\t\\\\N\ta\\tb\\\nc\n"),                                                "[NULL|\\N|a\tb\nc]"                        },
    {&text,   BYTES("\\101\\x42\\x4\\z\\\t.\n"),                                                "[AB\x04z\t.]"                              },
    {&text,   BYTES("1\n\\.\n2\n"),                                                             "[1]"                                       },
    {&text,   BYTES("1\n2\r\n"),                                                                "[1]literal carriage return found in data 2"},
    {&text,   BYTES("1\r\n2\n"),                                                                "[1]literal newline found in data 2"        },
    {&csv,    BYTES("1,x\n2,y\n"),                                                              "[1|x][2|y]"                                },
    {&csv,    BYTES("\"a,b\",\"x\"\"y\",\"\",\"l1\nl2\"\n"),                                    "[a,b|x\"y||l1\nl2]"                        },
    {&csv,    BYTES(",x,\n"),                                                                   "[NULL|x|NULL]"                             },
    {&csv,    BYTES("a\"b,c\"d\n"),                                                             "[ab,cd]"                                   },
    {&csv,    BYTES("1\n\\.\n2\n"),                                                             "[1]"                                       },
    {&csv,    BYTES("1,\"x\n2,y\n"),                                                            "unterminated CSV quoted field 1"           },
    {&csv,    BYTES("1\r\n2\r\n"),                                                              "[1][2]"                                    },
    {&binary, BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\2\0\0\0\1x\377\377\377\377\377\377"),
     "[x|NULL]"                                                                                                                             },
    {&binary, BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\2ab\0\1\0\0\0\0"),                        "[]"                                        },
    {&binary, BYTES("abc"),                                                                     "COPY file signature not recognized 0"      },
    {&binary, BYTES("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0"),
     "invalid COPY file header (WITH OIDS) 0"                                                                                               },
    {&binary, BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\1\0\0\0\5ab"),
     "unexpected EOF in COPY data 1"                                                                                                        },
};

static void test_rows_in_pieces(void **state)
{
    (void)state;
    char rows[256];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t size = 1; size <= cases[i].bytes.len + 1; size++) {
            read_all(cases[i].options, cases[i].bytes, size, rows, sizeof(rows));
            if (strcmp(rows, cases[i].rows) != 0)
                print_error("case %zu in pieces of %zu\n", i, size);
            assert_string_equal(rows, cases[i].rows);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_in_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
