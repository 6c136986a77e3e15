/* Replays testdata/ *.calls: what a real server said of calls of its functions
 * (conformance/sql/record-calls wrote it). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/test_value.h"

#define ARGS_MAX 16
#define FOLDER   "emulators/sql/value/testdata"

struct line_call {
    struct slice symbol;
    unsigned argc;
    bool variadic;
    const struct sql_type *types[ARGS_MAX];
    struct datum args[ARGS_MAX];
    const struct sql_type *result;
};

static bool take(struct slice *rest, const char *text)
{
    size_t len = strlen(text);
    if (rest->len < len || memcmp(rest->ptr, text, len) != 0)
        return false;
    *rest = slice_from(*rest, len);
    return true;
}

/* 'text' or E'text' as SQL writes them. */
static struct slice read_literal(struct test_value *t, struct slice *rest)
{
    struct sql_bytes out;
    sql_bytes_init(&out, &t->arena);
    sql_bytes_reserve(&out, 1);
    bool escapes = take(rest, "E");
    assert_true(take(rest, "'"));
    for (;;) {
        assert_true(rest->len > 0);
        char c = (char)rest->ptr[0];
        *rest = slice_from(*rest, 1);
        if (c == '\'' && !take(rest, "'"))
            return sql_bytes_slice(&out);
        if (c == '\\' && escapes) {
            c = (char)rest->ptr[0];
            *rest = slice_from(*rest, 1);
            c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
        }
        sql_bytes_add_char(&out, c);
    }
}

/* Up to the comma or parenthesis that ends the argument; (n) is a length. */
static const struct sql_type *read_type(struct slice *rest, int32_t *typmod)
{
    size_t len = 0;
    while (len < rest->len && !strchr(",()", rest->ptr[len]))
        len++;
    struct slice name = slice_of(rest->ptr, len);
    *rest = slice_from(*rest, len);
    *typmod = -1;
    if (take(rest, "(")) {
        *typmod = (int32_t)strtol((const char *)rest->ptr, NULL, 10);
        while (!take(rest, ")"))
            *rest = slice_from(*rest, 1);
    }
    if (slice_eq_str(name, "char"))
        name = slice_str("bpchar");
    const struct sql_type *type = test_type_named(name);
    if (!type)
        fail_msg("type %.*s is not known here", SLICE_ARG(name));
    if (*typmod >= 0 && (type->id == 1042 || type->id == 1043))
        *typmod += SQL_TYPMOD_EXTRA;
    return type;
}

static void read_argument(struct test_value *t, struct line_call *call, struct slice *rest)
{
    int32_t typmod;
    struct slice text = {0};
    call->variadic = take(rest, "VARIADIC ");
    bool null = take(rest, "NULL");
    if (!null)
        text = read_literal(t, rest);
    assert_true(take(rest, "::"));
    const struct sql_type *type = read_type(rest, &typmod);
    struct datum value = datum_null();
    if (!null && !sql_type_input(&t->call, type, text, typmod, &value))
        fail_msg("%.*s", SLICE_ARG(t->error.message));
    assert_true(call->argc < ARGS_MAX);
    call->types[call->argc] = type;
    call->args[call->argc++] = value;
}

static struct line_call read_call(struct test_value *t, struct slice line)
{
    struct line_call call = {0};
    size_t len = (size_t)((const uint8_t *)memchr(line.ptr, '(', line.len) - line.ptr);
    struct slice rest = slice_from(line, len + 1);
    call.symbol = slice_of(line.ptr, len);
    while (!take(&rest, ")")) {
        if (call.argc > 0)
            assert_true(take(&rest, ", "));
        read_argument(t, &call, &rest);
    }
    if (take(&rest, " -> "))
        call.result = test_type_named(rest);
    return call;
}

static void add_row(struct test_value *t, const struct sql_type *type, struct datum value,
                    struct sql_bytes *out)
{
    struct sql_bytes text;
    sql_bytes_init(&text, &t->arena);
    sql_bytes_add_str(out, "=");
    if (value.null) {
        sql_bytes_add_str(out, " \\N\n");
        return;
    }
    t->call.argc = 0;
    if (!type || !sql_type_output(&t->call, type, value, &text))
        fail_msg("no output of a result");
    for (size_t i = 0; i < text.len; i++) {
        if (i == 0)
            sql_bytes_add_char(out, ' ');
        if (text.ptr[i] == '\\')
            sql_bytes_add_char(out, '\\');
        if (text.ptr[i] == '\n')
            sql_bytes_add_str(out, "\\n");
        else
            sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '\n');
}

static void add_error(struct test_value *t, struct sql_bytes *out)
{
    struct sql_error *e = &t->error;
    sql_bytes_printf(out, "= ERROR %s %.*s\n", e->sqlstate, SLICE_ARG(e->message));
    if (e->detail.len)
        sql_bytes_printf(out, "= DETAIL %.*s\n", SLICE_ARG(e->detail));
    if (e->hint.len)
        sql_bytes_printf(out, "= HINT %.*s\n", SLICE_ARG(e->hint));
}

/* Rows of a set until it is done; a scalar gives one. The call's own record says what is strict
 * no more than the files do: a symbol's wrapper here is the executor's work. */
static void run(struct test_value *t, struct line_call *line, bool set, bool strict,
                struct sql_bytes *out)
{
    struct sql_call call = t->call;
    sql_function *function = sql_builtin_find(line->symbol);
    if (!function)
        fail_msg("no builtin %.*s", SLICE_ARG(line->symbol));
    call.arg_types = line->types;
    call.argc = (uint16_t)line->argc;
    call.result_type = line->result;
    call.variadic = line->variadic;
    for (unsigned i = 0; strict && i < line->argc; i++) {
        if (!line->args[i].null)
            continue;
        if (!set)
            sql_bytes_add_str(out, "= \\N\n");
        return;
    }
    do {
        struct datum value;
        if (!function(&call, line->args, &value)) {
            add_error(t, out);
            return;
        }
        if (!call.done)
            add_row(t, line->result, value, out);
    } while (set && !call.done);
}

/* Functions that are called with NULLs, and those that give sets. */
static bool listed(struct slice symbol, const char *const *names)
{
    for (; *names; names++)
        if (slice_eq_str(symbol, *names))
            return true;
    return false;
}

static const char *const with_nulls[] = {"array_append",
                                         "array_prepend",
                                         "array_cat",
                                         "array_position",
                                         "array_position_start",
                                         "array_positions",
                                         "array_remove",
                                         "array_replace",
                                         "array_fill",
                                         "array_fill_with_lower_bounds",
                                         "array_to_text_null",
                                         "text_to_array",
                                         "text_to_array_null",
                                         "text_to_table",
                                         "text_to_table_null",
                                         "quote_nullable",
                                         "text_concat",
                                         "text_concat_ws",
                                         "text_format",
                                         "text_format_nv",
                                         "similar_escape",
                                         "overlaps_time",
                                         "overlaps_timestamp",
                                         "overlaps_timetz",
                                         NULL};
static const char *const sets[] = {"array_unnest",
                                   "generate_subscripts",
                                   "generate_subscripts_nodir",
                                   "text_to_table",
                                   "text_to_table_null",
                                   "regexp_matches",
                                   "regexp_matches_no_flags",
                                   "regexp_split_to_table",
                                   "regexp_split_to_table_no_flags",
                                   "generate_series_int4",
                                   "generate_series_int8",
                                   "generate_series_step_int4",
                                   "generate_series_step_int8",
                                   "generate_series_numeric",
                                   "generate_series_step_numeric",
                                   "generate_series_timestamp",
                                   "generate_series_timestamptz",
                                   NULL};

/* Runs the call of one line and compares with the lines that follow it; returns what is behind. */
static struct slice check_call(const char *path, struct slice text, unsigned *wrong)
{
    struct test_value t;
    test_value_init(&t);
    size_t end = (size_t)((const uint8_t *)memchr(text.ptr, '\n', text.len) - text.ptr);
    struct slice line = slice_of(text.ptr, end);
    struct slice rest = slice_from(text, end + 1);
    const uint8_t *first = rest.ptr;
    while (rest.len > 0 && rest.ptr[0] == '=')
        rest = slice_from(
            rest, (size_t)((const uint8_t *)memchr(rest.ptr, '\n', rest.len) - rest.ptr) + 1);
    struct slice wanted = slice_of(first, (size_t)(rest.ptr - first));
    struct line_call call = read_call(&t, line);
    struct sql_bytes got;
    sql_bytes_init(&got, &t.arena);
    run(&t, &call, listed(call.symbol, sets), !listed(call.symbol, with_nulls), &got);
    if (!slice_eq(sql_bytes_slice(&got), wanted)) {
        print_message("%s: %.*s\nwanted:\n%.*sgot:\n%.*s", path, SLICE_ARG(line), SLICE_ARG(wanted),
                      SLICE_ARG(sql_bytes_slice(&got)));
        ++*wrong;
    }
    test_value_done(&t);
    return rest;
}

static unsigned check_file(const char *path)
{
    unsigned wrong = 0;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(4 << 20);
    assert_non_null(text);
    size_t len = fread(text, 1, 4 << 20, file);
    fclose(file);
    struct slice rest = slice_of(text, len);
    while (rest.len > 0) {
        if (rest.ptr[0] == '\n' || rest.ptr[0] == '#')
            rest = slice_from(
                rest, (size_t)((const uint8_t *)memchr(rest.ptr, '\n', rest.len) - rest.ptr) + 1);
        else
            rest = check_call(path, rest, &wrong);
    }
    free(text);
    return wrong;
}

static void calls_answer_as_the_real_server(void **state)
{
    (void)state;
    unsigned wrong = 0, files = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[512];
        size_t len = strlen(entry->d_name);
        if (len < 6 || strcmp(entry->d_name + len - 6, ".calls") != 0)
            continue;
        snprintf(path, sizeof(path), FOLDER "/%s", entry->d_name);
        wrong += check_file(path);
        files++;
    }
    closedir(folder);
    assert_true(files > 0);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(calls_answer_as_the_real_server)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
