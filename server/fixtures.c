#include "server/fixtures.h"

#include "common/yaml.h"

#include "server/fixture_sections.h"

struct loading {
    struct sandbox *sandbox;
    const struct registry *registry;
    struct yaml_reader *yaml;
    struct fixtures_loaded loaded;
};

/* The reader stands before the service's section. */
static bool seed_service(struct loading *loading, struct service *service)
{
    struct emulator_error error = {.message = "it takes no fixtures"};
    if (loading->loaded.count < REGISTRY_MAX)
        loading->loaded.services[loading->loaded.count++] = service->type;
    return (service->type->seed && service->type->seed(service->emulator, loading->yaml, &error)) ||
           yaml_error(loading->yaml, "%s", error.message);
}

/* The reader stands after the key of the top level. */
static bool load_section(struct loading *loading, const struct yaml_event *key)
{
    fixture_section *section = fixture_section_find(key->text);
    if (section)
        return section(loading->sandbox, loading->registry, loading->yaml);
    struct service *service = sandbox_find(loading->sandbox, key->text);
    if (service)
        return seed_service(loading, service);
    if (registry_find(loading->registry, key->text))
        return yaml_skip(loading->yaml, key);
    struct problem why;
    registry_lacks(loading->registry, key->text, &why);
    return yaml_error(loading->yaml, "%s", why.text);
}

static bool load_all(struct loading *loading)
{
    struct yaml_reader *yaml = loading->yaml;
    struct yaml_event event;
    if (!yaml_next(yaml, &event))
        return false;
    if (event.type == YAML_END || (event.type == YAML_SCALAR && event.kind == YAML_NULL))
        return true;
    if (event.type != YAML_MAPPING)
        return yaml_error(yaml, "expected a mapping of services, got %s", yaml_describe(&event));
    for (;;) {
        if (!yaml_next(yaml, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            return yaml_next(yaml, &event); /* nothing may follow */
        if (!load_section(loading, &event))
            return false;
    }
}

static bool load_one(struct loading *loading, struct service *service)
{
    struct yaml_event event;
    return seed_service(loading, service) && yaml_next(loading->yaml, &event);
}

/* Wholly or not at all. Takes the reader. */
static bool load(struct loading *loading, const char *name, struct service *only,
                 struct problem *problem)
{
    struct sandbox *sandbox = loading->sandbox;
    struct fault_rules *faults = sandbox_faults(sandbox);
    struct fault_rule **rules_end = faults->end;
    struct sandbox_checkpoint *before =
        loading->yaml ? sandbox_checkpoint(sandbox, slice_of("", 0)) : NULL;
    if (!before) {
        yaml_close(loading->yaml);
        return problem_say(problem, "%s: out of memory", name);
    }
    bool fine = only ? load_one(loading, only) : load_all(loading);
    if (!fine) {
        yaml_report(loading->yaml, NULL, problem->text, sizeof(problem->text));
        sandbox_rewind(sandbox, before);
        fixture_drop_rules(faults, rules_end);
    }
    sandbox_release(sandbox, before);
    yaml_close(loading->yaml);
    if (fine && !sandbox_mark_seeded(sandbox))
        return problem_say(problem, "%s: out of memory", name);
    return fine;
}

bool fixtures_load(struct sandbox *sandbox, const struct registry *registry, const char *path,
                   struct problem *problem)
{
    struct loading loading = {
        sandbox, registry, yaml_open_file(path), {0, {NULL}}
    };
    return load(&loading, path, NULL, problem);
}

bool fixtures_load_bytes(struct sandbox *sandbox, const struct registry *registry, const char *name,
                         struct slice text, struct service *only,
                         struct fixtures_loaded *out_loaded, struct problem *problem)
{
    struct loading loading = {
        sandbox, registry, yaml_open_bytes(name, text), {0, {NULL}}
    };
    bool fine = load(&loading, name, only, problem);
    *out_loaded = loading.loaded;
    return fine;
}
