#include "common/yaml_to_json.h"

static bool put_container(struct yaml_reader *reader, bool mapping, struct json_writer *out)
{
    struct yaml_event event;
    if (mapping)
        json_object(out);
    else
        json_array(out);
    while (yaml_next(reader, &event)) {
        if (event.type == YAML_MAPPING_END || event.type == YAML_SEQUENCE_END) {
            if (mapping)
                json_object_end(out);
            else
                json_array_end(out);
            return true;
        }
        if (mapping) {
            json_key(out, event.text);
            if (!yaml_next(reader, &event))
                return false;
        }
        if (!yaml_to_json(reader, &event, out))
            return false;
    }
    return false;
}

/* A number as written, which keeps all its digits, where that is JSON. */
static bool is_json_number(struct slice text)
{
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, NULL);
    return json_next(&reader, &token) && token.kind == JSON_NUMBER && json_next(&reader, &token);
}

static void put_number(const struct yaml_event *event, struct json_writer *out)
{
    int64_t integer;
    double real;
    if (is_json_number(event->text))
        json_raw(out, event->text);
    else if (yaml_to_i64(event, &integer))
        json_int(out, integer);
    else if (yaml_to_double(event, &real))
        json_double(out, real);
    else
        json_string(out, event->text);
}

/* Only !!binary gives others than texts. */
static bool put_string(struct yaml_reader *reader, struct slice bytes, struct json_writer *out)
{
    size_t width = 1;
    for (struct slice rest = bytes; rest.len && width; rest = slice_from(rest, width))
        width = utf8_width(rest);
    if (!width)
        return yaml_error(reader, "bytes that are no UTF-8 have no form in JSON");
    json_string(out, bytes);
    return true;
}

bool yaml_to_json(struct yaml_reader *reader, const struct yaml_event *first,
                  struct json_writer *out)
{
    bool value = false;
    if (first->type != YAML_SCALAR)
        return put_container(reader, first->type == YAML_MAPPING, out);
    switch (first->kind) {
    case YAML_NULL: json_null(out); break;
    case YAML_STRING: return put_string(reader, first->text, out);
    case YAML_BOOL:
        yaml_to_bool(first, &value);
        json_bool(out, value);
        break;
    case YAML_INT:
    case YAML_FLOAT: put_number(first, out); break;
    }
    return true;
}
