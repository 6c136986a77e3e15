#!/usr/bin/perl
# Perl's Redis: what an application does with it. REDIS_PORT names the server, CHECK_FILTER a piece of
# the names wanted.
use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use Redis;
use Time::HiRes qw(sleep time);

$| = 1;
my $server = "127.0.0.1:$ENV{REDIS_PORT}";
my $failed = 0;

sub connect_to { return Redis->new(server => $server, @_) }

sub check {
    my ($name, $run) = @_;
    return if index($name, $ENV{CHECK_FILTER} // '') < 0;
    if (eval { local $SIG{ALRM} = sub { die "it takes too long\n" }; alarm 60; $run->(connect_to()); alarm 0; 1 }) {
        print "ok $name\n";
        return;
    }
    alarm 0;
    $failed++;
    my $text = substr($@, 0, 400);
    $text =~ s/\s+/ /g;
    print "FAIL $name: $text\n";
}

sub text {
    my ($value) = @_;
    return 'undef' unless defined $value;
    return '[' . join(', ', map { text($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return "'$value'";
}

sub equal {
    my ($got, $wanted) = map { text($_) } @_;
    return if $got eq $wanted;
    my (undef, undef, $line) = caller;
    die 'line ' . $line . ': got ' . substr($got, 0, 200) . ', wanted ' . substr($wanted, 0, 200) . "\n";
}

sub fails {
    my ($text, $run) = @_;
    my (undef, undef, $line) = caller;
    die "line $line: no error with '$text'\n" if eval { $run->(); 1 };
    die "line $line: error '$@' lacks '$text'\n" if index($@, $text) < 0;
}

sub eventually {
    my ($probe) = @_;
    for (my $end = time + 5; !$probe->(); sleep 0.005) {
        die "it did not happen in time\n" if time > $end;
    }
}

# Runs the code in another process, with a connection of its own; what it returns is read from the
# handle.
sub elsewhere {
    my ($run) = @_;
    my $pid = open(my $output, '-|') // die "no second process: $!";
    return $output if $pid;
    alarm 20;
    print eval { $run->(connect_to()) } // $@;
    close STDOUT;
    require POSIX;
    POSIX::_exit(0);
}

check 'strings, hashes, sets, sorted sets, lists', sub {
    my ($r) = @_;
    equal $r->set('k', 'v', 'EX', 60), 'OK';
    equal scalar $r->set('k', 'w', 'NX'), undef;
    equal [$r->mget('k', 'none')], ['v', undef];
    $r->hset('h', 'a', 1);
    $r->hmset('h', 'b', 'two');
    my %h = $r->hgetall('h');
    equal [map { "$_=$h{$_}" } sort keys %h], ['a=1', 'b=two'];
    equal $r->hincrbyfloat('h', 'a', 0.5), '1.5';
    $r->sadd('s', 'a', 'b');
    equal [sort $r->smembers('s')], ['a', 'b'];
    $r->zadd('z', 1.5, 'a', 2, 'b');
    equal [$r->zrange('z', 0, -1, 'WITHSCORES')], ['a', '1.5', 'b', '2'];
    equal [$r->zrangebyscore('z', '(1.5', '+inf')], ['b'];
    $r->rpush('l', $_) for qw(a b c);
    equal [$r->lrange('l', 0, -1)], ['a', 'b', 'c'];
    equal $r->rpoplpush('l', 'l2'), 'c';
    $r->geoadd('g', 13.361389, 38.115556, 'Palermo');
    equal [$r->geohash('g', 'Palermo')], ['sqc8b49rny0'];
    $r->pfadd('hll', 'a', 'b', 'a');
    equal $r->pfcount('hll'), 2;
    equal [$r->bitfield('bits', 'SET', 'u8', 0, 255, 'GET', 'u4', 2)], [0, 15];
};

check 'binary and large values', sub {
    my ($r) = @_;
    my $value = join '', map { chr } 0 .. 255;
    $r->set("bin\0\r\n", $value);
    equal $r->get("bin\0\r\n"), $value;
    my $large = '0123456789' x 5_000_000;
    $r->set('large', $large);
    die "another value\n" unless $r->get('large') eq $large;
    equal $r->getrange('large', -3, -1), '789';
    $r->del('large');
};

check 'a pipeline of 10,000 commands, answered to callbacks', sub {
    my ($r) = @_;
    my ($count, $last) = (0, 0);
    $r->incr('p', sub { $count++; $last = $_[0] }) for 1 .. 10_000;
    $r->wait_all_responses;
    equal [$count, $last], [10_000, 10_000];
    my $error;
    $r->lpush('p', 'x', sub { $error = $_[1] });
    $r->wait_one_response;
    equal $error, 'WRONGTYPE Operation against a key holding the wrong kind of value';
};

check 'transactions with WATCH', sub {
    my ($r) = @_;
    my $other = connect_to();
    $r->watch('w');
    $other->incr('w');
    $r->multi;
    $r->incr('w');
    equal scalar $r->exec, undef;
    $r->watch('w');
    $r->multi;
    $r->set('t', 1);
    $r->incr('t');
    equal [$r->exec], ['OK', 2];
    $r->multi;
    $r->set('t', 9);
    $r->discard;
    equal $r->get('t'), '2';
};

check 'scripts fall back from EVALSHA to EVAL', sub {
    my ($r) = @_;
    my $script = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}";
    $r->script_flush;
    fails 'NOSCRIPT No matching script', sub { $r->evalsha(sha1_hex($script), 1, 'lua', 'a') };
    equal [$r->eval($script, 1, 'lua', 'a')], ['lua', 'a', 1];
    equal [$r->evalsha(sha1_hex($script), 1, 'lua', 'b')], ['lua', 'b', 2];
    equal [$r->script_exists(sha1_hex($script), '0' x 40)], [1, 0];
    equal $r->script_load('return 1'), sha1_hex('return 1');
};

check 'scanning; a hash, a list tied', sub {
    my ($r) = @_;
    $r->set("it:$_", '', sub { }) for 1 .. 300;
    $r->wait_all_responses;
    my (%seen, $page);
    my $cursor = 0;
    do {
        ($cursor, $page) = $r->scan($cursor, 'MATCH', 'it:*', 'COUNT', 20);
        $seen{$_} = 1 for @$page;
    } while ($cursor);
    equal scalar keys %seen, 300;
    equal scalar(my @keys = $r->keys('it:*')), 300;
    require Redis::Hash;
    require Redis::List;
    tie my %tied, 'Redis::Hash', 'tied', server => $server;
    $tied{one} = 1;
    equal [$tied{one}, exists $tied{two} ? 1 : 0], [1, 0];
    tie my @list, 'Redis::List', 'tiedlist', server => $server;
    push @list, 'a', 'b';
    equal [scalar @list, pop @list], [2, 'b'];
};

check 'expiry and keyspace notifications', sub {
    my ($r) = @_;
    $r->config_set('notify-keyspace-events', 'KEA');
    my $listener = connect_to();
    my @seen;
    $listener->psubscribe('__keyevent@0__:*', sub { my ($message, $topic) = @_; push @seen, ($topic =~ /:(\w+)$/)[0] . " $message" });
    $r->psetex('n', 20, 1);
    eventually sub { $listener->wait_for_messages(0.1); @seen >= 3 };
    equal \@seen, ['set n', 'expire n', 'expired n'];
    $r->config_set('notify-keyspace-events', '');
    $r->set('ttl', 1);
    equal [$r->expire('ttl', 100), $r->ttl('ttl'), $r->persist('ttl'), $r->ttl('ttl')], [1, 100, 1, -1];
};

check 'pub/sub with channels and patterns', sub {
    my ($r) = @_;
    my $sub = connect_to();
    my @seen;
    $sub->subscribe('c1', 'c2', sub { push @seen, "$_[1]=$_[0]" });
    $sub->psubscribe('d*', sub { push @seen, "$_[2]:$_[1]=$_[0]" });
    equal $r->publish('c2', 'one'), 1;
    $r->publish('d1', 'two');
    eventually sub { $sub->wait_for_messages(0.1); @seen == 2 };
    equal \@seen, ['c2=one', 'd*:d1=two'];
    fails 'SUBSCRIBE', sub { $sub->get('k') };
    equal [$r->pubsub('NUMSUB', 'c1', 'none')], ['c1', 1, 'none', 0];
};

check 'blocking pops', sub {
    my ($r) = @_;
    my $waiter = elsewhere(sub { join ' ', $_[0]->blpop('q1', 'q2', 5) });
    eventually sub { $r->info('clients')->{blocked_clients} == 1 };
    $r->rpush('q2', 'job');
    equal scalar <$waiter>, 'q2 job';
    equal scalar $r->brpoplpush('none', 'other', 1), undef;
};

check 'streams with a consumer group', sub {
    my ($r) = @_;
    $r->xgroup('CREATE', 'st', 'g', '$', 'MKSTREAM');
    my $first = $r->xadd('st', '*', 'n', 1);
    $r->xadd('st', '*', 'n', 2);
    my ($stream) = $r->xreadgroup('GROUP', 'g', 'c', 'COUNT', 5, 'STREAMS', 'st', '>');
    equal $stream->[1][0], [$first, ['n', 1]];
    my ($pending) = $r->xpending('st', 'g');
    equal $pending, 2;
    equal $r->xack('st', 'g', $first), 1;
    equal $r->xlen('st'), 2;
};

check 'users, names, databases', sub {
    my ($r) = @_;
    $r->acl('SETUSER', 'ann', 'on', '>pw', '~ann:*', '+@all', '-flushall');
    my $two = connect_to(username => 'ann', password => 'pw', name => 'two');
    $two->select(3);
    equal [$two->acl('WHOAMI'), $two->client_getname], ['ann', 'two'];
    $two->set('ann:1', 'x');
    fails 'NOPERM', sub { $two->set('bob:1', 'x') };
    fails 'NOPERM', sub { $two->flushall };
    equal $r->exists('ann:1'), 0;
    fails 'WRONGPASS', sub { connect_to(username => 'ann', password => 'no') };
    equal scalar(grep { /name=two .*db=3/ } split /\n/, $r->client_list), 1;
    $r->acl('DELUSER', 'ann');
};

check 'timeouts, connections killed, errors', sub {
    my ($r) = @_;
    my $slow = connect_to(read_timeout => 0.05);
    fails 'Error while reading from Redis server', sub { $slow->blpop('none', 1) };
    my $victim = connect_to(reconnect => 2, every => 1000);
    $r->client_kill('ID', $victim->client('ID'));
    equal $victim->ping, 'PONG';
    fails '[nosuch] ERR unknown command', sub { $r->nosuch('x') };
    $r->set('k', 'v');
    fails 'WRONGTYPE Operation against a key holding the wrong kind of value', sub { $r->lpush('k', 'x') };
};

check 'a lock; INFO, SLOWLOG, SORT, DUMP', sub {
    my ($r) = @_;
    my $release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
    equal $r->set('lock', 'me', 'NX', 'PX', 5000), 'OK';
    equal [$r->eval($release, 1, 'lock', 'you'), $r->eval($release, 1, 'lock', 'me')], [0, 1];
    equal $r->info->{redis_mode}, 'standalone';
    $r->slowlog('reset');
    $r->rpush('nums', $_) for 3, 1, 2;
    equal [$r->sort('nums', 'DESC', 'LIMIT', 0, 2)], [3, 2];
    $r->restore('nums2', 0, $r->dump('nums'));
    equal $r->llen('nums2'), 3;
    equal scalar(my @now = $r->time), 2;
};

exit($failed ? 1 : 0);
