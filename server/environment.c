#include "server/environment.h"

#include "server/control/api.h"

static const struct emulator_type *type_of(const struct state_service *service)
{
    struct registry registry = registry_builtin();
    if (strcmp(service->name, control_api_type.name) == 0)
        return &control_api_type;
    return registry_find(&registry, slice_str(service->name));
}

void environment_url(const struct state_service *service, char out[ENVIRONMENT_VALUE_BYTES])
{
    const struct emulator_type *type = type_of(service);
    out[0] = 0;
    if (type)
        registry_url(type, service->address, service->port, out, ENVIRONMENT_VALUE_BYTES);
}

static void put_service(const struct state_service *service, const struct emulator_type *type,
                        void (*put)(void *ctx, const char *name, const char *value), void *ctx)
{
    char value[ENVIRONMENT_VALUE_BYTES];
    environment_url(service, value);
    put(ctx, type->url_env, value);
    for (const struct emulator_variable *v = type->variables; v && v->name; v++) {
        registry_variable(v, service->address, service->port, value, sizeof(value));
        put(ctx, v->name, value);
    }
}

void environment_each(const struct state_instance *instance,
                      void (*put)(void *ctx, const char *name, const char *value), void *ctx)
{
    for (size_t i = 0; i < instance->service_count; i++) {
        const struct emulator_type *type = type_of(&instance->services[i]);
        if (type)
            put_service(&instance->services[i], type, put, ctx);
    }
}
