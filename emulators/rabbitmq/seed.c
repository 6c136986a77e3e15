#include "emulators/rabbitmq/seed.h"

#include "common/yaml_to_json.h"
#include "emulators/rabbitmq/management/definitions.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/seed_message.h"

/* One item of a section, as JSON that can be imported, and where it was read. */
struct definition {
    struct slice json;
    uint32_t line, column;
    struct definition *next;
};

struct seed;

struct section {
    const char *name;
    const char *key;      /* the member that a mapping's keys stand for; NULL: it is a sequence */
    const char *text;     /* the member that a text in place of an object stands for */
    bool any_value;       /* so does whatever else there is */
    const char *defaults; /* members of what is left out, in JSON */
    const char *members;  /* all that there may be, between blanks */
    bool (*import)(struct seed *seed, const struct section *section, struct slice json);
};

#define SECTION_COUNT 11

struct seed {
    struct rabbit *rabbit;
    struct yaml_reader *reader;
    struct emulator_error *error;
    struct arena kept; /* what was read */
    struct arena work; /* of one definition */
    struct management_call call;
    struct definition *first[SECTION_COUNT], **end[SECTION_COUNT];
};

static bool import_definition(struct seed *seed, const struct section *section, struct slice json)
{
    return management_import_definition(&seed->call, section->name, json);
}

static bool import_message(struct seed *seed, const struct section *section, struct slice json)
{
    (void)section;
    return rabbit_seed_import_message(&seed->call, json);
}

#define IN_ROOT   "\"vhost\":\"/\""
#define ARGUMENTS "\"auto_delete\":false,\"arguments\":{}"

/* In the order in which one needs the other. */
static const struct section sections[SECTION_COUNT] = {
    {"users",             "name", "password",    false, "\"tags\":\"\"",
     " name password password_hash hashing_algorithm tags limits ",                                                                                                          import_definition},
    {"vhosts",            "name", "description", false, "",
     " name description tags default_queue_type tracing metadata limits ",                                                                                                   import_definition},
    {"permissions",       "user", NULL,          false,
     IN_ROOT ",\"configure\":\".*\",\"write\":\".*\",\"read\":\".*\"",
     " user vhost configure write read ",                                                                                                                                    import_definition},
    {"topic_permissions", "user", NULL,          false, IN_ROOT ",\"write\":\".*\",\"read\":\".*\"",
     " user vhost exchange write read ",                                                                                                                                     import_definition},
    {"parameters",        NULL,   NULL,          false, IN_ROOT,                                        " vhost component name value ",                                      import_definition},
    {"global_parameters", "name", "value",       true,  "",                                             " name value ",                                                      import_definition},
    {"policies",          "name", NULL,          false, IN_ROOT ",\"apply-to\":\"all\",\"priority\":0",
     " name vhost pattern apply-to definition priority ",                                                                                                                    import_definition},
    {"queues",            "name", "type",        false, IN_ROOT ",\"durable\":true," ARGUMENTS,
     " name vhost type durable auto_delete arguments ",                                                                                                                      import_definition},
    {"exchanges",         "name", "type",        false,
     IN_ROOT ",\"type\":\"direct\",\"durable\":true,\"internal\":false," ARGUMENTS,
     " name vhost type durable auto_delete internal arguments ",                                                                                                             import_definition},
    {"bindings",          NULL,   NULL,          false,
     IN_ROOT
     ",\"source\":\"\",\"destination_type\":\"queue\",\"routing_key\":\"\",\"arguments\":{}",           " vhost source destination destination_type routing_key arguments ", import_definition},
    {"messages",          NULL,   NULL,          false, IN_ROOT,
     " vhost queue exchange routing_key properties headers body payload payload_encoding count delay due "
     "position redelivered unacknowledged ",                                                                                                                                 import_message   },
};

/* Members that are texts wherever they stand. */
static const char texts[] =
    " name user vhost password password_hash hashing_algorithm description default_queue_type "
    "component pattern configure write read exchange type source destination destination_type "
    "routing_key queue payload payload_encoding ";

/* What definitions say of themselves, and dumps of what no fixture can bring back. */
static const char passed_over[] = " rabbit_version rabbitmq_version product_name product_version "
                                  "rabbitmq_definition_format original_cluster_name explanation "
                                  "consumers ";

/* Is it one of the words of a list? */
static bool is_among(struct slice word, const char *words)
{
    for (const char *at = words + 1; *at; at = strchr(at, ' ') + 1)
        if (slice_eq(word, slice_of(at, (size_t)(strchr(at, ' ') - at))))
            return true;
    return false;
}

/* ---- failing */

static bool fail_read(struct seed *seed)
{
    return emulator_fail(seed->error, "", "%s", yaml_message(seed->reader));
}

static bool fail_memory(struct seed *seed)
{
    return emulator_fail(seed->error, "541", "out of memory");
}

static bool unexpected(struct seed *seed, const struct section *section,
                       const struct yaml_event *event, const char *wanted)
{
    return emulator_fail(seed->error, "400", "%s: expected %s, got %s", section->name, wanted,
                         yaml_describe(event));
}

/* ---- one definition */

/* Numbers and booleans stand for their text, as written. */
static bool put_text(struct seed *seed, const struct section *section,
                     const struct yaml_event *event, struct json_writer *out)
{
    if (event->type != YAML_SCALAR || event->kind == YAML_NULL)
        return unexpected(seed, section, event, "a string");
    if (event->kind == YAML_STRING)
        return yaml_to_json(seed->reader, event, out) || fail_read(seed);
    json_string(out, event->text);
    return true;
}

static bool put_member(struct seed *seed, const struct section *section, struct slice name,
                       struct json_writer *out)
{
    struct yaml_event event;
    if (!is_among(name, section->members))
        return emulator_fail(seed->error, "400",
                             "%s: there is no member \"" SLICE_FMT "\"; there are%s", section->name,
                             SLICE_ARG(name), section->members);
    if (section->import == import_message && slice_eq_str(name, "body"))
        return rabbit_seed_read_body(seed->reader, &seed->kept, out) || fail_read(seed);
    if (!yaml_next(seed->reader, &event))
        return fail_read(seed);
    json_key(out, name);
    if (is_among(name, texts))
        return put_text(seed, section, &event, out);
    return yaml_to_json(seed->reader, &event, out) || fail_read(seed);
}

/* by_name: the member that names it has been said. */
static bool put_members(struct seed *seed, const struct section *section, bool by_name,
                        struct json_writer *out)
{
    struct yaml_event event;
    while (yaml_next(seed->reader, &event)) {
        if (event.type == YAML_MAPPING_END)
            return true;
        if (by_name && slice_eq_str(event.text, section->key))
            return emulator_fail(seed->error, "400", "%s: the key says the %s already",
                                 section->name, section->key);
        if (!put_member(seed, section, event.text, out))
            return false;
    }
    return fail_read(seed);
}

/* What stands for an object: its members, a text, or nothing. by_name: it is a mapping's. */
static bool put_value(struct seed *seed, const struct section *section, bool by_name,
                      const struct yaml_event *first, struct json_writer *out)
{
    bool is_null = first->type == YAML_SCALAR && first->kind == YAML_NULL;
    bool is_text = first->type == YAML_SCALAR && !is_null;
    if (section->text && by_name && (is_text || section->any_value)) {
        json_key_str(out, section->text);
        return section->any_value ? yaml_to_json(seed->reader, first, out) || fail_read(seed)
                                  : put_text(seed, section, first, out);
    }
    if (first->type == YAML_MAPPING)
        return put_members(seed, section, by_name, out);
    return is_null ||
           unexpected(seed, section, first, section->text ? "a mapping or a string" : "a mapping");
}

/* Behind the members, of which the first of a name is the one that counts. */
static void put_defaults(const struct section *section, struct json_writer *out)
{
    if (section->defaults[0] && out->comma)
        outq_put(out->out, ",", 1);
    outq_put_slice(out->out, slice_str(section->defaults));
}

static bool keep(struct seed *seed, size_t section, struct slice json,
                 const struct yaml_event *where)
{
    struct definition *definition = arena_alloc(&seed->kept, sizeof(*definition));
    struct slice copy = arena_dup(&seed->kept, json);
    if (!definition || !copy.ptr || !json.ptr)
        return fail_memory(seed);
    *definition = (struct definition){copy, where->line, where->column, NULL};
    *seed->end[section] = definition;
    seed->end[section] = &definition->next;
    return true;
}

/* key: the mapping's, ptr NULL in a sequence. value NULL: a name is all there is. */
static bool read_definition(struct seed *seed, size_t section, struct slice key,
                            const struct yaml_event *where, const struct yaml_event *value)
{
    struct outq text;
    outq_init(&text);
    struct json_writer out = json_writer_of(&text);
    json_object(&out);
    if (key.ptr) {
        json_key_str(&out, sections[section].key);
        json_string(&out, key);
    }
    bool ok = !value || put_value(seed, &sections[section], key.ptr != NULL, value, &out);
    put_defaults(&sections[section], &out);
    json_object_end(&out);
    ok = ok && keep(seed, section, outq_flatten(&text), where);
    outq_done(&text);
    return ok;
}

/* ---- a section */

static bool read_by_name(struct seed *seed, size_t section)
{
    struct yaml_event key, value;
    while (yaml_next(seed->reader, &key)) {
        if (key.type == YAML_MAPPING_END)
            return true;
        if (!yaml_next(seed->reader, &value))
            break;
        if (!read_definition(seed, section, key.text, &key, &value))
            return false;
    }
    return fail_read(seed);
}

/* A mapping with all members, or a name alone. */
static bool read_item(struct seed *seed, size_t section, const struct yaml_event *event)
{
    const char *key = sections[section].key;
    bool is_name = key && event->type == YAML_SCALAR && event->kind != YAML_NULL && event->text.len;
    if (!is_name && event->type != YAML_MAPPING)
        return unexpected(seed, &sections[section], event,
                          key ? "a mapping or a name" : "a mapping");
    return is_name ? read_definition(seed, section, event->text, event, NULL)
                   : read_definition(seed, section, slice_of(NULL, 0), event, event);
}

static bool read_sequence(struct seed *seed, size_t section)
{
    struct yaml_event event;
    while (yaml_next(seed->reader, &event)) {
        if (event.type == YAML_SEQUENCE_END)
            return true;
        if (!read_item(seed, section, &event))
            return false;
    }
    return fail_read(seed);
}

static bool read_section(struct seed *seed, size_t section)
{
    struct yaml_event event;
    if (!yaml_next(seed->reader, &event))
        return fail_read(seed);
    if (event.type == YAML_SEQUENCE)
        return read_sequence(seed, section);
    if (event.type == YAML_MAPPING && sections[section].key)
        return read_by_name(seed, section);
    return (event.type == YAML_SCALAR && event.kind == YAML_NULL) ||
           unexpected(seed, &sections[section], &event,
                      sections[section].key ? "a mapping by name or a sequence" : "a sequence");
}

/* ---- the whole */

static bool read_key(struct seed *seed, const struct yaml_event *key)
{
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (slice_eq_str(key->text, sections[i].name))
            return read_section(seed, i);
    if (is_among(key->text, passed_over))
        return yaml_skip(seed->reader, key) || fail_read(seed);
    return emulator_fail(
        seed->error, "400",
        "expected users, vhosts, permissions, topic_permissions, parameters, "
        "global_parameters, policies, queues, exchanges, bindings or messages, got "
        "\"" SLICE_FMT "\"",
        SLICE_ARG(key->text));
}

static bool read_all(struct seed *seed)
{
    struct yaml_event event;
    if (!yaml_next(seed->reader, &event))
        return fail_read(seed);
    if (event.type == YAML_SCALAR && event.kind == YAML_NULL)
        return true;
    if (event.type != YAML_MAPPING)
        return emulator_fail(seed->error, "400", "expected a mapping of definitions, got %s",
                             yaml_describe(&event));
    while (yaml_next(seed->reader, &event)) {
        if (event.type == YAML_MAPPING_END)
            return true;
        if (!read_key(seed, &event))
            return false;
    }
    return fail_read(seed);
}

/* In one line, without the blank lines that management has in its reasons. */
static struct slice reason_of(struct seed *seed)
{
    struct slice reason = management_reason(&seed->call);
    uint8_t *line = arena_alloc(&seed->work, reason.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < reason.len && line; i++) {
        bool is_break = reason.ptr[i] == '\n';
        if (!is_break)
            line[len++] = reason.ptr[i];
        else if (len && line[len - 1] != ' ' && i + 1 < reason.len)
            line[len++] = ' ';
    }
    return line ? slice_of(line, len) : reason;
}

static bool import_one(struct seed *seed, const struct section *section,
                       const struct definition *definition)
{
    management_call_reset(&seed->call);
    if (section->import(seed, section, definition->json)) {
        arena_reset(&seed->work);
        return true;
    }
    struct slice reason = reason_of(seed);
    yaml_error_at(seed->reader, definition->line, definition->column, "%s: " SLICE_FMT,
                  section->name, SLICE_ARG(reason));
    return emulator_fail(seed->error, "400", "%s: " SLICE_FMT, section->name, SLICE_ARG(reason));
}

static bool import_all(struct seed *seed)
{
    for (size_t i = 0; i < SECTION_COUNT; i++)
        for (const struct definition *at = seed->first[i]; at; at = at->next)
            if (!import_one(seed, &sections[i], at))
                return false;
    return true;
}

bool rabbit_seed(struct emulator *emulator, struct yaml_reader *reader,
                 struct emulator_error *error)
{
    struct seed seed = {.rabbit = rabbit_of(emulator), .reader = reader, .error = error};
    arena_init(&seed.kept);
    arena_init(&seed.work);
    management_call_init(&seed.call, seed.rabbit, &seed.work);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        seed.end[i] = &seed.first[i];
    bool ok = read_all(&seed) && import_all(&seed);
    management_call_done(&seed.call);
    rabbit_deliver(seed.rabbit);
    arena_done(&seed.work);
    arena_done(&seed.kept);
    return ok;
}
