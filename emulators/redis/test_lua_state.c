#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/redis/lua_state.h"

/* malloc that fails from the given call on; 0: never. */
struct failing {
    unsigned calls, fail_from;
};

static void *allocate(void *context, void *block, size_t old_len, size_t len)
{
    struct failing *failing = context;
    (void)old_len;
    if (len == 0) {
        free(block);
        return NULL;
    }
    failing->calls++;
    return failing->fail_from && failing->calls >= failing->fail_from ? NULL : realloc(block, len);
}

/* Runs a piece of script as a function under pcall, and shows what that returns as text. */
static const char renderer[] =
    "local function show(v) local t = type(v)"
    " if t == 'string' then return string.format('%q', v) end"
    " if t == 'number' then return string.format('%.17g', v) end"
    " if t == 'function' or t == 'thread' then return t end"
    " if t ~= 'table' then return tostring(v) end"
    " local r = {} for k, x in pairs(v) do r[#r + 1] = '[' .. show(k) .. ']=' .. show(x) end"
    " table.sort(r) return '{' .. table.concat(r, ',') .. '}' end "
    "local function all(...) local r = {}"
    " for i = 1, select('#', ...) do r[i] = show((select(i, ...))) end"
    " return table.concat(r, ' ') end "
    "return all(pcall(function() ";

static void assert_result(lua_State *L, const char *code, const char *expected)
{
    char script[2048];
    int len = snprintf(script, sizeof(script), "%s%s end))", renderer, code);
    assert_in_range(len, 0, sizeof(script) - 1);
    lua_settop(L, 0);
    if (redis_lua_load(L, slice_of(script, (size_t)len), "@user_script") || lua_pcall(L, 0, 1, 0))
        fail_msg("%s: %s", code, lua_tostring(L, -1));
    assert_string_equal(lua_tostring(L, -1), expected);
}

/* Recorded from redis-server 7.0.15's EVAL. */
static const struct {
    const char *code, *result;
} scripts[] = {
  /* clang-format off */
    {"string.x=1", "false \"user_script:1: Attempt to modify a readonly table\""},
    {"rawset(string,'x',1)", "false \"Attempt to modify a readonly table\""},
    {"setmetatable(string,{})", "false \"Attempt to modify a readonly table\""},
    {"setmetatable(_G,1)",
     "false \"user_script:1: bad argument #2 to 'setmetatable' (nil or table expected)\""},
    {"x=1", "false \"user_script:1: Attempt to modify a readonly table\""},
    {"return x",
     "false \"user_script:1: Script attempted to access nonexistent global variable 'x'\""},
    {"_G[{}]=1", "false \"user_script:1: Attempt to modify a readonly table\""},
    {"return _G[{}]",
     "false \"user_script:1: Second argument to luaProtectedTableError must be a string or number\""},
    {"print(1)",
     "false \"user_script:1: Script attempted to access nonexistent global variable 'print'\""},
    {"getfenv()",
     "false \"user_script:1: Script attempted to access nonexistent global variable 'getfenv'\""},
    {"getmetatable('').__index=1", "false \"user_script:1: Attempt to modify a readonly table\""},
    {"return getmetatable(string), type(getmetatable(_G)), getmetatable('').__index==string",
     "true nil \"table\" true"},
    {"local t={} for k in pairs(getmetatable(_G)) do t[#t+1]=k end return t",
     "true {[1]=\"__index\"}"},
    {"return _G._G==_G, rawequal(_G,_G._G), rawget(_G,'zz'), #_G", "true true true nil 0"},
    {"table.insert(string,1)", "false \"Attempt to modify a readonly table\""},
    {"table.insert(string,'x','y')",
     "false \"user_script:1: bad argument #2 to 'insert' (number expected, got string)\""},
    {"rawset(_G,1)", "false \"user_script:1: bad argument #3 to 'rawset' (value expected)\""},
    {"local n=0 table.foreach(math,function() n=n+1 end) return n", "true 31"},
    {"local n=0 for k in pairs(bit) do n=n+1 end for k in next,bit do n=n+1 end return n",
     "true 24"},
    {"return next(struct)", "true \"pack\" function"},
    {"next(struct,'zz')", "false \"invalid key to 'next'\""},
    {"next()", "false \"user_script:1: bad argument #1 to 'next' (table expected, got no value)\""},
    {"pairs(1)",
     "false \"user_script:1: bad argument #1 to 'pairs' (table expected, got number)\""},
    {"local t=setmetatable({},{__newindex=_G}) t.x=1",
     "false \"user_script:1: Attempt to modify a readonly table\""},
    {"return setmetatable({},{__index=string}).len('abc')", "true 3"},
    {"return loadstring(string.dump(function() end))",
     "true nil \"[string \\\"\033LuaQ\\\"]:1: unexpected symbol near 'char(27)'\""},
    {"local d=string.dump(function() end) return load(function() local r=d d=nil return r end)",
     "true nil \"(load):1: unexpected symbol near 'char(27)'\""},
    {"local n=0 return load(function() n=n+1 return ({'return ','7'})[n] end)()", "true 7"},
    {"return load(function() error('q') end)", "true nil \"user_script:1: q\""},
    {"return loadstring('zork=1')", "true function"},
    {"return pcall(loadstring('zork=1'))",
     "true false \"[string \\\"zork=1\\\"]:1: Attempt to modify a readonly table\""},
    {"return pcall(error,{err='a'})", "true false \"a\""},
    {"return pcall()", "true false \"attempt to call a boolean value\""},
    {"return select('#',pcall(error))", "true 2"},
    {"local co=coroutine.create(function() x=1 end) return coroutine.resume(co)",
     "true false \"user_script:1: Attempt to modify a readonly table\""},
    {"math.randomseed(5) return math.random(100),math.random(-5,5),math.random()",
     "true 53 -2 0.78859946866920194"},
    {"return math.random(0)",
     "false \"user_script:1: bad argument #1 to 'random' (interval is empty)\""},
    {"return math.random(1,2,3)", "false \"user_script:1: wrong number of arguments\""},
    {"return cjson.encode({1,{a=cjson.null},'\\1/'}), cjson.decode('[1,{\"b\":null}]')",
     "true \"[1,{\\\"a\\\":null},\\\"\\\\u0001\\\\/\\\"]\" {[1]=1,[2]={[\"b\"]=userdata: (nil)}}"},
    {"return cjson.decode('{a:1}')",
     "false \"user_script:1: Expected object key string but found invalid token at character 2\""},
    {"return bit.tohex(-1), bit.bxor(5,1)", "true \"ffffffff\" 4"},
    {"return struct.pack('>!4bi4xhc0sd',1,-2,3,'ab','cd',1.5)",
     "true \"\001\\000\\000\\000\377\377\377\376\\000\\000\\000\003abcd\\000\\000\\000\\000?\370\\000\\000\\000\\000\\000\\000\""},
    {"return struct.unpack('>!4bi4xhc2sd','\\1\\0\\0\\0\\255\\255\\255\\254\\0\\0\\0\\3abcd\\0\\63\\248\\0\\0\\0\\0\\0\\0')",
     "false \"user_script:1: bad argument #2 to 'unpack' (data string too short)\""},
    {"return struct.unpack('<bBhHlLTi3I3f','\\255\\255\\254\\255\\254\\255\\1\\2\\3\\4\\5\\6\\7\\200\\1\\2\\3\\4\\5\\6\\7\\200\\1\\0\\0\\0\\0\\0\\0\\0\\1\\2\\200\\1\\2\\200\\0\\0\\128\\63')",
     "true -1 255 -2 65534 -4.0332483226750807e+18 1.441349575103447e+19 1 -3669503 13107713 1 41"},
    {"return struct.unpack('Bc0s','\\3abcd\\0')", "true \"abc\" \"d\" 7"},
    {"return struct.size('!8bdi3'), struct.size('<i16x')", "true 21 17"},
    {"return struct.pack('i33',1)",
     "false \"user_script:1: integral size 33 is larger than limit of 32\""},
    {"return struct.pack('!3')", "false \"user_script:1: alignment 3 is not a power of 2\""},
    {"return struct.pack('z')",
     "false \"user_script:1: bad argument #1 to 'pack' (invalid format option 'z')\""},
    {"return struct.pack('c5','abc')",
     "false \"user_script:1: bad argument #3 to 'pack' (string too short)\""},
    {"return struct.pack('i99999999999',1)", "false \"user_script:1: integral size overflow\""},
    {"return struct.unpack('i','abc')",
     "false \"user_script:1: bad argument #2 to 'unpack' (data string too short)\""},
    {"return struct.unpack('s','abc')", "false \"user_script:1: unfinished string in data\""},
    {"return struct.unpack('c0','abc')",
     "false \"user_script:1: format 'c0' needs a previous size\""},
    {"return struct.unpack('b','a',0)",
     "false \"user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)\""},
    {"return struct.size('s')",
     "false \"user_script:1: bad argument #1 to 'size' (option 's' has no fixed size)\""},
    {"return struct.pack('lL',1e300,-1)",
     "true \"\\000\\000\\000\\000\\000\\000\\000\\000\377\377\377\377\377\377\377\377\""},
    {"return cmsgpack.pack(1,-1,-33,200,-200,70000,-70000,2^40,-2^40,0.5,0.1,1/0)",
     "true \"\001\377\320\337\314\310\321\3778\316\\000\001\021p\322\377\376\356\220\317\\000\\000\001\\000\\000\\000\\000\\000\323\377\377\377\\000\\000\\000\\000\\000\312?\\000\\000\\000\313?\271\231\231\231\231\231\232\312\177\200\\000\\000\""},
    {"return cmsgpack.pack('',string.rep('x',31)), #cmsgpack.pack(string.rep('x',32)), #cmsgpack.pack(string.rep('x',256)), #cmsgpack.pack(string.rep('x',65536))",
     "true \"\240\277xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" 34 259 65541"},
    {"return cmsgpack.pack({}, {1,2}, {a=1}, {[1]=1,[3]=3}, {[1.5]=true}, nil, false)",
     "true \"\220\222\001\002\201\241a\001\202\001\001\003\003\201\312?\300\\000\\000\303\300\302\""},
    {"local t={} for i=1,20 do t={t} end return cmsgpack.pack(t)",
     "true \"\221\221\221\221\221\221\221\221\221\221\221\221\221\221\221\221\300\""},
    {"return cmsgpack.unpack('\\204\\200\\205\\1\\0\\208\\128\\209\\128\\0\\207\\255\\255\\255\\255\\255\\255\\255\\255\\202\\63\\128\\0\\0')",
     "true 200 256 -128 -32768 -1 1"},
    {"return cmsgpack.unpack('\\130\\161a\\147\\1\\2\\3\\161b\\192')",
     "true {[\"a\"]={[1]=1,[2]=2,[3]=3}}"},
    {"return cmsgpack.unpack('\\217\\3abc\\218\\0\\1x\\220\\0\\1\\5')",
     "true \"abc\" \"x\" {[1]=5}"},
    {"return cmsgpack.unpack('\\193')", "false \"user_script:1: Bad data format in input.\""},
    {"return cmsgpack.unpack('\\147\\1')", "false \"user_script:1: Missing bytes in input.\""},
    {"return cmsgpack.unpack('\\129\\192\\1')", "false \"table index is nil\""},
    {"return cmsgpack.unpack_one('\\1\\2\\3',1)", "true 2 2"},
    {"return cmsgpack.unpack_limit('\\1\\2\\3',2)", "true 2 1 2"},
    {"return cmsgpack.unpack_limit('\\1\\2\\3',5,1)", "true -1 2 3"},
    {"return cmsgpack.unpack_one('\\1',5)",
     "false \"user_script:1: Start offset 5 greater than input length 1.\""},
    {"return cmsgpack.unpack_limit('\\1',-1)",
     "false \"user_script:1: Invalid request to unpack with offset of 0 and limit of 1.\""},
    {"return cmsgpack.pack()",
     "false \"user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)\""},
    {"return select('#',cmsgpack.unpack(string.rep('\\1',9000)))",
     "false \"user_script:1: stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)\""},
    {"return cmsgpack.unpack(string.rep('\\145',9000))",
     "false \"user_script:1: stack overflow (in function mp_decode_to_lua_array)\""},
    {"return string.rep('\\145',3)", "true \"\221\221\221\""},
    {"return os.clock()",
     "false \"user_script:1: Script attempted to access nonexistent global variable 'os'\""},
  /* clang-format on */
};

static void test_scripts(void **state)
{
    (void)state;
    struct failing never = {0};
    lua_State *L = redis_lua_open(allocate, &never);
    assert_non_null(L);
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        assert_result(L, scripts[i].code, scripts[i].result);
    lua_close(L);
}

/* The generator is Redis's, which starts as POSIX's does without a seed. */
static void test_random_numbers_from_the_start(void **state)
{
    (void)state;
    struct failing never = {0};
    lua_State *L = redis_lua_open(allocate, &never);
    assert_result(L, "return math.random(1000000), math.random(1000000)", "true 396465 840486");
    lua_close(L);
}

static void test_globals_are_set_from_outside(void **state)
{
    (void)state;
    struct failing never = {0};
    lua_State *L = redis_lua_open(allocate, &never);
    lua_newtable(L);
    redis_lua_set_global(L, "KEYS");
    assert_result(L, "KEYS[1] = 'k' return KEYS", "true {[1]=\"k\"}");
    assert_result(L, "KEYS = 1", "false \"user_script:1: Attempt to modify a readonly table\"");
    lua_newtable(L);
    redis_lua_refuse_absent(L);
    redis_lua_protect(L);
    redis_lua_set_global(L, "redis");
    assert_result(L, "redis.x = 1", "false \"user_script:1: Attempt to modify a readonly table\"");
    assert_result(
        L, "return redis.x",
        "false \"user_script:1: Script attempted to access nonexistent global variable 'x'\"");
    lua_close(L);
}

/* Runs a script with the error handler and shows the error it makes: "err source line". */
static const char *failure(lua_State *L, const char *code)
{
    lua_settop(L, 0);
    redis_lua_push_error_handler(L);
    assert_int_equal(redis_lua_load(L, slice_str(code), "@user_script"), 0);
    assert_int_equal(lua_pcall(L, 0, 0, 1), LUA_ERRRUN);
    lua_getfield(L, -1, "err");
    lua_pushliteral(L, " ");
    lua_getfield(L, -3, "source");
    lua_pushliteral(L, " ");
    lua_getfield(L, -5, "line");
    lua_concat(L, 5);
    return lua_tostring(L, -1);
}

static void test_errors_have_a_place(void **state)
{
    (void)state;
    struct failing never = {0};
    lua_State *L = redis_lua_open(allocate, &never);
    assert_string_equal(failure(L, "\n x = 1"),
                        "ERR user_script:2: Attempt to modify a readonly table @user_script 2");
    assert_string_equal(failure(L, "\n\nrawset(_G, 'x', 1)"),
                        "ERR Attempt to modify a readonly table @user_script 3");
    assert_string_equal(failure(L, "error()"), "ERR nil @user_script 1");
    assert_string_equal(failure(L, "error({err = 'MY own'})"), "MY own @user_script 1");
    assert_string_equal(
        failure(L, "local x x.y = 1"),
        "ERR user_script:1: attempt to index local 'x' (a nil value) @user_script 1");
    lua_close(L);
}

/* Opening fails at every allocation in turn, and leaves nothing behind. */
static void test_opening_without_memory(void **state)
{
    (void)state;
    lua_State *L = NULL;
    unsigned fail_from = 1;
    for (; !L; fail_from++) {
        struct failing failing = {.fail_from = fail_from};
        L = redis_lua_open(allocate, &failing);
        if (L) {
            failing.fail_from = 0;
            lua_close(L);
        }
    }
    assert_in_range(fail_from, 100, 100000);
}

static void test_running_without_memory(void **state)
{
    (void)state;
    static const char code[] = "local t = {1, {a = string.rep('x', 300)}, 0.1}"
                               " local u = cmsgpack.unpack(cmsgpack.pack(t, t, t))"
                               " return struct.unpack('s', struct.pack('sc0', 'a', 'b'))";
    int status = LUA_ERRMEM;
    for (unsigned fail_from = 1; status == LUA_ERRMEM; fail_from++) {
        struct failing failing = {0};
        lua_State *L = redis_lua_open(allocate, &failing);
        failing = (struct failing){.fail_from = fail_from};
        status = redis_lua_load(L, slice_str(code), "@user_script");
        if (status == 0)
            status = lua_pcall(L, 0, 0, 0);
        failing.fail_from = 0;
        lua_close(L);
    }
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_random_numbers_from_the_start),
        cmocka_unit_test(test_globals_are_set_from_outside),
        cmocka_unit_test(test_errors_have_a_place),
        cmocka_unit_test(test_opening_without_memory),
        cmocka_unit_test(test_running_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
