import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.adapter.MessageListenerAdapter;

/** Spring AMQP: admin, template and listener containers. AMQP_URL names the broker. */
public final class SpringChecks {
    private interface WithFactory {
        void run(CachingConnectionFactory factory, RabbitAdmin admin, RabbitTemplate template) throws Exception;
    }

    private SpringChecks() {}

    private static void spring(String name, WithFactory check) {
        Checks.check(name, () -> {
            CachingConnectionFactory factory = new CachingConnectionFactory(URI.create(System.getenv("AMQP_URL").replaceAll("/$", "")));
            factory.setPublisherConfirmType(CachingConnectionFactory.ConfirmType.CORRELATED);
            factory.setPublisherReturns(true);
            factory.setConnectionNameStrategy(made -> "sp-" + name.hashCode());
            try {
                check.run(factory, new RabbitAdmin(factory), new RabbitTemplate(factory));
            } finally {
                factory.destroy();
            }
        });
    }

    private static String declare(RabbitAdmin admin, Queue queue) {
        return admin.declareQueue(queue);
    }

    private static SimpleMessageListenerContainer listen(CachingConnectionFactory factory, String queue, MessageListener listener) {
        SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
        container.setQueueNames(queue);
        container.setMessageListener(listener);
        container.setRecoveryInterval(200);
        container.start();
        return container;
    }

    private static String text(Message message) {
        return new String(message.getBody());
    }

    public static void main(String[] args) {
        spring("RabbitAdmin declares, counts, purges, deletes", (factory, admin, template) -> {
            Queue queue = QueueBuilder.nonDurable("sp-admin").withArgument("x-max-length", 10).build();
            declare(admin, queue);
            TopicExchange exchange = new TopicExchange("sp-admin", false, false);
            admin.declareExchange(exchange);
            Binding binding = BindingBuilder.bind(queue).to(exchange).with("a.#");
            admin.declareBinding(binding);
            template.convertAndSend("sp-admin", "a.b", "x");
            Checks.eventually(() -> admin.getQueueInfo("sp-admin").getMessageCount() == 1);
            Checks.equal(admin.purgeQueue("sp-admin"), 1);
            admin.removeBinding(binding);
            Checks.equal(admin.deleteExchange("sp-admin"), true);
            Checks.equal(admin.deleteQueue("sp-admin"), true);
            Checks.equal(admin.getQueueProperties("sp-admin"), null);
        });
        spring("RabbitTemplate sends, receives, asks", (factory, admin, template) -> {
            String queue = declare(admin, new Queue("sp-template", false, false, false));
            template.convertAndSend(queue, "hello", message -> {
                message.getMessageProperties().setHeader("n", 5);
                return message;
            });
            Message got = template.receive(queue, 5000);
            Checks.equal(text(got) + got.getMessageProperties().getHeader("n"), "hello5");
            Checks.equal(template.receive(queue, 50), null);
            SimpleMessageListenerContainer server = listen(factory, queue, new MessageListenerAdapter(new Object() {
                @SuppressWarnings("unused")
                public String handleMessage(String question) {
                    return question.toUpperCase();
                }
            }));
            template.setReplyTimeout(5000);
            for (int i = 0; i < 10; i++) Checks.equal(template.convertSendAndReceive(queue, "q" + i), "Q" + i);
            server.stop();
            admin.deleteQueue(queue);
        });
        spring("confirms and returns by correlation", (factory, admin, template) -> {
            template.setMandatory(true);
            CorrelationData routed = new CorrelationData("1"), lost = new CorrelationData("2"), refused = new CorrelationData("3");
            String queue = declare(admin, QueueBuilder.nonDurable("sp-confirm").autoDelete().withArgument("x-max-length", 1)
                .withArgument("x-overflow", "reject-publish").build());
            template.convertAndSend("", queue, "x", routed);
            Checks.equal(routed.getFuture().get(5, TimeUnit.SECONDS).isAck(), true);
            template.convertAndSend("", "sp-nowhere", "x", lost);
            Checks.equal(lost.getFuture().get(5, TimeUnit.SECONDS).isAck(), true);
            Checks.equal(lost.getReturned().getReplyText(), "NO_ROUTE");
            template.convertAndSend("", queue, "y", refused);
            Checks.equal(refused.getFuture().get(5, TimeUnit.SECONDS).isAck(), false);
            admin.deleteQueue(queue);
        });
        spring("listener containers: concurrency, rejection into the dead letters", (factory, admin, template) -> {
            String dead = declare(admin, new Queue("sp-dead", false, false, false));
            String queue = declare(admin, QueueBuilder.nonDurable("sp-listen").deadLetterExchange("").deadLetterRoutingKey(dead).build());
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            SimpleMessageListenerContainer container = listen(factory, queue, message -> {
                if (text(message).equals("bad")) throw new AmqpRejectAndDontRequeueException("bad");
                seen.add(text(message));
            });
            container.setConcurrentConsumers(3);
            for (int i = 0; i < 30; i++) template.convertAndSend(queue, i == 7 ? "bad" : "good");
            Checks.eventually(() -> seen.size() == 29);
            Message last = template.receive(dead, 5000);
            List<Map<String, ?>> deaths = last.getMessageProperties().getXDeathHeader();
            Checks.equal(text(last) + " " + deaths.get(0).get("reason"), "bad rejected");
            container.stop();
            admin.deleteQueue(queue);
            admin.deleteQueue(dead);
        });
        spring("a direct container on an anonymous queue of a fanout", (factory, admin, template) -> {
            FanoutExchange exchange = new FanoutExchange("sp-fanout", false, true);
            admin.declareExchange(exchange);
            Queue queue = new Queue("sp-anonymous", false, true, true);
            declare(admin, queue);
            admin.declareBinding(BindingBuilder.bind(queue).to(exchange));
            CountDownLatch got = new CountDownLatch(5);
            DirectMessageListenerContainer container = new DirectMessageListenerContainer(factory);
            container.setQueues(queue);
            container.setConsumersPerQueue(2);
            container.setMessageListener(message -> got.countDown());
            container.start();
            MessageProperties properties = new MessageProperties();
            for (int i = 0; i < 5; i++) template.send("sp-fanout", "", new Message("x".getBytes(), properties));
            Checks.equal(got.await(5, TimeUnit.SECONDS), true);
            container.stop();
        });
        spring("a transaction rolls back what was sent", (factory, admin, template) -> {
            CachingConnectionFactory plain = new CachingConnectionFactory(URI.create(System.getenv("AMQP_URL").replaceAll("/$", "")));
            RabbitTemplate transacted = new RabbitTemplate(plain);
            transacted.setChannelTransacted(true);
            String queue = declare(admin, new Queue("sp-tx", false, false, false));
            transacted.execute(channel -> {
                channel.basicPublish("", queue, null, "lost".getBytes());
                channel.txRollback();
                channel.basicPublish("", queue, null, "kept".getBytes());
                channel.txCommit();
                return null;
            });
            Checks.equal(text(template.receive(queue, 5000)), "kept");
            Checks.equal(template.receive(queue, 50), null);
            admin.deleteQueue(queue);
            plain.destroy();
        });
        spring("a container consumes again after the server closed its connection", (factory, admin, template) -> {
            String queue = declare(admin, new Queue("sp-again", false, false, false));
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            SimpleMessageListenerContainer container = listen(factory, queue, message -> seen.add(text(message)));
            template.convertAndSend(queue, "before");
            Checks.equal(seen.poll(5, TimeUnit.SECONDS), "before");
            ClientChecks.closeConnection("sp-" + "a container consumes again after the server closed its connection".hashCode());
            Checks.eventually(() -> {
                try {
                    template.convertAndSend(queue, "after");
                } catch (RuntimeException closed) {
                    return false;
                }
                return "after".equals(seen.poll(200, TimeUnit.MILLISECONDS));
            });
            container.stop();
            admin.deleteQueue(queue);
        });
        Checks.close();
    }
}
