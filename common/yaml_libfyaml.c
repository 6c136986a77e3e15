#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "common/yaml_source.h"

struct yaml_source {
    struct slice bytes;
    size_t checked; /* of the bytes, from the front, that may be in YAML */
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_event *event; /* the last one: its texts are still in use */
    uint32_t line, column;  /* of the last token that had a place */
};

static struct slice token_text(struct fy_token *token)
{
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return text ? slice_of(text, len) : slice_str("");
}

/* An empty value has no token: it stands where the last one did. */
static void locate(struct yaml_source *source, struct fy_token *token, struct yaml_raw *out)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (mark && mark->line >= 0) {
        source->line = (uint32_t)mark->line + 1;
        source->column = (uint32_t)mark->column + 1;
    }
    out->line = source->line;
    out->column = source->column;
}

static struct yaml_raw raw_node(enum yaml_raw_type type, struct fy_token *tag,
                                struct fy_token *anchor)
{
    return (struct yaml_raw){.type = type, .tag = token_text(tag), .anchor = token_text(anchor)};
}

/* Quoted scalars begin behind their quote, says libfyaml. */
static bool is_quoted(struct fy_token *value)
{
    enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static void read_scalar(const struct fy_event *event, struct yaml_raw *out)
{
    struct fy_token *value = event->scalar.value;
    *out = raw_node(YAML_RAW_SCALAR, event->scalar.tag, event->scalar.anchor);
    out->text = token_text(value);
    out->plain = !value || fy_token_scalar_style(value) == FYSS_PLAIN;
}

/* False for the events that say nothing here. */
static bool translate(struct yaml_source *source, const struct fy_event *event,
                      struct yaml_raw *out)
{
    struct fy_token *at = NULL;
    *out = (struct yaml_raw){0};
    switch (event->type) {
    case FYET_STREAM_END: out->type = YAML_RAW_END; break;
    case FYET_DOCUMENT_START:
        out->type = YAML_RAW_DOCUMENT;
        at = event->document_start.document_start;
        break;
    case FYET_MAPPING_START:
        at = event->mapping_start.mapping_start;
        *out = raw_node(YAML_RAW_MAPPING, event->mapping_start.tag, event->mapping_start.anchor);
        break;
    case FYET_MAPPING_END:
        at = event->mapping_end.mapping_end;
        out->type = YAML_RAW_MAPPING_END;
        break;
    case FYET_SEQUENCE_START:
        at = event->sequence_start.sequence_start;
        *out = raw_node(YAML_RAW_SEQUENCE, event->sequence_start.tag, event->sequence_start.anchor);
        break;
    case FYET_SEQUENCE_END:
        at = event->sequence_end.sequence_end;
        out->type = YAML_RAW_SEQUENCE_END;
        break;
    case FYET_SCALAR:
        read_scalar(event, out);
        locate(source, event->scalar.value, out);
        out->column -= is_quoted(event->scalar.value);
        return true;
    case FYET_ALIAS:
        at = event->alias.anchor;
        out->type = YAML_RAW_ALIAS;
        out->text = token_text(at);
        break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_DOCUMENT_END: return false;
    }
    locate(source, at, out);
    return true;
}

static bool fail(struct yaml_source *source, struct yaml_failure *failure)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(source->diag, &iterator);
    failure->line = error && error->line > 0 ? (uint32_t)error->line : source->line;
    failure->column = error && error->column > 0 ? (uint32_t)error->column : source->column;
    snprintf(failure->message, sizeof(failure->message), "%s",
             error ? error->msg : "out of memory");
    return false;
}

/* libfyaml 0.7.12 ends at a NUL without a word, and never returns from a directive that is not UTF-8:
 * it sees only text that has neither. Other control characters are not allowed either (YAML 1.2.2,
 * 5.1). */
static size_t check(struct slice bytes)
{
    size_t at = 0, width;
    while (at < bytes.len) {
        uint8_t c = bytes.ptr[at];
        if (c < 0x80 ? c < ' ' && c != '\t' && c != '\n' && c != '\r'
                     : !(width = utf8_width(slice_from(bytes, at))))
            break;
        at += c < 0x80 ? 1 : width;
    }
    return at;
}

static bool fail_check(const struct yaml_source *source, struct yaml_failure *failure)
{
    struct utf8_position at = {1, 1};
    uint8_t c = source->bytes.ptr[source->checked];
    utf8_advance(&at, slice_of(source->bytes.ptr, source->checked));
    failure->line = (uint32_t)at.line;
    failure->column = (uint32_t)at.column;
    snprintf(failure->message, sizeof(failure->message), "expected UTF-8 text, got %s 0x%02x",
             c < ' ' ? "control character" : "byte", c);
    return false;
}

static bool next(struct yaml_source *source, struct yaml_raw *out, struct yaml_failure *failure)
{
    if (source->checked < source->bytes.len)
        return fail_check(source, failure);
    do {
        if (source->event)
            fy_parser_event_free(source->parser, source->event);
        source->event = fy_parser_parse(source->parser);
        if (!source->event)
            return fail(source, failure);
    } while (!translate(source, source->event, out));
    return true;
}

static void close_source(struct yaml_source *source)
{
    if (!source)
        return;
    if (source->event)
        fy_parser_event_free(source->parser, source->event);
    if (source->parser)
        fy_parser_destroy(source->parser);
    if (source->diag)
        fy_diag_destroy(source->diag);
    free(source);
}

/* FYPCF_QUIET alone still prints, hence the collecting diag. */
static bool open_parser(struct yaml_source *source, struct slice bytes)
{
    struct fy_diag_cfg diag;
    fy_diag_cfg_default(&diag);
    diag.fp = NULL;
    source->diag = fy_diag_create(&diag);
    if (!source->diag)
        return false;
    fy_diag_set_collect_errors(source->diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_PREFER_RECURSIVE |
                                        FYPCF_JSON_NONE,
                               .diag = source->diag};
    source->parser = fy_parser_create(&cfg);
    return source->parser &&
           fy_parser_set_string(source->parser, bytes.len ? (const char *)bytes.ptr : "",
                                bytes.len) == 0;
}

static struct yaml_source *open_source(struct slice bytes)
{
    struct yaml_source *source = calloc(1, sizeof(*source));
    if (!source)
        return NULL;
    source->bytes = bytes;
    source->checked = check(bytes);
    source->line = source->column = 1;
    if (!open_parser(source, bytes)) {
        close_source(source);
        return NULL;
    }
    return source;
}

const struct yaml_source_type yaml_source_yaml = {open_source, close_source, next};
