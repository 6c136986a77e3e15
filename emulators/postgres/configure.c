#include "emulators/postgres/configure.h"

#include "common/text.h"

static const char *const methods[] = {"trust", "password", "md5", "scram-sha-256"};

static bool set_auth(struct pg *pg, struct slice value, struct emulator_error *error)
{
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (slice_eq_str(value, methods[i])) {
            pg->config.auth = (enum pg_auth_method)i;
            return true;
        }
    }
    return emulator_fail(error, "22023",
                         "expected trust, password, md5 or scram-sha-256, got \"" SLICE_FMT "\"",
                         SLICE_ARG(value));
}

static uint8_t *copy(struct heap *heap, struct slice bytes)
{
    uint8_t *to = heap_alloc(heap, bytes.len + 1);
    if (to && bytes.len)
        memcpy(to, bytes.ptr, bytes.len);
    return to;
}

static void free_configured(struct heap *heap, struct pg_configured *item)
{
    if (item->name.ptr)
        heap_free(heap, (void *)(uintptr_t)item->name.ptr, item->name.len + 1);
    if (item->value.ptr)
        heap_free(heap, (void *)(uintptr_t)item->value.ptr, item->value.len + 1);
    heap_free(heap, item, sizeof(*item));
}

static bool add_configured(struct pg *pg, struct slice name, struct slice value)
{
    struct heap *heap = pg->host.heap;
    struct pg_configured **end = &pg->config.configured;
    struct pg_configured *item = heap_zalloc(heap, sizeof(*item));
    if (!item)
        return false;
    item->name = slice_of(copy(heap, name), name.len);
    item->value = slice_of(copy(heap, value), value.len);
    if (!item->name.ptr || !item->value.ptr) {
        free_configured(heap, item);
        return false;
    }
    while (*end)
        end = &(*end)->next;
    *end = item;
    return true;
}

void pg_configured_done(struct pg *pg)
{
    while (pg->config.configured) {
        struct pg_configured *item = pg->config.configured;
        pg->config.configured = item->next;
        free_configured(pg->host.heap, item);
    }
}

bool pg_configure_inherit(struct pg *pg, const struct pg *parent)
{
    pg->config.auth = parent->config.auth;
    pg->config.max_connections = parent->config.max_connections;
    for (const struct pg_configured *item = parent->config.configured; item; item = item->next)
        if (!add_configured(pg, item->name, item->value))
            return false;
    return true;
}

static bool apply_one(struct pg_settings *settings, struct arena *arena, struct slice name,
                      struct slice value, struct sql_error *error)
{
    struct pg_setting_change change = {
        .name = name,
        .value = value,
        .source = PG_SOURCE_CONFIGURATION,
        .is_superuser = true,
    };
    return pg_settings_set(settings, arena, &change, error);
}

bool pg_configured_apply(const struct pg *pg, struct pg_settings *settings, struct arena *arena,
                         struct sql_error *error)
{
    for (const struct pg_configured *item = pg->config.configured; item; item = item->next)
        if (!apply_one(settings, arena, item->name, item->value, error))
            return false;
    return true;
}

/* Tries the value on settings of its own, so that what is wrong is told at once. */
static bool is_valid(struct pg *pg, struct slice key, struct slice value,
                     struct emulator_error *error)
{
    struct pg_settings settings;
    struct arena arena = {0};
    struct sql_error problem;
    sql_error_begin(&problem, &arena);
    pg_settings_init(&settings, pg->host.heap, NULL);
    bool ok = apply_one(&settings, &arena, key, value, &problem);
    if (!ok)
        emulator_fail(error, problem.sqlstate, SLICE_FMT, SLICE_ARG(problem.message));
    pg_settings_done(&settings);
    arena_done(&arena);
    return ok;
}

bool pg_configure(struct emulator *emulator, struct slice key, struct slice value,
                  struct emulator_error *error)
{
    struct pg *pg = pg_of(emulator);
    uint64_t number;
    if (slice_eq_str(key, "auth"))
        return set_auth(pg, value, error);
    if (!is_valid(pg, key, value, error))
        return false;
    if (slice_eq_str(key, "max_connections") && text_to_u64(value, &number))
        pg->config.max_connections = (uint32_t)number;
    return add_configured(pg, key, value) || emulator_fail(error, "53200", "out of memory");
}
