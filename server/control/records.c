#include "server/control/records.h"

#include <stdio.h>

#include "common/time_text.h"

bool records_match(struct sandbox *sandbox, uint64_t seq, const struct match *match)
{
    struct journal_view view;
    journal_read(sandbox_journal(sandbox), seq, &view);
    const struct journal_record *record = view.record;
    struct match_subject subject = {
        .service = sandbox_service_name(sandbox, record->service),
        .op = slice_str(record->op),
        .world = sandbox_world_name(sandbox, record->world),
        .keys = view.keys,
        .key_count = record->key_count,
        .connection = record->connection,
    };
    return match_accepts(match, &subject);
}

static void write_keys(const struct journal_view *view, struct json_writer *out)
{
    size_t count = view->record->key_count;
    json_key_str(out, "key");
    if (count == 0)
        json_null(out);
    else
        json_string(out, view->keys[0]);
    if (count < 2)
        return;
    json_key_str(out, "keys");
    json_array(out);
    for (size_t i = 0; i < count; i++)
        json_string(out, view->keys[i]);
    json_array_end(out);
}

/* "ok", "error:WRONGTYPE", "fault:drop". */
static void write_outcome(const struct journal_view *view, struct json_writer *out)
{
    static const char *const words[] = {"ok", "error", "fault"};
    char text[JOURNAL_CODE_MAX + 16];
    const char *word = words[view->record->outcome];
    int len = view->code.len
                  ? snprintf(text, sizeof(text), "%s:" SLICE_FMT, word, SLICE_ARG(view->code))
                  : snprintf(text, sizeof(text), "%s", word);
    json_key_str(out, "outcome");
    json_string(out, slice_of(text, (size_t)len));
}

static void write_count(struct json_writer *out, const char *name, uint64_t count)
{
    json_key_str(out, name);
    json_uint(out, count);
}

void records_write(struct sandbox *sandbox, uint64_t seq, struct json_writer *out)
{
    struct journal_view view;
    char at[TIME_TEXT_MAX];
    journal_read(sandbox_journal(sandbox), seq, &view);
    const struct journal_record *record = view.record;
    json_object(out);
    write_count(out, "seq", seq);
    json_key_str(out, "at");
    json_string(out, slice_of(at, time_to_text(at, record->at_us / 1000)));
    json_key_str(out, "service");
    json_string(out, sandbox_service_name(sandbox, record->service));
    write_count(out, "connection", record->connection);
    json_key_str(out, "world");
    json_string(out, sandbox_world_name(sandbox, record->world));
    json_key_str(out, "op");
    json_str(out, record->op);
    write_keys(&view, out);
    write_outcome(&view, out);
    if (record->fault)
        write_count(out, "fault", record->fault);
    write_count(out, "bytes_in", record->bytes_in);
    write_count(out, "bytes_out", record->bytes_out);
    write_count(out, "us", record->us);
    json_object_end(out);
}

uint64_t records_next(struct sandbox *sandbox, const struct match *match, uint64_t since)
{
    const struct journal *journal = sandbox_journal(sandbox);
    if (!journal_is_on(journal))
        return 0;
    uint64_t seq = since + 1 > journal_oldest(journal) ? since + 1 : journal_oldest(journal);
    for (; seq < journal->next; seq++)
        if (records_match(sandbox, seq, match))
            return seq;
    return 0;
}

uint64_t records_since_newest(struct sandbox *sandbox, const struct match *match, uint64_t limit)
{
    const struct journal *journal = sandbox_journal(sandbox);
    if (!journal_is_on(journal))
        return 0;
    uint64_t seq = journal->next;
    while (limit > 0 && seq > journal_oldest(journal))
        limit -= records_match(sandbox, --seq, match);
    return limit == 0 ? seq - 1 : journal_oldest(journal) - 1;
}
