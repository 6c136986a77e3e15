/* The journal: journal, wait. */
#include "common/text.h"
#include "common/time_text.h"
#include "protocols/http/http_head.h"

#include "server/cli/match_words.h"
#include "server/cli/show.h"

enum { FLAG_FOLLOW = WORDS_OTHERS, FLAG_LIMIT, FLAG_COUNT, FLAG_TIMEOUT };

const struct cli_flag cli_journal_flags[] = {
    {FLAG_FOLLOW,                            'f', "follow", NULL, "go on with what comes, until Ctrl-C"},
    {FLAG_LIMIT,                              0, "limit", "N", "at most the newest N (100)"},
    WORDS_JSON_FLAG,
    WORDS_WORLD_FLAG,
    {0},
};

const struct cli_flag cli_wait_flags[] = {
    {FLAG_COUNT,                           0, "count", "N", "how many commands to wait for (1)"},
    {FLAG_TIMEOUT,                             0, "timeout", "DURATION", "how long at most (30s)"},
    WORDS_JSON_FLAG,
    WORDS_WORLD_FLAG,
    {0},
};

static const struct answer_column record_columns[] = {
    {"seq",        NULL, NULL, false},
    {"at",        NULL, NULL, false},
    {"service",            NULL, NULL, false},
    {"world", "@", NULL, true},
    {"connection",       "#", NULL, true},
    {"op",    NULL, NULL, false},
    {"keys",        NULL, NULL, true},
    {"key",            NULL, NULL, true, "keys"},
    {"outcome",         NULL, NULL, false},
    {"fault",        "fault=", NULL, true},
    {"us", NULL, " us", false},
    {0       },
};

static const struct show records = {
    .member = "records", .columns = record_columns, .is_list = true};

struct question {
    struct words words;
    bool follow;
    const char *limit, *count, *timeout;
};

static bool take_flag(struct cli_call *call, struct question *question, int flag)
{
    struct slice text = slice_str(call->text ? call->text : "");
    uint64_t count;
    int64_t ms;
    bool fine = true;
    switch (flag) {
    case FLAG_FOLLOW: question->follow = true; break;
    case FLAG_LIMIT: question->limit = call->text; break;
    case FLAG_COUNT: question->count = call->text; break;
    case FLAG_TIMEOUT: question->timeout = call->text; break;
    default: return true;
    }
    if (flag == FLAG_LIMIT || flag == FLAG_COUNT)
        fine = text_to_u64(text, &count) && count > 0;
    if (flag == FLAG_TIMEOUT)
        fine = time_parse_duration(text, &ms);
    if (!fine)
        cli_usage(call, "--%s: '%s' is not %s", call->flag->name, call->text,
                  flag == FLAG_TIMEOUT ? "a duration such as 250ms, 5s, 1m" : "a number from 1");
    return fine;
}

/* False when the call has ended, with its status in *out_status. */
static bool read_question(struct cli_call *call, struct question *question,
                          enum exit_status *out_status)
{
    int next;
    *question = (struct question){.follow = false};
    do {
        struct slice name, value;
        struct problem why;
        size_t before = question->words.count;
        if (!words_next(call, &question->words, &next, out_status))
            return false;
        *out_status = STATUS_USAGE;
        if (!take_flag(call, question, next))
            return false;
        if (question->words.count > before &&
            !match_word_read(call->text, MATCH_JOURNAL, &name, &value, &why)) {
            cli_usage(call, "%s", why.text);
            return false;
        }
    } while (next != CLI_END);
    return true;
}

/* since: in the place of the user's, NULL: that. */
static void put_question(struct remote *remote, const struct question *question, const char *since)
{
    struct slice name, value;
    struct problem why;
    for (size_t i = 0; i < question->words.count; i++) {
        char text[16];
        if (!match_word_read(question->words.word[i], MATCH_JOURNAL, &name, &value, &why) ||
            (since && slice_eq_str(name, "since")))
            continue;
        snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(name));
        remote_argument(remote, text, value);
    }
    remote_optional(remote, "since", since);
    remote_optional(remote, "world", question->words.world);
}

/* ---- following */

static void print_record(struct table *table, const struct words *words, struct slice json)
{
    if (words->json) {
        printf(SLICE_FMT "\n", SLICE_ARG(json));
    } else {
        answer_row(table, record_columns, json);
        table_print(table, stdout);
    }
    fflush(stdout);
}

/* Server-sent events: each record is a line of data. Ends with the stream, or with our reader. */
static enum exit_status print_stream(struct remote *remote, const struct words *words)
{
    static const char data[] = "data: ";
    struct table table;
    struct slice line;
    struct problem why;
    enum http_client_read got;
    table_init(&table, answer_cells(record_columns));
    while ((got = http_client_read_line(remote->client, &line, &why)) == HTTP_CLIENT_LINE &&
           !ferror(stdout)) {
        struct slice begin = slice_of(line.ptr, line.len < 6 ? line.len : 6);
        if (slice_eq_str(begin, data))
            print_record(&table, words, slice_from(line, 6));
    }
    table_done(&table);
    if (got == HTTP_CLIENT_FAILED)
        cli_complain("%s", why.text);
    return got == HTTP_CLIENT_FAILED ? STATUS_ERROR : STATUS_OK;
}

static enum exit_status follow(const struct question *question, const char *since)
{
    struct remote remote;
    enum exit_status status = STATUS_ERROR;
    remote_begin(&remote, "GET", "/journal");
    remote_argument(&remote, "follow", slice_str("1"));
    put_question(&remote, question, since);
    if (remote_send(&remote)) {
        if (remote.status < HTTP_BAD_REQUEST)
            status = print_stream(&remote, &question->words);
        else if (remote_read(&remote))
            remote_complain(&remote);
    }
    remote_end(&remote);
    return status;
}

/* Prints records one by one, as following does. */
static void print_lines(struct remote *remote, const struct words *words)
{
    if (!words->json)
        show_answer(remote, words, &records);
    else
        answer_print_elements(answer_value(&remote->arena, remote->answer, "records"), stdout);
    fflush(stdout);
}

enum exit_status cli_journal(struct cli_call *call)
{
    struct question question;
    struct remote remote;
    enum exit_status status;
    if (!read_question(call, &question, &status))
        return status;
    if (question.follow && !question.limit)
        return follow(&question, NULL);
    remote_begin(&remote, "GET", "/journal");
    put_question(&remote, &question, NULL);
    remote_optional(&remote, "limit", question.limit);
    if (!question.follow)
        return show(&remote, &question.words, &records);
    /* The newest ones first, then what comes after them. */
    struct slice since = {NULL, 0};
    if (remote_ask(&remote)) {
        print_lines(&remote, &question.words);
        since = answer_member(&remote.arena, remote.answer, "next");
    }
    char text[TEXT_INT_MAX + 1] = "0";
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(since));
    remote_end(&remote);
    return since.ptr ? follow(&question, text) : STATUS_ERROR;
}

/* ---- waiting */

enum exit_status cli_wait(struct cli_call *call)
{
    struct question question;
    struct remote remote;
    enum exit_status status;
    if (!read_question(call, &question, &status))
        return status;
    remote_begin(&remote, "GET", "/journal/wait");
    put_question(&remote, &question, NULL);
    remote_optional(&remote, "count", question.count);
    remote_optional(&remote, "timeout", question.timeout);
    status = remote_ask(&remote) ? STATUS_OK : STATUS_ERROR;
    /* Those that came in time are told as well. */
    if (status == STATUS_OK || remote.status == HTTP_REQUEST_TIMEOUT)
        show_answer(&remote, &question.words, &records);
    remote_end(&remote);
    return status;
}
