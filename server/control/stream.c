#include "server/control/stream.h"

#include "common/text.h"

#include "server/control/actions.h"
#include "server/control/api.h"
#include "server/control/arguments.h"
#include "server/control/follow.h"
#include "server/control/records.h"

/* Lies in its exchange's arena. */
struct stream {
    struct control_follower follower;
    struct control *control;
    struct http_exchange *x;
    struct control_arguments arguments;
    struct match match;
    uint64_t seen;
};

static void put_record(struct stream *stream, uint64_t seq)
{
    struct outq data;
    char id[TEXT_INT_MAX];
    outq_init(&data);
    struct json_writer writer = json_writer_of(&data);
    records_write(stream->control->sandbox, seq, &writer);
    struct http_sse_event event = {
        .name = slice_str("record"),
        .id = slice_of(id, text_from_u64(id, seq)),
        .data = outq_flatten(&data),
    };
    http_stream_event(stream->x, &event);
    outq_done(&data);
}

/* What has come since, as far as the peer keeps up. */
static void catch_up(struct stream *stream)
{
    struct sandbox *sandbox = stream->control->sandbox;
    for (uint64_t seq; !http_stream_full(stream->x) &&
                       (seq = records_next(sandbox, &stream->match, stream->seen));) {
        stream->seen = seq;
        put_record(stream, seq);
    }
    /* What did not match is not looked at again. */
    uint64_t last = sandbox_journal(sandbox)->next - 1;
    if (!http_stream_full(stream->x) && stream->seen < last)
        stream->seen = last;
}

static void on_records(struct control_follower *follower)
{
    catch_up(RING_OWNER(follower, struct stream, follower));
}

static void drained(struct http_exchange *x)
{
    catch_up(x->user);
}

static void cancelled(struct http_exchange *x)
{
    struct stream *stream = x->user;
    control_unfollow(&stream->follower);
}

/* The pattern and the beginning, from the query string; follow itself is no argument of the action. */
static bool read_query(struct stream *stream, const struct uri_form *form,
                       struct control_error *error)
{
    control_arguments_init(&stream->arguments, control_find_action(slice_str("journal")),
                           stream->x->arena);
    for (size_t i = 0; i < form->count; i++)
        if (!slice_eq_str(form->pairs[i].name, "follow") &&
            !control_argument(&stream->arguments, form->pairs[i].name, form->pairs[i].value, error))
            return false;
    struct control_request request = {
        .control = stream->control,
        .action = stream->arguments.action,
        .sandbox = sandbox_find_world(stream->control->sandbox, stream->arguments.world),
        .values = stream->arguments.values,
        .arena = stream->x->arena,
    };
    if (!request.sandbox)
        return control_wrong(error, "there is no world '" SLICE_FMT "'",
                             SLICE_ARG(stream->arguments.world));
    const struct control_value *since = control_value(&request, "since");
    struct slice last = http_head_field(&stream->x->head, "Last-Event-ID");
    stream->match = action_match(&request);
    if (since->given)
        stream->seen = (uint64_t)since->integer;
    else if (!last.ptr || !text_to_u64(last, &stream->seen))
        stream->seen = sandbox_journal(request.sandbox)->next - 1;
    return true;
}

static bool wants_to_follow(const struct uri_form *form)
{
    struct slice follow = uri_form_find(form, "follow");
    return follow.ptr && !slice_eq_str(follow, "0") && !slice_eq_str(follow, "false");
}

bool stream_journal(struct control *control, struct http_exchange *x)
{
    struct uri_form form;
    struct control_error error;
    if (!x->uri.query.ptr || uri_parse_form(x->arena, x->uri.query, &form) != URI_OK ||
        !wants_to_follow(&form))
        return false;
    struct stream *stream = arena_zalloc(x->arena, sizeof(*stream));
    if (!stream) {
        api_fail(x, HTTP_SERVICE_UNAVAILABLE, "out_of_memory", "out of memory");
        return true;
    }
    stream->control = control;
    stream->x = x;
    if (!read_query(stream, &form, &error)) {
        api_fail(x, HTTP_BAD_REQUEST, error.code, error.message);
        return true;
    }
    http_add_field(x, "Cache-Control", slice_str("no-cache"));
    http_stream_begin(x, HTTP_OK, "text/event-stream");
    if (slice_eq_str(x->head.method, "HEAD")) {
        http_stream_end(x);
        return true;
    }
    x->user = stream;
    x->on_cancel = cancelled;
    x->on_drained = drained;
    stream->follower.on_records = on_records;
    control_follow(control->followers, &stream->follower);
    catch_up(stream);
    return true;
}
