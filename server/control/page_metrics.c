/* Counters as Prometheus reads them. Source: the Prometheus documentation, "Exposition formats". */
#include <stdarg.h>
#include <stdio.h>

#include "server/control/pages.h"

static void put(struct outq *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct outq *out, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    outq_put(out, line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static void put_gauge(struct outq *out, const char *name, const char *help, double value)
{
    put(out, "# HELP parlel_%s %s\n# TYPE parlel_%s gauge\nparlel_%s %.17g\n", name, help, name,
        name, value);
}

static void put_counter(struct outq *out, const char *name, const char *help, double value)
{
    put(out, "# HELP parlel_%s %s\n# TYPE parlel_%s counter\nparlel_%s %.17g\n", name, help, name,
        name, value);
}

/* Numbers among the members of the service's statistics become parlel_SERVICE_MEMBER. */
static void put_statistics(struct outq *out, const struct service *service, struct arena *arena)
{
    struct outq text;
    struct json_reader json;
    struct json_token token, name = {0};
    outq_init(&text);
    struct json_writer writer = json_writer_of(&text);
    json_object(&writer);
    service->type->stats(service->emulator, &writer);
    json_object_end(&writer);
    struct slice all = outq_flatten(&text);
    json_reader_init(&json, all, arena);
    while (all.ptr && json_next(&json, &token) && token.kind != JSON_END) {
        if (token.kind == JSON_KEY)
            name = token;
        else if (token.kind == JSON_NUMBER && json.depth == 1)
            put(out,
                "# TYPE parlel_%s_" SLICE_FMT " untyped\nparlel_%s_" SLICE_FMT " " SLICE_FMT "\n",
                service->type->name, SLICE_ARG(name.text), service->type->name,
                SLICE_ARG(name.text), SLICE_ARG(token.text));
    }
    outq_done(&text);
}

static void put_services(struct outq *out, struct sandbox *sandbox, struct arena *arena)
{
    put(out, "# HELP parlel_connections Open connections.\n# TYPE parlel_connections gauge\n");
    for (size_t i = 0; i < sandbox_service_count(sandbox); i++) {
        const struct service *service = sandbox_service(sandbox, i);
        put(out, "parlel_connections{service=\"%s\"} %u\n", service->type->name,
            service->type->session_count(service->emulator));
    }
    for (size_t i = 0; i < sandbox_service_count(sandbox); i++)
        put_statistics(out, sandbox_service(sandbox, i), arena);
}

static double count_worlds(struct sandbox *root)
{
    double count = 0;
    for (struct sandbox *at = NULL; (at = sandbox_next_world(root, at));)
        count++;
    return count;
}

static double count_checkpoints(struct sandbox *sandbox)
{
    double count = 0;
    for (struct sandbox_checkpoint *at = NULL; (at = sandbox_next_checkpoint(sandbox, at));)
        count++;
    return count;
}

bool page_metrics(struct control *control, struct http_exchange *x)
{
    struct sandbox *sandbox = control->sandbox;
    const struct journal *journal = sandbox_journal(sandbox);
    const struct fault_rules *faults = sandbox_faults(sandbox);
    struct outq body;
    outq_init(&body);
    put(&body,
        "# HELP parlel_info The program.\n# TYPE parlel_info gauge\nparlel_info{version=\"%s\"} 1\n",
        control->version);
    put_gauge(&body, "uptime_seconds", "Since the start, in real time.",
              (double)(reactor_monotonic_us() - control->started_us) / 1e6);
    put_gauge(&body, "memory_bytes", "Memory of the state of all services.",
              (double)heap_used(sandbox_heap(sandbox)));
    put_counter(&body, "journal_records_total", "Commands written into the journal.",
                journal->next ? (double)(journal->next - 1) : 0);
    put_gauge(&body, "faults", "Fault rules.", faults->count + faults->refusals);
    put_gauge(&body, "checkpoints", "Checkpoints that have a name.", count_checkpoints(sandbox));
    put_gauge(&body, "worlds", "Forks of the sandbox.", count_worlds(sandbox));
    put_services(&body, sandbox, x->arena);
    http_reply_queue(x, HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
    outq_done(&body);
    return true;
}
