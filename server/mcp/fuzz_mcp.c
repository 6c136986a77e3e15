/* MCP as a client of any kind may speak it, with every service behind it: one line is one message. Each is
 * answered once, or cancelled, with JSON that is well-formed. A line that begins with a byte below 8 says
 * how it comes: over HTTP, with headers that fit it, in a session. */
#include <stdlib.h>

#include "common/assert.h"

#include "server/control/follow.h"
#include "server/mcp/header.h"
#include "server/registry.h"

#define ACTIONS_MAX 64
#define HEAP_LIMIT  ((size_t)64 << 20)

enum how { OVER_HTTP = 1, WITH_HEADERS = 2, IN_SESSION = 4 };

struct fuzz {
    struct control control;
    struct config config;
    struct control_action actions[ACTIONS_MAX];
    struct mcp mcp;
    struct mcp_session session;
    unsigned answered;
};

/* Everything but what listens. */
static void choose_actions(struct fuzz *f)
{
    size_t count = 0;
    for (const struct control_action *a = control_actions(); a->name; a++)
        if (strcmp(a->name, "start_services") != 0 && count + 1 < ACTIONS_MAX)
            f->actions[count++] = *a;
}

static void start(struct fuzz *f, struct reactor *reactor)
{
    struct problem why;
    struct sandbox_options options = {.reactor = reactor,
                                      .seed = 1,
                                      .memory_max = HEAP_LIMIT,
                                      .journal_records = 64,
                                      .journal_bytes = 4096};
    struct registry registry = registry_builtin();
    *f = (struct fuzz){.config = {.registry = registry}};
    f->control = (struct control){.version = "0",
                                  .config = &f->config,
                                  .registry = registry,
                                  .reactor = reactor,
                                  .sandbox = sandbox_create(&options)};
    ASSERT(f->control.sandbox != NULL);
    for (size_t i = 0; i < registry.count; i++)
        ASSERT(sandbox_add(f->control.sandbox, registry.types[i], &why));
    f->control.followers = control_followers_create(f->control.sandbox);
    ASSERT(f->control.followers != NULL);
    choose_actions(f);
    f->mcp = (struct mcp){&f->control, f->actions};
    mcp_session_init(&f->session);
}

static void check_json(struct slice json)
{
    struct arena arena = {0};
    struct json_reader r;
    struct json_token token = {.kind = JSON_NULL};
    json_reader_init(&r, json, &arena);
    while (token.kind != JSON_END)
        ASSERT(json_next(&r, &token));
    arena_done(&arena);
}

static void answer(void *ctx, int status, struct outq *body)
{
    struct fuzz *f = ctx;
    struct slice json = outq_flatten(body);
    f->answered++;
    ASSERT(status == 200 || status == 202 || status == 400 || status == 404);
    ASSERT((status == 202) == (json.len == 0));
    if (json.len)
        check_json(json);
}

/* What a client that knows the rules sends along. */
static void put_headers(struct mcp_delivery *d, struct arena *arena)
{
    struct mcp_message message;
    struct mcp_error error;
    if (!mcp_message_read(d->bytes, arena, &message, &error) || message.kind != MCP_REQUEST)
        return;
    const struct mcp_field *name = mcp_header_name(&message);
    d->method = mcp_header_encode(message.method.text, arena);
    if (mcp_field_is_text(&message.meta_version))
        d->protocol_version = message.meta_version.text;
    if (name && mcp_field_is_text(name))
        d->name = mcp_header_encode(name->text, arena);
}

static void say(struct fuzz *f, struct slice line)
{
    struct arena arena = {0};
    unsigned how = line.len && line.ptr[0] < 8 ? line.ptr[0] : 0;
    struct mcp_delivery delivery = {.bytes = slice_from(line, how ? 1 : 0),
                                    .over_http = how & OVER_HTTP,
                                    .session = how & IN_SESSION ? &f->session : NULL,
                                    .answer = answer,
                                    .ctx = f};
    if (how & WITH_HEADERS)
        put_headers(&delivery, &arena);
    unsigned before = f->answered;
    struct mcp_pending *pending = mcp_handle(&f->mcp, &delivery);
    ASSERT(pending || f->answered > before);
    if (pending && !delivery.session)
        mcp_cancel(pending);
    reactor_turn(f->control.reactor, 0);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reactor *reactor = reactor_create();
    struct fuzz *f = malloc(sizeof(*f));
    ASSERT(reactor && f);
    start(f, reactor);
    struct slice rest = slice_of(data, size);
    while (rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        say(f, slice_of(rest.ptr, len));
        rest = slice_from(rest, len + 1);
    }
    mcp_session_done(&f->session);
    control_followers_destroy(f->control.followers);
    sandbox_destroy(f->control.sandbox);
    reactor_destroy(reactor);
    free(f);
    return 0;
}
