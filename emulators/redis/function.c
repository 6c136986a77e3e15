#include "emulators/redis/function.h"

#include <stdio.h>

#include "common/hash.h"
#include "emulators/redis/function_lua.h"

struct redis_functions {
    struct redis_function_data data;
    lua_State *lua; /* NULL until it is needed */
};

#define NAME_RULE                                                                              \
    "Library names can only contain letters, numbers, or underscores(_) and must be at least " \
    "one character long"

static bool is_valid_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = ascii_lower(name.ptr[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return name.len > 0;
}

/* ---- libraries */

static bool copy_slice(struct heap *heap, struct slice from, struct slice *to)
{
    uint8_t *bytes = heap_alloc(heap, from.len + 1);
    if (!bytes)
        return false;
    if (from.len)
        memcpy(bytes, from.ptr, from.len);
    bytes[from.len] = 0;
    *to = slice_of(bytes, from.len);
    return true;
}

static void free_slice(struct heap *heap, struct slice slice)
{
    if (slice.ptr)
        heap_free(heap, (void *)(uintptr_t)slice.ptr, slice.len + 1);
}

static void function_destroy(struct heap *heap, struct redis_function *function)
{
    free_slice(heap, function->name);
    free_slice(heap, function->description);
    heap_free(heap, function, sizeof(*function));
}

static void library_release(struct heap *heap, void *item)
{
    struct redis_library *library = item;
    while (library->first) {
        struct redis_function *function = library->first;
        library->first = function->next;
        function_destroy(heap, function);
    }
    free_slice(heap, library->name);
    free_slice(heap, library->code);
    heap_free(heap, library, sizeof(*library));
}

static uint64_t library_hash(const void *item)
{
    return hash_bytes(((const struct redis_library *)item)->name);
}

static bool library_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct redis_library *)item)->name, key);
}

static const struct trie_type library_type = {library_hash, library_equal, library_release};

static struct redis_library *library_create(struct heap *heap, struct slice name, struct slice code,
                                            size_t code_at)
{
    struct redis_library *library = heap_zalloc(heap, sizeof(*library));
    if (!library)
        return NULL;
    library->refs = 1;
    library->code_at = code_at;
    if (copy_slice(heap, name, &library->name) && copy_slice(heap, code, &library->code))
        return library;
    library_release(heap, library);
    return NULL;
}

struct redis_function *redis_library_function(const struct redis_library *library,
                                              struct slice name)
{
    for (struct redis_function *function = library->first; function; function = function->next)
        if (slice_eq(function->name, name))
            return function;
    return NULL;
}

struct redis_function *redis_library_add(struct heap *heap, struct redis_library *library,
                                         const struct redis_function *like, const char **error)
{
    *error = NULL;
    if (!is_valid_name(like->name))
        *error = NAME_RULE;
    else if (redis_library_function(library, like->name))
        *error = "Function already exists in the library";
    struct redis_function *function = *error ? NULL : heap_zalloc(heap, sizeof(*function));
    if (!function) {
        *error = *error ? *error : "not enough memory";
        return NULL;
    }
    function->library = library;
    function->flags = like->flags;
    if (!copy_slice(heap, like->name, &function->name) ||
        (like->description.ptr && !copy_slice(heap, like->description, &function->description))) {
        function_destroy(heap, function);
        *error = "not enough memory";
        return NULL;
    }
    if (library->last)
        library->last->next = function;
    else
        library->first = function;
    library->last = function;
    library->function_count++;
    return function;
}

/* ---- names of functions */

/* An item of data->names: holds a reference to the function's library. */
struct function_name {
    uint32_t refs;
    struct redis_function *function;
};

static uint64_t hash_nocase(struct slice name)
{
    uint64_t hash = 0;
    uint8_t part[64];
    while (name.len) {
        size_t len = name.len < sizeof(part) ? name.len : sizeof(part);
        for (size_t i = 0; i < len; i++)
            part[i] = ascii_lower(name.ptr[i]);
        hash = hash * 31 + hash_bytes(slice_of(part, len));
        name = slice_from(name, len);
    }
    return hash;
}

static uint64_t name_hash(const void *item)
{
    return hash_nocase(((const struct function_name *)item)->function->name);
}

static bool name_equal(const void *item, struct slice key)
{
    return slice_eq_nocase(((const struct function_name *)item)->function->name, key);
}

static void name_release(struct heap *heap, void *item)
{
    struct function_name *name = item;
    trie_item_release(&library_type, heap, name->function->library);
    heap_free(heap, name, sizeof(*name));
}

static const struct trie_type name_type = {name_hash, name_equal, name_release};

static struct redis_function *find_function(const struct redis_function_data *data,
                                            struct slice name)
{
    struct function_name *found = trie_find(&data->names, &name_type, hash_nocase(name), name);
    return found ? found->function : NULL;
}

static bool add_name(struct heap *heap, struct redis_function_data *data,
                     struct redis_function *function)
{
    struct function_name *name = heap_alloc(heap, sizeof(*name));
    if (!name)
        return false;
    *name = (struct function_name){1, function};
    function->library->refs++;
    if (trie_insert(&data->names, &name_type, heap, name_hash(name), name))
        return true;
    name_release(heap, name);
    return false;
}

/* ---- data */

static struct redis_library *find_library(const struct redis_function_data *data, struct slice name)
{
    return trie_find(&data->libraries, &library_type, hash_bytes(name), name);
}

static struct redis_function_data share(const struct redis_function_data *data)
{
    return (struct redis_function_data){trie_share(&data->libraries), trie_share(&data->names)};
}

static void clear(struct heap *heap, struct redis_function_data *data)
{
    trie_clear(&data->names, &name_type, heap);
    trie_clear(&data->libraries, &library_type, heap);
}

static bool fail(struct slice *error, struct slice text)
{
    *error = text;
    return false;
}

static bool fail_named(struct slice *error, struct arena *arena, const char *format,
                       struct slice name)
{
    struct slice quoted = arena_dup(arena, name);
    char text[256];
    int len = snprintf(text, sizeof(text), format, quoted.ptr ? (const char *)quoted.ptr : "");
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    return fail(error, arena_dup(arena, slice_of(text, kept)));
}

/* Adds a library whose name is free; takes one more reference to it. */
static bool link_library(struct heap *heap, struct redis_function_data *data,
                         struct redis_library *library, struct arena *arena, struct slice *error)
{
    for (struct redis_function *function = library->first; function; function = function->next)
        if (find_function(data, function->name))
            return fail_named(error, arena, "Function %s already exists", function->name);
    for (struct redis_function *function = library->first; function; function = function->next)
        if (!add_name(heap, data, function))
            return fail(error, slice_str("not enough memory"));
    library->refs++;
    if (trie_insert(&data->libraries, &library_type, heap, library_hash(library), library))
        return true;
    library->refs--;
    return fail(error, slice_str("not enough memory"));
}

bool redis_library_unlink(struct redis *redis, struct redis_function_data *data, struct slice name)
{
    struct heap *heap = redis->host.heap;
    bool absent;
    struct redis_library *library =
        trie_remove(&data->libraries, &library_type, heap, hash_bytes(name), name, &absent);
    if (!library)
        return false;
    bool ok = true;
    for (struct redis_function *function = library->first; function; function = function->next) {
        struct function_name *item = trie_remove(
            &data->names, &name_type, heap, hash_nocase(function->name), function->name, &absent);
        if (item)
            trie_item_release(&name_type, heap, item);
        ok = ok && item;
    }
    trie_item_release(&library_type, heap, library);
    return ok;
}

bool redis_libraries_join(struct redis *redis, struct redis_function_data *to,
                          const struct redis_function_data *from, bool replace, struct arena *arena,
                          struct slice *error)
{
    struct trie_iter iter;
    struct redis_library *library;
    trie_iter_init(&iter, &from->libraries);
    while ((library = trie_iter_next(&iter))) {
        if (!find_library(to, library->name))
            continue;
        if (!replace)
            return fail_named(error, arena, "Library %s already exists", library->name);
        if (!redis_library_unlink(redis, to, library->name))
            return fail(error, slice_str("not enough memory"));
    }
    trie_iter_init(&iter, &from->libraries);
    while ((library = trie_iter_next(&iter)))
        if (!link_library(redis->host.heap, to, library, arena, error))
            return false;
    return true;
}

/* ---- loading */

static lua_State *functions_state(struct redis *redis)
{
    if (!redis->functions->lua)
        redis->functions->lua = redis_function_lua_create(redis->scripts);
    return redis->functions->lua;
}

/* What Lua keeps of a library is found by its functions' addresses, which others may get later. */
static void forget(struct redis *redis, const struct redis_library *library)
{
    for (struct redis_function *function = library->first; function; function = function->next)
        redis_lua_forget(redis->functions->lua, function);
}

static struct redis_library *compile(struct redis *redis, struct slice code, struct slice name,
                                     size_t code_at, int64_t timeout_ms, struct arena *arena,
                                     struct slice *error)
{
    lua_State *lua = functions_state(redis);
    struct redis_library *library =
        lua ? library_create(redis->host.heap, name, code, code_at) : NULL;
    if (!library) {
        *error = slice_str("not enough memory");
        return NULL;
    }
    bool ok = redis_function_lua_load(lua, library, timeout_ms, arena, error);
    if (ok && !library->first)
        ok = fail(error, slice_str("No functions registered"));
    if (ok)
        return library;
    forget(redis, library);
    library_release(redis->host.heap, library);
    return NULL;
}

const struct redis_library *redis_library_load(struct redis *redis,
                                               struct redis_function_data *data, struct slice code,
                                               bool replace, int64_t timeout_ms,
                                               struct arena *arena, struct slice *error)
{
    struct redis_shebang shebang;
    bool ok = true;
    if (!redis_shebang_of_library(code, arena, &shebang, error))
        return NULL;
    if (!is_valid_name(shebang.name))
        ok = fail(error, slice_str(NAME_RULE));
    else if (!slice_is(shebang.engine, "lua"))
        ok = fail_named(error, arena, "Engine '%s' not found", shebang.engine);
    bool exists = ok && find_library(data, shebang.name);
    if (exists && !replace)
        ok = fail_named(error, arena, "Library '%s' already exists", shebang.name);
    struct redis_library *library =
        ok ? compile(redis, code, shebang.name, shebang.len, timeout_ms, arena, error) : NULL;
    if (!library)
        return NULL;
    ok = (!exists || redis_library_unlink(redis, data, shebang.name)) &&
         link_library(redis->host.heap, data, library, arena, error);
    if (!ok)
        forget(redis, library);
    trie_item_release(&library_type, redis->host.heap, library);
    return ok ? library : NULL;
}

/* ---- the instance's part */

struct redis_functions *redis_functions_create(struct redis *redis)
{
    return heap_zalloc(redis->host.heap, sizeof(struct redis_functions));
}

void redis_functions_destroy(struct redis *redis)
{
    if (!redis->functions)
        return;
    redis_functions_flush(redis);
    heap_free(redis->host.heap, redis->functions, sizeof(*redis->functions));
    redis->functions = NULL;
}

struct redis_function_data redis_functions_share(const struct redis *redis)
{
    return share(&redis->functions->data);
}

void redis_functions_release(struct redis *redis, struct redis_function_data *data)
{
    clear(redis->host.heap, data);
}

/* Libraries that stay may keep what Lua made of them. */
static void forget_lost(struct redis *redis, const struct redis_function_data *data)
{
    struct trie_iter iter;
    struct redis_library *library;
    trie_iter_init(&iter, &redis->functions->data.libraries);
    while ((library = trie_iter_next(&iter)))
        if (find_library(data, library->name) != library)
            forget(redis, library);
}

void redis_functions_replace(struct redis *redis, const struct redis_function_data *data)
{
    struct redis_function_data before = redis->functions->data;
    if (before.libraries.root == data->libraries.root)
        return;
    forget_lost(redis, data);
    redis->functions->data = share(data);
    clear(redis->host.heap, &before);
}

void redis_functions_flush(struct redis *redis)
{
    clear(redis->host.heap, &redis->functions->data);
    redis_lua_close(redis->functions->lua);
    redis->functions->lua = NULL;
}

const struct redis_function_data *redis_functions_data(const struct redis *redis)
{
    return &redis->functions->data;
}

size_t redis_functions_lua_memory(const struct redis *redis)
{
    return redis_lua_memory(redis->functions->lua);
}

size_t redis_functions_memory(const struct redis *redis)
{
    struct trie_iter iter;
    const struct redis_library *library;
    size_t bytes = 0;
    trie_iter_init(&iter, &redis->functions->data.libraries);
    while ((library = trie_iter_next(&iter)))
        bytes += sizeof(*library) + library->name.len + library->code.len +
                 library->function_count * sizeof(struct redis_function);
    return bytes;
}

const struct redis_function *redis_function_find(struct redis *redis, struct slice name)
{
    return find_function(&redis->functions->data, name);
}

const struct redis_library *redis_library_find(struct redis *redis, struct slice name)
{
    return find_library(&redis->functions->data, name);
}

/* ---- calling */

/* The library's code is run again where this instance has not run it yet. */
static bool make_ready(struct redis_call *call, const struct redis_function *function)
{
    struct slice error = slice_str("not enough memory");
    lua_State *lua = functions_state(call->redis);
    if (lua && (redis_lua_has(lua, function) ||
                redis_function_lua_load(lua, function->library, 0, call->arena, &error)))
        return true;
    redis_reply_errorf(call->reply, "ERR " SLICE_FMT, SLICE_ARG(error));
    return false;
}

void redis_function_call(struct redis_call *call, const struct redis_function *function,
                         uint32_t keys, bool read_only)
{
    struct redis_script_run run = {
        .redis = call->redis,
        .call = call,
        .name = (const char *)function->name.ptr,
        .code = function,
        .keys = keys,
    };
    if (make_ready(call, function) && redis_script_may_run(call, function->flags, read_only))
        redis_script_run(&run, functions_state(call->redis), function->flags, read_only);
}
