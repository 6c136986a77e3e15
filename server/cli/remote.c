#include "server/cli/remote.h"

#include <stdlib.h>

#include "common/text.h"
#include "protocols/http/http_head.h"
#include "protocols/http/uri.h"

#include "server/cli/answer.h"
#include "server/cli/cli.h"
#include "server/cli/report.h"
#include "server/control/api.h"

#define CONNECT_MS 5000

/* ---- which instance */

bool remote_parse_url(const char *url, char out_address[LISTEN_ADDRESS_BYTES], uint16_t *out_port)
{
    static const char scheme[] = "http://";
    uint64_t port;
    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
        return false;
    struct slice rest = slice_str(url + sizeof(scheme) - 1);
    const uint8_t *slash = memchr(rest.ptr, '/', rest.len);
    if (slash && slash[1])
        return false;
    rest.len -= slash != NULL;
    size_t colon = rest.len;
    while (colon > 0 && rest.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2 || !text_to_u64(slice_from(rest, colon), &port) || port == 0 || port > UINT16_MAX)
        return false;
    struct slice host = slice_of(rest.ptr, colon - 1);
    if (host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = slice_of(host.ptr + 1, host.len - 2);
    struct listen_addresses addresses;
    if (!listen_parse(host, &addresses))
        return false;
    snprintf(out_address, LISTEN_ADDRESS_BYTES, "%s", addresses.text[0]);
    *out_port = (uint16_t)port;
    return true;
}

static enum remote_found find_running(bool complain, char out_address[LISTEN_ADDRESS_BYTES],
                                      uint16_t *out_port)
{
    struct state_instance instances[STATE_INSTANCES_MAX];
    if (!report_instances(instances, complain))
        return REMOTE_NONE;
    for (size_t i = 0; i < instances[0].service_count; i++) {
        const struct state_service *service = &instances[0].services[i];
        if (!report_is_control(service))
            continue;
        snprintf(out_address, LISTEN_ADDRESS_BYTES, "%s", service->address);
        *out_port = service->port;
        return REMOTE_FOUND;
    }
    cli_complain("process %ld has no control API", (long)instances[0].pid);
    return REMOTE_WRONG;
}

enum remote_found remote_find(bool complain, char out_address[LISTEN_ADDRESS_BYTES],
                              uint16_t *out_port)
{
    const char *url = getenv(control_api_type.url_env);
    if (!url || !*url)
        return find_running(complain, out_address, out_port);
    if (remote_parse_url(url, out_address, out_port))
        return REMOTE_FOUND;
    cli_complain("%s: expected http://ADDRESS:PORT, got '%s'", control_api_type.url_env, url);
    return REMOTE_WRONG;
}

/* ---- putting a call together */

void remote_begin(struct remote *call, const char *method, const char *path)
{
    *call = (struct remote){
        .method = method,
        .in_body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0,
        .file = -1,
    };
    outq_put_slice(&call->target, slice_str(path));
    call->json = json_writer_of(&call->body);
    if (call->in_body)
        json_object(&call->json);
}

void remote_end(struct remote *call)
{
    http_client_close(call->client);
    outq_done(&call->target);
    outq_done(&call->body);
    arena_done(&call->arena);
}

static void put_escaped(struct outq *out, struct slice text)
{
    uint8_t *to = outq_reserve(out, 3 * text.len);
    if (to)
        outq_commit(out, uri_encode(text, (char *)to));
}

void remote_segment(struct remote *call, const char *name)
{
    outq_put(&call->target, "/", 1);
    put_escaped(&call->target, slice_str(name));
}

void remote_argument(struct remote *call, const char *name, struct slice value)
{
    if (call->in_body) {
        json_key_str(&call->json, name);
        json_string(&call->json, value);
        return;
    }
    outq_put(&call->target, call->has_query ? "&" : "?", 1);
    call->has_query = true;
    put_escaped(&call->target, slice_str(name));
    outq_put(&call->target, "=", 1);
    put_escaped(&call->target, value);
}

void remote_optional(struct remote *call, const char *name, const char *value)
{
    if (value)
        remote_argument(call, name, slice_str(value));
}

void remote_truth(struct remote *call, const char *name)
{
    if (!call->in_body) {
        remote_argument(call, name, slice_str("true"));
        return;
    }
    json_key_str(&call->json, name);
    json_bool(&call->json, true);
}

void remote_send_file(struct remote *call, int file)
{
    call->in_body = false;
    call->file = file;
}

/* ---- sending it */

bool remote_send(struct remote *call)
{
    char address[LISTEN_ADDRESS_BYTES];
    uint16_t port;
    struct problem why = {"out of memory"};
    if (remote_find(true, address, &port) != REMOTE_FOUND)
        return false;
    if (call->in_body)
        json_object_end(&call->json);
    outq_put(&call->target, "", 1); /* its NUL */
    struct slice target = outq_flatten(&call->target), body = outq_flatten(&call->body);
    struct http_client_request request = {
        .method = call->method,
        .target = (const char *)target.ptr,
        .content_type = call->in_body ? "application/json" : NULL,
        .body = call->in_body ? body : slice_of(NULL, 0),
        .from_file = call->file >= 0,
        .file = call->file,
    };
    bool fine = target.ptr && (body.ptr || !call->in_body);
    call->client = fine ? http_client_open(address, port, CONNECT_MS, &why) : NULL;
    if (call->client)
        http_client_set_timeout(call->client, -1); /* some calls wait, or move much */
    fine = call->client && http_client_send(call->client, &request, &why);
    if (fine)
        call->status = http_client_status(call->client);
    else
        cli_complain("%s", why.text);
    return fine;
}

bool remote_read(struct remote *call)
{
    struct problem why;
    if (http_client_read_all(call->client, &call->answer, &why))
        return true;
    cli_complain("%s", why.text);
    return false;
}

bool remote_ask(struct remote *call)
{
    if (!remote_send(call) || !remote_read(call))
        return false;
    if (call->status < HTTP_BAD_REQUEST)
        return true;
    remote_complain(call);
    return false;
}

void remote_complain(struct remote *call)
{
    struct slice error = answer_member(&call->arena, call->answer, "error");
    struct slice message = error.ptr ? answer_member(&call->arena, error, "message") : error;
    struct slice code = error.ptr ? answer_member(&call->arena, error, "code") : error;
    if (message.ptr && code.ptr && call->status == HTTP_UNPROCESSABLE_CONTENT) /* the service's */
        cli_complain(SLICE_FMT " " SLICE_FMT, SLICE_ARG(code), SLICE_ARG(message));
    else if (message.ptr)
        cli_complain(SLICE_FMT, SLICE_ARG(message));
    else
        cli_complain("the control API answers with status %d", call->status);
}
