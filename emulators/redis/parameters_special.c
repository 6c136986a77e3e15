/* Parameters of several words, and what follows from setting a parameter. */
#include "common/text.h"
#include "emulators/redis/acl.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/notify.h"
#include "emulators/redis/parameters.h"

#define WORDS_MAX 64

struct words {
    struct slice word[WORDS_MAX];
    size_t count;
};

/* Words between blanks. */
static struct words split(struct slice text)
{
    struct words words = {.count = 0};
    size_t at = 0;
    while (words.count < WORDS_MAX) {
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        size_t from = at;
        while (at < text.len && text.ptr[at] != ' ')
            at++;
        if (from == at)
            break;
        words.word[words.count++] = slice_of(text.ptr + from, at - from);
    }
    return words;
}

static struct slice join(struct arena *arena, const struct words *words)
{
    struct slice all = slice_str("");
    for (size_t i = 0; i < words->count; i++)
        all = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(all), i ? " " : "",
                           SLICE_ARG(words->word[i]));
    return all;
}

static bool check_save(const struct words *words, const char **error)
{
    *error = "Invalid save parameters";
    for (size_t i = 0; i < words->count; i++) {
        int64_t value;
        if (!text_to_i64(words->word[i], &value) || value < (i % 2 ? 0 : 1))
            return false;
    }
    return words->count % 2 == 0;
}

static bool check_oom_values(const struct words *words, const char **error)
{
    *error = "wrong number of arguments";
    if (words->count != 3)
        return false;
    *error = "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
    for (size_t i = 0; i < words->count; i++) {
        int64_t value;
        if (!text_to_i64(words->word[i], &value) || value < -2000 || value > 2000)
            return false;
    }
    return true;
}

/* Six digits after the point at most, and no more than are needed. */
static struct slice shortest(struct arena *arena, double value)
{
    struct slice text = arena_printf(arena, "%.6f", value);
    while (text.len && text.ptr[text.len - 1] == '0')
        text.len--;
    if (text.len && text.ptr[text.len - 1] == '.')
        text.len--;
    return text;
}

static bool set_percentiles(struct arena *arena, struct words *words, const char **error)
{
    for (size_t i = 0; i < words->count; i++) {
        double value;
        *error = "Invalid latency-tracking-info-percentiles parameters";
        if (!text_to_double(words->word[i], &value))
            return false;
        *error = "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
        if (!(value >= 0 && value <= 100))
            return false;
        words->word[i] = shortest(arena, value);
    }
    return true;
}

static int client_class(struct slice name)
{
    static const char *const names[] = {"normal", "slave", "pubsub"};
    if (slice_is(name, "replica"))
        return 1;
    for (int i = 0; i < 3; i++)
        if (slice_is(name, names[i]))
            return i;
    return -1;
}

static struct slice set_buffer_limits(struct redis *redis, struct arena *arena,
                                      const struct words *words, const char **error)
{
    struct redis_buffer_limit limits[3];
    memcpy(limits, redis->config.buffer_limit, sizeof(limits));
    *error = "Wrong number of arguments in buffer limit configuration.";
    if (words->count % 4)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < words->count; i += 4) {
        int class = client_class(words->word[i]);
        *error = "Invalid client class specified in buffer limit configuration.";
        if (class < 0)
            return slice_of(NULL, 0);
        struct redis_buffer_limit *limit = &limits[class];
        *error = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
        if (!redis_parse_memory(words->word[i + 1], &limit->hard) ||
            !redis_parse_memory(words->word[i + 2], &limit->soft) ||
            !text_to_i64(words->word[i + 3], &limit->soft_seconds) || limit->soft_seconds < 0)
            return slice_of(NULL, 0);
    }
    memcpy(redis->config.buffer_limit, limits, sizeof(limits));
    const struct redis_buffer_limit *l = limits;
    return arena_printf(
        arena, "normal %llu %llu %lld slave %llu %llu %lld pubsub %llu %llu %lld",
        (unsigned long long)l[0].hard, (unsigned long long)l[0].soft, (long long)l[0].soft_seconds,
        (unsigned long long)l[1].hard, (unsigned long long)l[1].soft, (long long)l[1].soft_seconds,
        (unsigned long long)l[2].hard, (unsigned long long)l[2].soft, (long long)l[2].soft_seconds);
}

static struct slice set_notify(struct redis *redis, struct arena *arena, struct slice value,
                               const char **error)
{
    char letters[24];
    int events = redis_notify_parse(value);
    *error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    if (events < 0)
        return slice_of(NULL, 0);
    redis->config.notify_events = (unsigned)events;
    redis_notify_print((unsigned)events, letters);
    return arena_printf(arena, "%s", letters);
}

struct slice redis_parameter_special(struct redis *redis, struct arena *arena,
                                     const struct redis_parameter *parameter, struct slice value,
                                     const char **error)
{
    struct words words = split(value);
    const char *name = parameter->name;
    bool ok = true;
    if (strcmp(name, "client-output-buffer-limit") == 0)
        return set_buffer_limits(redis, arena, &words, error);
    if (strcmp(name, "notify-keyspace-events") == 0)
        return set_notify(redis, arena, value, error);
    if (strcmp(name, "save") == 0)
        ok = check_save(&words, error);
    else if (strcmp(name, "oom-score-adj-values") == 0)
        ok = check_oom_values(&words, error);
    else if (strcmp(name, "latency-tracking-info-percentiles") == 0)
        ok = set_percentiles(arena, &words, error);
    return ok ? join(arena, &words) : slice_of(NULL, 0);
}

/* Parameters whose setting would need what is not there: threads, files, other ports. */
static const struct {
    const char *name, *allowed, *error;
} refused[] = {
    {"activedefrag", "no",
     "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified "
     "Jemalloc like the one shipped by default with the Redis source distribution"},
};

bool redis_parameter_apply(struct redis *redis, const struct redis_parameter *parameter,
                           struct slice value, const char **error)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strcmp(parameter->name, refused[i].name) == 0 &&
            !slice_eq_str(value, refused[i].allowed)) {
            *error = refused[i].error;
            return false;
        }
    if (strcmp(parameter->name, "requirepass") == 0)
        return redis_acl_set_default_password(redis, value);
    return true;
}
