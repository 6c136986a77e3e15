#include "server/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX     ".state"
#define LOG_SUFFIX ".log"
/* A file of this size describes more services than there are. */
#define FILE_BYTES_MAX 8192

bool state_directory(char out[STATE_PATH_BYTES], struct problem *problem)
{
    const char *given = getenv("PARLEL_STATE_DIR");
    const char *home = getenv("HOME");
    int len;
    if (given && *given)
        len = snprintf(out, STATE_PATH_BYTES, "%s", given);
    else if (home && *home)
        len = snprintf(out, STATE_PATH_BYTES, "%s/.parlel", home);
    else
        len = snprintf(out, STATE_PATH_BYTES, "/tmp/parlel-%ld", (long)getuid());
    return (len > 0 && len < STATE_PATH_BYTES) ||
           problem_say(problem, "the name of the state directory is too long");
}

/* Makes every folder of the path; one that is there is fine. */
bool state_make_directory(const char *directory, struct problem *problem)
{
    char path[STATE_PATH_BYTES];
    snprintf(path, sizeof(path), "%s", directory);
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != 0)
            continue;
        char kept = *at;
        *at = 0;
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            return problem_say(problem, "the state directory %s cannot be made: %s", directory,
                               strerror(errno));
        if (!kept)
            return true;
        *at = kept;
    }
}

bool state_path(const char *directory, pid_t pid, const char *suffix, char out[STATE_PATH_BYTES])
{
    int len = snprintf(out, STATE_PATH_BYTES, "%s/%ld%s", directory, (long)pid, suffix);
    return len > 0 && len < STATE_PATH_BYTES;
}

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* ---- one's own file */

static bool write_instance(int fd, const struct state_instance *instance)
{
    char text[FILE_BYTES_MAX];
    size_t at = (size_t)snprintf(text, sizeof(text), "version %s\nstarted %" PRId64 "\n",
                                 instance->version, instance->started_us);
    for (size_t i = 0; i < instance->service_count; i++) {
        const struct state_service *s = &instance->services[i];
        at += (size_t)snprintf(text + at, sizeof(text) - at, "service %s %s %u\n", s->name,
                               s->address, (unsigned)s->port);
    }
    return write(fd, text, at) == (ssize_t)at;
}

bool state_publish(const char *directory, const struct state_instance *instance, int *out_fd,
                   struct problem *problem)
{
    char path[STATE_PATH_BYTES], draft[STATE_PATH_BYTES];
    if (!state_path(directory, instance->pid, SUFFIX, path) ||
        !state_path(directory, instance->pid, ".draft", draft))
        return problem_say(problem, "the name of the state directory is too long");
    int fd = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return problem_say(problem, "%s: %s", draft, strerror(errno));
    /* The lock belongs to the file, whatever its name: nobody sees it unlocked or half written. */
    struct flock lock = whole_file(F_WRLCK);
    if (fcntl(fd, F_SETLK, &lock) < 0 || !write_instance(fd, instance) || rename(draft, path) < 0) {
        problem_say(problem, "%s: %s", path, strerror(errno));
        unlink(draft);
        close(fd);
        return false;
    }
    *out_fd = fd;
    return true;
}

static void remove_files(const char *directory, pid_t pid)
{
    char path[STATE_PATH_BYTES];
    if (state_path(directory, pid, SUFFIX, path))
        unlink(path);
    if (state_path(directory, pid, LOG_SUFFIX, path))
        unlink(path);
}

void state_withdraw(const char *directory, int fd)
{
    if (fd < 0)
        return;
    remove_files(directory, getpid());
    close(fd);
}

/* ---- the others' */

static bool is_locked(int fd)
{
    struct flock lock = whole_file(F_WRLCK);
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static void take_line(struct state_instance *instance, const char *line)
{
    struct state_service service = {.port = 0};
    unsigned port;
    if (sscanf(line, "version %31s", instance->version) == 1 ||
        sscanf(line, "started %" SCNd64, &instance->started_us) == 1)
        return;
    if (instance->service_count == REGISTRY_MAX + 1 ||
        sscanf(line, "service %31s %63s %u", service.name, service.address, &port) != 3 ||
        port > UINT16_MAX)
        return;
    service.port = (uint16_t)port;
    instance->services[instance->service_count++] = service;
}

static void read_instance(int fd, struct state_instance *instance)
{
    char text[FILE_BYTES_MAX + 1];
    ssize_t len = read(fd, text, FILE_BYTES_MAX);
    text[len > 0 ? len : 0] = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        take_line(instance, line);
    }
}

/* The process that PID.state names; 0 for other files. */
static pid_t pid_of(const char *name)
{
    char *end;
    long pid = strtol(name, &end, 10);
    return pid > 0 && strcmp(end, SUFFIX) == 0 ? (pid_t)pid : 0;
}

static int open_file(const char *directory, pid_t pid)
{
    char path[STATE_PATH_BYTES];
    if (!state_path(directory, pid, SUFFIX, path))
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool state_alive(const char *directory, pid_t pid)
{
    int fd = open_file(directory, pid);
    bool alive = fd >= 0 && is_locked(fd);
    if (fd >= 0)
        close(fd);
    return alive;
}

static int by_age(const void *a, const void *b)
{
    const struct state_instance *x = a, *y = b;
    return (x->started_us < y->started_us) - (x->started_us > y->started_us);
}

size_t state_list(const char *directory, struct state_instance out[STATE_INSTANCES_MAX],
                  size_t *stale)
{
    size_t count = 0, dead = 0;
    DIR *folder = opendir(directory);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        pid_t pid = pid_of(entry->d_name);
        int fd = pid ? open_file(directory, pid) : -1;
        if (fd < 0)
            continue;
        if (!is_locked(fd)) {
            remove_files(directory, pid);
            dead++;
        } else if (count < STATE_INSTANCES_MAX) {
            out[count] = (struct state_instance){.pid = pid};
            read_instance(fd, &out[count++]);
        }
        close(fd);
    }
    if (folder)
        closedir(folder);
    qsort(out, count, sizeof(*out), by_age);
    if (stale)
        *stale = dead;
    return count;
}
