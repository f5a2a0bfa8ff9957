"""Django on mysqlclient or PyMySQL, which is which by DB_CLIENT: the habits of an application."""
import os
from checks import check, done, text

if os.environ["DB_CLIENT"] == "pymysql":
    import pymysql

    # Django asks for the version of mysqlclient that it was written for.
    pymysql.version_info = (1, 4, 6, "final", 0)
    pymysql.install_as_MySQLdb()
    plain = {"ssl_disabled": True}
else:
    plain = {}
secure = {"ssl": {"ca": os.environ["DB_CA"]}}

import django
from django.conf import settings

database = {
    "ENGINE": "django.db.backends.mysql",
    "NAME": os.environ["DB_NAME"],
    "HOST": os.environ["DB_HOST"],
    "PORT": os.environ["DB_PORT"],
    "USER": os.environ["DB_USER"],
    "PASSWORD": os.environ["DB_PASSWORD"],
    "CONN_MAX_AGE": None,
    "OPTIONS": {"charset": "utf8mb4", **(secure if os.environ["DB_CA"] else plain)},
}
settings.configure(DATABASES={"default": database, "second": database}, USE_TZ=True, TIME_ZONE="Europe/Berlin")
django.setup()

from django.db import IntegrityError, connection, connections, models, transaction
from django.db.models import F, Sum


class Thing(models.Model):
    name = models.CharField(max_length=100, unique=True)
    data = models.BinaryField(null=True)

    class Meta:
        app_label = "checks"
        db_table = "things"


class Number(models.Model):
    n = models.IntegerField(primary_key=True)
    filling = models.CharField(max_length=100)

    class Meta:
        app_label = "checks"
        db_table = "numbers"


def row(sql, *parameters, alias="default"):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return [text(value) for value in cursor.fetchone() or []] if cursor.description else []


done(client=f"Django {django.__version__} on {os.environ['DB_CLIENT']}")


@check("version")
def _():
    return row("SELECT VERSION()")[0]


@check("select")
def _():
    return row("SELECT 1")[0]


@check("parameters")
def _():
    return row("SELECT %s, %s, %s", "it's ☕ \"\\ ü", 42, None)


@check("blob")
def _():
    Thing.objects.create(name="blob", data=b"\x00\x01'\\\xff")
    return Thing.objects.get(name="blob").data.hex().upper()


@check("rollback")
def _():
    before = Thing.objects.count()
    try:
        with transaction.atomic():
            Thing.objects.create(name="rolled back")
            inside = Thing.objects.count() - before
            raise KeyError
    except KeyError:
        return [str(inside), str(Thing.objects.count() - before)]


@check("savepoint")
def _():
    before = Thing.objects.count()
    with transaction.atomic():
        Thing.objects.create(name="kept")
        try:
            with transaction.atomic():
                Thing.objects.create(name="kept")
        except IntegrityError:
            pass
    return str(Thing.objects.count() - before)


@check("autocommit")
def _():
    transaction.set_autocommit(False)
    before = Thing.objects.count()
    Thing.objects.create(name="not committed")
    transaction.rollback()
    after = Thing.objects.count() - before
    transaction.commit()
    transaction.set_autocommit(True)
    return [str(after), row("SELECT @@autocommit")[0]]


@check("insert id")
def _():
    made = Thing.objects.create(name="id")
    return [made.pk > 0, row("SELECT LAST_INSERT_ID()")[0] == str(made.pk)]


@check("affected")
def _():
    return [Thing.objects.filter(name="id").update(data=b"a") for _ in range(2)]


@check("session of Django")
def _():
    sql = "SELECT @@sql_auto_is_null, @@character_set_client, @@autocommit, @@session.transaction_isolation"
    if connection.mysql_is_mariadb:
        sql = sql.replace("transaction_isolation", "tx_isolation")
    return row(sql)


@check("user variable")
def _():
    row("SET @a = %s, @b = 5", "x")
    return row("SELECT @a, @b")


@check("call")
def _():
    with connection.cursor() as cursor:
        cursor.callproc("two")
        results = [[[text(each) for each in line] for line in cursor.fetchall()]]
        while cursor.nextset():
            if cursor.description:
                results.append([[text(each) for each in line] for line in cursor.fetchall()])
        return results


@check("duplicate")
def _():
    try:
        Thing.objects.create(name="id")
    except IntegrityError as error:
        return [str(error.args[0]), str(error.args[1])]


@check("select for update")
def _():
    with transaction.atomic():
        thing = Thing.objects.select_for_update().get(name="id")
        Thing.objects.filter(pk=thing.pk).update(name=F("name"))
        return thing.name


@check("temporary table")
def _():
    row("CREATE TEMPORARY TABLE mine (a INT)")
    row("INSERT INTO mine VALUES (1), (2)")
    return row("SELECT SUM(a) FROM mine")[0]


@check("big rows")
def _():
    all = list(Number.objects.order_by("n").values_list("filling", flat=True))
    return [str(len(all)), str(sum(len(filling) for filling in all))]


@check("aggregate")
def _():
    return str(Number.objects.aggregate(Sum("n"))["n__sum"])


@check("big parameter")
def _():
    return row("SELECT LENGTH(%s)", "y" * 1048576)[0]


@check("two connections")
def _():
    def seen():
        return Thing.objects.using("second").count()

    before = seen()
    with transaction.atomic():
        Thing.objects.create(name="seen")
        inside = seen() - before
    return [str(inside), str(seen() - before)]


@check("reconnect")
def _():
    connection.close()
    return row("SELECT @a, @@time_zone")


connections.close_all()
