#include "emulators/redis/seed_stream.h"

#include <stdio.h>

#include "emulators/redis/arguments.h"

static bool out_of_memory(struct redis_seed *seed)
{
    return emulator_fail(seed->error, "OOM", "out of memory");
}

/* Keeps a text past the next event, in the arena that lives until the next command. */
static bool keep(struct redis_seed *seed, struct slice *text)
{
    *text = arena_dup(&seed->arena, *text);
    return text->ptr || out_of_memory(seed);
}

static bool unknown_member(struct redis_seed *seed, const char *expected, struct slice name)
{
    return redis_seed_fail(seed, "expected %s, got \"%s\"", expected,
                           redis_printable(&seed->arena, name, 64));
}

/* The name of a group or consumer, until the key is complete. */
static bool keep_name(struct redis_seed *seed, const struct yaml_event *event, struct slice *out)
{
    struct slice name;
    if (!redis_seed_string(seed, event, "a name", &name))
        return false;
    *out = arena_dup(&seed->key_arena, name);
    return out->ptr || out_of_memory(seed);
}

/* ---- entries */

/* An XADD that grows as it is read. */
struct entry {
    struct slice *argv;
    uint32_t argc, room;
};

#define ENTRY_HEAD 3 /* XADD key id */

static bool add_argument(struct redis_seed *seed, struct entry *entry, struct slice bytes)
{
    if (entry->argc == entry->room) {
        uint32_t room = entry->room ? entry->room * 2 : 32;
        struct slice *argv = arena_array(&seed->arena, room, sizeof(*argv));
        if (!argv)
            return out_of_memory(seed);
        if (entry->argc)
            memcpy(argv, entry->argv, entry->argc * sizeof(*argv));
        entry->argv = argv;
        entry->room = room;
    }
    entry->argv[entry->argc++] = bytes;
    return true;
}

/* {field: value} or [field, value, ...] */
static bool read_fields(struct redis_seed *seed, struct entry *entry)
{
    struct yaml_event event;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_MAPPING && event.type != YAML_SEQUENCE)
        return redis_seed_unexpected(seed, &event, "fields and values of the entry");
    for (;;) {
        struct slice bytes;
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END || event.type == YAML_SEQUENCE_END)
            break;
        if (!redis_seed_string(seed, &event, "a field or value of the entry", &bytes) ||
            !keep(seed, &bytes) || !add_argument(seed, entry, bytes))
            return false;
    }
    if (entry->argc == ENTRY_HEAD || (entry->argc - ENTRY_HEAD) % 2)
        return redis_seed_fail(seed, "expected pairs of a field and a value in the entry");
    return true;
}

static bool read_entry_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct entry *entry = ctx;
    if (slice_eq_str(key->text, "id"))
        return redis_seed_next_string(seed, "an entry's id", &entry->argv[2]) &&
               keep(seed, &entry->argv[2]);
    if (slice_eq_str(key->text, "fields"))
        return read_fields(seed, entry);
    return unknown_member(seed, "id or fields of the entry", key->text);
}

static bool read_entry(struct redis_seed *seed, const struct yaml_event *first)
{
    struct entry entry = {0};
    if (first->type != YAML_MAPPING)
        return redis_seed_unexpected(seed, first, "an entry, a mapping with fields");
    if (!add_argument(seed, &entry, slice_str("XADD")) || !add_argument(seed, &entry, seed->key) ||
        !add_argument(seed, &entry, slice_str("*")) ||
        !redis_seed_members(seed, read_entry_member, &entry))
        return false;
    if (entry.argc == ENTRY_HEAD)
        return redis_seed_fail(seed, "an entry needs fields");
    return redis_seed_run(seed, entry.argv, entry.argc);
}

/* A stream may be empty; a group brings it into being, and goes again. */
static bool create_empty(struct redis_seed *seed)
{
    struct slice create[] = {slice_str("XGROUP"), slice_str("CREATE"), seed->key,
                             slice_str("-"),      slice_str("0"),      slice_str("MKSTREAM")};
    struct slice destroy[] = {slice_str("XGROUP"), slice_str("DESTROY"), seed->key, slice_str("-")};
    return redis_seed_run(seed, create, 6) && redis_seed_run(seed, destroy, 4);
}

bool redis_seed_stream(struct redis_seed *seed, const struct yaml_event *first)
{
    struct yaml_event event;
    bool any = false;
    if (first->type != YAML_SEQUENCE)
        return redis_seed_unexpected(seed, first, "a sequence of entries");
    for (;; any = true) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END)
            return any || create_empty(seed);
        if (!read_entry(seed, &event))
            return false;
    }
}

/* ---- groups */

struct group {
    struct slice name, consumer; /* borrowed from the mappings' keys */
    char last_id[64];
    char entries_read[TEXT_INT_MAX + 1];
    bool created;
};

/* A short word: an id, a number. */
static bool read_word(struct redis_seed *seed, const char *what, char *out, size_t room)
{
    struct slice text;
    if (!redis_seed_next_string(seed, what, &text))
        return false;
    if (!text.len || text.len >= room)
        return redis_seed_fail(seed, "expected %s", what);
    snprintf(out, room, SLICE_FMT, SLICE_ARG(text));
    return true;
}

static bool create_group(struct redis_seed *seed, struct group *group)
{
    struct slice argv[] = {slice_str("XGROUP"),
                           slice_str("CREATE"),
                           seed->key,
                           group->name,
                           slice_str(group->last_id),
                           slice_str("ENTRIESREAD"),
                           slice_str(group->entries_read)};
    group->created = true;
    return redis_seed_run(seed, argv, group->entries_read[0] ? 7 : 5);
}

struct pending {
    char id[64], deliveries[TEXT_INT_MAX + 1];
    int64_t delivered_ms;
};

static bool claim(struct redis_seed *seed, const struct group *group, const struct pending *pending)
{
    char time[TEXT_INT_MAX];
    struct slice argv[] = {slice_str("XCLAIM"),
                           seed->key,
                           group->name,
                           group->consumer,
                           slice_str("0"),
                           slice_str(pending->id),
                           slice_str("TIME"),
                           slice_of(time, text_from_i64(time, pending->delivered_ms)),
                           slice_str("RETRYCOUNT"),
                           slice_str(pending->deliveries),
                           slice_str("FORCE"),
                           slice_str("JUSTID")};
    return redis_seed_run(seed, argv, 12);
}

static bool read_pending_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct pending *pending = ctx;
    if (slice_eq_str(key->text, "id"))
        return read_word(seed, "an entry's id", pending->id, sizeof(pending->id));
    if (slice_eq_str(key->text, "deliveries"))
        return read_word(seed, "a number of deliveries", pending->deliveries,
                         sizeof(pending->deliveries));
    if (slice_eq_str(key->text, "delivered_at"))
        return redis_seed_expire_at(seed, &pending->delivered_ms);
    return unknown_member(seed, "id, delivered_at or deliveries", key->text);
}

static bool read_pending(struct redis_seed *seed, const struct group *group,
                         const struct yaml_event *first)
{
    struct pending pending = {"", "1", redis_now_ms(seed->redis)};
    if (first->type != YAML_MAPPING)
        return redis_seed_unexpected(seed, first, "a pending entry, a mapping with its id");
    if (!redis_seed_members(seed, read_pending_member, &pending))
        return false;
    if (!pending.id[0])
        return redis_seed_fail(seed, "a pending entry needs its id");
    return claim(seed, group, &pending);
}

static bool read_all_pending(struct redis_seed *seed, const struct group *group)
{
    struct yaml_event event;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_SEQUENCE)
        return redis_seed_unexpected(seed, &event, "a sequence of pending entries");
    for (;;) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END)
            return true;
        if (!read_pending(seed, group, &event))
            return false;
    }
}

static bool read_consumer_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    if (!slice_eq_str(key->text, "pending"))
        return unknown_member(seed, "pending", key->text);
    return read_all_pending(seed, ctx);
}

/* Nothing (null) or {pending: [...]} */
static bool read_consumer(struct redis_seed *seed, struct group *group)
{
    struct yaml_event event;
    struct slice argv[] = {slice_str("XGROUP"), slice_str("CREATECONSUMER"), seed->key, group->name,
                           group->consumer};
    if (!redis_seed_run(seed, argv, 5) || !redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR && event.kind == YAML_NULL)
        return true;
    if (event.type != YAML_MAPPING)
        return redis_seed_unexpected(seed, &event, "a consumer, a mapping or nothing");
    return redis_seed_members(seed, read_consumer_member, group);
}

static bool read_named_consumer(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct group *group = ctx;
    return keep_name(seed, key, &group->consumer) && read_consumer(seed, group);
}

static bool read_group_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct group *group = ctx;
    struct slice name = key->text;
    if (slice_eq_str(name, "consumers"))
        return create_group(seed, group) &&
               redis_seed_mapping(seed, "a mapping of consumers", read_named_consumer, group);
    if (group->created)
        return redis_seed_fail(seed, "consumers must come last in a group");
    if (slice_eq_str(name, "last_delivered_id"))
        return read_word(seed, "the id last delivered", group->last_id, sizeof(group->last_id));
    if (slice_eq_str(name, "entries_read"))
        return read_word(seed, "a number of entries", group->entries_read,
                         sizeof(group->entries_read));
    return unknown_member(seed, "last_delivered_id, entries_read or consumers of a group", name);
}

static bool read_group(struct redis_seed *seed, struct slice name)
{
    struct yaml_event event;
    struct group group = {.name = name, .last_id = "0"};
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR && event.kind != YAML_NULL && event.text.len &&
        event.text.len < sizeof(group.last_id)) {
        snprintf(group.last_id, sizeof(group.last_id), SLICE_FMT, SLICE_ARG(event.text));
        return create_group(seed, &group);
    }
    if (event.type != YAML_MAPPING)
        return redis_seed_unexpected(seed, &event, "a group: an id last delivered, or a mapping");
    return redis_seed_members(seed, read_group_member, &group) &&
           (group.created || create_group(seed, &group));
}

static bool read_named_group(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct slice name;
    (void)ctx;
    return keep_name(seed, key, &name) && read_group(seed, name);
}

/* ---- what the stream knows of its past */

struct past {
    char last_id[64], entries_added[TEXT_INT_MAX + 1], max_deleted_id[64];
};

static bool set_past(struct redis_seed *seed, const struct past *past)
{
    struct slice argv[7] = {slice_str("XSETID"), seed->key, slice_str(past->last_id)};
    uint32_t argc = 3;
    if (past->entries_added[0]) {
        argv[argc++] = slice_str("ENTRIESADDED");
        argv[argc++] = slice_str(past->entries_added);
    }
    if (past->max_deleted_id[0]) {
        argv[argc++] = slice_str("MAXDELETEDID");
        argv[argc++] = slice_str(past->max_deleted_id);
    }
    return redis_seed_run(seed, argv, argc);
}

static bool read_past_member(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct past *past = ctx;
    if (slice_eq_str(key->text, "last_id"))
        return read_word(seed, "an entry's id", past->last_id, sizeof(past->last_id));
    if (slice_eq_str(key->text, "entries_added"))
        return read_word(seed, "a number of entries", past->entries_added,
                         sizeof(past->entries_added));
    if (slice_eq_str(key->text, "max_deleted_id"))
        return read_word(seed, "an entry's id", past->max_deleted_id, sizeof(past->max_deleted_id));
    return unknown_member(seed, "last_id, entries_added or max_deleted_id", key->text);
}

static bool read_past(struct redis_seed *seed)
{
    struct past past = {"", "", ""};
    if (!redis_seed_mapping(seed, "a mapping with last_id", read_past_member, &past))
        return false;
    if (!past.last_id[0])
        return redis_seed_fail(seed, "expected last_id in the metadata");
    return set_past(seed, &past);
}

bool redis_seed_stream_member(struct redis_seed *seed, struct slice name, bool *known)
{
    *known = true;
    if (slice_eq_str(name, "groups"))
        return redis_seed_mapping(seed, "a mapping of groups", read_named_group, NULL);
    if (slice_eq_str(name, "metadata"))
        return read_past(seed);
    *known = false;
    return true;
}
