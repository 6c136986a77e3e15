/* LCS: the longest common subsequence of two strings. Source: the Redis command reference. */
#include <stdlib.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

struct lcs_options {
    bool len, idx, with_match_len;
    int64_t min_match_len;
};

static bool parse_options(struct redis_call *call, struct lcs_options *out)
{
    *out = (struct lcs_options){0};
    for (uint32_t i = 3; i < call->argc; i++) {
        if (slice_is(call->argv[i], "LEN")) {
            out->len = true;
        } else if (slice_is(call->argv[i], "IDX")) {
            out->idx = true;
        } else if (slice_is(call->argv[i], "WITHMATCHLEN")) {
            out->with_match_len = true;
        } else if (slice_is(call->argv[i], "MINMATCHLEN") && i + 1 < call->argc) {
            if (!redis_arg_int(call, ++i, &out->min_match_len))
                return false;
            if (out->min_match_len < 0)
                out->min_match_len = 0;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    if (out->len && out->idx) {
        redis_reply_error(call->reply,
                          "ERR If you want both the length and indexes, please just use IDX.");
        return false;
    }
    return true;
}

/* length[i][j]: of the first i bytes of a and the first j of b. */
struct table {
    uint32_t *length;
    size_t width;
};

static uint32_t at(const struct table *table, size_t i, size_t j)
{
    return table->length[i * table->width + j];
}

static bool fill(struct table *table, struct slice a, struct slice b)
{
    table->width = b.len + 1;
    table->length = calloc((a.len + 1) * table->width, sizeof(uint32_t));
    if (!table->length)
        return false;
    for (size_t i = 1; i <= a.len; i++)
        for (size_t j = 1; j <= b.len; j++) {
            uint32_t up = at(table, i - 1, j), left = at(table, i, j - 1);
            table->length[i * table->width + j] = a.ptr[i - 1] == b.ptr[j - 1]
                                                      ? at(table, i - 1, j - 1) + 1
                                                  : up > left ? up
                                                              : left;
        }
    return true;
}

/* Walks back from the end. Each common byte is written to `result` from its end; each maximal run
 * that is contiguous in both strings is replied when the IDX form is asked for. */
static uint64_t walk_back(struct redis_call *call, const struct table *table, struct slice a,
                          struct slice b, const struct lcs_options *options, uint8_t *result)
{
    size_t i = a.len, j = b.len, at_result = at(table, i, j);
    size_t run = 0;
    uint64_t runs = 0;
    for (;;) {
        bool more = i > 0 && j > 0;
        bool same = more && a.ptr[i - 1] == b.ptr[j - 1];
        if (run && !same) {
            if (options->idx && (int64_t)run >= options->min_match_len) {
                redis_reply_array(call->reply, options->with_match_len ? 3 : 2);
                redis_reply_array(call->reply, 2);
                redis_reply_int(call->reply, (int64_t)i);
                redis_reply_int(call->reply, (int64_t)(i + run - 1));
                redis_reply_array(call->reply, 2);
                redis_reply_int(call->reply, (int64_t)j);
                redis_reply_int(call->reply, (int64_t)(j + run - 1));
                if (options->with_match_len)
                    redis_reply_int(call->reply, (int64_t)run);
                runs++;
            }
            run = 0;
        }
        if (!more)
            return runs;
        if (same) {
            result[--at_result] = a.ptr[i - 1];
            run++;
            i--;
            j--;
        } else if (at(table, i - 1, j) > at(table, i, j - 1)) {
            i--;
        } else {
            j--;
        }
    }
}

/* One of the two strings; LCS has an error text of its own for other types. */
static bool operand(struct redis_call *call, uint32_t arg, char scratch[TEXT_INT_MAX],
                    struct slice *out)
{
    struct redis_entry *entry = redis_lookup(call, call->argv[arg]);
    if (entry && entry->type != REDIS_STRING) {
        redis_reply_error(call->reply, "ERR The specified keys must contain string values");
        return false;
    }
    *out = entry ? redis_entry_string(entry, scratch) : slice_of("", 0);
    return true;
}

static void lcs(struct redis_call *call)
{
    struct lcs_options options;
    struct slice a, b;
    struct table table;
    char scratch_a[TEXT_INT_MAX], scratch_b[TEXT_INT_MAX];
    if (!operand(call, 1, scratch_a, &a) || !operand(call, 2, scratch_b, &b) ||
        !parse_options(call, &options))
        return;
    if (b.len && a.len > SIZE_MAX / sizeof(uint32_t) / (b.len + 1) - 1) {
        redis_reply_error(call->reply, "ERR Insufficient memory, transient memory for LCS exceeds "
                                       "proto-max-bulk-len");
        return;
    }
    uint8_t *result = arena_alloc(call->arena, a.len < b.len ? a.len + 1 : b.len + 1);
    if (!result || !fill(&table, a, b)) {
        redis_reply_error(call->reply,
                          "ERR Insufficient memory, failed allocating transient memory for LCS");
        return;
    }
    uint32_t length = at(&table, a.len, b.len);
    if (options.len) {
        redis_reply_int(call->reply, length);
    } else if (options.idx) {
        redis_reply_map(call->reply, 2);
        redis_reply_bulk_str(call->reply, "matches");
        struct outq_mark mark = redis_reply_later(call->reply);
        uint64_t runs = walk_back(call, &table, a, b, &options, result);
        redis_reply_array_at(call->reply, mark, runs);
        redis_reply_bulk_str(call->reply, "len");
        redis_reply_int(call->reply, length);
    } else {
        walk_back(call, &table, a, b, &options, result);
        redis_reply_bulk(call->reply, slice_of(result, length));
    }
    free(table.length);
}

const struct redis_command redis_lcs_commands[] = {
    {"lcs", lcs },
    {NULL,  NULL}
};
