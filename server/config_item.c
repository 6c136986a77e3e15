#include "server/config_item.h"

#include "common/journal.h"
#include "common/text.h"

static bool no_memory(struct problem *problem)
{
    return problem_say(problem, "out of memory");
}

static bool to_port(struct slice text, uint16_t *out, struct problem *problem)
{
    uint64_t port;
    if (!text_to_u64(text, &port) || port > UINT16_MAX)
        return problem_say(problem, "'" SLICE_FMT "' is not a port: 0 (any free one) to 65535",
                           SLICE_ARG(text));
    *out = (uint16_t)port;
    return true;
}

bool config_take_port(struct config_layer *layer, size_t index, struct slice value,
                      struct problem *problem)
{
    if (!to_port(value, &layer->ports[index], problem))
        return false;
    layer->has_port[index] = true;
    return true;
}

static const struct emulator_type *find_service(struct config *config, struct slice name,
                                                struct problem *problem)
{
    const struct emulator_type *type = registry_find(&config->registry, name);
    if (!type)
        registry_lacks(&config->registry, name, problem);
    return type;
}

const struct emulator_type *config_take_service(struct config *config, struct config_layer *layer,
                                                struct slice name, struct problem *problem)
{
    const struct emulator_type *type = find_service(config, name, problem);
    if (!type)
        return NULL;
    layer->has_services = true;
    for (size_t i = 0; i < layer->service_count; i++)
        if (layer->services[i] == type)
            return type;
    layer->services[layer->service_count++] = type;
    return type;
}

/* SERVICE or SERVICE:PORT */
static bool take_service(struct config *config, struct config_layer *layer, struct slice value,
                         struct problem *problem)
{
    const uint8_t *colon = value.len ? memchr(value.ptr, ':', value.len) : NULL;
    size_t len = colon ? (size_t)(colon - value.ptr) : value.len;
    const struct emulator_type *type =
        config_take_service(config, layer, slice_of(value.ptr, len), problem);
    if (!type || !colon)
        return type != NULL;
    return config_take_port(layer, registry_index(&config->registry, type),
                            slice_from(value, len + 1), problem);
}

static bool take_bind(struct config *config, struct config_layer *layer, struct slice value,
                      struct problem *problem)
{
    (void)config;
    layer->has_bind = listen_parse(value, &layer->bind);
    return layer->has_bind ||
           problem_say(problem, "'" SLICE_FMT "' is not an address such as 127.0.0.1, ::1, 0.0.0.0",
                       SLICE_ARG(value));
}

static bool take_control(struct config *config, struct config_layer *layer, struct slice value,
                         struct problem *problem)
{
    (void)config;
    layer->has_control = to_port(value, &layer->control_port, problem);
    return layer->has_control;
}

static bool take_on_conflict(struct config *config, struct config_layer *layer, struct slice value,
                             struct problem *problem)
{
    (void)config;
    layer->remap = slice_eq_str(value, "remap");
    layer->has_on_conflict = layer->remap || slice_eq_str(value, "fail");
    return layer->has_on_conflict ||
           problem_say(problem, "'" SLICE_FMT "' is neither fail nor remap", SLICE_ARG(value));
}

static bool take_ports_file(struct config *config, struct config_layer *layer, struct slice value,
                            struct problem *problem)
{
    if (value.len == 0)
        return problem_say(problem, "the name of a file is expected");
    layer->ports_file = (const char *)arena_dup(&config->arena, value).ptr;
    return layer->ports_file || no_memory(problem);
}

static bool take_seed(struct config *config, struct config_layer *layer, struct slice value,
                      struct problem *problem)
{
    if (value.len == 0)
        return problem_say(problem, "the name of a file is expected");
    struct config_seed *seed = arena_zalloc(&config->arena, sizeof(*seed));
    if (!seed)
        return no_memory(problem);
    seed->path = (const char *)arena_dup(&config->arena, value).ptr;
    if (!seed->path)
        return no_memory(problem);
    *layer->seeds_end = seed;
    layer->seeds_end = &seed->next;
    return true;
}

/* RECORDS or RECORDS:BYTES; 0 records: no journal. */
static bool take_journal(struct config *config, struct config_layer *layer, struct slice value,
                         struct problem *problem)
{
    const uint8_t *colon = value.len ? memchr(value.ptr, ':', value.len) : NULL;
    struct slice records = slice_of(value.ptr, colon ? (size_t)(colon - value.ptr) : value.len);
    uint64_t count, bytes = JOURNAL_TEXT_BYTES;
    (void)config;
    if (!text_to_u64(records, &count) || count > JOURNAL_RECORDS_MAX ||
        (colon && (!text_to_u64(slice_from(value, records.len + 1), &bytes) ||
                   bytes > JOURNAL_TEXT_BYTES_MAX)))
        return problem_say(problem,
                           "'" SLICE_FMT "' is not RECORDS or RECORDS:BYTES, at most %u and %u",
                           SLICE_ARG(value), JOURNAL_RECORDS_MAX, JOURNAL_TEXT_BYTES_MAX);
    layer->has_journal = true;
    layer->journal_records = (size_t)count;
    layer->journal_bytes = (size_t)bytes;
    return true;
}

bool config_take_setting(struct config *config, struct config_layer *layer,
                         const struct emulator_type *type, struct slice key, struct slice value,
                         struct problem *problem)
{
    struct config_setting *setting = arena_zalloc(&config->arena, sizeof(*setting));
    if (!setting)
        return no_memory(problem);
    setting->type = type;
    setting->key = arena_dup(&config->arena, key);
    setting->value = arena_dup(&config->arena, value);
    if (!setting->key.ptr || !setting->value.ptr)
        return no_memory(problem);
    *layer->settings_end = setting;
    layer->settings_end = &setting->next;
    return true;
}

/* SERVICE.KEY=VALUE; the value may be empty and hold anything. */
static bool take_set(struct config *config, struct config_layer *layer, struct slice value,
                     struct problem *problem)
{
    const uint8_t *equals = value.len ? memchr(value.ptr, '=', value.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - value.ptr) : 0;
    const uint8_t *dot = name_len ? memchr(value.ptr, '.', name_len) : NULL;
    if (!dot || dot + 1 == equals)
        return problem_say(problem, "'" SLICE_FMT "' is not SERVICE.KEY=VALUE", SLICE_ARG(value));
    struct slice service = slice_of(value.ptr, (size_t)(dot - value.ptr));
    const struct emulator_type *type = find_service(config, service, problem);
    if (!type)
        return false;
    return config_take_setting(config, layer, type, slice_of(dot + 1, (size_t)(equals - dot - 1)),
                               slice_from(value, name_len + 1), problem);
}

/* clang-format off */
const struct config_item config_items[] = {
    /* flag        env                     key            list     take */
    {NULL,          "SERVICES",            "services",    ", \t", take_service},
    {"bind",        "PARLEL_BIND",         "bind",        NULL,    take_bind},
    {"control",     "PARLEL_CONTROL_PORT", "control",     NULL,    take_control},
    {"on-conflict", "PARLEL_ON_CONFLICT",  "on-conflict", NULL,    take_on_conflict},
    {"ports-file",  "PARLEL_PORTS_FILE",   "ports-file",  NULL,    take_ports_file},
    {"journal",     "PARLEL_JOURNAL",      "journal",     NULL,    take_journal},
    {"seed",        "PARLEL_FIXTURES",     "fixtures",    ":",     take_seed},
    {"set",         NULL,                  NULL,          NULL,    take_set},
    {NULL},
};
/* clang-format on */
