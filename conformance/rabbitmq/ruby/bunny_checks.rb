# Bunny: what an application does with it. AMQP_URL names the broker, MANAGEMENT_URL its HTTP API.
require "bunny"
require "json"
require "net/http"
require "uri"
require_relative "../../ruby/checks"

URL = ENV.fetch("AMQP_URL").chomp("/")
QUIET = { logger: Logger.new(IO::NULL), recover_from_connection_close: true, network_recovery_interval: 0.2 }.freeze

def connect(**options)
  connection = Bunny.new(URL, QUIET.merge(options))
  connection.start
end

# A check with a channel on a connection of its own.
def on_channel(name, **options)
  check(name) do
    connection = connect(**options)
    begin
      yield connection.create_channel, connection
    ensure
      connection.close if connection.open?
    end
  end
end

def take(queue, count)
  Array.new(count) { Timeout.timeout(5) { queue.pop } }
end

def api(method, path)
  uri = URI(ENV.fetch("MANAGEMENT_URL") + "/api/" + path)
  request = Net::HTTP.const_get(method.capitalize).new(uri)
  request.basic_auth("guest", "guest")
  Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }
end

# Has the server close the connection that calls itself so, once the API knows it.
def close_connection(name)
  connection = eventually(15) do
    JSON.parse(api("get", "connections").body).find { |c| c.dig("client_properties", "connection_name") == name }
  end
  api("delete", "connections/" + URI.encode_www_form_component(connection["name"]).gsub("+", "%20"))
end

on_channel "work queue: acks, prefetch, redelivery" do |channel|
  queue = channel.queue("", exclusive: true)
  channel.prefetch(2)
  5.times { |i| channel.default_exchange.publish("job #{i}", routing_key: queue.name, persistent: true) }
  inbox = Queue.new
  queue.subscribe(manual_ack: true) { |info, _, body| inbox << [info, body] }
  first, second = take(inbox, 2)
  sleep 0.1
  equal inbox.size, 0
  channel.nack(second[0].delivery_tag, false, true)
  equal take(inbox, 1).map { |info, body| [info.redelivered?, body] }, [[true, "job 1"]]
  channel.ack(first[0].delivery_tag)
  equal take(inbox, 1).map(&:last), ["job 2"]
end

on_channel "publish and subscribe, topics, headers" do |channel|
  { "fanout" => {}, "topic" => { routing_key: "bu.#" }, "headers" => { arguments: { "x-match" => "all", "k" => "v", "n" => 1 } } }.each do |type, binding|
    exchange = channel.send(type, "bu-#{type}", auto_delete: true)
    queue = channel.queue("", exclusive: true).bind(exchange, **binding)
    exchange.publish("hit", routing_key: "bu.a", headers: { "k" => "v", "n" => 1 })
    exchange.publish("miss", routing_key: "other", headers: { "k" => "v" }) unless type == "fanout"
    equal eventually { queue.message_count == 1 }, true
    equal queue.pop[2], "hit"
  end
end

on_channel "pop: a message, its properties, and nothing" do |channel|
  queue = channel.queue("", exclusive: true)
  queue.publish("body", content_type: "text/plain", message_id: "m", correlation_id: "c", type: "t", app_id: "a", priority: 3,
                        timestamp: 1_700_000_000, expiration: "60000", headers: { "list" => [1, "x", { "y" => true }], "float" => 1.5, "time" => Time.at(5) })
  info, properties, body = eventually { (got = queue.pop) && got[0] ? got : nil }
  equal [body, properties.content_type, properties.message_id, properties.priority, properties.timestamp.to_i, properties.expiration],
        ["body", "text/plain", "m", 3, 1_700_000_000, "60000"]
  equal properties.headers, { "list" => [1, "x", { "y" => true }], "float" => 1.5, "time" => Time.at(5) }
  equal [info.exchange, info.routing_key], ["", queue.name]
  equal queue.pop, [nil, nil, nil]
end

on_channel "confirms: all, and a nack" do |channel|
  channel.confirm_select
  queue = channel.queue("", exclusive: true, arguments: { "x-max-length" => 10, "x-overflow" => "reject-publish" })
  10.times { queue.publish("x") }
  equal channel.wait_for_confirms, true
  queue.publish("too much")
  equal channel.wait_for_confirms, false
  equal channel.nacked_set.to_a, [11]
end

on_channel "returned messages" do |channel|
  inbox = Queue.new
  exchange = channel.default_exchange
  exchange.on_return { |info, _, body| inbox << [info.reply_code, info.reply_text, body] }
  exchange.publish("back", routing_key: "bu-nowhere", mandatory: true)
  equal take(inbox, 1), [[312, "NO_ROUTE", "back"]]
end

on_channel "transactions" do |channel|
  queue = channel.queue("", exclusive: true)
  channel.tx_select
  queue.publish("lost")
  channel.tx_rollback
  queue.publish("kept")
  equal queue.message_count, 0
  channel.tx_commit
  equal queue.pop[2], "kept"
end

on_channel "RPC with an exclusive queue and with direct reply-to" do |channel, connection|
  server = connection.create_channel
  requests = server.queue("", exclusive: true)
  requests.subscribe do |_, properties, body|
    server.default_exchange.publish(body.reverse, routing_key: properties.reply_to, correlation_id: properties.correlation_id)
  end
  [channel.queue("", exclusive: true), channel.queue("amq.rabbitmq.reply-to", no_declare: true)].each do |replies|
    inbox = Queue.new
    replies.subscribe { |_, properties, body| inbox << [properties.correlation_id, body] }
    channel.default_exchange.publish("abc", routing_key: requests.name, reply_to: replies.name, correlation_id: "9")
    equal take(inbox, 1), [%w[9 cba]]
  end
end

on_channel "delayed retry over TTL and dead letters" do |channel|
  work = channel.queue("bu-work", auto_delete: true, arguments: { "x-dead-letter-exchange" => "", "x-dead-letter-routing-key" => "bu-wait" })
  wait = channel.queue("bu-wait", arguments: { "x-message-ttl" => 100, "x-dead-letter-exchange" => "", "x-dead-letter-routing-key" => "bu-work" })
  inbox = Queue.new
  work.subscribe(manual_ack: true) { |info, properties, body| inbox << [info, properties, body] }
  work.publish("try")
  2.times { channel.reject(take(inbox, 1)[0][0].delivery_tag, false) }
  info, properties, = take(inbox, 1)[0]
  equal properties.headers["x-death"].map { |d| [d["queue"], d["reason"], d["count"]] }, [["bu-wait", "expired", 2], ["bu-work", "rejected", 2]]
  channel.ack(info.delivery_tag)
  wait.delete
end

on_channel "consumers: cancelled by the server, by themselves, exclusive" do |channel, connection|
  queue = channel.queue("", exclusive: true)
  cancelled = Queue.new
  consumer = queue.subscribe_with(Bunny::Consumer.new(channel, queue).tap { |c| c.on_cancellation { cancelled << :yes } })
  equal queue.consumer_count, 1
  consumer.cancel
  equal queue.consumer_count, 0
  queue.subscribe_with(Bunny::Consumer.new(channel, queue).tap { |c| c.on_cancellation { cancelled << :yes } })
  connection.create_channel.queue_delete(queue.name)
  equal take(cancelled, 1), [:yes]
  alone = channel.queue("", exclusive: true)
  alone.subscribe(exclusive: true) {}
  other = connection.create_channel
  equal fails(Bunny::AccessRefused) { other.basic_consume(alone.name) }.message.include?("in exclusive use"), true
end

on_channel "priorities of messages" do |channel|
  queue = channel.queue("", exclusive: true, arguments: { "x-max-priority" => 5 })
  [1, 5, 3].each { |priority| queue.publish(priority.to_s, priority: priority) }
  eventually { queue.message_count == 3 }
  equal Array.new(3) { queue.pop[2] }, %w[5 3 1]
end

on_channel "exchanges bound to exchanges, an alternate exchange" do |channel|
  rest = channel.fanout("bu-rest", auto_delete: true)
  queue = channel.queue("", exclusive: true).bind(rest)
  first = channel.direct("bu-first", auto_delete: true, arguments: { "alternate-exchange" => "bu-rest" })
  second = channel.fanout("bu-second", auto_delete: true)
  second.bind(first, routing_key: "known")
  mine = channel.queue("", exclusive: true).bind(second)
  first.publish("routed", routing_key: "known")
  first.publish("alternate", routing_key: "unknown")
  eventually { queue.message_count == 1 && mine.message_count == 1 }
  equal [queue.pop[2], mine.pop[2]], %w[alternate routed]
  second.unbind(first, routing_key: "known")
end

on_channel "errors have their classes, and close the channel alone" do |channel, connection|
  cases = {
    Bunny::NotFound => -> (c) { c.queue("bu-none", passive: true) },
    Bunny::AccessRefused => -> (c) { c.queue("amq.bu") },
    Bunny::PreconditionFailed => -> (c) { c.queue("bu-bad", arguments: { "x-max-length" => -1 }) },
  }
  cases.each do |type, call|
    broken = connection.create_channel
    fails(type) { call.call(broken) }
    equal broken.open?, false
  end
  channel.queue("bu-locked", exclusive: true)
  other = connect
  fails(Bunny::ResourceLocked) { other.create_channel.queue("bu-locked", passive: true) }
  other.close
  equal channel.queue("", exclusive: true).message_count, 0
end

check "wrong password, unknown vhost" do
  fails(Bunny::AuthenticationFailureError) { Bunny.new(URL, QUIET.merge(password: "wrong", recover_from_connection_close: false)).start }
  fails(Bunny::NotAllowedError) { Bunny.new(URL + "/bu-none", QUIET.merge(recover_from_connection_close: false)).start }
end

check "a body of 5 MB in frames of 4096 bytes" do
  connection = connect(frame_max: 4096)
  channel = connection.create_channel
  queue = channel.queue("", exclusive: true)
  body = (0..255).map(&:chr).join.b * (5 << 12)
  queue.publish(body)
  inbox = Queue.new
  queue.subscribe { |_, _, got| inbox << (got.b == body) }
  equal take(inbox, 1), [true]
  connection.close
end

on_channel "a hundred channels" do |first, connection|
  queue = first.queue("", exclusive: true)
  channels = Array.new(100) { connection.create_channel(nil, 1) }
  channels.each { |channel| channel.default_exchange.publish("x", routing_key: queue.name) }
  eventually { queue.message_count == 100 }
  channels.each(&:close)
end

on_channel "quorum queue with a delivery limit", heartbeat: 5 do |channel|
  queue = channel.queue("bu-quorum", durable: true, arguments: { "x-queue-type" => "quorum", "x-delivery-limit" => 1 })
  begin
    inbox = Queue.new
    queue.subscribe(manual_ack: true) { |info, _, body| inbox << [info, body] }
    queue.publish("poison")
    2.times { channel.nack(take(inbox, 1)[0][0].delivery_tag, false, true) }
    eventually { queue.message_count.zero? }
    equal inbox.size, 0
  ensure
    queue.delete
  end
end

on_channel "automatic recovery after the server closed the connection", connection_name: "bu-victim" do |channel, connection|
  exchange = channel.topic("bu-recovered", auto_delete: true)
  queue = channel.queue("bu-recovered", exclusive: true).bind(exchange, routing_key: "#")
  anonymous = channel.queue("", exclusive: true).bind(exchange, routing_key: "#")
  inbox = Queue.new
  queue.subscribe { |_, _, body| inbox << body }
  anonymous.subscribe { |_, _, body| inbox << body }
  exchange.publish("before", routing_key: "a")
  equal take(inbox, 2), %w[before before]
  recovered = Queue.new
  connection.after_recovery_completed { recovered << true }
  close_connection("bu-victim")
  Timeout.timeout(10) { recovered.pop }
  exchange.publish("after", routing_key: "a")
  equal take(inbox, 2), %w[after after]
end

on_channel "heartbeats keep an idle connection", heartbeat: 1 do |channel, connection|
  sleep 3.5
  equal connection.open?, true
  channel.queue("", exclusive: true)
end

close_checks
