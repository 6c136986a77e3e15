#include "server/fixtures.h"

#include "common/yaml.h"

/* The reader stands after the key that names a service. */
static bool seed_service(struct sandbox *sandbox, const struct registry *registry,
                         struct yaml_reader *yaml, const struct yaml_event *key)
{
    struct service *service = sandbox_find(sandbox, key->text);
    if (!service && registry_find(registry, key->text))
        return yaml_skip(yaml, key);
    struct problem why;
    if (!service && !registry_lacks(registry, key->text, &why))
        return yaml_error(yaml, "%s", why.text);
    struct emulator_error error = {.message = "it takes no fixtures"};
    return (service->type->seed && service->type->seed(service->emulator, yaml, &error)) ||
           yaml_error(yaml, "%s", error.message);
}

static bool seed_all(struct sandbox *sandbox, const struct registry *registry,
                     struct yaml_reader *yaml)
{
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
        if (!seed_service(sandbox, registry, yaml, &event))
            return false;
    }
}

bool fixtures_load(struct sandbox *sandbox, const struct registry *registry, const char *path,
                   struct problem *problem)
{
    struct yaml_reader *yaml = yaml_open_file(path);
    struct sandbox_checkpoint *before = sandbox_checkpoint(sandbox, slice_of("", 0));
    bool fine = false;
    if (!yaml || !before) {
        problem_say(problem, "%s: out of memory", path);
    } else {
        fine = seed_all(sandbox, registry, yaml);
        if (!fine) {
            yaml_report(yaml, NULL, problem->text, sizeof(problem->text));
            sandbox_rewind(sandbox, before);
        }
    }
    if (before)
        sandbox_release(sandbox, before);
    yaml_close(yaml);
    return fine;
}
