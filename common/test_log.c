#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/unit_test.h"

static int saved_stderr;
static int captured[2];

static int capture(void **state)
{
    (void)state;
    saved_stderr = dup(STDERR_FILENO);
    if (saved_stderr < 0 || pipe(captured) != 0)
        return -1;
    fcntl(captured[0], F_SETFL, O_NONBLOCK);
    return dup2(captured[1], STDERR_FILENO) < 0;
}

static int restore(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(captured[0]);
    close(captured[1]);
    log_set_level(LOG_INFO);
    return 0;
}

static size_t captured_text(char *text, size_t room)
{
    ssize_t len = read(captured[0], text, room - 1);
    text[len < 0 ? 0 : len] = '\0';
    return strlen(text);
}

static void a_record_is_one_line_with_time_and_level(void **state)
{
    (void)state;
    char text[4096];
    regex_t pattern;
    log_message(LOG_WARNING, "port %d: %s", 6379, "in\nuse\x1b[1m");
    captured_text(text, sizeof text);
    const char *form = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                       "warning: port 6379: in use \\[1m\n$";
    assert_int_equal(regcomp(&pattern, form, REG_EXTENDED | REG_NOSUB), 0);
    assert_int_equal(regexec(&pattern, text, 0, NULL, 0), 0);
    regfree(&pattern);
}

static void a_long_record_is_cut(void **state)
{
    (void)state;
    char text[4096];
    log_message(LOG_ERROR, "%3000d", 7);
    size_t len = captured_text(text, sizeof text);
    assert_int_equal(len, 1024);
    assert_int_equal(text[len - 1], '\n');
}

static void the_level_decides_what_is_written(void **state)
{
    (void)state;
    char text[4096];
    log_message(LOG_DEBUG, "unseen");
    assert_int_equal(captured_text(text, sizeof text), 0);
    log_set_level(LOG_DEBUG);
    log_message(LOG_DEBUG, "seen");
    assert_true(captured_text(text, sizeof text) > 0);
    log_set_level(LOG_ERROR);
    log_message(LOG_WARNING, "unseen");
    assert_int_equal(captured_text(text, sizeof text), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, capture, restore)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_is_one_line_with_time_and_level),
        TEST(a_long_record_is_cut),
        TEST(the_level_decides_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
