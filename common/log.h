/* The program's own log: to stderr, one line a record. Protocol errors are answers, not log lines. */
#ifndef PARLEL_COMMON_LOG_H
#define PARLEL_COMMON_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
