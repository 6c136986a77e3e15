<?php
// php-amqplib: what an application does with it. AMQP_URL names the broker.
declare(strict_types=1);

require 'PhpAmqpLib/autoload.php';
require __DIR__ . '/../../php/checks.php';

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPConnectionClosedException;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Exception\AMQPTimeoutException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

function connect(string $password = 'guest', string $vhost = '/', int $heartbeat = 0): AMQPStreamConnection
{
    $url = parse_url((string) getenv('AMQP_URL'));
    return new AMQPStreamConnection($url['host'], $url['port'], 'guest', $password, $vhost, heartbeat: $heartbeat, read_write_timeout: 10.0);
}

/** A check with a channel on a connection of its own. */
function on_channel(string $name, callable $run): void
{
    check($name, function () use ($run): void {
        $connection = connect();
        try {
            $run($connection->channel(), $connection);
        } finally {
            $connection->close();
        }
    });
}

function temporary($channel, array $arguments = []): string
{
    return $channel->queue_declare('', false, false, true, false, false, new AMQPTable($arguments))[0];
}

function send($channel, string $queue, string ...$bodies): void
{
    foreach ($bodies as $body) {
        $channel->basic_publish(new AMQPMessage($body), '', $queue);
    }
}

/** The next messages of a consumer. */
function take($channel, array &$inbox, int $count): array
{
    while (count($inbox) < $count) {
        $channel->wait(null, false, 5);
    }
    return array_splice($inbox, 0, $count);
}

function consume($channel, string $queue, array &$inbox, bool $no_ack = false): string
{
    return $channel->basic_consume($queue, '', false, $no_ack, false, false, function ($message) use (&$inbox): void {
        $inbox[] = $message;
    });
}

function bodies(array $messages): array
{
    return array_map(fn ($message) => $message->getBody(), $messages);
}

on_channel('work queue: prefetch, acks, redelivery', function ($channel): void {
    $queue = temporary($channel);
    $inbox = [];
    $channel->basic_qos(0, 2, false);
    send($channel, $queue, '1', '2', '3');
    consume($channel, $queue, $inbox);
    [$first, $second] = take($channel, $inbox, 2);
    thrown(AMQPTimeoutException::class, fn () => $channel->wait(null, false, 0.1));
    $first->nack(true);
    [$again] = take($channel, $inbox, 1);
    equal([$again->getBody(), $again->isRedelivered()], ['1', true]);
    $second->ack();
    equal(bodies(take($channel, $inbox, 1)), ['3']);
});

on_channel('exchanges of all types', function ($channel): void {
    $bindings = ['fanout' => ['', []], 'topic' => ['ph.#', []], 'direct' => ['ph.a', []], 'headers' => ['', ['x-match' => 'all', 'k' => 'v']]];
    foreach ($bindings as $type => [$key, $arguments]) {
        $channel->exchange_declare("ph-$type", $type, false, false, true);
        $queue = temporary($channel);
        $channel->queue_bind($queue, "ph-$type", $key, false, new AMQPTable($arguments));
        $channel->basic_publish(new AMQPMessage($type, ['application_headers' => new AMQPTable(['k' => 'v'])]), "ph-$type", 'ph.a');
        eventually(function () use ($channel, $queue, &$got) {
            return $got = $channel->basic_get($queue, true);
        });
        equal($got->getBody(), $type);
        $channel->queue_unbind($queue, "ph-$type", $key, new AMQPTable($arguments));
    }
});

on_channel('confirms: acks, nacks and returns', function ($channel): void {
    $seen = [];
    $channel->set_ack_handler(function ($message) use (&$seen): void {
        $seen[] = 'ack ' . $message->getBody();
    });
    $channel->set_nack_handler(function ($message) use (&$seen): void {
        $seen[] = 'nack ' . $message->getBody();
    });
    $channel->set_return_listener(function ($code, $text, $exchange, $key, $message) use (&$seen): void {
        $seen[] = "$code $text " . $message->getBody();
    });
    $channel->confirm_select();
    $queue = temporary($channel, ['x-max-length' => 1, 'x-overflow' => 'reject-publish']);
    foreach (['1', '2'] as $body) {
        send($channel, $queue, $body);
        $channel->wait_for_pending_acks(5);
    }
    $channel->basic_publish(new AMQPMessage('3'), '', 'ph-nowhere', true);
    $channel->wait_for_pending_acks_returns(5);
    equal($seen, ['ack 1', 'nack 2', '312 NO_ROUTE 3', 'ack 3']);
});

on_channel('transactions', function ($channel): void {
    $queue = temporary($channel);
    $channel->tx_select();
    send($channel, $queue, 'lost');
    $channel->tx_rollback();
    send($channel, $queue, 'kept');
    $channel->tx_commit();
    equal($channel->basic_get($queue, true)->getBody(), 'kept');
});

on_channel('properties and headers of every type', function ($channel): void {
    $queue = temporary($channel);
    $headers = ['int' => 5, 'long' => 1 << 40, 'text' => 'café', 'yes' => true, 'none' => null, 'list' => [1, 'two', ['x' => 'y']], 'float' => 1.5];
    $properties = ['content_type' => 'text/plain', 'delivery_mode' => 2, 'priority' => 3, 'correlation_id' => 'c', 'reply_to' => 'r',
        'expiration' => '60000', 'message_id' => 'm', 'timestamp' => 1700000000, 'type' => 't', 'user_id' => 'guest', 'app_id' => 'a'];
    $channel->basic_publish(new AMQPMessage("\0\xff", $properties + ['application_headers' => new AMQPTable($headers)]), '', $queue);
    $got = null;
    eventually(function () use ($channel, $queue, &$got) {
        return $got = $channel->basic_get($queue, true);
    });
    equal($got->getBody(), "\0\xff");
    $table = $got->get('application_headers')->getNativeData();
    equal([$table['int'], $table['long'], $table['text'], $table['yes'], $table['none'], $table['list']], [5, 1 << 40, 'café', true, null, [1, 'two', ['x' => 'y']]]);
    equal((float) $table['float'], 1.5);
    foreach ($properties as $name => $value) {
        equal($got->get($name), $value);
    }
});

on_channel('RPC over direct reply-to', function ($channel, $connection): void {
    $server = $connection->channel();
    $requests = temporary($server);
    $server->basic_consume($requests, '', false, true, false, false, function ($request) use ($server): void {
        $server->basic_publish(new AMQPMessage(strrev($request->getBody()), ['correlation_id' => $request->get('correlation_id')]), '', $request->get('reply_to'));
    });
    $inbox = [];
    consume($channel, 'amq.rabbitmq.reply-to', $inbox, true);
    $channel->basic_publish(new AMQPMessage('abc', ['reply_to' => 'amq.rabbitmq.reply-to', 'correlation_id' => '7']), '', $requests);
    $server->wait(null, false, 5);
    [$reply] = take($channel, $inbox, 1);
    equal([$reply->getBody(), $reply->get('correlation_id')], ['cba', '7']);
});

on_channel('delayed retry over TTL and dead letters', function ($channel): void {
    $work = temporary($channel, ['x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => 'ph-wait']);
    $channel->queue_declare('ph-wait', false, false, true, false, false,
        new AMQPTable(['x-message-ttl' => 80, 'x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => $work]));
    $inbox = [];
    consume($channel, $work, $inbox);
    send($channel, $work, 'try');
    take($channel, $inbox, 1)[0]->reject(false);
    [$last] = take($channel, $inbox, 1);
    $deaths = $last->get('application_headers')->getNativeData()['x-death'];
    equal(array_map(fn ($death) => [$death['queue'], $death['reason'], $death['count']], $deaths), [['ph-wait', 'expired', 1], [$work, 'rejected', 1]]);
});

on_channel('a body of 5 MB', function ($channel): void {
    $queue = temporary($channel);
    $body = str_repeat(implode('', array_map(chr(...), range(0, 255))), 5 << 12);
    send($channel, $queue, $body);
    $inbox = [];
    consume($channel, $queue, $inbox, true);
    equal(take($channel, $inbox, 1)[0]->getBody() === $body, true);
});

on_channel('errors close the channel alone', function ($channel, $connection): void {
    $cases = [
        [404, fn ($c) => $c->queue_declare('ph-none', true)],
        [406, fn ($c) => $c->exchange_declare('amq.direct', 'fanout', false, true, false)],
        [403, fn ($c) => $c->queue_declare('amq.ph')],
    ];
    foreach ($cases as [$code, $call]) {
        $broken = $connection->channel();
        equal(thrown(AMQPProtocolChannelException::class, fn () => $call($broken))->amqp_reply_code, $code);
    }
    temporary($channel);
});

check('wrong password, unknown vhost', function (): void {
    equal(str_contains(thrown(AMQPConnectionClosedException::class, fn () => connect('wrong'))->getMessage(), 'ACCESS_REFUSED'), true);
    equal(str_contains(thrown(AMQPConnectionClosedException::class, fn () => connect('guest', 'ph-none'))->getMessage(), 'vhost ph-none not found'), true);
});

check('heartbeats', function (): void {
    $connection = connect(heartbeat: 2);
    for ($i = 0; $i < 5; $i++) {
        $connection->checkHeartBeat();
        usleep(900_000);
    }
    temporary($connection->channel());
    $connection->close();
});

close_checks();
