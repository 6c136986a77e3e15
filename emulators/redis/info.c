/* The INFO command and the rates that it shows; the sections are in info_sections.c. */
#include "emulators/redis/info.h"

#include "emulators/redis/commands.h"
#include "emulators/redis/session.h"

/* ---- rates */

uint64_t redis_net_output(const struct redis *redis)
{
    uint64_t bytes = redis->stats.net_out;
    for (const struct redis_session *s = redis->first_session; s; s = s->next)
        if (s->transport)
            bytes += s->transport->bytes_out;
    return bytes;
}

static void sample(struct redis_rate *rate, uint64_t count, int64_t now_us)
{
    int64_t passed_us = now_us - rate->at_us;
    if (passed_us <= 0)
        return;
    uint64_t added = count > rate->count ? count - rate->count : 0;
    rate->samples[rate->next++ % REDIS_RATE_SAMPLES] = added * 1000000 / (uint64_t)passed_us;
    rate->at_us = now_us;
    rate->count = count;
}

void redis_info_sample(struct redis *redis)
{
    int64_t now_us = clock_now_us(redis->host.clock);
    sample(&redis->command_rate, redis->stats.commands, now_us);
    sample(&redis->input_rate, redis->stats.net_in, now_us);
    sample(&redis->output_rate, redis_net_output(redis), now_us);
}

struct slice redis_human_bytes(struct arena *arena, uint64_t bytes)
{
    static const char units[] = "KMGTP";
    if (bytes < 1024)
        return arena_printf(arena, "%lluB", (unsigned long long)bytes);
    double value = (double)bytes / 1024;
    size_t unit = 0;
    for (; value >= 1024 && unit + 2 < sizeof(units); unit++)
        value /= 1024;
    return arena_printf(arena, "%.2f%c", value, units[unit]);
}

/* ---- the command */

static bool asked_for(const struct redis_call *call, const struct redis_info_section *section)
{
    if (call->argc == 1)
        return section->by_default;
    for (uint32_t i = 1; i < call->argc; i++) {
        struct slice word = call->argv[i];
        if (slice_is(word, section->name) || slice_is(word, "all") || slice_is(word, "everything"))
            return true;
        if (section->by_default && slice_is(word, "default"))
            return true;
        if (slice_is(word, "module_list") && slice_eq_str(slice_str(section->name), "modules"))
            return true;
    }
    return false;
}

static void info(struct redis_call *call)
{
    struct outq text = {0};
    struct redis_info to = {call->redis, call->arena, &text};
    for (size_t i = 0; i < redis_info_section_count; i++) {
        const struct redis_info_section *section = &redis_info_sections[i];
        if (!asked_for(call, section))
            continue;
        outq_put_slice(&text, arena_printf(call->arena, "%s# %s\r\n", outq_len(&text) ? "\r\n" : "",
                                           section->title));
        section->put(&to);
    }
    if (text.failed)
        redis_reply_oom(call->reply);
    else
        redis_reply_verbatim(call->reply, "txt", outq_flatten(&text));
    outq_done(&text);
}

const struct redis_command redis_info_commands[] = {
    {"info", info},
    {NULL,   NULL},
};
