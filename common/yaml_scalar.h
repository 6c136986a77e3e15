/* The core schema (YAML 1.2.2, 10.3): what kind of scalar a text is. */
#ifndef PARLEL_COMMON_YAML_SCALAR_H
#define PARLEL_COMMON_YAML_SCALAR_H

#include "common/yaml.h"

/* The kind of a plain scalar without a tag. */
enum yaml_kind yaml_plain_kind(struct slice text);

/* The kind that a tag asks for; false when it is none of the core schema's or the text does not have
 * that form. *binary: the text is base64. */
bool yaml_tagged_kind(struct slice tag, struct slice text, enum yaml_kind *out, bool *binary);

#endif
