#include "emulators/rabbitmq/policy_definition.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/text.h"

bool rabbit_policy_fail(struct rabbit_error *error, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "Validation failed\n\n%s\n", text);
}

/* ---- values */

static bool is_whole(const struct json_token *value, int64_t least)
{
    int64_t number;
    return value->kind == JSON_NUMBER && text_to_i64(value->text, &number) && number >= least;
}

static bool is_natural(const struct json_token *value)
{
    return is_whole(value, 0);
}

static bool is_positive(const struct json_token *value)
{
    return is_whole(value, 1);
}

static bool is_text(const struct json_token *value)
{
    return value->kind == JSON_STRING;
}

static bool is_anything(const struct json_token *value)
{
    (void)value;
    return true;
}

/* One of up to four words. */
static bool is_word(const struct json_token *value, const char *const words[4])
{
    for (size_t i = 0; i < 4 && words[i]; i++)
        if (value->kind == JSON_STRING && slice_eq_str(value->text, words[i]))
            return true;
    return false;
}

static bool is_strategy(const struct json_token *value)
{
    static const char *const words[4] = {"at-most-once", "at-least-once"};
    return is_word(value, words);
}

static bool is_overflow(const struct json_token *value)
{
    static const char *const words[4] = {"drop-head", "reject-publish", "reject-publish-dlx"};
    return is_word(value, words);
}

static bool is_leader_locator(const struct json_token *value)
{
    static const char *const words[4] = {"client-local", "balanced", "random", "least-leaders"};
    return is_word(value, words);
}

static bool is_master_locator(const struct json_token *value)
{
    static const char *const words[4] = {"min-masters", "client-local", "random"};
    return is_word(value, words);
}

static bool is_queue_mode(const struct json_token *value)
{
    static const char *const words[4] = {"default", "lazy"};
    return is_word(value, words);
}

static bool is_ha_mode(const struct json_token *value)
{
    static const char *const words[4] = {"all", "exactly", "nodes"};
    return is_word(value, words);
}

static bool is_queue_version(const struct json_token *value)
{
    return is_whole(value, 1) && !is_whole(value, 3);
}

/* ---- keys */

static const struct definition_key {
    const char *name;
    bool (*check)(const struct json_token *value);
    const char *problem; /* behind the value */
    bool for_operators;
} definition_keys[] = {
    {"alternate-exchange",            is_text,           "is not a valid alternate exchange name",      false},
    {"dead-letter-exchange",          is_text,           "is not a valid dead letter exchange name",    false},
    {"dead-letter-routing-key",       is_text,           "is not a valid dead letter routing key",      false},
    {"dead-letter-strategy",          is_strategy,       "is not a valid dead letter strategy",         false},
    {"delivery-limit",                is_natural,        "is not a valid delivery limit",               true },
    {"expires",                       is_positive,       "is not a valid queue expiry",                 true },
    {"ha-mode",                       is_ha_mode,        "is not a valid ha-mode value",                false},
    {"ha-params",                     is_anything,       "",                                            false},
    {"ha-promote-on-failure",         is_text,           "is not a valid ha-promote-on-failure value",  false},
    {"ha-promote-on-shutdown",        is_text,           "is not a valid ha-promote-on-shutdown value", false},
    {"ha-sync-batch-size",            is_positive,       "is not a valid ha-sync-batch-size value",     false},
    {"ha-sync-mode",                  is_text,           "is not a valid ha-sync-mode value",           false},
    {"initial-cluster-size",          is_natural,        "is not a valid cluster size",                 false},
    {"max-age",                       is_anything,       "",                                            false},
    {"max-in-memory-bytes",           is_natural,        "is not a valid maximum memory in bytes",      true },
    {"max-in-memory-length",          is_natural,        "is not a valid maximum memory in bytes",      true },
    {"max-length",                    is_natural,        "is not a valid maximum length",               true },
    {"max-length-bytes",              is_natural,        "is not a valid maximum length in bytes",      true },
    {"message-ttl",                   is_natural,        "is not a valid message TTL",                  true },
    {"overflow",                      is_overflow,       "is not a valid overflow value",               false},
    {"queue-leader-locator",          is_leader_locator, "is not a valid queue leader locator value",   false},
    {"queue-master-locator",          is_master_locator, "invalid queue-master-locator value",          false},
    {"queue-mode",                    is_queue_mode,     "is not a valid queue-mode value",             false},
    {"queue-version",                 is_queue_version,  "is not a valid queue-version value",          false},
    {"stream-max-segment-size-bytes", is_natural,        "is not a valid segment size",                 false},
};

/* A value as Erlang writes it, which texts have in quotes and brackets. */
struct shown {
    const char *open, *close;
};

static struct shown shown_as(const struct json_token *value)
{
    return value->kind == JSON_STRING ? (struct shown){"<<\"", "\">>"} : (struct shown){"", ""};
}

static bool check_key(struct slice name, const struct json_token *value, bool is_operator,
                      struct rabbit_error *error)
{
    struct shown shown = shown_as(value);
    for (size_t i = 0; i < sizeof(definition_keys) / sizeof(definition_keys[0]); i++) {
        const struct definition_key *key = &definition_keys[i];
        if (!slice_eq_str(name, key->name) || (is_operator && !key->for_operators))
            continue;
        return key->check(value) ||
               rabbit_policy_fail(error, "%s" SLICE_FMT "%s %s", shown.open, SLICE_ARG(value->text),
                                  shown.close, key->problem);
    }
    return rabbit_policy_fail(
        error, "[{<<\"" SLICE_FMT "\">>,%s" SLICE_FMT "%s}] are not recognised policy settings",
        SLICE_ARG(name), shown.open, SLICE_ARG(value->text), shown.close);
}

/* What mirrors say of themselves is of no effect here, but has to make sense. */
static bool check_mirrors(bool has_mode, bool has_more, struct rabbit_error *error)
{
    return has_mode || !has_more ||
           rabbit_policy_fail(error, "ha-mode must be specified to specify ha-params, ha-sync-mode "
                                     "or ha-promote-on-shutdown");
}

bool rabbit_policy_definition_check(struct slice definition, bool is_operator,
                                    struct rabbit_error *error)
{
    struct arena arena;
    struct json_reader reader;
    struct json_token key, value;
    bool ok = true, has_mode = false, has_more = false;
    unsigned count = 0;
    arena_init(&arena);
    json_reader_init(&reader, definition, &arena);
    bool is_object = json_next(&reader, &key) && key.kind == JSON_OBJECT;
    while (ok && is_object && json_next(&reader, &key) && key.kind == JSON_KEY) {
        bool is_mode = slice_eq_str(key.text, "ha-mode");
        has_mode = has_mode || is_mode;
        has_more =
            has_more || (!is_mode && key.text.len > 3 && memcmp(key.text.ptr, "ha-", 3) == 0);
        ok = json_next(&reader, &value) && check_key(key.text, &value, is_operator, error) &&
             json_skip(&reader, &value);
        count++;
    }
    arena_done(&arena);
    if (ok && !count)
        return rabbit_policy_fail(error, "no policy provided");
    return ok && check_mirrors(has_mode, has_more, error);
}
