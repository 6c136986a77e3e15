#include "emulators/rabbitmq/management/columns.h"

#include "common/text.h"

/* Takes the text up to the separator off; false at the end. */
static bool next_part(struct slice *rest, char separator, struct slice *out)
{
    if (!rest->ptr)
        return false;
    const uint8_t *end = memchr(rest->ptr, separator, rest->len);
    *out = slice_of(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    *rest = end ? slice_from(*rest, out->len + 1) : slice_of(NULL, 0);
    return true;
}

/* ---- choosing */

enum choice { CHOICE_NOTHING, CHOICE_WITHIN, CHOICE_ALL };

struct chooser {
    struct slice columns; /* "a,b.c" */
    struct json_reader reader;
    struct json_writer *out;
    char path[512]; /* of the value in hand */
    size_t path_len;
};

/* Is the value at the path asked for, or something within it? */
static enum choice choose(const struct chooser *chooser)
{
    struct slice path = slice_of(chooser->path, chooser->path_len);
    struct slice rest = chooser->columns, column;
    enum choice best = CHOICE_NOTHING;
    while (next_part(&rest, ',', &column)) {
        if (slice_eq(column, path))
            return CHOICE_ALL;
        if (column.len > path.len && column.ptr[path.len] == '.' &&
            memcmp(column.ptr, path.ptr, path.len) == 0)
            best = CHOICE_WITHIN;
    }
    return best;
}

/* Adds a name; false: the path is longer than any that is asked for. */
static bool enter(struct chooser *chooser, struct slice name)
{
    size_t dot = chooser->path_len > 0;
    if (chooser->path_len + dot + name.len > sizeof(chooser->path))
        return false;
    if (dot)
        chooser->path[chooser->path_len] = '.';
    if (name.len)
        memcpy(chooser->path + chooser->path_len + dot, name.ptr, name.len);
    chooser->path_len += dot + name.len;
    return true;
}

static void copy_value(struct chooser *chooser, const struct json_token *first)
{
    json_skip(&chooser->reader, first);
    json_raw(chooser->out,
             slice_of(chooser->reader.in.ptr + first->at, chooser->reader.at - first->at));
}

static void choose_within(struct chooser *chooser, const struct json_token *value);

/* AMQP's tables have no columns of their own. */
static bool is_table(struct slice name)
{
    return slice_eq_str(name, "arguments") || slice_eq_str(name, "client_properties");
}

static void choose_member(struct chooser *chooser, const struct json_token *key)
{
    struct json_token value;
    size_t len = chooser->path_len;
    enum choice choice = enter(chooser, key->text) ? choose(chooser) : CHOICE_NOTHING;
    if (choice == CHOICE_WITHIN && is_table(key->text))
        choice = CHOICE_ALL;
    if (!json_next(&chooser->reader, &value))
        return;
    if (choice == CHOICE_NOTHING) {
        json_skip(&chooser->reader, &value);
    } else {
        json_key(chooser->out, key->text);
        if (choice == CHOICE_ALL)
            copy_value(chooser, &value);
        else
            choose_within(chooser, &value);
    }
    chooser->path_len = len;
}

/* The members of an object, of each of a list's; other values are shown whole. */
static void choose_within(struct chooser *chooser, const struct json_token *value)
{
    struct json_token token;
    switch (value->kind) {
    case JSON_OBJECT:
        json_object(chooser->out);
        while (json_next(&chooser->reader, &token) && token.kind == JSON_KEY)
            choose_member(chooser, &token);
        json_object_end(chooser->out);
        break;
    case JSON_ARRAY:
        json_array(chooser->out);
        while (json_next(&chooser->reader, &token) && token.kind != JSON_ARRAY_END)
            choose_within(chooser, &token);
        json_array_end(chooser->out);
        break;
    default: copy_value(chooser, value); break;
    }
}

void management_choose_columns(const struct management_call *call, struct slice json,
                               struct json_writer *out)
{
    struct chooser chooser = {.columns = management_query(call, "columns"), .out = out};
    struct json_token first;
    if (!chooser.columns.ptr) {
        json_raw(out, json);
        return;
    }
    json_reader_init(&chooser.reader, json, call->arena);
    if (json_next(&chooser.reader, &first))
        choose_within(&chooser, &first);
}

/* ---- finding */

static bool find_member(struct json_reader *reader, struct slice name, struct json_token *value)
{
    struct json_token key;
    while (json_next(reader, &key) && key.kind == JSON_KEY) {
        if (!json_next(reader, value))
            return false;
        if (slice_eq(key.text, name))
            return true;
        if (!json_skip(reader, value))
            return false;
    }
    return false;
}

struct json_token management_column(struct arena *arena, struct slice json, struct slice path)
{
    const struct json_token nothing = {.kind = JSON_END};
    struct json_reader reader;
    struct json_token value;
    struct slice name;
    json_reader_init(&reader, json, arena);
    if (!json_next(&reader, &value))
        return nothing;
    while (next_part(&path, '.', &name))
        if (value.kind != JSON_OBJECT || !find_member(&reader, name, &value))
            return nothing;
    return value;
}

static int rank_of(const struct json_token *token)
{
    return token->kind == JSON_NUMBER ? 0 : token->kind == JSON_STRING ? 2 : 1;
}

int management_compare_columns(const struct json_token *a, const struct json_token *b)
{
    double number_a, number_b;
    int rank = rank_of(a);
    if (rank != rank_of(b))
        return rank - rank_of(b);
    if (rank == 0 && text_to_double(a->text, &number_a) && text_to_double(b->text, &number_b))
        return (number_a > number_b) - (number_a < number_b);
    return slice_compare(a->text, b->text);
}
