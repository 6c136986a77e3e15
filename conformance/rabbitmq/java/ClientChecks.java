import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.Recoverable;
import com.rabbitmq.client.RecoveryListener;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** RabbitMQ's Java client: what an application does with it. AMQP_URL names the broker. */
public final class ClientChecks {
    private interface OnChannel {
        void run(Channel channel, Connection connection) throws Exception;
    }

    private ClientChecks() {}

    static ConnectionFactory factory() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL").replaceAll("/$", ""));
        factory.setNetworkRecoveryInterval(200);
        return factory;
    }

    private static void onChannel(String name, OnChannel check) {
        Checks.check(name, () -> {
            try (Connection connection = factory().newConnection()) {
                check.run(connection.createChannel(), connection);
            }
        });
    }

    private static String temporary(Channel channel, Map<String, Object> arguments) throws Exception {
        return channel.queueDeclare("", false, true, true, arguments).getQueue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Delivery delivery) {
        return new String(delivery.getBody(), StandardCharsets.UTF_8);
    }

    private static BlockingQueue<Delivery> consume(Channel channel, String queue, boolean autoAck) throws Exception {
        BlockingQueue<Delivery> inbox = new LinkedBlockingQueue<>();
        channel.basicConsume(queue, autoAck, (tag, delivery) -> inbox.add(delivery), tag -> {});
        return inbox;
    }

    private static Delivery take(BlockingQueue<Delivery> inbox) throws Exception {
        Delivery delivery = inbox.poll(5, TimeUnit.SECONDS);
        if (delivery == null) throw new AssertionError("no delivery");
        return delivery;
    }

    /** Has the server close the connection of that name, once its HTTP API knows it. */
    static void closeConnection(String name) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        String base = System.getenv("MANAGEMENT_URL") + "/api/connections";
        String login = "Basic " + Base64.getEncoder().encodeToString(bytes("guest:guest"));
        Pattern address = Pattern.compile("\"name\":\"(127\\.0\\.0\\.1:\\d+ -> [^\"]+)\"");
        for (int i = 0; i < 150; i++, Thread.sleep(100)) {
            String found = http.send(HttpRequest.newBuilder(URI.create(base)).header("Authorization", login).build(),
                HttpResponse.BodyHandlers.ofString()).body();
            for (String one : found.split("\"auth_mechanism\""))
                if (one.contains("\"connection_name\":\"" + name + "\"")) {
                    Matcher matcher = address.matcher(one);
                    if (!matcher.find()) continue;
                    String escaped = matcher.group(1).replace(" ", "%20").replace(">", "%3E");
                    http.send(HttpRequest.newBuilder(URI.create(base + "/" + escaped)).header("Authorization", login).DELETE().build(),
                        HttpResponse.BodyHandlers.discarding());
                    return;
                }
        }
        throw new AssertionError("no connection " + name);
    }

    private static void messages() {
        onChannel("work queue: prefetch, acks, requeue", (channel, connection) -> {
            String queue = temporary(channel, null);
            channel.basicQos(2);
            for (String body : List.of("1", "2", "3")) channel.basicPublish("", queue, null, bytes(body));
            BlockingQueue<Delivery> inbox = consume(channel, queue, false);
            Delivery first = take(inbox), second = take(inbox);
            Checks.equal(inbox.size(), 0);
            channel.basicNack(first.getEnvelope().getDeliveryTag(), false, true);
            Delivery again = take(inbox);
            Checks.equal(text(again) + again.getEnvelope().isRedeliver(), "1true");
            channel.basicAck(second.getEnvelope().getDeliveryTag(), false);
            Checks.equal(text(take(inbox)), "3");
        });
        onChannel("exchanges of all types, bound to each other", (channel, connection) -> {
            channel.exchangeDeclare("ja-topic", "topic", false, true, null);
            channel.exchangeDeclare("ja-headers", "headers", false, true, null);
            String queue = temporary(channel, null);
            channel.exchangeBind("ja-headers", "ja-topic", "a.#");
            channel.queueBind(queue, "ja-headers", "", Map.of("x-match", "all", "n", 1, "s", "x"));
            AMQP.BasicProperties matching = new AMQP.BasicProperties.Builder().headers(Map.of("n", 1L, "s", "x")).build();
            channel.basicPublish("ja-topic", "a.b", matching, bytes("hit"));
            channel.basicPublish("ja-topic", "a.b", null, bytes("miss"));
            channel.basicPublish("ja-topic", "b", matching, bytes("miss"));
            Checks.equal(text(take(consume(channel, queue, true))), "hit");
            channel.exchangeUnbind("ja-headers", "ja-topic", "a.#");
        });
        onChannel("properties and tables of every type", (channel, connection) -> {
            String queue = temporary(channel, null);
            Map<String, Object> headers = Map.of("int", 5, "long", 1L << 40, "short", (short) -3, "byte", (byte) 7, "bool", true, "double", 2.5,
                "list", Arrays.asList(1, Map.of("x", 2L)), "date", new Date(5000), "bytes", new byte[] {0, -1}, "float", 1.5f);
            AMQP.BasicProperties sent = new AMQP.BasicProperties.Builder().headers(headers).contentType("t").deliveryMode(2).priority(3)
                .correlationId("c").replyTo("r").expiration("60000").messageId("m").timestamp(new Date(7000)).type("y").userId("guest").appId("a").build();
            channel.basicPublish("", queue, sent, new byte[] {0, 1, -1});
            Delivery got = take(consume(channel, queue, true));
            AMQP.BasicProperties back = got.getProperties();
            Checks.equal(Arrays.equals((byte[]) back.getHeaders().get("bytes"), new byte[] {0, -1}), true);
            for (String name : headers.keySet())
                if (!name.equals("bytes")) Checks.equal(back.getHeaders().get(name), headers.get(name));
            Checks.equal(List.of(back.getContentType(), back.getPriority(), back.getTimestamp(), back.getUserId(), back.getExpiration()),
                List.of("t", 3, new Date(7000), "guest", "60000"));
        });
        onChannel("a body of 5 MB", (channel, connection) -> {
            String queue = temporary(channel, null);
            byte[] body = new byte[5 << 20];
            for (int i = 0; i < body.length; i++) body[i] = (byte) (i * 7 + (i >> 11));
            channel.basicPublish("", queue, null, body);
            Checks.equal(Arrays.equals(take(consume(channel, queue, true)).getBody(), body), true);
        });
        onChannel("dead letters with x-death", (channel, connection) -> {
            String dead = temporary(channel, null);
            String queue = temporary(channel, Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", dead, "x-message-ttl", 50));
            channel.basicPublish("", queue, null, bytes("late"));
            Delivery got = take(consume(channel, dead, true));
            Map<?, ?> death = (Map<?, ?>) ((List<?>) got.getProperties().getHeaders().get("x-death")).get(0);
            Checks.equal(death.get("reason") + " " + death.get("queue") + " " + death.get("count"), "expired " + queue + " 1");
        });
    }

    private static void confirms() {
        onChannel("confirms: waited for, listened to, refused", (channel, connection) -> {
            channel.confirmSelect();
            String queue = temporary(channel, Map.of("x-max-length", 100, "x-overflow", "reject-publish"));
            for (int i = 0; i < 100; i++) channel.basicPublish("", queue, null, bytes("x"));
            channel.waitForConfirmsOrDie(5000);
            CountDownLatch refused = new CountDownLatch(1);
            channel.addConfirmListener((tag, multiple) -> {}, (tag, multiple) -> refused.countDown());
            channel.basicPublish("", queue, null, bytes("x"));
            Checks.equal(refused.await(5, TimeUnit.SECONDS), true);
        });
        onChannel("returned messages", (channel, connection) -> {
            BlockingQueue<String> returned = new LinkedBlockingQueue<>();
            channel.addReturnListener(back -> returned.add(back.getReplyCode() + " " + back.getReplyText() + " " + new String(back.getBody())));
            channel.basicPublish("amq.topic", "ja.nowhere", true, null, bytes("back"));
            Checks.equal(returned.poll(5, TimeUnit.SECONDS), "312 NO_ROUTE back");
        });
        onChannel("transactions", (channel, connection) -> {
            String queue = temporary(channel, null);
            channel.txSelect();
            channel.basicPublish("", queue, null, bytes("lost"));
            channel.txRollback();
            channel.basicPublish("", queue, null, bytes("kept"));
            channel.txCommit();
            GetResponse got = channel.basicGet(queue, true);
            Checks.equal(new String(got.getBody()) + got.getMessageCount(), "kept0");
        });
        onChannel("RpcClient over direct reply-to", (channel, connection) -> {
            Channel server = connection.createChannel();
            String requests = temporary(server, null);
            server.basicConsume(requests, true, (tag, request) -> server.basicPublish("", request.getProperties().getReplyTo(),
                new AMQP.BasicProperties.Builder().correlationId(request.getProperties().getCorrelationId()).build(),
                bytes(new StringBuilder(text(request)).reverse().toString())), tag -> {});
            RpcClient client = new RpcClient(new RpcClientParams().channel(channel).exchange("").routingKey(requests));
            for (int i = 0; i < 20; i++) Checks.equal(client.stringCall("abc" + i), new StringBuilder("abc" + i).reverse().toString());
            client.close();
        });
    }

    private static void failures() {
        onChannel("consumers are told of their queue's end", (channel, connection) -> {
            String queue = temporary(channel, null);
            CountDownLatch told = new CountDownLatch(1);
            channel.basicConsume(queue, true, (tag, delivery) -> {}, tag -> told.countDown());
            connection.createChannel().queueDelete(queue);
            Checks.equal(told.await(5, TimeUnit.SECONDS), true);
        });
        onChannel("errors close the channel alone", (channel, connection) -> {
            Checks.fails("no queue 'ja-none' in vhost '/'", () -> connection.createChannel().queueDeclarePassive("ja-none"));
            Checks.fails("inequivalent arg 'type'", () -> connection.createChannel().exchangeDeclare("amq.direct", "fanout", true));
            Checks.fails("reserved prefix", () -> connection.createChannel().queueDeclare("amq.ja", false, false, false, null));
            CountDownLatch closed = new CountDownLatch(1);
            List<Integer> codes = new ArrayList<>();
            channel.addShutdownListener(cause -> {
                codes.add(((AMQP.Channel.Close) cause.getReason()).getReplyCode());
                closed.countDown();
            });
            channel.basicPublish("ja-none", "", null, bytes("x"));
            Checks.equal(closed.await(5, TimeUnit.SECONDS), true);
            Checks.equal(codes, List.of(404));
            Checks.equal(connection.isOpen(), true);
        });
        Checks.check("wrong password, unknown vhost", () -> {
            ConnectionFactory wrong = factory();
            wrong.setPassword("wrong");
            Checks.fails("ACCESS_REFUSED", wrong::newConnection);
            ConnectionFactory nowhere = factory();
            nowhere.setVirtualHost("ja-none");
            Checks.fails("vhost ja-none not found", nowhere::newConnection);
        });
        Checks.check("automatic recovery of connection, topology and consumers", () -> {
            try (Connection connection = factory().newConnection("ja-victim")) {
                Channel channel = connection.createChannel();
                channel.exchangeDeclare("ja-recovered", "fanout", false, true, null);
                String queue = temporary(channel, null);
                channel.queueBind(queue, "ja-recovered", "");
                BlockingQueue<Delivery> inbox = consume(channel, queue, true);
                CountDownLatch recovered = new CountDownLatch(1);
                ((Recoverable) connection).addRecoveryListener(new RecoveryListener() {
                    @Override
                    public void handleRecovery(Recoverable recoverable) {
                        recovered.countDown();
                    }

                    @Override
                    public void handleRecoveryStarted(Recoverable recoverable) {}
                });
                closeConnection("ja-victim");
                Checks.equal(recovered.await(15, TimeUnit.SECONDS), true);
                channel.basicPublish("ja-recovered", "", null, bytes("after"));
                Checks.equal(text(take(inbox)), "after");
            }
        });
        Checks.check("heartbeats keep an idle connection", () -> {
            ConnectionFactory beating = factory();
            beating.setRequestedHeartbeat(1);
            try (Connection connection = beating.newConnection()) {
                Thread.sleep(3500);
                Checks.equal(connection.isOpen(), true);
            }
        });
    }

    private static void logs() {
        onChannel("quorum queue with a delivery limit", (channel, connection) -> {
            channel.queueDeclare("ja-quorum", true, false, false, Map.of("x-queue-type", "quorum", "x-delivery-limit", 1));
            try {
                BlockingQueue<Delivery> inbox = consume(channel, "ja-quorum", false);
                channel.basicPublish("", "ja-quorum", null, bytes("poison"));
                channel.basicNack(take(inbox).getEnvelope().getDeliveryTag(), false, true);
                Delivery second = take(inbox);
                Checks.equal(second.getProperties().getHeaders().get("x-delivery-count"), 1L);
                channel.basicNack(second.getEnvelope().getDeliveryTag(), false, true);
                Checks.eventually(() -> channel.messageCount("ja-quorum") == 0);
            } finally {
                channel.queueDelete("ja-quorum");
            }
        });
        onChannel("a stream read twice", (channel, connection) -> {
            channel.queueDeclare("ja-stream", true, false, false, Map.of("x-queue-type", "stream"));
            try {
                for (int i = 0; i < 5; i++) channel.basicPublish("", "ja-stream", null, bytes("" + i));
                for (int round = 0; round < 2; round++) {
                    Channel reader = connection.createChannel();
                    reader.basicQos(10);
                    BlockingQueue<Delivery> inbox = new LinkedBlockingQueue<>();
                    reader.basicConsume("ja-stream", false, Map.of("x-stream-offset", "first"), (tag, delivery) -> inbox.add(delivery), tag -> {});
                    for (int i = 0; i < 5; i++) Checks.equal(text(take(inbox)), "" + i);
                    reader.close();
                }
            } finally {
                channel.queueDelete("ja-stream");
            }
        });
    }

    public static void main(String[] args) {
        messages();
        confirms();
        failures();
        logs();
        Checks.close();
    }
}
