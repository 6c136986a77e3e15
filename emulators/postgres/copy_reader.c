#include "emulators/postgres/copy_reader.h"

#include "emulators/postgres/client_text.h"
#include "emulators/sql/value/text.h"

#define ROW_MAX (512u << 20)

/* ---- bytes */

void pg_copy_reader_init(struct pg_copy_reader *reader, const struct pg_copy_options *options,
                         struct heap *heap, struct pg_copy_source *source, struct sql_error *error)
{
    *reader = (struct pg_copy_reader){
        .options = options,
        .source = source,
        .error = error,
        .heap = heap,
    };
}

void pg_copy_reader_done(struct pg_copy_reader *reader)
{
    heap_free(reader->heap, reader->bytes, reader->room);
    heap_free(reader->heap, reader->values, reader->values_room);
    heap_free(reader->heap, reader->fields, reader->field_room * sizeof(*reader->fields));
    arena_done(&reader->arena);
}

bool pg_copy_reader_add(struct pg_copy_reader *reader, struct slice bytes)
{
    if (reader->at) {
        memmove(reader->bytes, reader->bytes + reader->at, reader->len - reader->at);
        reader->len -= reader->at;
        reader->at = 0;
    }
    if (reader->room - reader->len < bytes.len) {
        size_t room = reader->room ? reader->room : 8192;
        while (room - reader->len < bytes.len)
            room *= 2;
        uint8_t *grown =
            room <= ROW_MAX ? heap_realloc(reader->heap, reader->bytes, reader->room, room) : NULL;
        if (!grown)
            return sql_fail_memory(reader->error);
        reader->bytes = grown;
        reader->room = room;
    }
    if (bytes.len)
        memcpy(reader->bytes + reader->len, bytes.ptr, bytes.len);
    reader->len += bytes.len;
    return true;
}

/* Gets more bytes; *more: there were some. */
static bool get_more(struct pg_copy_reader *reader, bool *more)
{
    size_t before = reader->len - reader->at;
    while (!reader->ended && reader->len - reader->at == before)
        if (!reader->source->more(reader->source, reader))
            return false;
    *more = reader->len - reader->at > before;
    return true;
}

static bool make_field(struct pg_copy_reader *reader, struct pg_copy_field **out)
{
    if (reader->field_count == reader->field_room) {
        uint32_t room = reader->field_room ? reader->field_room * 2 : 32;
        struct pg_copy_field *grown =
            heap_realloc(reader->heap, reader->fields, reader->field_room * sizeof(*grown),
                         room * sizeof(*grown));
        if (!grown)
            return sql_fail_memory(reader->error);
        reader->fields = grown;
        reader->field_room = room;
    }
    *out = &reader->fields[reader->field_count++];
    **out = (struct pg_copy_field){0};
    return true;
}

static bool make_values_room(struct pg_copy_reader *reader, size_t room)
{
    if (reader->values_room >= room && reader->values)
        return true;
    size_t wanted = room * 2 + 64;
    uint8_t *grown = heap_realloc(reader->heap, reader->values, reader->values_room, wanted);
    if (!grown)
        return sql_fail_memory(reader->error);
    reader->values = grown;
    reader->values_room = wanted;
    return true;
}

/* ---- lines */

static bool fail_line(struct pg_copy_reader *reader, const char *message, const char *hint)
{
    sql_fail(reader->error, "22P04", "%s", message);
    return hint ? sql_hint(reader->error, "%s", hint) : false;
}

static bool refuse_return(struct pg_copy_reader *reader)
{
    return reader->options->format == PG_COPY_CSV
               ? fail_line(reader, "unquoted carriage return found in data",
                           "Use quoted CSV field to represent carriage return.")
               : fail_line(reader, "literal carriage return found in data",
                           "Use \"\\r\" to represent carriage return.");
}

static bool refuse_newline(struct pg_copy_reader *reader)
{
    return reader->options->format == PG_COPY_CSV
               ? fail_line(reader, "unquoted newline found in data",
                           "Use quoted CSV field to represent newline.")
               : fail_line(reader, "literal newline found in data",
                           "Use \"\\n\" to represent newline.");
}

struct scan {
    size_t at;   /* from reader->at */
    bool quoted; /* csv: inside quotes */
    bool escaped;
};

/* Where the next byte is that may end a line of text, or escape the one behind it. */
static size_t skip_plain(const uint8_t *bytes, size_t at, size_t len)
{
    while (at < len && bytes[at] > '\r' && bytes[at] != '\\')
        at++;
    return at;
}

/* Steps to the line's end among the bytes there are. 1: there it is, 0: not yet. */
static int scan_line(const struct pg_copy_reader *reader, struct scan *scan)
{
    const struct pg_copy_options *options = reader->options;
    bool csv = options->format == PG_COPY_CSV;
    const uint8_t *bytes = reader->bytes + reader->at;
    size_t len = reader->len - reader->at;
    for (; scan->at < len; scan->at++) {
        if (!csv && !scan->escaped)
            scan->at = skip_plain(bytes, scan->at, len);
        if (scan->at == len)
            break;
        uint8_t c = bytes[scan->at];
        if (scan->escaped) {
            scan->escaped = false;
        } else if (csv) {
            if (scan->quoted && c == options->escape && options->escape != options->quote)
                scan->escaped = true;
            else if (c == options->quote)
                scan->quoted = !scan->quoted;
            else if (!scan->quoted && (c == '\n' || c == '\r'))
                return 1;
        } else if (c == '\\') {
            scan->escaped = true;
        } else if (c == '\n' || c == '\r') {
            return 1;
        }
    }
    return 0;
}

/* The line's end is at scan->at: how long is it, and is it the same as before? */
static bool take_eol(struct pg_copy_reader *reader, const struct scan *scan, size_t *eol_len)
{
    bool more = true;
    uint8_t c = reader->bytes[reader->at + scan->at];
    while (c == '\r' && reader->at + scan->at + 1 == reader->len && !reader->ended && more)
        if (!get_more(reader, &more))
            return false;
    bool pair = c == '\r' && reader->at + scan->at + 1 < reader->len &&
                reader->bytes[reader->at + scan->at + 1] == '\n';
    unsigned kind = c == '\n' ? PG_EOL_LF : pair ? PG_EOL_CRLF : PG_EOL_CR;
    if (reader->eol == PG_EOL_UNKNOWN)
        reader->eol = kind;
    if (reader->eol != kind)
        return c == '\n' ? refuse_newline(reader) : refuse_return(reader);
    *eol_len = pair ? 2 : 1;
    return true;
}

/* Reads a whole line into reader->line. */
static bool next_line(struct pg_copy_reader *reader, bool *done)
{
    struct scan scan = {0};
    size_t eol_len = 0;
    bool more = true;
    reader->line = slice_of(NULL, 0);
    reader->line_number++;
    while (!scan_line(reader, &scan) && more)
        if (!get_more(reader, &more))
            return false;
    size_t len = scan.at;
    *done = !more && len == 0;
    if (*done) {
        reader->line_number--;
        return true;
    }
    if (!more && scan.quoted) {
        reader->line = slice_of(reader->bytes + reader->at, len);
        return fail_line(reader, "unterminated CSV quoted field", NULL);
    }
    if (more && !take_eol(reader, &scan, &eol_len))
        return false;
    reader->line = slice_of(reader->bytes + reader->at, len);
    reader->at += len + eol_len;
    return true;
}

/* ---- fields of text */

static int octal_digit(const struct slice *line, size_t at)
{
    return at < line->len && line->ptr[at] >= '0' && line->ptr[at] <= '7' ? line->ptr[at] - '0'
                                                                          : -1;
}

static int hex_digit(const struct slice *line, size_t at)
{
    uint8_t c = at < line->len ? ascii_lower(line->ptr[at]) : 0;
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t take_octal(const struct slice *line, size_t at, uint8_t *out)
{
    int value = 0, digit;
    size_t end = at;
    while (end < at + 3 && (digit = octal_digit(line, end)) >= 0) {
        value = value * 8 + digit;
        end++;
    }
    *out = (uint8_t)value;
    return end;
}

static size_t take_hex(const struct slice *line, size_t at, uint8_t *out)
{
    int value = 0, digit;
    size_t end = at + 1;
    while (end < at + 3 && (digit = hex_digit(line, end)) >= 0) {
        value = value * 16 + digit;
        end++;
    }
    *out = end > at + 1 ? (uint8_t)value : line->ptr[at];
    return end;
}

/* The escape behind a backslash at `at` - 1; returns where it ends. */
static size_t take_escape(const struct slice *line, size_t at, uint8_t *out)
{
    static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
    uint8_t c = line->ptr[at];
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        *out = (uint8_t)to[known - from];
        return at + 1;
    }
    if (c >= '0' && c <= '7')
        return take_octal(line, at, out);
    if (c == 'x')
        return take_hex(line, at, out);
    *out = c;
    return at + 1;
}

/* Copies what stands before the next of the two bytes, or the line's end. */
static void take_plain(struct slice line, size_t *at, uint8_t **to, uint8_t stop, uint8_t other)
{
    size_t end = *at;
    while (end < line.len && line.ptr[end] != stop && line.ptr[end] != other)
        end++;
    memcpy(*to, line.ptr + *at, end - *at);
    *to += end - *at;
    *at = end;
}

/* One field from *at on, up to a delimiter or the end. */
static bool take_text_field(struct pg_copy_reader *reader, size_t *at, uint8_t **to,
                            struct pg_copy_field *field)
{
    struct slice line = reader->line;
    size_t start = *at;
    uint8_t *value = *to;
    bool escapes = false;
    for (;;) {
        take_plain(line, at, to, reader->options->delimiter, '\\');
        if (*at == line.len || line.ptr[*at] != '\\')
            break;
        if (*at + 1 < line.len) {
            *at = take_escape(&line, *at + 1, (*to)++);
            escapes = true;
        } else {
            *(*to)++ = line.ptr[(*at)++];
        }
    }
    struct slice written = slice_of(line.ptr + start, *at - start);
    if (slice_eq(written, reader->options->null))
        return true;
    if (reader->options->defaults.ptr && slice_eq(written, reader->options->defaults)) {
        *field = (struct pg_copy_field){.bytes = written, .is_default = true};
        return true;
    }
    field->bytes = slice_of(value, (size_t)(*to - value));
    /* What is not escaped was looked at with the line. */
    return !escapes || sql_text_check(reader->error, field->bytes);
}

/* ---- fields of csv */

static bool take_quoted(struct pg_copy_reader *reader, size_t *at, uint8_t **to)
{
    const struct pg_copy_options *options = reader->options;
    struct slice line = reader->line;
    for (++*at; *at < line.len; ++*at) {
        uint8_t c = line.ptr[*at];
        uint8_t next = *at + 1 < line.len ? line.ptr[*at + 1] : 0;
        bool escapes = *at + 1 < line.len && (next == options->quote || next == options->escape);
        if (c == options->escape && escapes) {
            *(*to)++ = next;
            ++*at;
        } else if (c == options->quote) {
            ++*at;
            return true;
        } else {
            *(*to)++ = c;
        }
    }
    return fail_line(reader, "unterminated CSV quoted field", NULL);
}

static bool take_csv_field(struct pg_copy_reader *reader, size_t *at, uint8_t **to,
                           struct pg_copy_field *field)
{
    struct slice line = reader->line;
    uint8_t *value = *to;
    for (;;) {
        take_plain(line, at, to, reader->options->delimiter, reader->options->quote);
        if (*at == line.len || line.ptr[*at] != reader->options->quote)
            break;
        field->quoted = true;
        if (!take_quoted(reader, at, to))
            return false;
    }
    struct slice bytes = slice_of(value, (size_t)(*to - value));
    if (field->quoted || !slice_eq(bytes, reader->options->null))
        field->bytes = bytes;
    else
        field->bytes = slice_of(NULL, bytes.len);
    field->is_default = field->bytes.ptr && !field->quoted && reader->options->defaults.ptr &&
                        slice_eq(bytes, reader->options->defaults);
    return true;
}

static bool split_line(struct pg_copy_reader *reader)
{
    bool csv = reader->options->format == PG_COPY_CSV;
    size_t at = 0;
    reader->field_count = 0;
    if (!make_values_room(reader, reader->line.len + 1))
        return false;
    uint8_t *to = reader->values;
    for (;;) {
        struct pg_copy_field *field;
        if (!make_field(reader, &field))
            return false;
        if (!(csv ? take_csv_field : take_text_field)(reader, &at, &to, field))
            return false;
        if (at == reader->line.len)
            return true;
        at++; /* the delimiter */
    }
}

/* A line that is no text is not shown; the broken character may go on behind its end. */
static bool check_line(struct pg_copy_reader *reader)
{
    struct slice line = reader->line;
    if (pg_encoding_converts(reader->options->encoding)) {
        arena_reset(&reader->arena);
        reader->line = slice_of(NULL, 0);
        if (!pg_client_text_in(reader->options->encoding, &reader->arena, &line, reader->error))
            return false;
        reader->line = line;
        return true;
    }
    const uint8_t *end = reader->bytes + reader->len;
    if (sql_text_check(reader->error, line))
        return true;
    reader->line = slice_of(NULL, 0);
    return sql_text_check(reader->error, slice_of(line.ptr, (size_t)(end - line.ptr)));
}

static bool next_text(struct pg_copy_reader *reader, bool *done)
{
    if (reader->stopped) {
        *done = true;
        return true;
    }
    if (!next_line(reader, done) || *done)
        return *done;
    if (slice_eq_str(reader->line, "\\.")) {
        *done = reader->stopped = true;
        return true;
    }
    return check_line(reader) && split_line(reader);
}

/* ---- binary */

/* The next len bytes; *out.ptr NULL: the source ended before. */
static bool take_bytes(struct pg_copy_reader *reader, size_t len, struct slice *out)
{
    bool more = true;
    while (reader->len - reader->at < len && more)
        if (!get_more(reader, &more))
            return false;
    *out = slice_of(NULL, 0);
    if (reader->len - reader->at < len)
        return true;
    *out = slice_of(reader->bytes + reader->at, len);
    reader->at += len;
    return true;
}

static bool take_number(struct pg_copy_reader *reader, size_t size, int32_t *out,
                        const char *missing)
{
    struct slice bytes;
    uint32_t value = 0;
    if (!take_bytes(reader, size, &bytes))
        return false;
    if (!bytes.ptr)
        return fail_line(reader, missing, NULL);
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes.ptr[i];
    *out = size == 2 ? (int16_t)value : (int32_t)value;
    return true;
}

static bool read_binary_header(struct pg_copy_reader *reader)
{
    static const uint8_t signature[11] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 255, '\r', '\n', 0};
    struct slice bytes;
    int32_t flags, extension;
    if (!take_bytes(reader, sizeof(signature), &bytes))
        return false;
    if (!bytes.ptr || memcmp(bytes.ptr, signature, sizeof(signature)) != 0)
        return fail_line(reader, "COPY file signature not recognized", NULL);
    if (!take_number(reader, 4, &flags, "invalid COPY file header (missing flags)"))
        return false;
    if (flags & (1 << 16))
        return fail_line(reader, "invalid COPY file header (WITH OIDS)", NULL);
    if (flags & ~0xffff)
        return fail_line(reader, "unrecognized critical flags in COPY file header", NULL);
    if (!take_number(reader, 4, &extension, "invalid COPY file header (missing length)"))
        return false;
    if (extension < 0)
        return fail_line(reader, "invalid COPY file header (missing length)", NULL);
    if (!take_bytes(reader, (size_t)extension, &bytes))
        return false;
    if (!bytes.ptr)
        return fail_line(reader, "invalid COPY file header (wrong length)", NULL);
    reader->header_read = true;
    return true;
}

/* The fields of a binary row lie in `values`: the bytes may move while they are read. */
static bool take_binary_field(struct pg_copy_reader *reader, size_t *used)
{
    struct pg_copy_field *field;
    struct slice bytes;
    int32_t len;
    if (!take_number(reader, 4, &len, "unexpected EOF in COPY data") || !make_field(reader, &field))
        return false;
    if (len == -1)
        return true;
    if (len < 0)
        return fail_line(reader, "invalid field size", NULL);
    if (!take_bytes(reader, (size_t)len, &bytes))
        return false;
    if (!bytes.ptr)
        return fail_line(reader, "unexpected EOF in COPY data", NULL);
    if (!make_values_room(reader, *used + bytes.len + 1))
        return false;
    memcpy(reader->values + *used, bytes.ptr, bytes.len);
    /* Offsets until the row is whole, since `values` may move, too. */
    reader->fields[reader->field_count - 1].bytes =
        slice_of((const uint8_t *)(uintptr_t)(*used + 1), bytes.len);
    *used += bytes.len;
    return true;
}

static bool next_binary(struct pg_copy_reader *reader, bool *done)
{
    int32_t count;
    size_t used = 0;
    if (!reader->header_read && !read_binary_header(reader))
        return false;
    reader->line_number++;
    bool more = true;
    if (reader->at == reader->len && !get_more(reader, &more))
        return false;
    *done = !more && reader->at == reader->len; /* older clients leave the trailer out */
    if (*done)
        return true;
    if (!take_number(reader, 2, &count, "unexpected EOF in COPY data"))
        return false;
    *done = count == -1;
    if (*done)
        return true;
    reader->field_count = 0;
    for (int32_t i = 0; i < count; i++)
        if (!take_binary_field(reader, &used))
            return false;
    for (uint32_t i = 0; i < reader->field_count; i++)
        if (reader->fields[i].bytes.ptr)
            reader->fields[i].bytes.ptr =
                reader->values + (uintptr_t)reader->fields[i].bytes.ptr - 1;
    return true;
}

bool pg_copy_reader_next(struct pg_copy_reader *reader, bool *done)
{
    *done = false;
    return reader->options->format == PG_COPY_BINARY ? next_binary(reader, done)
                                                     : next_text(reader, done);
}
