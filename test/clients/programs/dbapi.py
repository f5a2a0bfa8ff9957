"""mysqlclient and PyMySQL, which is which by DB_CLIENT."""
import os
from checks import check, done, text

if os.environ["DB_CLIENT"] == "pymysql":
    import pymysql as driver
    client = f"PyMySQL {driver.VERSION_STRING}"
    plain = {"ssl_disabled": True}
else:
    import MySQLdb as driver
    client = f"mysqlclient {driver.__version__}"
    plain = {}
secure = {"ssl": {"ca": os.environ["DB_CA"]}}


def connect():
    return driver.connect(
        host=os.environ["DB_HOST"],
        port=int(os.environ["DB_PORT"]),
        user=os.environ["DB_USER"],
        passwd=os.environ["DB_PASSWORD"],
        db=os.environ["DB_NAME"],
        charset="utf8mb4",
        autocommit=True,
        **(secure if os.environ["DB_CA"] else plain),
    )


def rows(connection, sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return [[text(value) for value in row] for row in cursor.fetchall()]


def value(connection, sql, *parameters):
    return rows(connection, sql, *parameters)[0][0]


def count(connection):
    return value(connection, "SELECT COUNT(*) FROM things")


done(client=client)
first, second = connect(), connect()


@check("version")
def _():
    return value(first, "SELECT VERSION()")


@check("select")
def _():
    return value(first, "SELECT 1")


@check("parameters")
def _():
    return rows(first, "SELECT %s, %s, %s", "it's ☕ \"\\ ü", 42, None)[0]


@check("blob")
def _():
    rows(first, "INSERT INTO things (name, data) VALUES ('blob', _binary %s)", b"\x00\x01'\\\xff")
    return value(first, "SELECT HEX(data) FROM things WHERE name = 'blob'")


@check("rollback")
def _():
    first.begin()
    before = int(count(first))
    rows(first, "INSERT INTO things (name) VALUES ('rolled back')")
    inside = int(count(first)) - before
    first.rollback()
    return [str(inside), str(int(count(first)) - before)]


@check("autocommit")
def _():
    first.autocommit(False)
    before = int(count(first))
    rows(first, "INSERT INTO things (name) VALUES ('not committed')")
    first.rollback()
    after = int(count(first)) - before
    first.commit()
    first.autocommit(True)
    return [str(after), value(first, "SELECT @@autocommit")]


@check("insert id")
def _():
    with first.cursor() as cursor:
        cursor.execute("INSERT INTO things (name) VALUES ('id')")
        return [cursor.lastrowid > 0, value(first, "SELECT LAST_INSERT_ID()") == str(cursor.lastrowid)]


@check("affected")
def _():
    with first.cursor() as cursor:
        return [cursor.execute(f"UPDATE things SET data = '{text}' WHERE name = 'id'") for text in ("a", "a")]


@check("session")
def _():
    rows(first, "SET NAMES utf8mb4 COLLATE utf8mb4_bin")
    rows(first, "SET time_zone = '+05:00'")
    rows(first, "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'")
    sql = "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'"
    return rows(first, sql)[0]


@check("user variable")
def _():
    rows(first, "SET @a = %s, @b = 5", "x")
    return rows(first, "SELECT @a, @b")[0]


@check("use")
def _():
    rows(first, f"USE {os.environ['DB_OTHER']}")
    other = value(first, "SELECT DATABASE()") == os.environ["DB_OTHER"]
    first.select_db(os.environ["DB_NAME"])
    return [other, value(first, "SELECT DATABASE()") == os.environ["DB_NAME"]]


@check("call")
def _():
    with first.cursor() as cursor:
        cursor.callproc("two")
        results = [[[text(each) for each in row] for row in cursor.fetchall()]]
        while cursor.nextset():
            if cursor.description:
                results.append([[text(each) for each in row] for row in cursor.fetchall()])
        return results


@check("duplicate")
def _():
    try:
        rows(first, "INSERT INTO things (name) VALUES ('id')")
    except driver.IntegrityError as error:
        return [str(error.args[0]), str(error.args[1])]


@check("warnings")
def _():
    rows(first, "SELECT CAST('abc' AS SIGNED)")
    return [row[:2] for row in rows(first, "SHOW WARNINGS")]


@check("temporary table")
def _():
    rows(first, "CREATE TEMPORARY TABLE mine (a INT)")
    rows(first, "INSERT INTO mine VALUES (1), (2)")
    return value(first, "SELECT SUM(a) FROM mine")


@check("big value")
def _():
    return str(len(value(first, "SELECT REPEAT('x', 1048576)")))


@check("big rows")
def _():
    all = rows(first, "SELECT n, filling FROM numbers ORDER BY n")
    return [str(len(all)), str(sum(len(row[1]) for row in all))]


@check("big parameter")
def _():
    return value(first, "SELECT LENGTH(%s)", "y" * 1048576)


@check("two connections")
def _():
    first.begin()
    before = int(count(second))
    rows(first, "INSERT INTO things (name) VALUES ('seen')")
    inside = int(count(second)) - before
    first.commit()
    return [str(inside), str(int(count(second)) - before)]


@check("lock")
def _():
    name = os.environ["DB_NAME"]
    taken = [value(each, "SELECT GET_LOCK(%s, 0)", name) for each in (first, second)]
    return [*taken, value(first, "SELECT RELEASE_LOCK(%s)", name)]


@check("reconnect")
def _():
    global first
    first.close()
    first = connect()
    return rows(first, "SELECT @a, @@time_zone")[0]


first.close()
second.close()
