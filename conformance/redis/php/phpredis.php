<?php
// phpredis: what an application does with it. REDIS_PORT names the server, REDIS_CLUSTER_PORT one in
// cluster mode, CHECK_FILTER a piece of the names wanted.
declare(strict_types=1);

ini_set('memory_limit', '512M');
require __DIR__ . '/../../php/checks.php';

function check_arguments(): array
{
    return [connect()];
}

function connect(): Redis
{
    $redis = new Redis();
    $redis->connect('127.0.0.1', (int) getenv('REDIS_PORT'), 5.0);
    return $redis;
}

/** The call fails, by exception or by false, with an error that contains the text. */
function fails(string $text, Redis $redis, callable $run): void
{
    $redis->clearLastError();
    try {
        $run();
        $error = (string) $redis->getLastError();
    } catch (RedisException $thrown) {
        $error = $thrown->getMessage();
    }
    if (!str_contains($error, $text)) {
        throw new Exception("error '$error' lacks '$text'");
    }
}

/** What a second PHP with a connection $redis of its own prints first, once $meanwhile has run here. */
function elsewhere(string $code, callable $meanwhile): string
{
    $prelude = '$redis = new Redis(); $redis->connect("127.0.0.1", (int) getenv("REDIS_PORT")); '
        . '$say = function ($text) { fwrite(STDOUT, "$text\n"); };';
    $child = proc_open([PHP_BINARY, '-r', $prelude . $code], [1 => ['pipe', 'w']], $pipes);
    try {
        $meanwhile();
        return rtrim((string) fgets($pipes[1]));
    } finally {
        proc_terminate($child, 9);
    }
}

check('strings, hashes, sets, sorted sets, lists', function (Redis $r) {
    equal($r->set('k', 'v', ['nx', 'ex' => 60]), true);
    equal($r->set('k', 'w', ['nx']), false);
    equal($r->getSet('k', 'x'), 'v');
    equal($r->mget(['k', 'none']), ['x', false]);
    $r->hMSet('h', ['a' => 1, 'b' => 'two']);
    equal($r->hGetAll('h'), ['a' => '1', 'b' => 'two']);
    equal($r->hIncrByFloat('h', 'a', 0.5), 1.5);
    equal($r->hMGet('h', ['a', 'none']), ['a' => '1.5', 'none' => false]);
    $r->sAdd('s', 'a', 'b');
    equal($r->sMisMember('s', 'a', 'x'), [1, 0]);
    $r->zAdd('z', 1.5, 'a', 2, 'b');
    equal($r->zRange('z', 0, -1, true), ['a' => 1.5, 'b' => 2.0]);
    equal($r->zRangeByScore('z', '(1.5', '+inf', ['withscores' => true, 'limit' => [0, 1]]), ['b' => 2.0]);
    equal($r->rawCommand('ZMSCORE', 'z', 'a', 'none'), ['1.5', false]);
    $r->rPush('l', 'a', 'b', 'c');
    equal($r->lRange('l', 0, -1), ['a', 'b', 'c']);
    equal($r->rawCommand('LMOVE', 'l', 'l2', 'LEFT', 'RIGHT'), 'a');
    $r->geoAdd('g', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania');
    equal(round($r->geoDist('g', 'Palermo', 'Catania', 'km')), 166.0);
    $r->pfAdd('hll', ['a', 'b', 'a']);
    equal($r->pfCount('hll'), 2);
    equal([$r->setBit('bits', 7, true), $r->bitCount('bits')], [0, 1]);
    equal($r->incrByFloat('f', 0.1), 0.1);
});

check('binary and large values, serializers, prefixes', function (Redis $r) {
    $key = "bin\0\r\n";
    $value = implode('', array_map('chr', range(0, 255)));
    $r->set($key, $value);
    equal($r->get($key), $value);
    $large = str_repeat('0123456789', 5_000_000);
    $r->set('large', $large);
    equal($r->get('large') === $large, true);
    equal($r->getRange('large', -3, -1), '789');
    $r->unlink('large');
    $r->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
    $r->setOption(Redis::OPT_PREFIX, 'app:');
    $r->set('object', ['a' => [1, 2.5, null]]);
    equal($r->get('object'), ['a' => [1, 2.5, null]]);
    equal(connect()->exists('app:object'), 1);
});

check('a pipeline of 10,000 commands', function (Redis $r) {
    $pipe = $r->pipeline();
    for ($i = 0; $i < 10000; $i++) {
        $pipe->incr('p');
    }
    $replies = $pipe->exec();
    equal([count($replies), $replies[9999]], [10000, 10000]);
});

check('transactions with WATCH', function (Redis $r) {
    $r->watch('w');
    connect()->incr('w');
    equal($r->multi()->incr('w')->exec(), false);
    $r->watch('w');
    equal($r->multi()->set('t', 1)->lPush('t', 'x')->incr('t')->exec(), [true, false, 2]);
    $r->multi();
    $r->set('t', 9);
    $r->discard();
    equal($r->get('t'), '2');
});

check('scripts fall back from EVALSHA to EVAL', function (Redis $r) {
    $text = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}";
    $r->script('flush');
    fails('NOSCRIPT No matching script', $r, fn () => $r->evalSha(sha1($text), ['lua', 'a'], 1));
    equal($r->eval($text, ['lua', 'a'], 1), ['lua', 'a', 1]);
    equal($r->evalSha(sha1($text), ['lua', 'b'], 1), ['lua', 'b', 2]);
    equal($r->script('exists', sha1($text), str_repeat('0', 40)), [1, 0]);
    equal($r->script('load', 'return 1'), sha1('return 1'));
});

check('scanning keys, hashes, sets, sorted sets', function (Redis $r) {
    for ($i = 0; $i < 300; $i++) {
        $r->set("it:$i", '');
        $r->hSet('fields', "f$i", (string) $i);
        $r->zAdd('scores', $i, "m$i");
        $r->sAdd('members', "m$i");
    }
    $r->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    $walk = function (callable $page): int {
        $seen = [];
        $cursor = null;
        while (($part = $page($cursor)) !== false) {
            $seen += array_flip(array_is_list($part) ? $part : array_keys($part));
        }
        return count($seen);
    };
    equal($walk(function (&$c) use ($r) { return $r->scan($c, 'it:*', 20); }), 300);
    equal($walk(function (&$c) use ($r) { return $r->hScan('fields', $c); }), 300);
    equal($walk(function (&$c) use ($r) { return $r->zScan('scores', $c, 'm*', 30); }), 300);
    equal($walk(function (&$c) use ($r) { return $r->sScan('members', $c); }), 300);
});

check('expiry', function (Redis $r) {
    $r->set('e', '1', ['px' => 20]);
    eventually(fn () => $r->exists('e') === 0);
    $r->set('ttl', '1');
    equal([$r->expire('ttl', 100), $r->ttl('ttl'), $r->persist('ttl'), $r->ttl('ttl')], [true, 100, true, -1]);
    equal($r->expireAt('ttl', time() + 50), true);
    equal($r->rawCommand('GETEX', 'ttl', 'PERSIST'), '1');
    equal($r->ttl('none'), -2);
});

check('blocking pops', function (Redis $r) {
    $got = elsewhere('$say(json_encode($redis->blPop(["q1", "q2"], 5)));', function () use ($r) {
        eventually(fn () => $r->info('clients')['blocked_clients'] == 1);
        $r->rPush('q2', 'job');
    });
    equal($got, '["q2","job"]');
    equal($r->brpoplpush('none', 'other', 1), false);
    equal($r->blPop(['none'], 1), []);
});

check('pub/sub with channels and patterns', function (Redis $r) {
    $got = elsewhere('$redis->subscribe(["c1", "c2"], fn ($r, $c, $m) => $say("$c=$m"));',
        fn () => eventually(fn () => $r->publish('c2', 'one') === 1));
    equal($got, 'c2=one');
    $got = elsewhere('$redis->psubscribe(["d*"], fn ($r, $p, $c, $m) => $say("$p:$c=$m"));',
        fn () => eventually(fn () => $r->publish('d1', 'two') === 1));
    equal($got, 'd*:d1=two');
    eventually(fn () => $r->pubsub('numsub', ['c1']) === ['c1' => 0]);
});

check('keyspace notifications', function (Redis $r) {
    $r->config('SET', 'notify-keyspace-events', 'Ex');
    eventually(fn () => $r->pubsub('numpat') === 0); // the last check's have gone
    $got = elsewhere('$redis->psubscribe(["__keyevent@*__:expired"], fn ($r, $p, $c, $m) => $say($m));', function () use ($r) {
        eventually(fn () => $r->pubsub('numpat') === 1);
        $r->set('gone', '1', ['px' => 10]);
    });
    equal($got, 'gone');
    $r->config('SET', 'notify-keyspace-events', '');
});

check('streams with a consumer group', function (Redis $r) {
    equal($r->xGroup('CREATE', 'st', 'g', '$', true), true);
    $first = $r->xAdd('st', '*', ['n' => '1']);
    $r->xAdd('st', '*', ['n' => '2'], 100, true);
    $got = $r->xReadGroup('g', 'c', ['st' => '>'], 5, 1000);
    equal($got['st'][$first], ['n' => '1']);
    equal(count($got['st']), 2);
    equal($r->xPending('st', 'g')[0], 2);
    equal($r->xClaim('st', 'g', 'd', 0, [$first], ['JUSTID']), [$first]);
    equal($r->xAck('st', 'g', [$first]), 1);
    equal($r->xInfo('GROUPS', 'st')[0]['consumers'], 2);
    equal(count($r->xRange('st', '-', '+', 1)), 1);
    equal($r->xLen('st'), 2);
});

check('users, names, databases', function (Redis $r) {
    $r->acl('SETUSER', 'ann', 'on', '>pw', '~ann:*', '+@all', '-flushall');
    $two = connect();
    equal($two->auth(['ann', 'pw']), true);
    $two->client('setname', 'two');
    equal([$two->acl('WHOAMI'), $two->client('getname')], ['ann', 'two']);
    $two->select(3);
    $two->set('ann:1', 'x');
    fails('NOPERM', $two, fn () => $two->set('bob:1', 'x'));
    fails('NOPERM', $two, fn () => $two->flushAll());
    equal($r->exists('ann:1'), 0);
    fails('WRONGPASS', $two, fn () => $two->auth(['ann', 'no']));
    $rows = array_filter($r->client('list'), fn ($row) => $row['name'] === 'two');
    equal(array_values($rows)[0]['db'], 3);
    $r->acl('DELUSER', 'ann');
});

check('timeouts, connections killed, errors', function (Redis $r) {
    $slow = connect();
    $slow->setOption(Redis::OPT_READ_TIMEOUT, 0.05);
    fails('read', $slow, fn () => $slow->rawCommand('BLPOP', 'none', '1'));
    $victim = connect();
    $r->rawCommand('CLIENT', 'KILL', 'ID', (string) $victim->rawCommand('CLIENT', 'ID'));
    equal($victim->ping('back'), 'back');
    fails('WRONGTYPE Operation against a key holding the wrong kind of value', $r, fn () => $r->lPush('k', 'x'));
    fails("ERR unknown command 'NOSUCH', with args beginning with: 'x' ", $r, fn () => $r->rawCommand('NOSUCH', 'x'));
});

check('a lock, a session store', function (Redis $r) {
    $release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
    equal($r->set('lock', 'me', ['nx', 'px' => 5000]), true);
    equal($r->eval($release, ['lock', 'you'], 1), 0);
    equal($r->eval($release, ['lock', 'me'], 1), 1);
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', 'tcp://127.0.0.1:' . getenv('REDIS_PORT'));
    ini_set('session.use_cookies', '0');
    session_cache_limiter('');
    session_id('abc');
    session_start();
    $_SESSION['user'] = 42;
    session_write_close();
    equal($r->get('PHPREDIS_SESSION:abc'), 'user|i:42;');
});

check('INFO, SLOWLOG, OBJECT, SORT, DUMP', function (Redis $r) {
    equal($r->info()['redis_mode'], 'standalone');
    equal(is_array($r->slowlog('get')), true);
    $r->set('m', 'text');
    equal($r->object('encoding', 'm'), 'embstr');
    $r->rPush('nums', 3, 1, 2);
    equal($r->sort('nums', ['sort' => 'desc', 'limit' => [0, 2]]), ['3', '2']);
    $r->restore('m2', 0, $r->dump('m'));
    equal($r->get('m2'), 'text');
    equal(count($r->time()), 2);
    equal($r->rawCommand('COMMAND', 'COUNT') > 200, true);
});

check('cluster', function (Redis $r) {
    $c = new RedisCluster(null, ['127.0.0.1:' . getenv('REDIS_CLUSTER_PORT')], 5, 5);
    for ($i = 0; $i < 100; $i++) {
        $c->set("k$i", (string) $i);
    }
    equal($c->get('k77'), '77');
    equal($c->mget(['k1', 'none', 'k99']), ['1', false, '99']);
    equal($c->multi()->set('{t}a', '1')->get('{t}a')->exec(), [true, '1']);
    equal($c->eval("return redis.call('GET', KEYS[1])", ['{t}a'], 1), '1');
    $node = $c->_masters()[0];
    equal(count($c->_masters()), 1);
    equal($c->del('k1', 'k2', 'none'), 2);
    $seen = [];
    $cursor = null;
    while (($part = $c->scan($cursor, $node, "k*")) !== false) {
        $seen += array_flip($part);
    }
    equal(count($seen), 98);
});

close_checks();
