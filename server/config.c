#include "server/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"
#include "common/journal.h"

#include "server/config_item.h"

void config_init(struct config *config, struct registry registry)
{
    *config = (struct config){.registry = registry};
    ASSERT(registry.count <= REGISTRY_MAX);
    for (int i = 0; i < CONFIG_SOURCES; i++) {
        struct config_layer *layer = &config->layers[i];
        layer->seeds_end = &layer->seeds;
        layer->settings_end = &layer->settings;
    }
}

void config_done(struct config *config)
{
    arena_done(&config->arena);
}

bool config_flag(struct config *config, const char *name, const char *value,
                 struct problem *problem)
{
    const struct config_item *item = config_items;
    while (item->take && !(item->flag && strcmp(item->flag, name) == 0))
        item++;
    ASSERT(item->take);
    struct problem why;
    if (item->take(config, &config->layers[CONFIG_FLAGS], slice_str(value), &why))
        return true;
    return problem_say(problem, "--%s: %s", name, why.text);
}

bool config_service(struct config *config, const char *word, struct problem *problem)
{
    ASSERT(!config_items[0].flag);
    return config_items[0].take(config, &config->layers[CONFIG_FLAGS], slice_str(word), problem);
}

/* ---- the environment */

/* A variable that is set and not empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool take_variable(struct config *config, const struct config_item *item,
                          struct problem *problem)
{
    const char *at = item->env ? variable(item->env) : NULL;
    struct config_layer *layer = &config->layers[CONFIG_ENVIRONMENT];
    struct problem why;
    while (at && *at) {
        size_t len = item->list ? strcspn(at, item->list) : strlen(at);
        if (len > 0 && !item->take(config, layer, slice_of(at, len), &why))
            return problem_say(problem, "%s: %s", item->env, why.text);
        at += len;
        at += item->list ? strspn(at, item->list) : 0;
    }
    return true;
}

/* REDIS_PORT and the like; a port in SERVICES is the nearer word. */
static bool take_port_variable(struct config *config, size_t index, struct problem *problem)
{
    struct config_layer *layer = &config->layers[CONFIG_ENVIRONMENT];
    char name[64];
    int len = snprintf(name, sizeof(name), "%s_PORT", config->registry.types[index]->name);
    for (int i = 0; i < len; i++)
        name[i] = (char)toupper((unsigned char)name[i]);
    const char *value = variable(name);
    struct problem why;
    if (!value || layer->has_port[index] || config_take_port(layer, index, slice_str(value), &why))
        return true;
    return problem_say(problem, "%s: %s", name, why.text);
}

static bool read_environment(struct config *config, struct problem *problem)
{
    for (const struct config_item *item = config_items; item->take; item++)
        if (!take_variable(config, item, problem))
            return false;
    for (size_t i = 0; i < config->registry.count; i++)
        if (!take_port_variable(config, i, problem))
            return false;
    return true;
}

/* ---- the outcome */

static uint16_t port_of(const struct config *config, const struct emulator_type *type)
{
    size_t index = registry_index(&config->registry, type);
    for (int i = 0; i < CONFIG_SOURCES; i++)
        if (config->layers[i].has_port[index])
            return config->layers[i].ports[index];
    return type->port;
}

static void decide_services(struct config *config)
{
    const struct emulator_type *const *types = config->registry.types;
    size_t count = config->registry.count;
    for (int i = CONFIG_SOURCES - 1; i >= 0; i--) {
        const struct config_layer *layer = &config->layers[i];
        if (layer->has_services) {
            types = layer->services;
            count = layer->service_count;
        }
    }
    config->service_count = count;
    for (size_t i = 0; i < count; i++)
        config->services[i] = (struct config_service){types[i], port_of(config, types[i])};
}

/* From the weakest source to the strongest: what a later one has replaces. */
static void decide_rest(struct config *config)
{
    struct config_setting **end = &config->settings;
    config->bind = listen_loopback();
    config->control_port = CONFIG_CONTROL_PORT;
    config->journal_records = JOURNAL_RECORDS;
    config->journal_bytes = JOURNAL_TEXT_BYTES;
    for (int i = CONFIG_SOURCES - 1; i >= 0; i--) {
        const struct config_layer *layer = &config->layers[i];
        if (layer->has_bind)
            config->bind = layer->bind;
        if (layer->has_control)
            config->control_port = layer->control_port;
        if (layer->has_on_conflict)
            config->remap = layer->remap;
        if (layer->has_journal) {
            config->journal_records = layer->journal_records;
            config->journal_bytes = layer->journal_bytes;
        }
        if (layer->ports_file)
            config->ports_file = layer->ports_file;
        if (layer->seeds)
            config->seeds = layer->seeds;
        if (layer->settings) {
            *end = layer->settings;
            end = layer->settings_end;
        }
    }
}

enum exit_status config_load(struct config *config, struct problem *problem)
{
    if (!read_environment(config, problem) || !config_read_file(config, CONFIG_FILE, problem))
        return STATUS_CONFIG;
    decide_services(config);
    decide_rest(config);
    return STATUS_OK;
}

void config_free_ports(struct config *config)
{
    const struct config_layer *flags = &config->layers[CONFIG_FLAGS];
    for (size_t i = 0; i < config->service_count; i++)
        if (!flags->has_port[registry_index(&config->registry, config->services[i].type)])
            config->services[i].port = 0;
    if (!flags->has_control)
        config->control_port = 0;
}
