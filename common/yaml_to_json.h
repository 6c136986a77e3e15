/* Values of fixtures as JSON: for whoever takes JSON already. */
#ifndef PARLEL_COMMON_YAML_TO_JSON_H
#define PARLEL_COMMON_YAML_TO_JSON_H

#include "common/json.h"
#include "common/yaml.h"

/* Writes the value whose first event was just read, whatever is in it. Numbers that JSON has no form for
 * (0x10, +1, .5) are written in one that it has; .inf and .nan as strings. Bytes that are no UTF-8 are refused. False: the reader has failed. */
bool yaml_to_json(struct yaml_reader *reader, const struct yaml_event *first,
                  struct json_writer *out);

#endif
