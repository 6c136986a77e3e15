"""Django: migrate of its own applications, makemigrations, inspectdb, contrib.postgres, queries, transactions, the admin.
PGPORT names the server, CHECK_FILTER a piece of the names."""

import datetime
import decimal
import importlib
import io
import os
import sys
import tempfile

import django
from django.conf import settings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, main

DATABASE = "conformance_django"
SERVER = {"ENGINE": "django.db.backends.postgresql", "USER": "postgres", "PASSWORD": "secret", "HOST": "127.0.0.1", "PORT": os.environ["PGPORT"]}
MODELS = '''
from django.contrib.postgres import fields as pg
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower, Now

class Author(models.Model):
    name = models.CharField(max_length=80, db_comment="how called")
    slug = models.SlugField(unique=True)
    tags = pg.ArrayField(models.CharField(max_length=10), default=list)
    data = models.JSONField(default=dict)
    span = pg.IntegerRangeField(null=True)
    born = models.DateField(null=True)
    made = models.DateTimeField(db_default=Now())
    money = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    key = models.UUIDField(null=True)
    raw = models.BinaryField(null=True)
    length = models.DurationField(null=True)
    address = models.GenericIPAddressField(null=True)
    doubled = models.GeneratedField(expression=models.F("money") * 2, output_field=models.DecimalField(max_digits=12, decimal_places=2), db_persist=True)

    class Meta:
        db_table_comment = "who writes"
        indexes = [GinIndex(fields=["data"], name="author_data"), models.Index(Lower("name").desc(), name="author_lower"),
                   models.Index(fields=["money"], condition=models.Q(money__gt=5), include=["name"], name="author_rich")]
        constraints = [models.CheckConstraint(condition=models.Q(money__gte=0), name="author_money"),
                       models.UniqueConstraint(fields=["name"], condition=models.Q(slug="x"), name="author_some")]

class Book(models.Model):
    title = models.TextField(db_index=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    others = models.ManyToManyField(Author, related_name="also")
    year = models.PositiveSmallIntegerField(null=True)
'''


def prepare():
    """An empty database, and an application `shelf` in a folder of its own."""
    import psycopg
    with psycopg.connect(host="127.0.0.1", port=SERVER["PORT"], user="postgres", dbname=os.environ.get("PGDATABASE", "postgres"), autocommit=True) as c:
        c.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        c.execute(f"CREATE DATABASE {DATABASE}")
    folder = tempfile.TemporaryDirectory(prefix="django-")
    os.makedirs(os.path.join(folder.name, "shelf", "migrations"))
    for name, text in (("__init__.py", ""), ("migrations/__init__.py", ""), ("models.py", MODELS)):
        with open(os.path.join(folder.name, "shelf", name), "w") as file:
            file.write(text)
    sys.path.insert(0, folder.name)
    apps = ["admin", "auth", "contenttypes", "sessions", "messages", "postgres"]
    settings.configure(
        DATABASES={"default": {**SERVER, "NAME": DATABASE}}, INSTALLED_APPS=[f"django.contrib.{a}" for a in apps] + ["shelf"], USE_TZ=True,
        SECRET_KEY="x", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF="shelf.urls", ALLOWED_HOSTS=["*"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                    "django.contrib.messages.middleware.MessageMiddleware"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
            "django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}])
    with open(os.path.join(folder.name, "shelf", "urls.py"), "w") as file:
        file.write("from django.contrib import admin\nfrom django.urls import path\nfrom shelf.models import Author\nadmin.site.register(Author)\n"
                   "urlpatterns = [path('admin/', admin.site.urls)]\n")
    django.setup()
    return folder


FOLDER = prepare()
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Rank, TruncMonth
from shelf.models import Author, Book


def command(*args, **options):
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=out, verbosity=1, **options)
    return out.getvalue()


@check("migrate")
def migrate():
    command("makemigrations", "shelf")
    importlib.invalidate_caches()
    command("migrate", interactive=False)
    equal("No changes detected" in command("makemigrations", "--check", "--dry-run"), True)
    equal("[ ]" in command("showmigrations"), False)


@check("inspectdb")
def inspectdb():
    text = command("inspectdb")
    for line in ("class ShelfAuthor(models.Model):", "slug = models.CharField(unique=True, max_length=50)", "data = models.JSONField()",
                 "author = models.ForeignKey(ShelfAuthor, models.DO_NOTHING)", "db_table = 'shelf_author'", "key = models.UUIDField(blank=True, null=True)",
                 "length = models.DurationField(blank=True, null=True)", "db_table_comment = 'who writes'",
                 "id = models.BigAutoField(primary_key=True)", "unique_together = (('book', 'author'),)"):
        equal((line, line in text), (line, True))


@check("introspection of constraints")
def introspection_of_constraints():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "shelf_author")
        equal((found["author_money"]["check"], found["author_data"]["type"], found["author_some"]["unique"], found["author_lower"]["index"]), (True, "gin", True, True))
        equal(connection.introspection.get_sequences(cursor, "shelf_author"), [{"name": "shelf_author_id_seq", "table": "shelf_author", "column": "id"}])
        equal(list(connection.introspection.get_relations(cursor, "shelf_book")), ["author_id"])


@check("objects both ways")
def objects_both_ways():
    made = Author.objects.create(name="Ann", slug="ann", tags=["a", "b"], data={"x": [1, {"y": None}]}, span=(1, 5), born=datetime.date(2000, 2, 29),
                                 money="1.50", key="00000000-0000-0000-0000-000000000001", raw=b"\x00\xff", length=datetime.timedelta(days=2, seconds=3), address="10.0.0.1")
    got = Author.objects.get(pk=made.pk)
    equal((got.tags, got.data, got.span.lower, got.born.isoformat(), got.money, got.key.int, bytes(got.raw), got.length, got.address, got.doubled),
          (["a", "b"], {"x": [1, {"y": None}]}, 1, "2000-02-29", decimal.Decimal("1.50"), 1, b"\x00\xff", datetime.timedelta(days=2, seconds=3), "10.0.0.1", decimal.Decimal("3.00")))
    Author.objects.bulk_create([Author(name=f"n{i}", slug=f"s{i}", money=i) for i in range(20)])
    Author.objects.bulk_create([Author(name="again", slug="s1")], update_conflicts=True, unique_fields=["slug"], update_fields=["name"])
    equal(Author.objects.get(slug="s1").name, "again")
    Book.objects.bulk_create([Book(title=f"t{i}", author=got, year=2000 + i) for i in range(5)])
    Book.objects.first().others.add(*Author.objects.filter(slug__in=["s1", "s2"]))


@check("queries")
def queries():
    equal(Author.objects.filter(tags__contains=["a"], data__x__0=1, span__contains=3).count(), 1)
    equal(Author.objects.filter(Q(name__iexact="ANN") | Q(name__regex="^n1$"), ~Q(slug="zz")).count(), 1)
    equal(list(Author.objects.annotate(n=Count("books")).filter(n__gt=1).values_list("name", "n")), [("Ann", 5)])
    equal(Book.objects.aggregate(s=Sum("year"))["s"], 10010)
    latest = Book.objects.filter(author=OuterRef("pk")).order_by("-year").values("title")[:1]
    equal(Author.objects.annotate(t=Subquery(latest)).get(slug="ann").t, "t4")
    equal(list(Book.objects.annotate(r=Window(Rank(), order_by=F("year").desc())).values_list("r", flat=True)[:2]), [1, 2])
    equal(Author.objects.annotate(m=TruncMonth("made")).values("m").distinct().count(), 1)
    equal(Author.objects.order_by("slug", "name").distinct("slug").count(), 21)
    equal([b.title for b in Book.objects.select_related("author").prefetch_related("others").filter(others__slug="s1")], ["t0"])
    equal(Author.objects.filter(slug="ann").update(money=F("money") + 1), 1)
    equal(sum(1 for _ in Author.objects.iterator(chunk_size=5)), 21)
    equal(Author.objects.filter(pk=-1).explain().startswith(("Seq", "Index", "Bitmap", "Result")), True)


@check("search")
def search():
    from django.contrib.postgres.aggregates import ArrayAgg, StringAgg
    from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
    found = Book.objects.annotate(v=SearchVector("title", config="english")).filter(v=SearchQuery("t3", config="english"))
    equal(found.annotate(r=SearchRank(F("v"), SearchQuery("t3"))).get().title, "t3")
    equal(Book.objects.aggregate(a=ArrayAgg("title", ordering="-year"), s=StringAgg("title", ",", ordering="year")),
          {"a": ["t4", "t3", "t2", "t1", "t0"], "s": "t0,t1,t2,t3,t4"})


@check("transactions")
def transactions():
    try:
        with transaction.atomic():
            Author.objects.create(name="gone", slug="gone")
            with transaction.atomic():
                Author.objects.create(name="x", slug="ann")
        raise AssertionError("no error")
    except IntegrityError as error:
        equal(error.__cause__.sqlstate, "23505")
    equal(Author.objects.filter(slug="gone").count(), 0)
    with transaction.atomic():
        equal(Author.objects.select_for_update(of=("self",), skip_locked=True).filter(slug="ann").count(), 1)
    author, created = Author.objects.get_or_create(slug="new", defaults={"name": "new"})
    equal((author.name, created), ("new", True))


@check("schema editor")
def schema_editor():
    class Thing(models.Model):
        n = models.IntegerField(default=3)

        class Meta:
            app_label = "shelf"

    with connection.schema_editor() as editor:
        editor.create_model(Thing)
        extra = models.CharField(max_length=5, default="q")
        extra.set_attributes_from_name("extra")
        editor.add_field(Thing, extra)
        wider = models.TextField(null=True)
        wider.set_attributes_from_name("extra")
        editor.alter_field(Thing, extra, wider)
        big = models.BigIntegerField(default=3, db_index=True)
        big.set_attributes_from_name("n")
        editor.alter_field(Thing, Thing._meta.get_field("n"), big)
        editor.alter_db_table(Thing, "shelf_thing", "shelf_thing2")
    with connection.cursor() as cursor:
        equal([(c.name, c.null_ok) for c in connection.introspection.get_table_description(cursor, "shelf_thing2")], [("id", False), ("n", False), ("extra", True)])
        cursor.execute("DROP TABLE shelf_thing2")


@check("admin")
def admin():
    from django.contrib.auth.models import User
    from django.test import Client
    User.objects.create_superuser("root", "r@x", "pw")
    client = Client()
    equal(client.login(username="root", password="pw"), True)
    listed = client.get("/admin/shelf/author/?q=&o=1")
    equal((listed.status_code, b"21 authors" in listed.content or b"22 authors" in listed.content), (200, True))
    victim = Author.objects.get(slug="s3")
    equal(client.post(f"/admin/shelf/author/{victim.pk}/delete/", {"post": "yes"}).status_code, 302)
    equal(Author.objects.filter(slug="s3").exists(), False)


@check("flush and back")
def flush_and_back():
    command("flush", interactive=False)
    equal(Author.objects.create(name="first", slug="f").pk, 1)
    command("migrate", "shelf", "zero", interactive=False)
    equal([t for t in connection.introspection.table_names() if t.startswith("shelf")], [])


try:
    main()
finally:
    connection.close()
    FOLDER.cleanup()
