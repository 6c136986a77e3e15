#include "server/cli/table.h"

#include "common/utf8.h"

struct table_row {
    struct table_row *next;
    struct slice cells[TABLE_COLUMNS_MAX];
};

void table_init(struct table *table, size_t columns)
{
    *table = (struct table){.columns = columns};
}

void table_done(struct table *table)
{
    arena_done(&table->arena);
}

/* What a control character is shown as; 0 for others. */
static size_t escape(uint8_t c, char out[8])
{
    static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr";
    const char *letter = c && c < ' ' ? strchr(letters, c) : NULL;
    if (c >= ' ' && c != 0x7f)
        return 0;
    return (size_t)(letter ? snprintf(out, 8, "\\%c", letter[1]) : snprintf(out, 8, "\\x%02x", c));
}

static struct slice printable(struct arena *arena, struct slice text)
{
    char piece[8];
    size_t len = text.len;
    for (size_t i = 0; i < text.len; i++)
        len += 4 * (escape(text.ptr[i], piece) > 0);
    uint8_t *to = arena_alloc(arena, len);
    if (!to)
        return slice_of("", 0);
    size_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        size_t escaped = escape(text.ptr[i], piece);
        if (escaped)
            memcpy(to + at, piece, escaped);
        else
            to[at] = text.ptr[i];
        at += escaped ? escaped : 1;
    }
    return slice_of(to, at);
}

/* Bytes that are no UTF-8 count one each. */
static size_t width_of(struct slice text)
{
    size_t width = 0;
    for (; text.len; width++) {
        size_t bytes = utf8_width(text);
        text = slice_from(text, bytes ? bytes : 1);
    }
    return width;
}

void table_cell(struct table *table, struct slice text)
{
    if (!table->last || table->filled == table->columns) {
        struct table_row *row = arena_zalloc(&table->arena, sizeof(*row));
        if (!row) {
            table->failed = true;
            return;
        }
        if (table->last)
            table->last->next = row;
        else
            table->first = row;
        table->last = row;
        table->filled = 0;
    }
    table->last->cells[table->filled++] = printable(&table->arena, text);
}

void table_join(struct table *table, struct slice text)
{
    if (table->failed || !table->filled)
        return;
    struct slice *cell = &table->last->cells[table->filled - 1];
    bool both = cell->len && text.len;
    struct slice joined =
        arena_concat(&table->arena, *cell, slice_of(" ", both), printable(&table->arena, text));
    table->failed = !joined.ptr;
    if (joined.ptr)
        *cell = joined;
}

static void measure(struct table *table)
{
    for (const struct table_row *row = table->first; row; row = row->next) {
        for (size_t i = 0; i < table->columns; i++) {
            size_t width = width_of(row->cells[i]);
            if (width > table->widths[i])
                table->widths[i] = width;
        }
    }
}

/* Columns that have been empty so far take no room. */
void table_print(struct table *table, FILE *out)
{
    measure(table);
    for (const struct table_row *row = table->first; row; row = row->next) {
        size_t owed = 0; /* blanks before the next text */
        for (size_t i = 0; i < table->columns; i++) {
            size_t width = width_of(row->cells[i]);
            if (width)
                fprintf(out, "%*s" SLICE_FMT, (int)owed, "", SLICE_ARG(row->cells[i]));
            owed = (width ? 0 : owed) + table->widths[i] - width + (table->widths[i] ? 2 : 0);
        }
        putc('\n', out);
    }
    table->first = table->last = NULL;
    table->filled = 0;
    arena_reset(&table->arena);
}
