#include "server/control/arguments.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"
#include "common/time_text.h"

bool control_wrong(struct control_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    error->failure = CONTROL_BAD_REQUEST;
    snprintf(error->code, sizeof(error->code), "%s", control_code(CONTROL_BAD_REQUEST));
    return false;
}

void control_arguments_init(struct control_arguments *arguments,
                            const struct control_action *action, struct arena *arena)
{
    *arguments = (struct control_arguments){.action = action, .arena = arena};
    arguments->world = slice_of("", 0);
}

/* ---- values from text */

static bool read_text(struct slice text, struct control_value *out)
{
    out->text = text;
    return true;
}

static bool read_integer(struct slice text, struct control_value *out)
{
    return text_to_i64(text, &out->integer) && out->integer >= 0;
}

static bool read_number(struct slice text, struct control_value *out)
{
    return text_to_double(text, &out->number) && out->number == out->number;
}

static bool read_boolean(struct slice text, struct control_value *out)
{
    out->truth = slice_eq_str(text, "true") || slice_eq_str(text, "1") || text.len == 0;
    return out->truth || slice_eq_str(text, "false") || slice_eq_str(text, "0");
}

static bool read_duration(struct slice text, struct control_value *out)
{
    return time_parse_duration(text, &out->integer);
}

static bool read_instant(struct slice text, struct control_value *out)
{
    return time_parse_instant(text, &out->integer);
}

/* Texts of a query string are parted by commas. */
static bool read_texts(struct slice text, struct control_value *out);

static const struct type_row {
    const char *expected;
    bool (*read)(struct slice text, struct control_value *out);
} types[] = {
    [CONTROL_TEXT] = {"a text",                                                     read_text    },
    [CONTROL_INTEGER] = {"an integer, 0 or more",                                      read_integer },
    [CONTROL_NUMBER] = {"a number",                                                   read_number  },
    [CONTROL_BOOLEAN] = {"true or false",                                              read_boolean },
    [CONTROL_DURATION] = {"a duration such as 250ms, 5s, 2h, or seconds",               read_duration},
    [CONTROL_INSTANT] = {"a time such as 2030-01-31T12:00:00Z, or seconds since 1970",
                      read_instant                                                               },
    [CONTROL_TEXTS] = {"a list of texts",                                            read_texts   },
    [CONTROL_DOCUMENT] = {"a JSON value, or YAML as a text",                            read_text    },
};

static bool read_texts(struct slice text, struct control_value *out)
{
    out->text = text;
    return true;
}

/* ---- arguments */

static const struct control_parameter *find_parameter(const struct control_action *action,
                                                      struct slice name)
{
    const struct control_parameter *at = action->parameters;
    while (at && at->name && !slice_eq_str(name, at->name))
        at++;
    return at && at->name ? at : NULL;
}

static bool is_world(const struct control_arguments *arguments, struct slice name)
{
    return slice_eq_str(name, "world") && arguments->action->flags & CONTROL_WORLDS;
}

static bool unknown(const struct control_arguments *arguments, struct slice name,
                    struct control_error *error)
{
    return control_wrong(error, "%s takes no argument '" SLICE_FMT "'", arguments->action->name,
                         SLICE_ARG(name));
}

/* Is the text one of "a|b|c"? */
static bool is_choice(const char *choices, struct slice text)
{
    for (const char *at = choices; *at;) {
        size_t len = strcspn(at, "|");
        if (slice_eq(text, slice_of(at, len)))
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

static bool split_texts(struct control_arguments *arguments, struct control_value *value)
{
    size_t count = 1;
    for (size_t i = 0; i < value->text.len; i++)
        count += value->text.ptr[i] == ',';
    struct slice *texts = arena_array(arguments->arena, count, sizeof(*texts));
    if (!texts)
        return false;
    struct slice rest = value->text;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *comma = rest.len ? memchr(rest.ptr, ',', rest.len) : NULL;
        texts[i] = slice_of(rest.ptr, comma ? (size_t)(comma - rest.ptr) : rest.len);
        rest = slice_from(rest, texts[i].len + 1);
    }
    value->texts = texts;
    value->text_count = count;
    return true;
}

static bool set_value(struct control_arguments *arguments,
                      const struct control_parameter *parameter, struct slice text,
                      struct control_error *error)
{
    struct control_value *value = &arguments->values[parameter - arguments->action->parameters];
    if (!types[parameter->type].read(text, value))
        return control_wrong(error, "%s: expected %s, got '" SLICE_FMT "'", parameter->name,
                             types[parameter->type].expected, SLICE_ARG(text));
    if (parameter->choices && !is_choice(parameter->choices, text))
        return control_wrong(error, "%s: expected one of %s, got '" SLICE_FMT "'", parameter->name,
                             parameter->choices, SLICE_ARG(text));
    if (parameter->type == CONTROL_TEXTS && !value->texts && !split_texts(arguments, value))
        return control_wrong(error, "out of memory");
    value->given = true;
    return true;
}

bool control_argument(struct control_arguments *arguments, struct slice name, struct slice value,
                      struct control_error *error)
{
    const struct control_parameter *parameter = find_parameter(arguments->action, name);
    if (parameter)
        return set_value(arguments, parameter, value, error);
    if (!is_world(arguments, name))
        return unknown(arguments, name, error);
    arguments->world = value;
    return true;
}

/* ---- values from JSON */

static const char *describe(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a text",
        [JSON_NUMBER] = "a number",  [JSON_TRUE] = "true",      [JSON_FALSE] = "false",
        [JSON_NULL] = "null",
    };
    return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "nothing";
}

/* Numbers may be given as texts and the other way round where the text reads as one; a text is
 * never a boolean's or an array's. */
static bool fits(enum control_type type, enum json_kind kind)
{
    switch (type) {
    case CONTROL_BOOLEAN: return kind == JSON_TRUE || kind == JSON_FALSE;
    case CONTROL_TEXT: return kind == JSON_STRING || kind == JSON_NUMBER;
    case CONTROL_TEXTS: return kind == JSON_STRING;
    default: return kind == JSON_STRING || kind == JSON_NUMBER;
    }
}

/* The strings of an array whose begin was read. */
static bool read_array(struct control_arguments *arguments, struct json_reader *json,
                       const struct control_parameter *parameter, struct control_error *error)
{
    struct control_value *value = &arguments->values[parameter - arguments->action->parameters];
    struct slice *texts = NULL;
    size_t count = 0, room = 0;
    struct json_token token;
    while (json_next(json, &token) && token.kind == JSON_STRING) {
        if (count == room) {
            struct slice *grown =
                arena_array(arguments->arena, room ? room * 2 : 4, sizeof(*grown));
            if (!grown)
                return control_wrong(error, "out of memory");
            if (count)
                memcpy(grown, texts, count * sizeof(*grown));
            texts = grown;
            room = room ? room * 2 : 4;
        }
        texts[count++] = token.text;
    }
    if (token.kind != JSON_ARRAY_END)
        return control_wrong(error, "%s: expected a list of texts, got %s in it", parameter->name,
                             describe(token.kind));
    value->texts = texts;
    value->text_count = count;
    value->given = true;
    return true;
}

/* Any value: its JSON text; a text stands for what is in it. */
static bool read_document(struct control_arguments *arguments, struct json_reader *json,
                          const struct control_parameter *parameter, const struct json_token *first)
{
    struct control_value *value = &arguments->values[parameter - arguments->action->parameters];
    value->given = true;
    value->text = first->text;
    if (first->kind == JSON_STRING)
        return true;
    if (!json_skip(json, first))
        return false;
    value->text = slice_of(json->in.ptr + first->at, json->at - first->at);
    return true;
}

static bool read_member(struct control_arguments *arguments, struct json_reader *json,
                        struct slice name, struct control_error *error)
{
    const struct control_parameter *parameter = find_parameter(arguments->action, name);
    struct json_token token;
    if (!parameter && !is_world(arguments, name))
        return unknown(arguments, name, error);
    if (!json_next(json, &token))
        return false;
    if (token.kind == JSON_NULL)
        return true; /* as if it were not there */
    if (!parameter) {
        arguments->world = token.text;
        return token.kind == JSON_STRING || control_wrong(error, "world: expected a text");
    }
    if (parameter->type == CONTROL_DOCUMENT)
        return read_document(arguments, json, parameter, &token);
    if (parameter->type == CONTROL_TEXTS && token.kind == JSON_ARRAY)
        return read_array(arguments, json, parameter, error);
    if (!fits(parameter->type, token.kind))
        return control_wrong(error, "%s: expected %s, got %s", parameter->name,
                             types[parameter->type].expected, describe(token.kind));
    return set_value(arguments, parameter, token.text, error);
}

bool control_arguments_json(struct control_arguments *arguments, struct slice text,
                            struct control_error *error)
{
    struct json_reader json;
    struct json_token token;
    *error = (struct control_error){.failure = CONTROL_BAD_REQUEST};
    json_reader_init(&json, text, arguments->arena);
    bool fine = json_next(&json, &token);
    if (fine && token.kind != JSON_OBJECT)
        return control_wrong(error, "expected an object of arguments, got %s",
                             describe(token.kind));
    while (fine && json_next(&json, &token) && token.kind == JSON_KEY)
        fine = read_member(arguments, &json, token.text, error);
    if (fine && json_next(&json, &token) && token.kind == JSON_END)
        return true;
    size_t at = 0;
    const char *problem = json_error(&json, &at);
    if (error->message[0])
        return false;
    return control_wrong(error, "malformed JSON at byte %zu: %s", at,
                         problem ? problem : "more follows");
}

bool control_arguments_check(const struct control_arguments *arguments, struct control_error *error)
{
    const struct control_parameter *at = arguments->action->parameters;
    for (; at && at->name; at++)
        if (at->required && !arguments->values[at - arguments->action->parameters].given)
            return control_wrong(error, "%s is missing: %s", at->name, at->help);
    return true;
}
