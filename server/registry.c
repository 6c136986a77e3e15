#include "server/registry.h"

#include <stdio.h>

#include "common/assert.h"

#include "server/suggest.h"
#if PARLEL_WITH_POSTGRES
#    include "emulators/postgres/postgres.h"
#endif
#if PARLEL_WITH_RABBITMQ
#    include "emulators/rabbitmq/rabbitmq.h"
#endif
#if PARLEL_WITH_REDIS
#    include "emulators/redis/redis.h"
#endif

static const struct emulator_type *const builtin[] = {
#if PARLEL_WITH_REDIS
    &redis_emulator_type,
#endif
#if PARLEL_WITH_POSTGRES
    &postgres_emulator_type,
#endif
#if PARLEL_WITH_RABBITMQ
    &rabbitmq_emulator_type,
#endif
    NULL, /* a build may leave out every service */
};

struct registry registry_builtin(void)
{
    return (struct registry){builtin, sizeof(builtin) / sizeof(builtin[0]) - 1};
}

const struct emulator_type *registry_find(const struct registry *registry, struct slice name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (slice_eq_str(name, registry->types[i]->name))
            return registry->types[i];
    return NULL;
}

bool registry_lacks(const struct registry *registry, struct slice name, struct problem *problem)
{
    struct suggestion near = {NULL, 0};
    for (size_t i = 0; i < registry->count; i++)
        suggest_consider(&near, name, registry->types[i]->name);
    return problem_say(problem, "this parlel has no service '" SLICE_FMT "'%s%s%s", SLICE_ARG(name),
                       near.word ? "; did you mean '" : "; `parlel ls` lists what there is",
                       near.word ? near.word : "", near.word ? "'?" : "");
}

size_t registry_index(const struct registry *registry, const struct emulator_type *type)
{
    size_t i = 0;
    while (i < registry->count && registry->types[i] != type)
        i++;
    ASSERT(i < registry->count);
    return i;
}

/* The address at which a client on this machine reaches a listener: "any" is no destination. */
static const char *destination(const char *address)
{
    if (strcmp(address, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(address, "::") == 0 ? "::1" : address;
}

size_t registry_url(const struct emulator_type *type, const char *address, uint16_t port, char *out,
                    size_t out_size)
{
    const char *to = destination(address);
    char host[80];
    snprintf(host, sizeof(host), strchr(to, ':') ? "[%s]" : "%s", to);
    int len = snprintf(out, out_size, type->url_format, host, (unsigned)port);
    return len < 0 ? 0 : (size_t)len;
}

size_t registry_variable(const struct emulator_variable *variable, const char *address,
                         uint16_t port, char *out, size_t out_size)
{
    char digits[8];
    snprintf(digits, sizeof(digits), "%u", (unsigned)port);
    size_t len = 0;
    out[0] = 0;
    for (const char *at = variable->value; *at && len + 1 < out_size;) {
        bool is_host = strncmp(at, "{host}", 6) == 0;
        bool is_place = is_host || strncmp(at, "{port}", 6) == 0;
        int made = is_place ? snprintf(out + len, out_size - len, "%s",
                                       is_host ? destination(address) : digits)
                            : snprintf(out + len, out_size - len, "%c", *at);
        len += made < 0 ? 0 : (size_t)made;
        at += is_place ? 6 : 1;
    }
    return len < out_size ? len : out_size - 1;
}
