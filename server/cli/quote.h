/* A command from the words of a command line. */
#ifndef PARLEL_SERVER_CLI_QUOTE_H
#define PARLEL_SERVER_CLI_QUOTE_H

#include "common/arena.h"

/* One word is the command as it is. Several are parted by blanks, and those that a reader of such lines
 * would take apart stand in double quotes, with \" \\ \x0a in them, as redis-cli takes them. ptr NULL
 * when out of memory. */
struct slice quote_command(struct arena *arena, const char *const *words, size_t count);

#endif
