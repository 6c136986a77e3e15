#include "server/fixture_sections.h"

#include "common/arena.h"
#include "common/time_text.h"
#include "common/yaml.h"

/* ---- clock */

static bool set_clock(struct clock *clock, struct yaml_reader *yaml, const struct yaml_event *at)
{
    int64_t ms;
    if (at->type != YAML_SCALAR || !time_parse_instant(at->text, &ms))
        return yaml_error(yaml, "expected a time such as 2030-01-31T12:00:00Z, or seconds, got %s",
                          yaml_describe(at));
    clock_set(clock, ms * 1000);
    return true;
}

static bool advance_clock(struct clock *clock, struct yaml_reader *yaml,
                          const struct yaml_event *at)
{
    int64_t ms;
    if (at->type != YAML_SCALAR || !time_parse_duration(at->text, &ms))
        return yaml_error(yaml, "expected a duration such as 250ms or 2h, got %s",
                          yaml_describe(at));
    clock_advance(clock, ms * 1000);
    return true;
}

static bool freeze_clock(struct clock *clock, struct yaml_reader *yaml, const struct yaml_event *at)
{
    bool freeze;
    if (at->type != YAML_SCALAR || !yaml_to_bool(at, &freeze))
        return yaml_error(yaml, "expected true or false, got %s", yaml_describe(at));
    (freeze ? clock_freeze : clock_run)(clock);
    return true;
}

static bool clock_member(struct clock *clock, struct yaml_reader *yaml, struct slice name)
{
    static const struct {
        const char *name;
        bool (*read)(struct clock *clock, struct yaml_reader *yaml, const struct yaml_event *at);
    } members[] = {
        {"set",     set_clock    },
        {"advance", advance_clock},
        {"freeze",  freeze_clock }
    };
    struct yaml_event value;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (slice_eq_str(name, members[i].name))
            return yaml_next(yaml, &value) && members[i].read(clock, yaml, &value);
    return yaml_error(yaml, "the clock takes set, advance and freeze, not '" SLICE_FMT "'",
                      SLICE_ARG(name));
}

static bool read_clock(struct sandbox *sandbox, const struct registry *registry,
                       struct yaml_reader *yaml)
{
    struct clock *clock = sandbox_clock(sandbox);
    struct yaml_event event;
    (void)registry;
    if (!yaml_next(yaml, &event))
        return false;
    if (event.type != YAML_MAPPING)
        return set_clock(clock, yaml, &event);
    for (;;) {
        if (!yaml_next(yaml, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            return true;
        if (!clock_member(clock, yaml, event.text))
            return false;
    }
}

/* ---- random */

static bool read_random(struct sandbox *sandbox, const struct registry *registry,
                        struct yaml_reader *yaml)
{
    struct yaml_event event;
    int64_t seed;
    (void)registry;
    if (!yaml_next(yaml, &event))
        return false;
    if (event.type != YAML_SCALAR || !yaml_to_i64(&event, &seed))
        return yaml_error(yaml, "expected an integer, got %s", yaml_describe(&event));
    random_seed(sandbox_random(sandbox), (uint64_t)seed);
    random_seed(sandbox_faults(sandbox)->random, (uint64_t)seed);
    return true;
}

/* ---- faults */

struct rule_reader {
    struct fault_options options;
    const struct registry *registry;
    struct yaml_reader *yaml;
    struct arena arena;
};

static bool read_text(struct rule_reader *rule, const struct yaml_event *at, void *out)
{
    struct slice *text = out;
    *text = arena_dup(&rule->arena, at->text);
    return text->ptr || yaml_error(rule->yaml, "out of memory");
}

static bool read_service(struct rule_reader *rule, const struct yaml_event *at, void *out)
{
    struct problem why;
    if (registry_find(rule->registry, at->text))
        return read_text(rule, at, out);
    registry_lacks(rule->registry, at->text, &why);
    return yaml_error(rule->yaml, "%s", why.text);
}

static bool read_count(struct rule_reader *rule, const struct yaml_event *at, void *out)
{
    int64_t count;
    if (!yaml_to_i64(at, &count) || count < 0)
        return yaml_error(rule->yaml, "expected an integer, 0 or more, got %s", yaml_describe(at));
    *(uint64_t *)out = (uint64_t)count;
    return true;
}

static bool read_connection(struct rule_reader *rule, const struct yaml_event *at, void *out)
{
    rule->options.match.has_connection = true;
    return read_count(rule, at, out);
}

static bool read_probability(struct rule_reader *rule, const struct yaml_event *at, void *out)
{
    rule->options.has_probability = true;
    return yaml_to_double(at, out) ||
           yaml_error(rule->yaml, "expected a number from 0 to 1, got %s", yaml_describe(at));
}

static bool rule_member(struct rule_reader *rule, struct slice name)
{
    struct fault_options *options = &rule->options;
    const struct {
        const char *name;
        bool (*read)(struct rule_reader *rule, const struct yaml_event *at, void *out);
        void *out;
    } members[] = {
        {"service",     read_service,     &options->match.service   },
        {"op",          read_text,        &options->match.op        },
        {"key",         read_text,        &options->match.key       },
        {"world",       read_text,        &options->match.world     },
        {"connection",  read_connection,  &options->match.connection},
        {"nth",         read_count,       &options->nth             },
        {"times",       read_count,       &options->times           },
        {"probability", read_probability, &options->probability     },
        {"action",      read_text,        &options->action          },
    };
    struct yaml_event value;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (slice_eq_str(name, members[i].name))
            return yaml_expect(rule->yaml, YAML_SCALAR, "a value", &value) &&
                   members[i].read(rule, &value, members[i].out);
    return yaml_error(rule->yaml, "a fault rule has no '" SLICE_FMT "'", SLICE_ARG(name));
}

static bool read_rule(struct rule_reader *rule, struct fault_rules *rules)
{
    struct yaml_event event;
    char why[FAULT_PROBLEM_MAX];
    rule->options = (struct fault_options){0};
    for (;;) {
        if (!yaml_next(rule->yaml, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            break;
        if (!rule_member(rule, event.text))
            return false;
    }
    if (!rule->options.action.ptr)
        return yaml_error(rule->yaml, "this fault rule has no action");
    return fault_add(rules, &rule->options, why) || yaml_error(rule->yaml, "%s", why);
}

static bool read_faults(struct sandbox *sandbox, const struct registry *registry,
                        struct yaml_reader *yaml)
{
    struct rule_reader rule = {.registry = registry, .yaml = yaml};
    struct yaml_event event;
    bool fine = yaml_expect(yaml, YAML_SEQUENCE, "a list of fault rules", &event);
    arena_init(&rule.arena);
    while (fine && (fine = yaml_next(yaml, &event)) && event.type != YAML_SEQUENCE_END) {
        fine = event.type == YAML_MAPPING ||
               yaml_error(yaml, "expected a mapping, got %s", yaml_describe(&event));
        fine = fine && read_rule(&rule, sandbox_faults(sandbox));
    }
    arena_done(&rule.arena);
    return fine;
}

void fixture_drop_rules(struct fault_rules *rules, struct fault_rule **from)
{
    while (*from)
        fault_remove(rules, *from);
}

/* ---- */

fixture_section *fixture_section_find(struct slice name)
{
    static const struct {
        const char *name;
        fixture_section *read;
    } sections[] = {
        {"clock",  read_clock },
        {"random", read_random},
        {"faults", read_faults}
    };
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (slice_eq_str(name, sections[i].name))
            return sections[i].read;
    return NULL;
}
