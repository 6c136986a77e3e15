#include "server/cli/answer.h"

/* ---- reading */

/* The JSON text of the value whose first token was just read. */
static struct slice value_text(struct json_reader *r, const struct json_token *first)
{
    if (!json_skip(r, first))
        return slice_of(NULL, 0);
    return slice_of(r->in.ptr + first->at, r->at - first->at);
}

static bool is_container(const struct json_token *token)
{
    return token->kind == JSON_OBJECT || token->kind == JSON_ARRAY;
}

/* Calls visit with the name and the first token of each member; visit reads the value whole. */
static void each_member(struct arena *arena, struct slice object,
                        void (*visit)(void *ctx, struct slice name, struct slice json,
                                      const struct json_token *value),
                        void *ctx)
{
    struct json_reader r;
    struct json_token key, value;
    json_reader_init(&r, object, arena);
    if (!json_next(&r, &key) || key.kind != JSON_OBJECT)
        return;
    while (json_next(&r, &key) && key.kind == JSON_KEY && json_next(&r, &value)) {
        struct slice json = value_text(&r, &value);
        if (json.ptr)
            visit(ctx, key.text, json, &value);
    }
}

struct search {
    const char *name;
    struct slice found; /* a string's text, otherwise JSON */
    struct slice json;
    enum json_kind kind;
};

static void match_member(void *ctx, struct slice name, struct slice json,
                         const struct json_token *value)
{
    struct search *search = ctx;
    if (!slice_eq_str(name, search->name))
        return;
    search->found = value->kind == JSON_STRING ? value->text : json;
    search->json = json;
    search->kind = value->kind;
}

struct slice answer_member(struct arena *arena, struct slice object, const char *name)
{
    struct search search = {.name = name};
    each_member(arena, object, match_member, &search);
    return search.found;
}

struct slice answer_value(struct arena *arena, struct slice object, const char *name)
{
    struct search search = {.name = name};
    each_member(arena, object, match_member, &search);
    return search.json;
}

/* Calls visit with the first token and the JSON of each element. */
static void each_element(struct arena *arena, struct slice list,
                         void (*visit)(void *ctx, struct slice json,
                                       const struct json_token *value),
                         void *ctx)
{
    struct json_reader r;
    struct json_token value;
    json_reader_init(&r, list, arena);
    if (!json_next(&r, &value) || value.kind != JSON_ARRAY)
        return;
    while (json_next(&r, &value) && value.kind != JSON_ARRAY_END && value.kind != JSON_END) {
        struct slice json = value_text(&r, &value);
        if (json.ptr)
            visit(ctx, json, &value);
    }
}

/* ---- rows */

static void join_element(void *ctx, struct slice json, const struct json_token *value)
{
    table_join(ctx, value->kind == JSON_STRING ? value->text : json);
}

static struct slice shown(const struct answer_column *column, const struct search *value)
{
    switch (value->kind) {
    case JSON_TRUE: return slice_str(column->member);
    case JSON_FALSE:
    case JSON_NULL: return slice_of("", 0);
    default: return value->found;
    }
}

static void put_value(struct table *table, const struct answer_column *column,
                      const struct search *value)
{
    if (value->kind == JSON_ARRAY) {
        if (!column->joined)
            table_cell(table, slice_of("", 0));
        each_element(&table->arena, value->found, join_element, table);
        return;
    }
    struct slice text = value->found.ptr ? shown(column, value) : value->found;
    if (text.len)
        text = arena_concat(&table->arena, slice_str(column->before ? column->before : ""), text,
                            slice_str(column->after ? column->after : ""));
    (column->joined ? table_join : table_cell)(table, text);
}

void answer_row(struct table *table, const struct answer_column *columns, struct slice object)
{
    for (const struct answer_column *column = columns; column->member; column++) {
        struct search value = {.name = column->member}, other = {.name = column->unless};
        if (column->unless)
            each_member(&table->arena, object, match_member, &other);
        if (!other.json.ptr)
            each_member(&table->arena, object, match_member, &value);
        put_value(table, column, &value);
    }
}

size_t answer_cells(const struct answer_column *columns)
{
    size_t count = 0;
    for (; columns->member; columns++)
        count += !columns->joined;
    return count;
}

struct listing {
    struct table table;
    const struct answer_column *columns;
};

static void add_row(void *ctx, struct slice json, const struct json_token *value)
{
    struct listing *listing = ctx;
    (void)value;
    answer_row(&listing->table, listing->columns, json);
}

void answer_print_list(const struct answer_column *columns, struct slice list, FILE *out)
{
    struct listing listing = {.columns = columns};
    struct arena arena = {0};
    table_init(&listing.table, answer_cells(columns));
    each_element(&arena, list, add_row, &listing);
    table_print(&listing.table, out);
    table_done(&listing.table);
    arena_done(&arena);
}

void answer_print_object(const struct answer_column *columns, struct slice object, FILE *out)
{
    struct table table;
    table_init(&table, answer_cells(columns));
    answer_row(&table, columns, object);
    table_print(&table, out);
    table_done(&table);
}

/* ---- any JSON */

static void print_element(void *ctx, struct slice json, const struct json_token *value)
{
    (void)value;
    fwrite(json.ptr, 1, json.len, ctx);
    putc('\n', ctx);
}

void answer_print_elements(struct slice list, FILE *out)
{
    struct arena arena = {0};
    each_element(&arena, list, print_element, out);
    arena_done(&arena);
}

/* A token as it is written in the input. */
static struct slice written(const struct json_reader *r, const struct json_token *token)
{
    return slice_of(r->in.ptr + token->at, r->at - token->at);
}

static void put_line_start(FILE *out, size_t depth)
{
    fprintf(out, "\n%*s", (int)(2 * depth), "");
}

void answer_print_json(struct slice value, FILE *out)
{
    struct arena arena = {0};
    struct json_reader r;
    struct json_token token;
    size_t depth = 0;
    bool first = true, after_key = false;
    json_reader_init(&r, value, &arena);
    while (json_next(&r, &token) && token.kind != JSON_END) {
        bool closes = token.kind == JSON_OBJECT_END || token.kind == JSON_ARRAY_END;
        depth -= closes;
        if (!closes && !after_key && !first)
            putc(',', out);
        if (!after_key && depth + closes > 0 && !(closes && first))
            put_line_start(out, depth);
        struct slice text = written(&r, &token);
        fwrite(text.ptr, 1, text.len, out);
        after_key = token.kind == JSON_KEY;
        if (after_key)
            fputs(": ", out);
        first = is_container(&token);
        depth += first;
    }
    putc('\n', out);
    arena_done(&arena);
}

/* ---- results of commands */

static void note_container(void *ctx, struct slice json, const struct json_token *value)
{
    (void)json;
    if (is_container(value))
        *(bool *)ctx = true;
}

static void print_line(void *ctx, struct slice json, const struct json_token *value)
{
    struct slice text = value->kind == JSON_STRING ? value->text : json;
    fwrite(text.ptr, 1, text.len, ctx);
    putc('\n', ctx);
}

static void add_cell(void *ctx, struct slice json, const struct json_token *value)
{
    table_cell(ctx, value->kind == JSON_STRING ? value->text : json);
}

struct result_rows {
    struct table *table;
    struct arena *arena;
};

static void add_result_row(void *ctx, struct slice json, const struct json_token *value)
{
    struct result_rows *rows = ctx;
    (void)value;
    each_element(rows->arena, json, add_cell, rows->table);
}

static void count_one(void *ctx, struct slice json, const struct json_token *value)
{
    (void)json;
    (void)value;
    ++*(size_t *)ctx;
}

/* {"columns": [...], "rows": [[...], ...]}, unless it is too broad. */
static bool print_rows(struct arena *arena, struct slice value, FILE *out)
{
    struct slice columns = answer_value(arena, value, "columns");
    struct slice rows = answer_value(arena, value, "rows");
    size_t count = 0;
    if (!columns.ptr || !rows.ptr)
        return false;
    each_element(arena, columns, count_one, &count);
    if (count == 0 || count > TABLE_COLUMNS_MAX)
        return false;
    struct table table;
    struct result_rows all = {&table, arena};
    table_init(&table, count);
    each_element(arena, columns, add_cell, &table);
    each_element(arena, rows, add_result_row, &all);
    table_print(&table, out);
    table_done(&table);
    return true;
}

void answer_print_result(struct slice value, FILE *out)
{
    struct arena arena = {0};
    struct json_reader r;
    struct json_token token;
    bool nested = false;
    json_reader_init(&r, value, &arena);
    if (!json_next(&r, &token))
        return;
    if (token.kind == JSON_ARRAY)
        each_element(&arena, value, note_container, &nested);
    if (!is_container(&token))
        print_line(out, value, &token);
    else if (token.kind == JSON_ARRAY && !nested)
        each_element(&arena, value, print_line, out);
    else if (token.kind == JSON_ARRAY || !print_rows(&arena, value, out))
        answer_print_json(value, out);
    arena_done(&arena);
}
