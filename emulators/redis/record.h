/* Commands as the journal and the fault rules see them: their names, their keys, how they ended.
 *
 * Every command is recorded once, when it is over: also those within EXEC and scripts, and those that were
 * refused; a client that waits has its command recorded when the wait ends. Bytes received are those
 * of the command as the client sent it, 0 for a command within another. */
#ifndef PARLEL_EMULATORS_REDIS_RECORD_H
#define PARLEL_EMULATORS_REDIS_RECORD_H

#include "common/journal.h"
#include "emulators/fault_gate.h"
#include "emulators/redis/session.h"

/* What an unknown command is called. */
#define REDIS_RECORD_UNKNOWN "UNKNOWN"

/* The keys, or else the channels, that a call names: at most JOURNAL_KEYS_MAX of them, in out or where
 * they stand in argv. Returns their number. */
uint32_t redis_record_keys(const struct redis_command_info *info, const struct slice *argv,
                           uint32_t argc, struct slice room[JOURNAL_KEYS_MAX],
                           const struct slice **out);

/* The slow path of redis_record. */
void redis_record_any(const struct redis_call *call, struct outq_place began, int64_t took_us,
                      bool failed);

/* Writes down a command that is over, whose reply began there. */
static inline void redis_record(const struct redis_call *call, struct outq_place began,
                                int64_t took_us, bool failed)
{
    const struct redis *redis = call->redis;
    const struct redis_session *session = call->session;
    struct journal *journal = redis->host.journal;
    if (!journal || !journal_is_on(journal))
        return;
    uint32_t one_key = call->info->one_key;
    if (__builtin_expect(!one_key || failed || session->gate || redis->current != call ||
                             call->argv[one_key].len > JOURNAL_INLINE,
                         0)) {
        redis_record_any(call, began, took_us, failed);
        return;
    }
    struct journal_entry entry = {
        .op = call->info->op,
        .at_us = clock_now_us(redis->host.clock),
        .connection = session->id,
        .bytes_in = session->command_bytes,
        .bytes_out = outq_grown(call->reply->out, began),
        .us = took_us,
        .keys = &call->argv[one_key],
        .world = redis->host.world,
        .service = redis->host.service,
    };
    journal_add_plain(journal, &entry);
}

/* Writes down a command that was refused with the reply's last error. info NULL: it is unknown. */
void redis_record_refused(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, uint32_t argc);

/* Writes down a command that a fault rule kept from being answered. */
void redis_record_dropped(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, uint32_t argc);

#endif
