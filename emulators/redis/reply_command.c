#include "emulators/redis/reply_command.h"

#include "emulators/redis/command_table.h"

struct document {
    const uint8_t *at, *end;
};

static struct document document(uint32_t number)
{
    return (struct document){redis_documents + redis_document_starts[number],
                             redis_documents + redis_document_starts[number + 1]};
}

static uint32_t next_value(struct document *document)
{
    uint32_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *document->at++;
        value |= (uint32_t)(byte & 127) << shift;
        shift += 7;
    } while (byte & 128);
    return value;
}

static struct slice text(uint32_t number)
{
    uint32_t start = redis_document_text_starts[number];
    return slice_of(redis_document_texts + start, redis_document_text_starts[number + 1] - start);
}

static void put_document(struct redis_reply *reply, struct document document)
{
    while (document.at < document.end) {
        uint32_t value = next_value(&document);
        uint32_t operand = value >> 3;
        switch ((enum redis_document_kind)(value & 7)) {
        case REDIS_DOCUMENT_BULK: redis_reply_bulk(reply, text(operand)); break;
        case REDIS_DOCUMENT_SIMPLE: resp_put_simple(reply->out, text(operand)); break;
        case REDIS_DOCUMENT_INT:
            redis_reply_int(reply, (int64_t)(operand >> 1) ^ -(int64_t)(operand & 1));
            break;
        case REDIS_DOCUMENT_MAP: redis_reply_map(reply, operand); break;
        case REDIS_DOCUMENT_ARRAY: redis_reply_array(reply, operand); break;
        case REDIS_DOCUMENT_SET: redis_reply_set(reply, operand); break;
        }
    }
}

void redis_reply_command_info(struct redis_reply *reply, const struct redis_command_info *info)
{
    if (!info) {
        redis_reply_null(reply);
        return;
    }
    redis_reply_array(reply, 10);
    put_document(reply, document(2u * info->index));
    if (!info->has_subcommands) {
        redis_reply_set(reply, 0);
        return;
    }
    redis_reply_array(reply, info->subcommand_count);
    for (unsigned i = 0; i < info->subcommand_count; i++)
        redis_reply_command_info(reply, &info->subcommands[i]);
}

void redis_reply_command_docs(struct redis_reply *reply, const struct redis_command_info *info)
{
    struct document docs = document(2u * info->index + 1);
    uint32_t pairs = next_value(&docs) >> 3;
    redis_reply_map(reply, pairs + info->has_subcommands);
    put_document(reply, docs);
    if (!info->has_subcommands)
        return;
    redis_reply_bulk_str(reply, "subcommands");
    redis_reply_map(reply, info->subcommand_count);
    for (unsigned i = 0; i < info->subcommand_count; i++) {
        redis_reply_bulk_str(reply, info->subcommands[i].full_name);
        redis_reply_command_docs(reply, &info->subcommands[i]);
    }
}

void redis_reply_key_flags(struct redis_reply *reply, unsigned flags)
{
    static const char *const names[] = {
        "RO",     "RW",     "OW",      "RM",         "access",        "update",
        "insert", "delete", "not_key", "incomplete", "variable_flags"};
    const unsigned count = sizeof(names) / sizeof(names[0]);
    redis_reply_set(reply, (uint64_t)__builtin_popcount(flags & ((1u << count) - 1)));
    for (unsigned i = 0; i < count; i++)
        if (flags & 1u << i)
            redis_reply_simple(reply, names[i]);
}
