#include "server/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENS 0x0a /* TCP_LISTEN as /proc/net/tcp prints it */

/* The inode of a socket that listens on the port, from one table of the kernel; 0: none. A line is
 * "sl: local:port remote:port state tx:rx tr:when retransmits uid timeout inode ...". */
static unsigned long find_inode(const char *path, uint16_t port)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    char line[512];
    unsigned long found = 0;
    while (!found && fgets(line, sizeof(line), file)) {
        unsigned local, state;
        unsigned long inode;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*u %*u %lu", &local, &state,
                   &inode) == 3 &&
            local == port && state == LISTENS)
            found = inode;
    }
    fclose(file);
    return found;
}

static bool has_socket(const char *pid, const char *socket)
{
    char path[300];
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(folder));) {
        char target[64];
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
        if (len <= 0)
            continue;
        target[len] = 0;
        found = strcmp(target, socket) == 0;
    }
    closedir(folder);
    return found;
}

static void read_name(const char *pid, struct holder *holder)
{
    char path[300];
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(holder->name, sizeof(holder->name), file))
        snprintf(holder->name, sizeof(holder->name), "a process");
    holder->name[strcspn(holder->name, "\n")] = 0;
    if (file)
        fclose(file);
}

bool holder_find(uint16_t port, struct holder *out)
{
    unsigned long inode = find_inode("/proc/net/tcp", port);
    if (!inode)
        inode = find_inode("/proc/net/tcp6", port);
    DIR *processes = inode ? opendir("/proc") : NULL;
    if (!processes)
        return false;
    char socket[64];
    snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(processes));) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !has_socket(entry->d_name, socket))
            continue;
        out->pid = strtol(entry->d_name, NULL, 10);
        read_name(entry->d_name, out);
        found = true;
    }
    closedir(processes);
    return found;
}
