/* One key of a fixture.
 *
 *     name: text                          a string (so are numbers, true and false)
 *     name: [a, b]                        a list
 *     name: {field: value}                a hash
 *     name: {type: TYPE, value: ..., ttl: 10s}
 *
 * The long form is a mapping that begins with `type`; a hash with a field of that name needs it. */
#include "common/time_text.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/seed_run.h"
#include "emulators/redis/seed_stream.h"

static bool run_on_key(struct redis_seed *seed, const char *command, struct slice a, struct slice b)
{
    struct slice argv[] = {slice_str(command), seed->key, a, b};
    return redis_seed_run(seed, argv, b.ptr ? 4 : a.ptr ? 3 : 2);
}

static struct slice nothing(void)
{
    return slice_of(NULL, 0);
}

/* An argument: never "nothing", even when empty. */
static struct slice argument(struct slice bytes)
{
    return bytes.ptr ? bytes : slice_str("");
}

/* ---- values by type. Each gets the value's first event. */

static bool read_string(struct redis_seed *seed, const struct yaml_event *first)
{
    struct slice bytes;
    return redis_seed_string(seed, first, "a string", &bytes) &&
           run_on_key(seed, "SET", argument(bytes), nothing());
}

static bool read_elements(struct redis_seed *seed, const struct yaml_event *first,
                          const char *command, const char *what)
{
    struct yaml_event event;
    struct slice bytes;
    bool any = false;
    if (first->type != YAML_SEQUENCE)
        return redis_seed_unexpected(seed, first, what);
    for (;; any = true) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END)
            break;
        if (!redis_seed_string(seed, &event, "a string", &bytes) ||
            !run_on_key(seed, command, argument(bytes), nothing()))
            return false;
    }
    return any || redis_seed_fail(seed, "expected %s with at least one of them", what);
}

static bool read_list(struct redis_seed *seed, const struct yaml_event *first)
{
    return read_elements(seed, first, "RPUSH", "a sequence of elements");
}

static bool read_set(struct redis_seed *seed, const struct yaml_event *first)
{
    return read_elements(seed, first, "SADD", "a sequence of members");
}

/* The rest of {value: v, ttl: 10s}, a field of a hash that expires. */
static bool read_expiring_field(struct redis_seed *seed, struct slice field)
{
    struct yaml_event event;
    int64_t at_ms = -1;
    bool has_value = false, ok;
    for (;;) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (slice_eq_str(event.text, "value")) {
            struct slice bytes;
            ok = redis_seed_next(seed, &event) &&
                 redis_seed_string(seed, &event, "a field's value", &bytes) &&
                 run_on_key(seed, "HSET", field, argument(bytes));
            has_value = true;
        } else if (slice_eq_str(event.text, "ttl")) {
            ok = redis_seed_ttl(seed, &at_ms);
        } else if (slice_eq_str(event.text, "expire_at")) {
            ok = redis_seed_expire_at(seed, &at_ms);
        } else {
            ok = redis_seed_fail(seed, "expected value, ttl or expire_at of the field, got \"%s\"",
                                 redis_printable(&seed->arena, event.text, 64));
        }
        if (!ok)
            return false;
    }
    if (!has_value)
        return redis_seed_fail(seed, "the field has no value");
    if (at_ms < 0)
        return true;
    char digits[TEXT_INT_MAX];
    struct slice argv[] = {
        slice_str("HPEXPIREAT"), seed->key,      slice_of(digits, text_from_i64(digits, at_ms)),
        slice_str("FIELDS"),     slice_str("1"), field};
    return redis_seed_run(seed, argv, 6);
}

static bool read_field(struct redis_seed *seed, const struct yaml_event *name)
{
    struct yaml_event event;
    struct slice field, bytes;
    if (!redis_seed_string(seed, name, "a field", &field) || !redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_MAPPING) /* several commands: the field must outlive the first one */
        return read_expiring_field(seed, argument(arena_dup(&seed->key_arena, field)));
    return redis_seed_string(seed, &event, "a field's value", &bytes) &&
           run_on_key(seed, "HSET", argument(field), argument(bytes));
}

static bool read_hash(struct redis_seed *seed, const struct yaml_event *first)
{
    struct yaml_event event;
    bool any = false;
    if (first->type != YAML_MAPPING)
        return redis_seed_unexpected(seed, first, "a mapping of fields to values");
    for (;; any = true) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (!read_field(seed, &event))
            return false;
    }
    return any || redis_seed_fail(seed, "expected a mapping with at least one field");
}

/* The text of a score; "inf" is how JSON spells it, .inf how YAML does. */
static bool read_score(struct redis_seed *seed, char out[TEXT_DOUBLE_MAX], size_t *out_len)
{
    struct yaml_event event;
    double score;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_SCALAR ||
        (!yaml_to_double(&event, &score) && !text_to_double(event.text, &score)) || score != score)
        return redis_seed_unexpected(seed, &event, "a score, a number");
    *out_len = text_from_double_shortest(out, score);
    return true;
}

static bool read_zset(struct redis_seed *seed, const struct yaml_event *first)
{
    struct yaml_event event;
    char score[TEXT_DOUBLE_MAX];
    size_t len;
    bool any = false;
    if (first->type != YAML_MAPPING)
        return redis_seed_unexpected(seed, first, "a mapping of members to scores");
    for (;; any = true) {
        struct slice member;
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (!redis_seed_string(seed, &event, "a member", &member) ||
            !read_score(seed, score, &len) ||
            !run_on_key(seed, "ZADD", slice_of(score, len), argument(member)))
            return false;
    }
    return any || redis_seed_fail(seed, "expected a mapping with at least one member");
}

/* ---- the long form */

static const struct type {
    const char *name;
    bool (*read)(struct redis_seed *seed, const struct yaml_event *first);
    /* Members of the long form that only this type has; they come after the value. */
    bool (*member)(struct redis_seed *seed, struct slice name, bool *known);
} types[] = {
    {"string", read_string,       NULL                    },
    {"list",   read_list,         NULL                    },
    {"set",    read_set,          NULL                    },
    {"hash",   read_hash,         NULL                    },
    {"zset",   read_zset,         NULL                    },
    {"stream", redis_seed_stream, redis_seed_stream_member},
};

#define TYPE_NAMES "string, list, set, hash, zset or stream"

static const struct type *find_type(struct slice name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (slice_eq_str(name, types[i].name))
            return &types[i];
    return NULL;
}

struct long_form {
    const struct type *type;
    bool has_value;
};

static bool read_base64(struct redis_seed *seed, const struct long_form *form)
{
    struct yaml_event event;
    if (form->has_value)
        return redis_seed_fail(seed, "base64 must stand before value");
    if (!redis_seed_next(seed, &event))
        return false;
    return yaml_to_bool(&event, &seed->base64) ||
           redis_seed_unexpected(seed, &event, "true or false");
}

/* The name is known only now, when it may be base64; what was there goes. */
static bool begin_value(struct redis_seed *seed)
{
    if (seed->base64) {
        struct yaml_event name = {.type = YAML_SCALAR, .kind = YAML_STRING, .text = seed->key};
        struct slice bytes;
        if (!redis_seed_string(seed, &name, "the key's name", &bytes))
            return false;
        seed->key = argument(arena_dup(&seed->key_arena, bytes));
    }
    return run_on_key(seed, "UNLINK", nothing(), nothing());
}

static bool read_value(struct redis_seed *seed, struct long_form *form)
{
    struct yaml_event event;
    form->has_value = true;
    return begin_value(seed) && redis_seed_next(seed, &event) && form->type->read(seed, &event);
}

static bool unknown_member(struct redis_seed *seed, struct slice name)
{
    return redis_seed_fail(seed,
                           "expected value, ttl, expire_at or base64, got \"%s\" (a hash with a "
                           "field \"type\" is written {type: hash, value: {...}})",
                           redis_printable(&seed->arena, name, 64));
}

static bool read_type_member(struct redis_seed *seed, const struct long_form *form,
                             struct slice name)
{
    bool known = false;
    if (!form->type->member)
        return unknown_member(seed, name);
    if (!form->has_value)
        return redis_seed_fail(seed, "\"%s\" must stand after value",
                               redis_printable(&seed->arena, name, 64));
    return form->type->member(seed, name, &known) && (known || unknown_member(seed, name));
}

static bool read_member(struct redis_seed *seed, struct long_form *form,
                        const struct yaml_event *name)
{
    if (slice_eq_str(name->text, "value"))
        return read_value(seed, form);
    if (slice_eq_str(name->text, "ttl"))
        return redis_seed_ttl(seed, &seed->expire_ms);
    if (slice_eq_str(name->text, "expire_at"))
        return redis_seed_expire_at(seed, &seed->expire_ms);
    if (slice_eq_str(name->text, "base64"))
        return read_base64(seed, form);
    return read_type_member(seed, form, name->text);
}

static bool read_type(struct redis_seed *seed, struct long_form *form)
{
    struct slice name;
    if (!redis_seed_next_string(seed, "a type: " TYPE_NAMES, &name))
        return false;
    form->type = find_type(name);
    return form->type ||
           redis_seed_fail(seed,
                           "unknown type \"%s\", expected " TYPE_NAMES " (a hash with a field "
                           "\"type\" is written {type: hash, value: {...}})",
                           redis_printable(&seed->arena, name, 64));
}

static bool read_long(struct redis_seed *seed)
{
    struct yaml_event event;
    struct long_form form = {NULL, false};
    if (!read_type(seed, &form))
        return false;
    for (;;) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (!read_member(seed, &form, &event))
            return false;
    }
    return form.has_value || redis_seed_fail(seed, "expected the member value");
}

/* ---- the short forms */

/* A hash whose first field's name was just read. */
static bool read_short_hash(struct redis_seed *seed, struct yaml_event *event)
{
    if (event->type == YAML_MAPPING_END)
        return redis_seed_fail(seed, "expected a mapping with at least one field");
    for (;;) {
        if (slice_eq_str(event->text, "type"))
            return redis_seed_fail(seed, "\"type\" must stand first, or for a hash with a field of "
                                         "that name write {type: hash, value: {...}}");
        if (!read_field(seed, event) || !redis_seed_next(seed, event))
            return false;
        if (event->type == YAML_MAPPING_END)
            return true;
    }
}

static bool read_mapping(struct redis_seed *seed)
{
    struct yaml_event event;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_SCALAR && slice_eq_str(event.text, "type"))
        return read_long(seed);
    return begin_value(seed) && read_short_hash(seed, &event);
}

static bool set_expiry(struct redis_seed *seed)
{
    char digits[TEXT_INT_MAX];
    if (seed->expire_ms < 0)
        return true;
    return run_on_key(seed, "PEXPIREAT", slice_of(digits, text_from_i64(digits, seed->expire_ms)),
                      nothing());
}

bool redis_seed_key(struct redis_seed *seed, struct slice name)
{
    struct yaml_event event;
    bool ok;
    seed->key = argument(name);
    seed->base64 = false;
    seed->expire_ms = -1;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_MAPPING)
        ok = read_mapping(seed);
    else if (event.type == YAML_SEQUENCE)
        ok = begin_value(seed) && read_list(seed, &event);
    else
        ok = begin_value(seed) && read_string(seed, &event);
    ok = ok && set_expiry(seed);
    arena_reset(&seed->key_arena);
    seed->key = nothing();
    seed->base64 = false;
    return ok;
}
