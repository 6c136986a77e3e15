#include "common/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "common/yaml_anchor.h"
#include "common/yaml_index.h"
#include "common/yaml_scalar.h"
#include "common/yaml_source.h"

struct bytes {
    uint8_t *ptr;
    size_t room;
};

/* An open mapping or sequence. Memory stays for the next one at this depth. */
struct level {
    bool mapping;
    bool key_next;
    struct bytes key;       /* the last key's text */
    struct yaml_index keys; /* all that were seen */
};

struct yaml_reader {
    const struct yaml_source_type *type;
    struct yaml_source *source;
    uint8_t *file; /* the bytes, when they are ours */
    char *name;
    struct yaml_anchors anchors;
    struct level level[YAML_DEPTH_MAX];
    uint32_t depth;
    bool begun;          /* the document's first event came */
    struct bytes binary; /* the last !!binary */
    struct yaml_event last;
    bool failed;
    struct yaml_failure failure;
};

/* ---- errors */

static bool fail_at(struct yaml_reader *r, uint32_t line, uint32_t column, const char *format,
                    va_list args)
{
    if (r->failed)
        return false;
    r->failed = true;
    r->failure.line = line;
    r->failure.column = column;
    vsnprintf(r->failure.message, sizeof(r->failure.message), format, args);
    return false;
}

bool yaml_error(struct yaml_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_at(r, r->last.line, r->last.column, format, args);
    va_end(args);
    return false;
}

bool yaml_error_at(struct yaml_reader *r, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_at(r, line, column, format, args);
    va_end(args);
    return false;
}

__attribute__((format(printf, 3, 4))) static bool fail(struct yaml_reader *r,
                                                       const struct yaml_raw *raw,
                                                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_at(r, raw->line, raw->column, format, args);
    va_end(args);
    return false;
}

const char *yaml_message(const struct yaml_reader *r)
{
    return r->failed ? r->failure.message : NULL;
}

struct yaml_position yaml_position(const struct yaml_reader *r)
{
    if (r->failed)
        return (struct yaml_position){r->name, r->failure.line, r->failure.column};
    return (struct yaml_position){r->name, r->last.line, r->last.column};
}

void yaml_report(const struct yaml_reader *r, const char *message, char *out, size_t room)
{
    struct yaml_position at = yaml_position(r);
    const char *text = message ? message : r->failure.message;
    if (at.line)
        snprintf(out, room, "%s:%u:%u: %s", at.name, at.line, at.column, text);
    else
        snprintf(out, room, "%s: %s", at.name, text);
}

/* ---- scalars */

static bool reserve(struct bytes *bytes, size_t len)
{
    if (len <= bytes->room && bytes->ptr)
        return true;
    uint8_t *larger = realloc(bytes->ptr, len ? len : 1);
    if (!larger)
        return false;
    bytes->ptr = larger;
    bytes->room = len;
    return true;
}

static bool read_binary(struct yaml_reader *r, const struct yaml_raw *raw, struct yaml_event *out)
{
    size_t len;
    if (!reserve(&r->binary, raw->text.len))
        return fail(r, raw, "out of memory");
    if (!text_from_base64(raw->text, r->binary.ptr, &len))
        return fail(r, raw, "expected base64 after !!binary");
    out->text = slice_of(r->binary.ptr, len);
    return true;
}

static bool read_scalar(struct yaml_reader *r, const struct yaml_raw *raw, struct yaml_event *out)
{
    bool binary = false;
    out->type = YAML_SCALAR;
    out->text = raw->text;
    if (!raw->tag.len)
        out->kind = raw->plain ? yaml_plain_kind(raw->text) : YAML_STRING;
    else if (!yaml_tagged_kind(raw->tag, raw->text, &out->kind, &binary))
        return fail(r, raw,
                    "the value does not fit its tag, or the tag is none of " //
                    "!!str !!binary !!null !!bool !!int !!float");
    return !binary || read_binary(r, raw, out);
}

/* ---- mappings and sequences */

static struct level *top(struct yaml_reader *r)
{
    return r->depth ? &r->level[r->depth - 1] : NULL;
}

static bool read_key(struct yaml_reader *r, const struct yaml_raw *raw, struct yaml_event *out)
{
    struct level *level = top(r);
    bool is_new;
    if (raw->plain && !raw->tag.len && slice_eq_str(raw->text, "<<"))
        return fail(r, raw, "merge keys (<<) are not supported: write the members out");
    if (!yaml_index_put(&level->keys, out->text, 0, &is_new) ||
        !reserve(&level->key, out->text.len))
        return fail(r, raw, "out of memory");
    if (!is_new)
        return fail(r, raw, "duplicate key '%.*s'",
                    (int)(out->text.len < 100 ? out->text.len : 100), (const char *)out->text.ptr);
    if (out->text.len)
        memcpy(level->key.ptr, out->text.ptr, out->text.len);
    out->text = slice_of(level->key.ptr, out->text.len);
    out->is_key = true;
    return true;
}

static bool open_container(struct yaml_reader *r, const struct yaml_raw *raw,
                           struct yaml_event *out)
{
    bool mapping = raw->type == YAML_RAW_MAPPING;
    const char *tag = mapping ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq";
    if (raw->tag.len && !slice_eq_str(raw->tag, tag))
        return fail(r, raw, "unknown tag for %s", mapping ? "a mapping" : "a sequence");
    if (r->depth == YAML_DEPTH_MAX)
        return fail(r, raw, "nested too deeply");
    struct level *level = &r->level[r->depth++];
    level->mapping = level->key_next = mapping;
    yaml_index_clear(&level->keys);
    out->type = mapping ? YAML_MAPPING : YAML_SEQUENCE;
    return true;
}

static bool close_container(struct yaml_reader *r, struct yaml_event *out)
{
    out->type = top(r)->mapping ? YAML_MAPPING_END : YAML_SEQUENCE_END;
    r->depth--;
    return true;
}

/* A node: a key when one is due, otherwise a value, after which the next key is due. */
static bool read_node(struct yaml_reader *r, const struct yaml_raw *raw, struct yaml_event *out)
{
    struct level *level = top(r);
    bool key = level && level->mapping && level->key_next;
    if (level)
        level->key_next = !level->key_next;
    if (raw->type != YAML_RAW_SCALAR)
        return key ? fail(r, raw, "expected a scalar as key") : open_container(r, raw, out);
    return read_scalar(r, raw, out) && (!key || read_key(r, raw, out));
}

static bool read_event(struct yaml_reader *r, const struct yaml_raw *raw, struct yaml_event *out)
{
    *out = (struct yaml_event){.text = slice_str(""), .line = raw->line, .column = raw->column};
    switch (raw->type) {
    case YAML_RAW_MAPPING:
    case YAML_RAW_SEQUENCE:
    case YAML_RAW_SCALAR: return read_node(r, raw, out);
    case YAML_RAW_MAPPING_END:
    case YAML_RAW_SEQUENCE_END: return close_container(r, out);
    case YAML_RAW_END: out->type = YAML_END; return true;
    case YAML_RAW_DOCUMENT:
    case YAML_RAW_ALIAS: break;
    }
    return fail(r, raw, "expected one document, got another");
}

static bool next_raw(struct yaml_reader *r, struct yaml_raw *out)
{
    if (r->failed)
        return false;
    r->failed = !yaml_anchors_next(&r->anchors, r->type, r->source, out, &r->failure);
    return !r->failed;
}

bool yaml_next(struct yaml_reader *r, struct yaml_event *out)
{
    struct yaml_raw raw;
    struct yaml_event event;
    if (!r->failed && r->begun && r->last.type == YAML_END && r->depth == 0) {
        *out = r->last;
        return true;
    }
    if (!next_raw(r, &raw) || (!r->begun && raw.type == YAML_RAW_DOCUMENT && !next_raw(r, &raw)))
        return false;
    r->begun = true;
    if (!read_event(r, &raw, &event))
        return false;
    *out = r->last = event;
    return true;
}

/* ---- help for callers */

const char *yaml_describe(const struct yaml_event *event)
{
    static const char *const types[] = {[YAML_END] = "the end",
                                        [YAML_MAPPING] = "a mapping",
                                        [YAML_MAPPING_END] = "the end of the mapping",
                                        [YAML_SEQUENCE] = "a sequence",
                                        [YAML_SEQUENCE_END] = "the end of the sequence"};
    static const char *const kinds[] = {[YAML_STRING] = "a string",
                                        [YAML_NULL] = "null",
                                        [YAML_BOOL] = "a boolean",
                                        [YAML_INT] = "an integer",
                                        [YAML_FLOAT] = "a float"};
    return event->type == YAML_SCALAR ? kinds[event->kind] : types[event->type];
}

bool yaml_expect(struct yaml_reader *r, enum yaml_type type, const char *what,
                 struct yaml_event *out)
{
    struct yaml_event event;
    if (!yaml_next(r, &event))
        return false;
    if (event.type != type)
        return yaml_error(r, "expected %s, got %s", what, yaml_describe(&event));
    *out = event;
    return true;
}

bool yaml_skip(struct yaml_reader *r, const struct yaml_event *first)
{
    struct yaml_event event = *first;
    if (event.is_key && !yaml_next(r, &event))
        return false;
    if (event.type != YAML_MAPPING && event.type != YAML_SEQUENCE)
        return true;
    for (uint32_t outer = r->depth - 1; r->depth > outer;)
        if (!yaml_next(r, &event))
            return false;
    return true;
}

/* ---- opening */

static bool ends_in_json(const char *name)
{
    size_t len = strlen(name);
    return len >= 5 && slice_is(slice_of(name + len - 5, 5), ".json");
}

static struct yaml_reader *create(const char *name)
{
    struct yaml_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->type = ends_in_json(name) ? &yaml_source_json : &yaml_source_yaml;
    r->name = strdup(name);
    if (r->name)
        return r;
    free(r);
    return NULL;
}

struct yaml_reader *yaml_open_bytes(const char *name, struct slice bytes)
{
    struct yaml_reader *r = create(name);
    if (!r)
        return NULL;
    r->source = r->type->open(bytes);
    if (r->source)
        return r;
    yaml_close(r);
    return NULL;
}

/* Everything that the descriptor gives; pipes too. Returns 0 or an errno. */
static int read_all(int fd, struct bytes *out, size_t *len)
{
    struct stat status;
    size_t room = fstat(fd, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size + 1 : 4096;
    for (*len = 0;;) {
        if (!reserve(out, room))
            return ENOMEM;
        ssize_t got = read(fd, out->ptr + *len, room - *len);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            return 0;
        if (got > 0)
            *len += (size_t)got;
        if (*len == room)
            room *= 2;
    }
}

struct yaml_reader *yaml_open_file(const char *path)
{
    struct yaml_reader *r = create(path);
    struct bytes bytes = {0};
    size_t len = 0;
    if (!r)
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : read_all(fd, &bytes, &len);
    if (fd >= 0)
        close(fd);
    r->file = bytes.ptr;
    if (error) {
        yaml_error(r, "cannot be read: %s", strerror(error));
        return r;
    }
    r->source = r->type->open(slice_of(bytes.ptr, len));
    if (r->source)
        return r;
    yaml_close(r);
    return NULL;
}

void yaml_close(struct yaml_reader *r)
{
    if (!r)
        return;
    r->type->close(r->source);
    yaml_anchors_done(&r->anchors);
    for (size_t i = 0; i < YAML_DEPTH_MAX; i++) {
        free(r->level[i].key.ptr);
        yaml_index_done(&r->level[i].keys);
    }
    free(r->binary.ptr);
    free(r->file);
    free(r->name);
    free(r);
}
