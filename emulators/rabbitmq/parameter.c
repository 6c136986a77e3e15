#include "emulators/rabbitmq/parameter.h"

#include "common/hash.h"

/* A component has no slash in its name. */
#define SEPARATOR '/'

static uint64_t parameter_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_parameter *)item)->key);
}

static bool parameter_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_parameter *)item)->key, key);
}

static void parameter_release(struct heap *heap, void *item)
{
    struct rabbit_parameter *parameter = item;
    rabbit_slice_free(heap, parameter->key);
    rabbit_slice_free(heap, parameter->value);
    heap_free(heap, parameter, sizeof(*parameter));
}

const struct trie_type rabbit_parameter_type = {parameter_hash, parameter_equal, parameter_release};

static struct slice make_key(struct heap *heap, struct slice component, struct slice name)
{
    uint8_t *key = heap_alloc(heap, component.len + 1 + name.len);
    if (!key)
        return slice_of(NULL, 0);
    memcpy(key, component.ptr, component.len);
    key[component.len] = SEPARATOR;
    if (name.len)
        memcpy(key + component.len + 1, name.ptr, name.len);
    return slice_of(key, component.len + 1 + name.len);
}

const struct rabbit_parameter *rabbit_parameter_find(const struct trie *parameters,
                                                     struct slice component, struct slice name)
{
    struct trie_iter iter;
    const struct rabbit_parameter *parameter;
    if (!parameters->count)
        return NULL;
    trie_iter_init(&iter, parameters);
    while ((parameter = trie_iter_next(&iter)))
        if (slice_eq(parameter->component, component) && slice_eq(parameter->name, name))
            return parameter;
    return NULL;
}

bool rabbit_parameter_put(struct trie *parameters, struct heap *heap, struct slice component,
                          struct slice name, struct slice value)
{
    struct rabbit_parameter *parameter = heap_zalloc(heap, sizeof(*parameter));
    bool ok = true;
    if (!parameter)
        return false;
    parameter->refs = 1;
    parameter->key = make_key(heap, component, name);
    parameter->value = rabbit_slice_dup(heap, value, &ok);
    if (!parameter->key.ptr || !ok) {
        parameter_release(heap, parameter);
        return false;
    }
    parameter->component = slice_of(parameter->key.ptr, component.len);
    parameter->name = slice_from(parameter->key, component.len + 1);
    return rabbit_map_replace(parameters, &rabbit_parameter_type, heap, parameter->key, parameter);
}

bool rabbit_parameter_delete(struct trie *parameters, struct heap *heap, struct slice component,
                             struct slice name)
{
    const struct rabbit_parameter *found = rabbit_parameter_find(parameters, component, name);
    bool absent;
    if (!found)
        return false;
    void *old = trie_remove(parameters, &rabbit_parameter_type, heap, hash_bytes(found->key),
                            found->key, &absent);
    if (old)
        trie_item_release(&rabbit_parameter_type, heap, old);
    return old != NULL;
}
