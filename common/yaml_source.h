/* What yaml.c reads from: the events of libfyaml or of the JSON reader, not yet typed or checked. */
#ifndef PARLEL_COMMON_YAML_SOURCE_H
#define PARLEL_COMMON_YAML_SOURCE_H

#include "common/yaml.h"

enum yaml_raw_type {
    YAML_RAW_END,
    YAML_RAW_DOCUMENT,
    YAML_RAW_MAPPING,
    YAML_RAW_MAPPING_END,
    YAML_RAW_SEQUENCE,
    YAML_RAW_SEQUENCE_END,
    YAML_RAW_SCALAR,
    YAML_RAW_ALIAS /* text is the anchor's name */
};

/* Texts are valid until the source's next event. */
struct yaml_raw {
    enum yaml_raw_type type;
    bool plain; /* a scalar without quotes */
    struct slice text;
    struct slice tag;    /* len 0: none */
    struct slice anchor; /* len 0: none */
    uint32_t line, column;
};

struct yaml_failure {
    uint32_t line, column; /* line 0: the text as a whole */
    char message[256];
};

struct yaml_source;

struct yaml_source_type {
    /* NULL when out of memory; bytes are borrowed. */
    struct yaml_source *(*open)(struct slice bytes);
    void (*close)(struct yaml_source *source);
    bool (*next)(struct yaml_source *source, struct yaml_raw *out, struct yaml_failure *failure);
};

extern const struct yaml_source_type yaml_source_yaml;
extern const struct yaml_source_type yaml_source_json;

#endif
