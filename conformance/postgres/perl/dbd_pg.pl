#!/usr/bin/perl
# DBD::Pg: what an application does with it. PGPORT names the server, CHECK_FILTER a piece of the names wanted.
use strict;
use warnings;

use DBI;
use DBD::Pg qw(:pg_types :async);
use Time::HiRes qw(sleep);

$| = 1;
my $failed = 0;

sub connect_to {
    return DBI->connect("dbi:Pg:dbname=postgres;host=127.0.0.1;port=$ENV{PGPORT}", 'postgres', '',
                        {RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1});
}

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
    my ($state, $dbh, $run) = @_;
    my (undef, undef, $line) = caller;
    die "line $line: no error\n" if eval { $run->(); 1 };
    die "line $line: $@ is not $state\n" if $dbh->state ne $state;
}

check 'values, arrays, bytes' => sub {
    my $dbh = shift;
    my $sth = $dbh->prepare('SELECT ?::int + 1, ?::text, ?::bytea, ?::int[], NULL::text, true');
    $sth->bind_param(3, "\0\xff", {pg_type => PG_BYTEA});
    $sth->execute(41, 'a?b', "\0\xff", [1, undef, 3]);
    equal $sth->fetchrow_arrayref, [42, 'a?b', "\0\xff", [1, undef, 3], undef, 1];
    equal $sth->{pg_type}, [qw(int4 text bytea _int4 text bool)];
    $dbh->do(q{SET backslash_quote = on});
    equal [$dbh->selectrow_array(q{SELECT E'\'?'})], [q{'?}];
};

check 'transactions, savepoints, errors with their fields' => sub {
    my $dbh = shift;
    $dbh->do('CREATE TEMP TABLE dp_t (id int PRIMARY KEY, name text)');
    $dbh->begin_work;
    equal $dbh->do('INSERT INTO dp_t VALUES (1, ?)', undef, 'one'), 1;
    $dbh->pg_savepoint('here');
    fails '23505', $dbh, sub { $dbh->do('INSERT INTO dp_t VALUES (1)') };
    equal [$dbh->pg_error_field('constraint'), $dbh->pg_error_field('table')], ['dp_t_pkey', 'dp_t'];
    $dbh->pg_rollback_to('here');
    $dbh->commit;
    equal $dbh->selectall_arrayref('SELECT * FROM dp_t'), [[1, 'one']];
};

check 'COPY both ways' => sub {
    my $dbh = shift;
    $dbh->do('CREATE TEMP TABLE dp_c (id int, name text)');
    $dbh->do('COPY dp_c FROM STDIN');
    $dbh->pg_putcopydata("$_\tname $_\n") for 1 .. 100;
    $dbh->pg_putcopyend;
    $dbh->do('COPY (SELECT * FROM dp_c ORDER BY id DESC) TO STDOUT');
    my ($line, @lines);
    push @lines, $line while $dbh->pg_getcopydata(\$line) >= 0;
    equal [scalar @lines, $lines[0]], [100, "100\tname 100\n"];
};

check 'metadata' => sub {
    my $dbh = shift;
    $dbh->do('CREATE TABLE dp_a (id serial PRIMARY KEY, name varchar(40) NOT NULL DEFAULT \'x\')');
    $dbh->do('CREATE TABLE dp_b (a int REFERENCES dp_a ON DELETE CASCADE, n numeric(10, 2))');
    $dbh->do('CREATE INDEX dp_i ON dp_b (lower(n::text))');
    my $column = $dbh->column_info(undef, 'public', 'dp_a', 'name')->fetchrow_hashref;
    equal [@$column{qw(TYPE_NAME COLUMN_SIZE IS_NULLABLE COLUMN_DEF)}], ['character varying', 40, 'NO', q{'x'::character varying}];
    equal [$dbh->primary_key(undef, 'public', 'dp_a')], ['id'];
    my $key = $dbh->foreign_key_info(undef, 'public', 'dp_a', undef, 'public', 'dp_b')->fetchrow_hashref;
    equal [@$key{qw(UK_COLUMN_NAME FK_COLUMN_NAME DELETE_RULE)}], ['id', 'a', 0];
    my $statistics = $dbh->statistics_info(undef, 'public', 'dp_a', 1, 0)->fetchall_arrayref;
    equal [map { [@$_[5, 8, 11]] } @$statistics], [['dp_a_pkey', 'id', 1]];
    $dbh->do('INSERT INTO dp_a DEFAULT VALUES');
    equal $dbh->last_insert_id(undef, 'public', 'dp_a', undef), 1;
    $dbh->do('DROP TABLE dp_b, dp_a');
};

check 'asynchronous queries, cancel, notifications, large objects' => sub {
    my $dbh = shift;
    $dbh->do('SELECT 1 FROM pg_sleep(0.02)', {pg_async => PG_ASYNC});
    sleep 0.005 until $dbh->pg_ready;
    equal $dbh->pg_result, 1;
    $dbh->do('SELECT pg_sleep(30)', {pg_async => PG_ASYNC});
    $dbh->pg_cancel;
    $dbh->do('LISTEN dp_news');
    $dbh->do(q{NOTIFY dp_news, 'it is'});
    equal [@{$dbh->pg_notifies}[0, 2]], ['dp_news', 'it is'];
    $dbh->begin_work;
    my $id = $dbh->pg_lo_creat($dbh->{pg_INV_WRITE} | $dbh->{pg_INV_READ});
    my $object = $dbh->pg_lo_open($id, $dbh->{pg_INV_WRITE} | $dbh->{pg_INV_READ});
    $dbh->pg_lo_write($object, 'hello', 5);
    $dbh->pg_lo_lseek($object, 1, 0);
    my $text = '';
    $dbh->pg_lo_read($object, $text, 3);
    equal $text, 'ell';
    $dbh->pg_lo_unlink($id);
    $dbh->commit;
};

exit($failed ? 1 : 0);
