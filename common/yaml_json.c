#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "common/yaml_source.h"

struct yaml_source {
    struct json_reader reader;
    struct arena arena; /* of the last token */
};

static const struct {
    enum yaml_raw_type type;
    bool plain;
} raw_types[] = {
    [JSON_END] = {YAML_RAW_END,          false},
    [JSON_OBJECT] = {YAML_RAW_MAPPING,      false},
    [JSON_OBJECT_END] = {YAML_RAW_MAPPING_END,  false},
    [JSON_ARRAY] = {YAML_RAW_SEQUENCE,     false},
    [JSON_ARRAY_END] = {YAML_RAW_SEQUENCE_END, false},
    [JSON_KEY] = {YAML_RAW_SCALAR,       false},
    [JSON_STRING] = {YAML_RAW_SCALAR,       false},
    [JSON_NUMBER] = {YAML_RAW_SCALAR,       true },
    [JSON_TRUE] = {YAML_RAW_SCALAR,       true },
    [JSON_FALSE] = {YAML_RAW_SCALAR,       true },
    [JSON_NULL] = {YAML_RAW_SCALAR,       true },
};

static bool fail(struct yaml_source *source, struct yaml_failure *failure)
{
    size_t at = 0;
    const char *message = json_error(&source->reader, &at);
    struct utf8_position position = json_position(&source->reader, at);
    failure->line = (uint32_t)position.line;
    failure->column = (uint32_t)position.column;
    snprintf(failure->message, sizeof(failure->message), "%s", message);
    return false;
}

static bool next(struct yaml_source *source, struct yaml_raw *out, struct yaml_failure *failure)
{
    struct json_token token;
    arena_reset(&source->arena);
    if (!json_next(&source->reader, &token))
        return fail(source, failure);
    struct utf8_position position = json_position(&source->reader, token.at);
    *out = (struct yaml_raw){.type = raw_types[token.kind].type,
                             .plain = raw_types[token.kind].plain,
                             .text = token.text,
                             .line = (uint32_t)position.line,
                             .column = (uint32_t)position.column};
    return true;
}

static void close_source(struct yaml_source *source)
{
    if (!source)
        return;
    arena_done(&source->arena);
    free(source);
}

static struct yaml_source *open_source(struct slice bytes)
{
    struct yaml_source *source = calloc(1, sizeof(*source));
    if (source)
        json_reader_init(&source->reader, bytes, &source->arena);
    return source;
}

const struct yaml_source_type yaml_source_json = {open_source, close_source, next};
