#include "server/control/schema.h"

const struct control_parameter schema_world = {
    "world", CONTROL_TEXT, false, "the fork that this is about; without it the sandbox itself",
    NULL};

static void write_member(struct json_writer *out, const char *name, const char *text)
{
    json_key_str(out, name);
    json_str(out, text);
}

static void write_choices(struct json_writer *out, const char *choices)
{
    json_key_str(out, "enum");
    json_array(out);
    while (*choices) {
        size_t len = strcspn(choices, "|");
        json_string(out, slice_of(choices, len));
        choices += len + (choices[len] == '|');
    }
    json_array_end(out);
}

void schema_write_parameter(struct json_writer *out, const struct control_parameter *parameter)
{
    /* What may be written as a number or a text has no type here: its description says how. */
    static const char *const types[] = {
        [CONTROL_TEXT] = "string",     [CONTROL_INTEGER] = "integer", [CONTROL_NUMBER] = "number",
        [CONTROL_BOOLEAN] = "boolean", [CONTROL_TEXTS] = "array",     [CONTROL_DURATION] = NULL,
        [CONTROL_INSTANT] = NULL,      [CONTROL_DOCUMENT] = NULL,
    };
    json_object(out);
    if (types[parameter->type])
        write_member(out, "type", types[parameter->type]);
    if (parameter->type == CONTROL_DURATION || parameter->type == CONTROL_INSTANT) {
        json_key_str(out, "type");
        json_raw(out, slice_str("[\"string\",\"number\"]"));
    }
    if (parameter->type == CONTROL_TEXTS) {
        json_key_str(out, "items");
        json_raw(out, slice_str("{\"type\":\"string\"}"));
    }
    if (parameter->type == CONTROL_INTEGER) {
        json_key_str(out, "minimum");
        json_int(out, 0);
    }
    if (parameter->choices)
        write_choices(out, parameter->choices);
    write_member(out, "description", parameter->help);
    json_object_end(out);
}

void schema_write_parameters(struct json_writer *out, const struct control_action *action)
{
    const struct control_parameter *at;
    bool required = false;
    json_object(out);
    write_member(out, "type", "object");
    json_key_str(out, "properties");
    json_object(out);
    for (at = action->parameters; at && at->name; at++) {
        json_key_str(out, at->name);
        schema_write_parameter(out, at);
        required = required || at->required;
    }
    if (action->flags & CONTROL_WORLDS) {
        json_key_str(out, schema_world.name);
        schema_write_parameter(out, &schema_world);
    }
    json_object_end(out);
    if (required) {
        json_key_str(out, "required");
        json_array(out);
        for (at = action->parameters; at->name; at++)
            if (at->required)
                json_str(out, at->name);
        json_array_end(out);
    }
    json_key_str(out, "additionalProperties");
    json_bool(out, false);
    json_object_end(out);
}
