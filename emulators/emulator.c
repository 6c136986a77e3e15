#include "emulators/emulator.h"

#include <stdarg.h>
#include <stdio.h>

bool emulator_fail(struct emulator_error *error, const char *code, const char *format, ...)
{
    snprintf(error->code, sizeof(error->code), "%s", code);
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    return false;
}
