/* Names of the system's zones. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/zone.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define PATH_ROOM   512
#define DEPTH_MAX   3 /* America/Argentina/Ushuaia */

struct walk {
    struct arena *arena;
    bool (*visit)(void *context, struct slice name);
    void *context;
};

/* Other things in the folder: copies with other rules for leap seconds, tables for people. */
static bool is_zone_entry(const char *name)
{
    return sql_is_letter((uint8_t)name[0]) && strcmp(name, "posix") != 0 &&
           strcmp(name, "right") != 0 && !strchr(name, '.');
}

static bool walk_folder(const struct walk *walk, const char *path, int depth)
{
    DIR *folder = opendir(path);
    bool go_on = folder != NULL;
    for (struct dirent *entry; go_on && (entry = readdir(folder));) {
        char below[PATH_ROOM];
        struct stat about;
        int len = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (len >= PATH_ROOM || !is_zone_entry(entry->d_name) || stat(below, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode)) {
            go_on = depth >= DEPTH_MAX || walk_folder(walk, below, depth + 1);
            continue;
        }
        struct slice name =
            slice_of(below + sizeof(ZONE_FOLDER), (size_t)len - sizeof(ZONE_FOLDER));
        if (sql_zone_find(walk->arena, name))
            go_on = walk->visit(walk->context, name);
    }
    if (folder)
        closedir(folder);
    return go_on;
}

void sql_zone_each(struct arena *arena, bool (*visit)(void *context, struct slice name),
                   void *context)
{
    const struct walk walk = {arena, visit, context};
    if (walk_folder(&walk, ZONE_FOLDER, 1))
        visit(context, slice_str("UTC"));
}
