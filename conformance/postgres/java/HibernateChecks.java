import jakarta.persistence.*;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.cfg.Configuration;
import org.hibernate.type.SqlTypes;

/** Hibernate: the schema it makes, updates and validates from the live catalog, and what it does with it. */
public class HibernateChecks {
    enum Mood { SAD, OK, HAPPY }

    @Embeddable
    record Address(String street, String city) {}

    @Entity(name = "Person")
    @Table(name = "person", indexes = @Index(name = "ix_person_name", columnList = "name"),
        uniqueConstraints = @UniqueConstraint(name = "uq_person_mail", columnNames = "mail"))
    static class Person {
        @Id @GeneratedValue(strategy = GenerationType.SEQUENCE) Long id;
        @Column(nullable = false, length = 80) String name;
        String mail;
        @Enumerated @JdbcTypeCode(SqlTypes.NAMED_ENUM) Mood mood;
        @Enumerated(EnumType.STRING) Mood text;
        @Embedded Address address;
        @Column(precision = 12, scale = 2) BigDecimal amount;
        LocalDate born;
        Instant seen;
        OffsetDateTime zoned;
        Duration length;
        UUID key;
        byte[] bytes;
        boolean active;
        @JdbcTypeCode(SqlTypes.JSON) Map<String, String> doc;
        List<String> tags;
        int[] numbers;
        @Version int version;
        @OneToMany(mappedBy = "owner", cascade = CascadeType.ALL, orphanRemoval = true) List<Pet> pets = new ArrayList<>();
        @ManyToMany(cascade = CascadeType.PERSIST) List<Club> clubs = new ArrayList<>();
        @ElementCollection @MapKeyColumn(name = "k") Map<String, Integer> scores = Map.of();

        Person() {}

        Person(String name) {
            this.name = name;
        }
    }

    @Entity(name = "Pet")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Pet {
        @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id;
        String name;
        @ManyToOne(optional = false) Person owner;
    }

    @Entity(name = "Dog")
    static class Dog extends Pet {
        double weight;
    }

    @Entity(name = "Club")
    static class Club {
        @Id @GeneratedValue UUID id;
        String title;
    }

    interface Work {
        void run(Session session) throws Exception;
    }

    static Database database;
    static SessionFactory factory;

    static SessionFactory open(String action) {
        return new Configuration().addAnnotatedClass(Person.class).addAnnotatedClass(Pet.class).addAnnotatedClass(Dog.class)
            .addAnnotatedClass(Club.class).setProperty("hibernate.connection.url", database.url())
            .setProperty("hibernate.connection.username", Database.USER).setProperty("hibernate.connection.password", "")
            .setProperty("hibernate.hbm2ddl.auto", action).setProperty("hibernate.jdbc.batch_size", "20")
            .setProperty("hibernate.order_inserts", "true").buildSessionFactory();
    }

    static void in(Work work) throws Exception {
        try (Session session = factory.openSession()) {
            var transaction = session.beginTransaction();
            try {
                work.run(session);
                transaction.commit();
            } catch (Throwable trouble) {
                if (transaction.isActive()) transaction.rollback();
                throw trouble;
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Logger.getLogger("org.hibernate").setLevel(Level.OFF);
        database = new Database("hibernate_checks");
        Checks.check("create", () -> factory = open("create"));
        Checks.check("what was created", HibernateChecks::created);
        Checks.check("entities with every kind of column", HibernateChecks::values);
        Checks.check("batches of inserts and HQL", HibernateChecks::queries);
        Checks.check("bulk statements, CTEs, window functions", HibernateChecks::bulk);
        Checks.check("optimistic and pessimistic locks", HibernateChecks::locks);
        Checks.check("errors are the right exceptions", HibernateChecks::errors);
        Checks.check("validate, then update what is missing", HibernateChecks::update);
        Checks.check("create-drop leaves nothing", HibernateChecks::drop);
        Checks.close();
    }

    static void created() throws Exception {
        Checks.equal(database.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"),
            List.of("club", "dog", "person", "person_club", "person_scores", "pet"));
        Checks.equal(database.rows("SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY column_name)"
                + " FROM information_schema.columns WHERE table_name = 'person'"),
            List.of("active bool, amount numeric, born date, bytes bytea, city varchar, doc jsonb, id int8, key uuid, length numeric,"
                + " mail varchar, mood mood, name varchar, numbers _int4, seen timestamptz, street varchar, tags _varchar, text varchar,"
                + " version int4, zoned timestamptz"));
    }

    static Person ann() {
        Person p = new Person("ann");
        p.mail = "a@x";
        p.mood = Mood.HAPPY;
        p.text = Mood.SAD;
        p.address = new Address("road 1", "town");
        p.amount = new BigDecimal("12.50");
        p.born = LocalDate.of(2000, 2, 29);
        p.seen = Instant.parse("2024-05-06T07:08:09.123456Z");
        p.zoned = OffsetDateTime.of(2024, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC);
        p.length = Duration.ofSeconds(90061, 5_000_000);
        p.key = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        p.bytes = new byte[] {0, 1, -1};
        p.active = true;
        p.doc = Map.of("k", "v");
        p.tags = List.of("a", "b,\"c");
        p.numbers = new int[] {1, 2, 3};
        p.scores = Map.of("x", 1, "y", 2);
        return p;
    }

    static void values() throws Exception {
        in(session -> {
            Person p = ann();
            Dog dog = new Dog();
            dog.name = "rex";
            dog.weight = 12.5;
            dog.owner = p;
            p.pets.add(dog);
            Club club = new Club();
            club.title = "chess";
            p.clubs.add(club);
            session.persist(p);
        });
        in(session -> {
            Person p = session.createQuery("from Person where name = 'ann'", Person.class).getSingleResult();
            Checks.equal(p.mood + " " + p.text + " " + p.address.city() + " " + p.amount + " " + p.born, "HAPPY SAD town 12.50 2000-02-29");
            Checks.equal(p.seen + " " + p.zoned.toInstant() + " " + p.length + " " + p.key,
                "2024-05-06T07:08:09.123456Z 2024-01-02T03:04:05Z PT25H1M1.005S a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
            Checks.equal(p.bytes.length + " " + p.doc + " " + p.tags + " " + p.numbers[2] + " " + p.scores.get("y"), "3 {k=v} [a, b,\"c] 3 2");
            Checks.equal(((Dog) p.pets.get(0)).weight, 12.5);
            Checks.equal(p.clubs.get(0).title, "chess");
        });
    }

    static void queries() throws Exception {
        in(session -> {
            for (int i = 0; i < 55; i++) {
                Person p = new Person("p" + i);
                p.amount = BigDecimal.valueOf(i);
                p.active = i % 2 == 0;
                p.mood = Mood.values()[i % 3];
                p.tags = List.of("t" + i % 5);
                session.persist(p);
            }
        });
        in(session -> {
            Checks.equal(session.createQuery("select count(*) from Person", Long.class).getSingleResult(), 56L);
            Checks.equal(session.createQuery("from Person p where p.name like :n order by p.amount desc nulls last", Person.class)
                .setParameter("n", "p%").setFirstResult(5).setMaxResults(3).getResultList().stream().map(p -> p.name).toList(), List.of("p49", "p48", "p47"));
            Checks.equal(session.createQuery("select p.mood, count(*), sum(p.amount) from Person p where p.mail is null group by p.mood order by p.mood", Object[].class)
                .getResultList().stream().map(java.util.Arrays::toString).toList().toString(), "[[HAPPY, 18, 495.00], [OK, 18, 477.00], [SAD, 19, 513.00]]");
            Checks.equal(session.createQuery("select p.name from Person p where array_contains(p.tags, 't3') and p.name in (:l) order by 1", String.class)
                .setParameterList("l", List.of("p3", "p8", "p9")).getResultList(), List.of("p3", "p8"));
            Checks.equal(session.createQuery("select size(p.pets) from Person p where p.name = 'ann'", Integer.class).getSingleResult(), 1);
            var criteria = session.getCriteriaBuilder().createQuery(Person.class);
            var root = criteria.from(Person.class);
            criteria.where(session.getCriteriaBuilder().between(root.get("amount"), BigDecimal.TEN, BigDecimal.valueOf(12)));
            Checks.equal(session.createQuery(criteria).getResultList().size(), 3);
            Checks.equal(session.createNativeQuery("select name from person where doc ->> 'k' = :v", String.class).setParameter("v", "v").getSingleResult(), "ann");
            Checks.equal(session.createQuery("select extract(year from p.born) || ' ' || year(p.seen) || upper(p.name) from Person p"
                + " where p.name = 'ann'", String.class).getSingleResult(), "2000 2024ANN");
            try (var rows = session.createQuery("select p.name from Person p", String.class).setFetchSize(10).scroll()) {
                int count = 0;
                while (rows.next()) count++;
                Checks.equal(count, 56);
            }
        });
    }

    static void bulk() throws Exception {
        in(session -> {
            Checks.equal(session.createMutationQuery("update Person set amount = amount + 1 where active").executeUpdate(), 29);
            Checks.equal(session.createMutationQuery("delete from Pet where name = 'none'").executeUpdate(), 0);
            Checks.equal(session.createMutationQuery("insert into Club (id, title) values (:i, 'go') on conflict (id) do update set title = 'again'")
                .setParameter("i", UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")).executeUpdate(), 1);
            Checks.equal(session.createQuery("with big as (select p.name as name, p.amount as amount from Person p where p.amount > 50)"
                + " select b.name from big b order by b.amount, b.name limit 2", String.class).getResultList(), List.of("p50", "p51"));
            Checks.equal(session.createQuery("select rank() over (partition by p.mood order by p.amount desc) from Person p where p.name = 'p54'", Long.class).getSingleResult(), 1L);
            Checks.equal(session.createQuery("select listagg(p.name, ',') within group (order by p.name) from Person p where p.amount < 4", String.class).getSingleResult(), "p0,p1,p2,p3");
        });
    }

    static void locks() throws Exception {
        in(session -> {
            Person p = session.createQuery("from Person where name = 'p1'", Person.class).setLockMode(LockModeType.PESSIMISTIC_WRITE).getSingleResult();
            try (Session other = factory.openSession()) {
                other.beginTransaction();
                Checks.fails("could not obtain lock", () -> other.find(Person.class, p.id, LockMode.UPGRADE_NOWAIT));
                other.getTransaction().rollback();
                other.beginTransaction();
                Checks.equal(other.createQuery("from Person where name in ('p1', 'p2')", Person.class)
                    .setHibernateLockMode(LockMode.UPGRADE_SKIPLOCKED).getResultList().size(), 1);
                other.getTransaction().rollback();
            }
        });
        try (Session one = factory.openSession(); Session two = factory.openSession()) {
            one.beginTransaction();
            two.beginTransaction();
            Person a = one.createQuery("from Person where name = 'p5'", Person.class).getSingleResult();
            Person b = two.createQuery("from Person where name = 'p5'", Person.class).getSingleResult();
            a.mail = "one";
            one.getTransaction().commit();
            b.mail = "two";
            Checks.fails("unexpected row count", () -> { two.getTransaction().commit(); return null; });
        }
    }

    static void errors() throws Exception {
        Checks.fails("uq_person_mail", () -> {
            in(session -> {
                Person p = new Person("twin");
                p.mail = "a@x";
                session.persist(p);
            });
            return null;
        });
        try {
            in(session -> session.createMutationQuery("delete from Person where name = 'ann'").executeUpdate());
            throw new AssertionError("no error");
        } catch (org.hibernate.exception.ConstraintViolationException error) {
            Checks.equal(error.getSQLState(), "23503");
        }
    }

    static void update() throws Exception {
        open("validate").close();
        database.execute("ALTER TABLE person DROP COLUMN seen", "DROP INDEX ix_person_name",
            "ALTER TABLE person DROP CONSTRAINT uq_person_mail", "DROP TABLE person_scores");
        Checks.fails("Schema-validation: missing", () -> open("validate"));
        open("update").close();
        Checks.equal(database.rows("SELECT to_regclass('ix_person_name'), to_regclass('person_scores')"), List.of("ix_person_name|person_scores"));
        Checks.equal(database.rows("SELECT conname FROM pg_constraint WHERE conname = 'uq_person_mail'"), List.of("uq_person_mail"));
        database.execute("ALTER TABLE person ALTER born TYPE text");
        Checks.fails("wrong column type", () -> open("validate"));
    }

    static void drop() throws Exception {
        factory.close();
        database.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public");
        open("create-drop").close();
        Checks.equal(database.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), List.of("0"));
    }
}
