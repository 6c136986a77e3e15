/* The YAML reader: balanced events, bounded depth, and an error with a message or an end. The first
 * byte chooses YAML or JSON. */
#include "common/assert.h"
#include "common/yaml.h"

/* libfyaml 0.7.12 leaks the text of a quoted scalar when the syntax is wrong behind it. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static void check(const struct yaml_event *event, uint32_t *depth)
{
    int64_t integer;
    double number;
    bool truth;
    if (event->type == YAML_MAPPING || event->type == YAML_SEQUENCE)
        ++*depth;
    if (event->type == YAML_MAPPING_END || event->type == YAML_SEQUENCE_END) {
        ASSERT(*depth > 0);
        --*depth;
    }
    ASSERT(*depth <= YAML_DEPTH_MAX);
    if (event->type == YAML_SCALAR) {
        (void)yaml_to_i64(event, &integer);
        (void)yaml_to_double(event, &number);
        (void)yaml_to_bool(event, &truth);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yaml_event event;
    uint32_t depth = 0;
    if (size == 0)
        return 0;
    struct yaml_reader *r =
        yaml_open_bytes(data[0] & 1 ? "y.yaml" : "y.json", slice_of(data + 1, size - 1));
    if (!r)
        return 0;
    while (yaml_next(r, &event)) {
        check(&event, &depth);
        if (event.type == YAML_END)
            break;
    }
    ASSERT(yaml_message(r) ? yaml_message(r)[0] != 0 : event.type == YAML_END && depth == 0);
    yaml_close(r);
    return 0;
}
