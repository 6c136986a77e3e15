#include "server/ports_file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/json.h"

static bool write_ports(FILE *file, const struct state_instance *instance)
{
    struct outq out;
    outq_init(&out);
    struct json_writer w = json_writer_of(&out);
    json_object(&w);
    for (size_t i = 0; i < instance->service_count; i++) {
        json_key_str(&w, instance->services[i].name);
        json_uint(&w, instance->services[i].port);
    }
    json_object_end(&w);
    outq_put(&out, "\n", 1);
    struct slice text = outq_flatten(&out);
    bool whole = !out.failed && text.ptr && fwrite(text.ptr, 1, text.len, file) == text.len;
    outq_done(&out);
    return fclose(file) == 0 && whole;
}

bool ports_file_write(const char *path, const struct state_instance *instance,
                      struct problem *problem)
{
    char draft[STATE_PATH_BYTES];
    int len = snprintf(draft, sizeof(draft), "%s.%ld", path, (long)instance->pid);
    if (len < 0 || len >= (int)sizeof(draft))
        return problem_say(problem, "the name of the ports file is too long");
    FILE *file = fopen(draft, "we");
    if (file && write_ports(file, instance) && rename(draft, path) == 0)
        return true;
    problem_say(problem, "the ports file %s cannot be written: %s", path, strerror(errno));
    unlink(draft);
    return false;
}

void ports_file_remove(const char *path)
{
    unlink(path);
}
