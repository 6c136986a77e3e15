#include <errno.h>
#include <unistd.h>

#include "common/yaml.h"

#include "server/config_item.h"
#include "server/suggest.h"

/* parlel.yaml being read. */
struct file_reading {
    struct config *config;
    struct config_layer *layer;
    struct yaml_reader *yaml;
};

/* Whether the document goes on with something other than the end of the container being read. */
static bool next_inside(struct file_reading *reading, struct yaml_event *out)
{
    return yaml_next(reading->yaml, out) && out->type != YAML_MAPPING_END &&
           out->type != YAML_SEQUENCE_END;
}

static bool is_null(const struct yaml_event *event)
{
    return event->type == YAML_SCALAR && event->kind == YAML_NULL;
}

static bool take_scalar(struct file_reading *reading, const struct config_item *item,
                        const struct yaml_event *value)
{
    struct problem why;
    if (value->type != YAML_SCALAR)
        return yaml_error(reading->yaml, "expected %s to be one value, got %s", item->key,
                          yaml_describe(value));
    return item->take(reading->config, reading->layer, value->text, &why) ||
           yaml_error(reading->yaml, "%s: %s", item->key, why.text);
}

static bool take_item(struct file_reading *reading, const struct config_item *item,
                      const struct yaml_event *value)
{
    struct yaml_event element;
    if (is_null(value))
        return true;
    if (value->type != YAML_SEQUENCE || !item->list)
        return take_scalar(reading, item, value);
    while (next_inside(reading, &element))
        if (!take_scalar(reading, item, &element))
            return false;
    return !yaml_message(reading->yaml);
}

/* What a service is given beside its port are settings, as of --set. */
static bool take_service_member(struct file_reading *reading, const struct emulator_type *type,
                                const struct yaml_event *key)
{
    struct yaml_event value;
    struct problem why;
    if (!yaml_expect(reading->yaml, YAML_SCALAR, "one value", &value))
        return false;
    bool fine =
        slice_eq_str(key->text, "port")
            ? config_take_port(reading->layer, registry_index(&reading->config->registry, type),
                               value.text, &why)
            : config_take_setting(reading->config, reading->layer, type, key->text, value.text,
                                  &why);
    return fine || yaml_error(reading->yaml, "%s", why.text);
}

/* `redis:` with nothing, a port, or a mapping. */
static bool take_service(struct file_reading *reading, const struct yaml_event *name)
{
    struct yaml_event value, key;
    struct problem why;
    const struct emulator_type *type =
        config_take_service(reading->config, reading->layer, name->text, &why);
    if (!type)
        return yaml_error(reading->yaml, "%s", why.text);
    if (!yaml_next(reading->yaml, &value))
        return false;
    if (is_null(&value))
        return true;
    if (value.type == YAML_SCALAR) {
        size_t index = registry_index(&reading->config->registry, type);
        return config_take_port(reading->layer, index, value.text, &why) ||
               yaml_error(reading->yaml, "%s", why.text);
    }
    if (value.type != YAML_MAPPING)
        return yaml_error(reading->yaml, "expected a port or a mapping, got %s",
                          yaml_describe(&value));
    while (next_inside(reading, &key))
        if (!take_service_member(reading, type, &key))
            return false;
    return !yaml_message(reading->yaml);
}

static bool take_services(struct file_reading *reading)
{
    struct yaml_event name;
    while (next_inside(reading, &name))
        if (!take_service(reading, &name))
            return false;
    return !yaml_message(reading->yaml);
}

static bool unknown_key(struct file_reading *reading, const struct yaml_event *key)
{
    struct suggestion near = {NULL, 0};
    for (const struct config_item *item = config_items; item->take; item++)
        if (item->key)
            suggest_consider(&near, key->text, item->key);
    return near.word
               ? yaml_error(reading->yaml, "there is no key '" SLICE_FMT "'; did you mean %s?",
                            SLICE_ARG(key->text), near.word)
               : yaml_error(reading->yaml, "there is no key '" SLICE_FMT "'", SLICE_ARG(key->text));
}

static bool take_member(struct file_reading *reading, const struct yaml_event *key)
{
    const struct config_item *item = config_items;
    struct yaml_event value;
    while (item->take && !(item->key && slice_eq_str(key->text, item->key)))
        item++;
    if (!item->take)
        return unknown_key(reading, key);
    if (!yaml_next(reading->yaml, &value))
        return false;
    if (item == config_items && value.type == YAML_MAPPING)
        return take_services(reading);
    return take_item(reading, item, &value);
}

static bool read_document(struct file_reading *reading)
{
    struct yaml_event event;
    if (!yaml_next(reading->yaml, &event))
        return false;
    if (event.type == YAML_END || is_null(&event))
        return true;
    if (event.type != YAML_MAPPING)
        return yaml_error(reading->yaml, "expected a mapping, got %s", yaml_describe(&event));
    while (next_inside(reading, &event))
        if (!take_member(reading, &event))
            return false;
    return !yaml_message(reading->yaml) && yaml_next(reading->yaml, &event);
}

bool config_read_file(struct config *config, const char *path, struct problem *problem)
{
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return true;
    struct file_reading reading = {config, &config->layers[CONFIG_YAML], yaml_open_file(path)};
    if (!reading.yaml)
        return problem_say(problem, "out of memory");
    bool fine = read_document(&reading);
    if (!fine)
        yaml_report(reading.yaml, NULL, problem->text, sizeof(problem->text));
    yaml_close(reading.yaml);
    return fine;
}
