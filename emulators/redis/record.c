#include "emulators/redis/record.h"

static uint32_t gather(const struct redis_key_range *ranges, uint32_t count,
                       const struct slice *argv, struct slice room[JOURNAL_KEYS_MAX])
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t at = ranges[i].first; at <= ranges[i].last && found < JOURNAL_KEYS_MAX;
             at += ranges[i].step)
            room[found++] = argv[at];
    return found;
}

uint32_t redis_record_keys(const struct redis_command_info *info, const struct slice *argv,
                           uint32_t argc, struct slice room[JOURNAL_KEYS_MAX],
                           const struct slice **out)
{
    uint32_t first = (uint32_t)info->first_key;
    if (first && first < argc && !(info->flags & REDIS_COMMAND_MOVABLEKEYS)) {
        *out = argv + first;
        if (info->first_key == info->last_key)
            return 1;
        if (info->last_key == -1 && info->key_step == 1)
            return argc - first;
    }
    *out = room;
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    uint32_t count = redis_command_slots(info, argv, argc, ranges);
    if (count == 0 && info->first_channel > 0)
        count = redis_command_channels(info, argc, ranges);
    return gather(ranges, count, argv, room);
}

/* What all records of a session have in common. */
static struct journal_entry begin_entry(const struct redis_session *session, const char *op)
{
    const struct emulator_host *host = &session->redis->host;
    return (struct journal_entry){
        .op = op,
        .at_us = clock_now_us(host->clock),
        .connection = session->id,
        .fault = session->gate ? session->gate->rule : 0,
        .world = host->world,
        .service = host->service,
    };
}

void redis_record_any(const struct redis_call *call, struct outq_place began, int64_t took_us,
                      bool failed)
{
    const struct redis_session *session = call->session;
    struct slice room[JOURNAL_KEYS_MAX];
    struct journal_entry entry = begin_entry(session, call->info->op);
    entry.us = took_us;
    entry.bytes_in = call->redis->current == call ? session->command_bytes : 0;
    entry.bytes_out = outq_grown(call->reply->out, began);
    entry.key_count = redis_record_keys(call->info, call->argv, call->argc, room, &entry.keys);
    if (__builtin_expect(failed, 0)) {
        entry.outcome = JOURNAL_ERROR;
        entry.code = slice_str(call->reply->error_code);
    }
    journal_add(call->redis->host.journal, &entry);
}

static void record_unanswered(struct redis_session *session, const struct redis_command_info *info,
                              const struct slice *argv, uint32_t argc, enum journal_outcome outcome,
                              const char *code)
{
    struct journal *journal = session->redis->host.journal;
    if (!journal || !journal_is_on(journal))
        return;
    struct slice room[JOURNAL_KEYS_MAX];
    struct journal_entry entry = begin_entry(session, info ? info->op : REDIS_RECORD_UNKNOWN);
    entry.bytes_in = session->command_bytes;
    if (info)
        entry.key_count = redis_record_keys(info, argv, argc, room, &entry.keys);
    entry.outcome = (uint8_t)outcome;
    entry.code = slice_str(code);
    journal_add(journal, &entry);
}

void redis_record_refused(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, uint32_t argc)
{
    record_unanswered(session, info, argv, argc, JOURNAL_ERROR, session->reply.error_code);
}

void redis_record_dropped(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, uint32_t argc)
{
    record_unanswered(session, info, argv, argc, JOURNAL_DROPPED, "drop");
}
