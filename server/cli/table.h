/* Rows of texts, printed with aligned columns.
 *
 * A table remembers how wide its columns have been, so that rows which are printed as they come stay
 * aligned as far as can be. Texts are copied; control characters in them are printed as \n, \x1b. The
 * last column is not padded. Widths are characters of UTF-8. */
#ifndef PARLEL_SERVER_CLI_TABLE_H
#define PARLEL_SERVER_CLI_TABLE_H

#include <stdio.h>

#include "common/arena.h"

#define TABLE_COLUMNS_MAX 16

struct table_row;

struct table {
    struct arena arena;
    size_t columns; /* at most TABLE_COLUMNS_MAX */
    size_t filled;  /* cells of the last row */
    bool failed;    /* out of memory: rows are missing */
    struct table_row *first, *last;
    size_t widths[TABLE_COLUMNS_MAX];
};

void table_init(struct table *table, size_t columns);
void table_done(struct table *table);

/* The next cell; a row is complete when it has as many as there are columns. */
void table_cell(struct table *table, struct slice text);
/* Adds to the cell put last, behind a blank unless one of both is empty. */
void table_join(struct table *table, struct slice text);

/* Prints the rows and forgets them, not the widths. */
void table_print(struct table *table, FILE *out);

#endif
