#include "emulators/postgres/copy_writer.h"

#include "emulators/postgres/client_text.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/type_io.h"

static struct pg_copy_writer *writer_of(struct sql_sink *sink)
{
    return (struct pg_copy_writer *)(void *)sink;
}

/* ---- text */

static void add_text(const struct pg_copy_writer *writer, struct sql_bytes *out, struct slice value)
{
    static const char letters[256] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                      ['\t'] = 't', ['\v'] = 'v', ['\\'] = '\\'};
    const uint8_t delimiter = writer->options->delimiter;
    size_t plain = 0; /* where what needs no backslash begins */
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (!letters[c] && c != delimiter)
            continue;
        sql_bytes_add(out, value.ptr + plain, i - plain);
        sql_bytes_add_char(out, '\\');
        sql_bytes_add_char(out, letters[c] ? letters[c] : (char)c);
        plain = i + 1;
    }
    sql_bytes_add(out, value.ptr + plain, value.len - plain);
}

/* ---- csv */

static bool needs_quotes(const struct pg_copy_writer *writer, struct slice value)
{
    const struct pg_copy_options *options = writer->options;
    if (slice_eq(value, options->null) || (writer->column_count == 1 && slice_eq_str(value, "\\.")))
        return true;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (c == options->delimiter || c == options->quote || c == '\n' || c == '\r')
            return true;
    }
    return false;
}

static void add_csv(const struct pg_copy_writer *writer, struct sql_bytes *out, struct slice value,
                    bool quoted)
{
    const struct pg_copy_options *options = writer->options;
    if (!quoted && !needs_quotes(writer, value)) {
        sql_bytes_add_slice(out, value);
        return;
    }
    sql_bytes_add_char(out, (char)options->quote);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == options->quote || value.ptr[i] == options->escape)
            sql_bytes_add_char(out, (char)options->escape);
        sql_bytes_add_char(out, (char)value.ptr[i]);
    }
    sql_bytes_add_char(out, (char)options->quote);
}

/* ---- rows */

static bool add_value(struct pg_copy_writer *writer, struct sql_call *call, uint32_t i,
                      struct datum value, struct sql_bytes *out)
{
    struct sql_bytes text;
    sql_bytes_init(&text, &writer->arena);
    if (!sql_type_output(call, writer->types[i], value, &text))
        return false;
    if (text.failed)
        return sql_fail_memory(call->env->error);
    if (writer->options->format == PG_COPY_CSV)
        add_csv(writer, out, sql_bytes_slice(&text), writer->force_quote[i]);
    else
        add_text(writer, out, sql_bytes_slice(&text));
    return true;
}

static bool add_line(struct pg_copy_writer *writer, struct sql_call *call,
                     const struct datum *values, struct sql_bytes *out)
{
    for (uint32_t i = 0; i < writer->column_count; i++) {
        if (i)
            sql_bytes_add_char(out, (char)writer->options->delimiter);
        if (values[i].null)
            sql_bytes_add_slice(out, writer->options->null);
        else if (!add_value(writer, call, i, values[i], out))
            return false;
    }
    sql_bytes_add_char(out, '\n');
    return true;
}

/* Signature, no flags, no extension: in one piece with what comes first behind it. */
static void add_binary_header(struct pg_copy_writer *writer, struct sql_bytes *out)
{
    if (writer->header_written)
        return;
    writer->header_written = true;
    sql_bytes_add(out, "PGCOPY\n\377\r\n\0", 11);
    sql_bytes_add_u32(out, 0);
    sql_bytes_add_u32(out, 0);
}

static bool add_binary(struct pg_copy_writer *writer, struct sql_call *call,
                       const struct datum *values, struct sql_bytes *out)
{
    add_binary_header(writer, out);
    sql_bytes_add_u16(out, (uint16_t)writer->column_count);
    for (uint32_t i = 0; i < writer->column_count; i++) {
        const struct sql_type *type = writer->types[i];
        struct sql_bytes value;
        if (values[i].null) {
            sql_bytes_add_u32(out, UINT32_MAX);
            continue;
        }
        sql_bytes_init(&value, &writer->arena);
        if (!pg_client_value_out(writer->options->encoding, call, type, values[i], &value))
            return false;
        sql_bytes_add_u32(out, (uint32_t)value.len);
        sql_bytes_add_slice(out, sql_bytes_slice(&value));
    }
    return true;
}

static bool put(struct pg_copy_writer *writer, const struct sql_bytes *piece)
{
    bool ok = piece->failed ? sql_fail_memory(writer->env->error)
                            : writer->put(writer, sql_bytes_slice(piece));
    arena_reset(&writer->arena);
    return ok;
}

static bool put_line(struct pg_copy_writer *writer, struct sql_bytes *line)
{
    return pg_client_tail_out(writer->options->encoding, line, 0, writer->env->error) &&
           put(writer, line);
}

static bool put_header(struct pg_copy_writer *writer)
{
    struct sql_bytes line;
    sql_bytes_init(&line, &writer->arena);
    if (writer->options->format == PG_COPY_BINARY || !writer->options->header)
        return true;
    for (uint32_t i = 0; i < writer->column_count; i++) {
        if (i)
            sql_bytes_add_char(&line, (char)writer->options->delimiter);
        if (writer->options->format == PG_COPY_CSV)
            add_csv(writer, &line, writer->columns[i].name, false);
        else
            add_text(writer, &line, writer->columns[i].name);
    }
    sql_bytes_add_char(&line, '\n');
    return put_line(writer, &line);
}

static bool is_forced(const struct pg_copy_options *options, struct slice name, bool *used)
{
    const struct ast_list *list = options->force_quote;
    for (uint32_t i = 0; list && i < list->count; i++)
        if (slice_eq(AST_AS(const, list->items[i])->text, name)) {
            used[i] = true;
            return true;
        }
    return options->force_quote_all;
}

/* Which columns are quoted always; every name of the list must be a column. */
static bool choose_quotes(struct pg_copy_writer *writer)
{
    const struct ast_list *list = writer->options->force_quote;
    uint32_t count = list ? list->count : 0;
    bool *used = arena_zalloc(writer->env->arena, count + 1);
    writer->force_quote = arena_zalloc(writer->env->arena, writer->column_count + 1);
    if (!used || !writer->force_quote)
        return sql_fail_memory(writer->env->error);
    for (uint32_t i = 0; i < writer->column_count; i++)
        writer->force_quote[i] = is_forced(writer->options, writer->columns[i].name, used);
    for (uint32_t i = 0; i < count; i++)
        if (!used[i])
            return sql_fail(writer->env->error, "42P10",
                            "FORCE_QUOTE column \"" SLICE_FMT "\" not referenced by COPY",
                            SLICE_ARG(AST_AS(const, list->items[i])->text));
    return true;
}

static bool begin(struct sql_sink *sink, const struct sql_result_column *columns, uint32_t count)
{
    struct pg_copy_writer *writer = writer_of(sink);
    if (writer->begun)
        return true;
    writer->begun = true;
    writer->columns = columns;
    writer->column_count = count;
    writer->types = arena_array(writer->env->arena, count + 1, sizeof(struct sql_type *));
    if (!writer->types)
        return sql_fail_memory(writer->env->error);
    for (uint32_t i = 0; i < count; i++) {
        writer->types[i] = writer->env->find_type(writer->env, columns[i].type);
        if (!writer->types[i])
            return sql_fail(writer->env->error, "XX000", "cache lookup failed for type %u",
                            columns[i].type);
    }
    return choose_quotes(writer) && writer->begin(writer, count) && put_header(writer);
}

static bool row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                uint32_t count)
{
    struct pg_copy_writer *writer = writer_of(sink);
    struct sql_call call = {.env = env, .arena = &writer->arena};
    struct sql_bytes line;
    (void)count;
    sql_bytes_init(&line, &writer->arena);
    writer->rows++;
    if (writer->options->format == PG_COPY_BINARY)
        return add_binary(writer, &call, values, &line) && put(writer, &line);
    return add_line(writer, &call, values, &line) && put_line(writer, &line);
}

void pg_copy_writer_init(struct pg_copy_writer *writer, const struct pg_copy_options *options,
                         struct sql_env *env)
{
    *writer = (struct pg_copy_writer){
        .sink = {.begin = begin, .row = row},
        .options = options,
        .env = env,
    };
}

bool pg_copy_writer_end(struct pg_copy_writer *writer)
{
    if (writer->options->format != PG_COPY_BINARY)
        return true;
    struct sql_bytes trailer;
    sql_bytes_init(&trailer, &writer->arena);
    add_binary_header(writer, &trailer);
    sql_bytes_add_u16(&trailer, UINT16_MAX);
    return put(writer, &trailer);
}

void pg_copy_writer_done(struct pg_copy_writer *writer)
{
    arena_done(&writer->arena);
}
