#include "emulators/redis/seed.h"

#include "common/words.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/script.h"
#include "emulators/redis/seed_run.h"

/* ---- keys */

static bool read_key(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    (void)ctx;
    return redis_seed_key(seed, key->text);
}

static bool read_keys(struct redis_seed *seed)
{
    return redis_seed_mapping(seed, "a mapping of keys", read_key, NULL);
}

static bool read_database(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    int64_t number;
    (void)ctx;
    if (!text_to_i64(key->text, &number) || number < 0 || number >= seed->redis->db_count)
        return redis_seed_fail(seed, "expected a database's number from 0 to %d, got \"%s\"",
                               seed->redis->db_count - 1,
                               redis_printable(&seed->arena, key->text, 64));
    seed->session->db = (int)number;
    return read_keys(seed);
}

static bool read_databases(struct redis_seed *seed)
{
    bool ok = redis_seed_mapping(seed, "a mapping of databases by number", read_database, NULL);
    seed->session->db = 0;
    return ok;
}

/* ---- code */

/* Each element of the sequence as the last argument of the command. */
static bool read_code(struct redis_seed *seed, const struct slice *command, uint32_t words)
{
    struct yaml_event event;
    struct slice argv[4];
    memcpy(argv, command, words * sizeof(*argv));
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_SEQUENCE)
        return redis_seed_unexpected(seed, &event, "a sequence of Lua sources");
    for (;;) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END)
            return true;
        if (!redis_seed_string(seed, &event, "Lua source", &argv[words]) ||
            !redis_seed_run(seed, argv, words + 1))
            return false;
    }
}

static bool read_functions(struct redis_seed *seed)
{
    const struct slice command[] = {slice_str("FUNCTION"), slice_str("LOAD"), slice_str("REPLACE")};
    return read_code(seed, command, 3);
}

static bool read_scripts(struct redis_seed *seed)
{
    const struct slice command[] = {slice_str("SCRIPT"), slice_str("LOAD")};
    return read_code(seed, command, 2);
}

/* ---- users */

#define USER_HEAD 4 /* ACL SETUSER name reset */
#define RULES_MAX 4096

static bool set_user(struct redis_seed *seed, struct slice name, const struct slice *rules,
                     uint32_t count)
{
    struct slice *argv = arena_array(&seed->arena, USER_HEAD + (size_t)count, sizeof(*argv));
    if (!argv)
        return emulator_fail(seed->error, "OOM", "out of memory");
    argv[0] = slice_str("ACL");
    argv[1] = slice_str("SETUSER");
    argv[2] = name;
    argv[3] = slice_str("reset");
    if (count)
        memcpy(argv + USER_HEAD, rules, count * sizeof(*argv));
    return redis_seed_run(seed, argv, USER_HEAD + count);
}

static bool read_rule_line(struct redis_seed *seed, struct slice name, struct slice line)
{
    struct slice *rules;
    uint32_t count;
    switch (words_split(&seed->arena, line, &rules, &count)) {
    case WORDS_OOM: return emulator_fail(seed->error, "OOM", "out of memory");
    case WORDS_UNBALANCED: return redis_seed_fail(seed, "unbalanced quotes in the rules of a user");
    case WORDS_OK: break;
    }
    return set_user(seed, name, rules, count);
}

static bool read_rule_sequence(struct redis_seed *seed, struct slice name)
{
    struct yaml_event event;
    struct slice *rules = arena_array(&seed->arena, RULES_MAX, sizeof(*rules));
    for (uint32_t count = 0; rules; count++) {
        struct slice rule;
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END)
            return set_user(seed, name, rules, count);
        if (count == RULES_MAX)
            return redis_seed_fail(seed, "expected at most %d rules of a user", RULES_MAX);
        if (!redis_seed_string(seed, &event, "a rule of a user", &rule))
            return false;
        rules[count] = arena_dup(&seed->arena, rule);
        if (!rules[count].ptr)
            break;
    }
    return emulator_fail(seed->error, "OOM", "out of memory");
}

static bool read_user(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    struct yaml_event event;
    struct slice line, name = key->text;
    (void)ctx;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type == YAML_SEQUENCE)
        return read_rule_sequence(seed, name);
    return redis_seed_string(seed, &event, "rules", &line) && read_rule_line(seed, name, line);
}

static bool read_users(struct redis_seed *seed)
{
    return redis_seed_mapping(seed, "a mapping of users", read_user, NULL);
}

/* ---- sections */

static const struct section {
    const char *name;
    bool (*read)(struct redis_seed *seed);
} sections[] = {
    {"keys",      read_keys     },
    {"databases", read_databases},
    {"functions", read_functions},
    {"scripts",   read_scripts  },
    {"users",     read_users    },
};

static bool read_section(struct redis_seed *seed, const struct yaml_event *key, void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (slice_eq_str(key->text, sections[i].name))
            return sections[i].read(seed);
    return redis_seed_fail(seed,
                           "expected keys, databases, functions, scripts or users, got \"%s\"",
                           redis_printable(&seed->arena, key->text, 64));
}

static bool read_sections(struct redis_seed *seed)
{
    return redis_seed_mapping(seed, "a mapping with keys, databases, functions, scripts or users",
                              read_section, NULL);
}

bool redis_seed(struct emulator *emulator, struct yaml_reader *reader, struct emulator_error *error)
{
    struct redis_seed seed = {.redis = redis_of(emulator), .reader = reader, .error = error};
    if (redis_script_busy(seed.redis))
        return emulator_fail(error, "BUSY", "a script is running");
    seed.session = redis_session_create(seed.redis, NULL);
    if (!seed.session)
        return emulator_fail(error, "OOM", "out of memory");
    arena_init(&seed.arena);
    arena_init(&seed.key_arena);
    /* What a fixture says is nobody's command: the journal tells of those that came. */
    struct journal *journal = seed.redis->host.journal;
    seed.redis->host.journal = NULL;
    bool ok = read_sections(&seed);
    seed.redis->host.journal = journal;
    arena_done(&seed.arena);
    arena_done(&seed.key_arena);
    redis_session_destroy(seed.session);
    return ok;
}
