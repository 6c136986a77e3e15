#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/time_text.h"

#define LINE_MAX_BYTES 1024

static enum log_level level_max = LOG_INFO;

void log_set_level(enum log_level level)
{
    level_max = level;
}

/* Puts date, time and level in front; returns their length. */
static size_t put_head(char *line, size_t room, enum log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    char time[TIME_TEXT_MAX];
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    time_to_text(time, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    return (size_t)snprintf(line, room, "%s %s: ", time, names[level]);
}

void log_message(enum log_level level, const char *format, ...)
{
    if (level > level_max)
        return;
    char line[LINE_MAX_BYTES];
    size_t head = put_head(line, sizeof line, level);
    va_list args;
    va_start(args, format);
    int written = vsnprintf(line + head, sizeof line - head, format, args);
    va_end(args);
    size_t len = head + (written < 0 ? 0 : (size_t)written);
    if (len > sizeof line - 1)
        len = sizeof line - 1;
    /* A record is one line whatever a peer has put into its arguments. */
    for (size_t i = head; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[len++] = '\n'; /* over the NUL: one write, so that lines of two processes do not mix */
    ssize_t ignored = write(STDERR_FILENO, line, len);
    (void)ignored; /* nobody is left to be told */
}
