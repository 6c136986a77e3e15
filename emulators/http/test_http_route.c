#include "common/unit_test.h"
#include "emulators/http/http_route.h"

static void say(void *context, struct http_exchange *x, const struct http_match *match)
{
    (void)context;
    struct slice name = http_match_get(match, "name");
    http_reply(x, HTTP_OK, NULL, name.ptr ? name : slice_str(match->route->pattern));
}

static const struct http_route routes[] = {
    {"GET",    "/", say},
    {"GET",     "/faults/all", say},
    {"DELETE",    "/faults/{name}", say},
    {"GET",     "/faults/{name}", say, 7},
    {"POST", "/faults/{name}/release", say},
    {0    },
};

static void finds_rows(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *pattern, *name;
        enum http_route_result result;
    } cases[] = {
        {"GET",    "/",                                             "/",                      NULL,   HTTP_ROUTE_FOUND    },
        {"HEAD",   "/",                                             "/",                      NULL,   HTTP_ROUTE_FOUND    },
        {"GET",    "/faults/all",                                   "/faults/all",            NULL,   HTTP_ROUTE_FOUND    },
        {"DELETE", "/faults/all",                                   "/faults/{name}",         "all",  HTTP_ROUTE_FOUND    },
        {"GET",    "/faults/a%2Fb+",                                "/faults/{name}",         "a/b+", HTTP_ROUTE_FOUND    },
        {"GET",    "/%66aults/",                                    "/faults/{name}",         "",     HTTP_ROUTE_FOUND    },
        {"POST",   "/faults/x/release",                             "/faults/{name}/release", "x",    HTTP_ROUTE_FOUND    },
        {"POST",   "/faults/x",                                     NULL,                     NULL,   HTTP_ROUTE_NO_METHOD},
        {"GET",    "/faults",                                       NULL,                     NULL,   HTTP_ROUTE_NO_PATH  },
        {"GET",    "/faults/x/release/",                            NULL,                     NULL,   HTTP_ROUTE_NO_PATH  },
        {"get",    "/",                                             NULL,                     NULL,   HTTP_ROUTE_NO_METHOD},
        {"GET",    "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", NULL,                     NULL,   HTTP_ROUTE_NO_PATH  },
        {"GET",    "/faults/%4",                                    NULL,                     NULL,   HTTP_ROUTE_MALFORMED},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_match match;
        assert_int_equal(http_route_find(routes, slice_str(cases[i].method),
                                         slice_str(cases[i].path), &arena, &match),
                         cases[i].result);
        if (!cases[i].pattern)
            continue;
        assert_string_equal(match.route->pattern, cases[i].pattern);
        if (cases[i].name)
            assert_true(slice_eq_str(http_match_get(&match, "name"), cases[i].name));
        else
            assert_null(http_match_get(&match, "name").ptr);
    }
    arena_done(&arena);
}

static void request(void *context, struct http_exchange *x)
{
    http_route_request(routes, context, x);
}

static void assert_answer(const char *start, const char *expected)
{
    static const struct http_handler handler = {.request = request};
    struct http_server *server =
        http_server_create(&(struct http_server_options){.handler = &handler});
    struct transport *transport = memory_transport_create();
    assert_true(http_server_open(server, transport));
    memory_transport_feed(transport, slice_str(start));
    memory_transport_feed(transport, slice_str(" HTTP/1.1\r\nHost: a\r\n\r\n"));
    struct slice got = outq_flatten(&transport->out);
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.ptr, expected, got.len);
    memory_transport_destroy(transport);
    http_server_destroy(server);
}

static void answers_by_the_table(void **state)
{
    (void)state;
    assert_answer("DELETE /faults/7", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7");
    assert_answer("HEAD /faults/7", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
    assert_answer("GET /x", "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Length: 15\r\n\r\nthere is no /x\n");
    assert_answer("PUT /faults/7",
                  "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Allow: DELETE, GET, HEAD, OPTIONS\r\nContent-Length: 25\r\n\r\n"
                  "PUT is not for /faults/7\n");
    assert_answer("OPTIONS /faults/7",
                  "HTTP/1.1 204 No Content\r\nAllow: DELETE, GET, HEAD, OPTIONS\r\n\r\n");
    assert_answer("OPTIONS *",
                  "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, DELETE, POST, OPTIONS\r\n\r\n");
    assert_answer("GET /%",
                  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Length: 26\r\n\r\nbad escape in the path /%\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_rows),
        cmocka_unit_test(answers_by_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
