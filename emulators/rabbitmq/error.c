#include "emulators/rabbitmq/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct reply_code {
    uint16_t code;
    bool hard;
    const char *name;
} reply_codes[] = {
    {RABBIT_CONTENT_TOO_LARGE,   false, "CONTENT_TOO_LARGE"  },
    {RABBIT_NO_ROUTE,            false, "NO_ROUTE"           },
    {RABBIT_NO_CONSUMERS,        false, "NO_CONSUMERS"       },
    {RABBIT_CONNECTION_FORCED,   true,  "CONNECTION_FORCED"  },
    {RABBIT_INVALID_PATH,        true,  "INVALID_PATH"       },
    {RABBIT_ACCESS_REFUSED,      false, "ACCESS_REFUSED"     },
    {RABBIT_NOT_FOUND,           false, "NOT_FOUND"          },
    {RABBIT_RESOURCE_LOCKED,     false, "RESOURCE_LOCKED"    },
    {RABBIT_PRECONDITION_FAILED, false, "PRECONDITION_FAILED"},
    {RABBIT_FRAME_ERROR,         true,  "FRAME_ERROR"        },
    {RABBIT_SYNTAX_ERROR,        true,  "SYNTAX_ERROR"       },
    {RABBIT_COMMAND_INVALID,     true,  "COMMAND_INVALID"    },
    {RABBIT_CHANNEL_ERROR,       true,  "CHANNEL_ERROR"      },
    {RABBIT_UNEXPECTED_FRAME,    true,  "UNEXPECTED_FRAME"   },
    {RABBIT_RESOURCE_ERROR,      true,  "RESOURCE_ERROR"     },
    {RABBIT_NOT_ALLOWED,         true,  "NOT_ALLOWED"        },
    {RABBIT_NOT_IMPLEMENTED,     true,  "NOT_IMPLEMENTED"    },
    {RABBIT_INTERNAL_ERROR,      true,  "INTERNAL_ERROR"     },
};

static const struct reply_code *find(unsigned code)
{
    for (size_t i = 0; i < sizeof(reply_codes) / sizeof(reply_codes[0]); i++)
        if (reply_codes[i].code == code)
            return &reply_codes[i];
    return NULL;
}

const char *rabbit_reply_name(unsigned code)
{
    const struct reply_code *row = find(code);
    return row ? row->name : NULL;
}

bool rabbit_reply_is_hard(unsigned code)
{
    const struct reply_code *row = find(code);
    return !row || row->hard;
}

bool rabbit_fail(struct rabbit_error *error, enum rabbit_reply_code code, const char *format, ...)
{
    va_list args;
    error->code = (uint16_t)code;
    int len = snprintf(error->text, sizeof(error->text), "%s - ", rabbit_reply_name(code));
    va_start(args, format);
    len += vsnprintf(error->text + len, sizeof(error->text) - (size_t)len, format, args);
    va_end(args);
    if ((size_t)len >= sizeof(error->text)) /* what was cut ends so */
        memset(error->text + sizeof(error->text) - 4, '.', 3);
    return false;
}

bool rabbit_fail_memory(struct rabbit_error *error)
{
    return rabbit_fail(error, RABBIT_INTERNAL_ERROR, "out of memory");
}
