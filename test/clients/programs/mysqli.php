<?php
// PHP's mysqli.
require __DIR__ . '/checks.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function connect(): mysqli
{
    $link = mysqli_init();
    if (getenv('DB_CA') !== '') {
        $link->ssl_set(null, null, getenv('DB_CA'), null, null);
        $link->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, true);
    }
    $flags = getenv('DB_CA') !== '' ? MYSQLI_CLIENT_SSL : 0;
    $port = (int) getenv('DB_PORT');
    $link->real_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), $port, null, $flags);
    $link->set_charset('utf8mb4');
    return $link;
}

function rows(mysqli $link, string $sql): array
{
    $result = $link->query($sql);
    return $result === true ? [] : array_map(texts(...), $result->fetch_all(MYSQLI_NUM));
}

function value(mysqli $link, string $sql): ?string
{
    return rows($link, $sql)[0][0];
}

function results(mysqli $link): array
{
    $all = [];
    do {
        $result = $link->store_result();
        if ($result) {
            $all[] = array_map(texts(...), $result->fetch_all(MYSQLI_NUM));
        }
    } while ($link->more_results() && $link->next_result());
    return $all;
}

$count = fn(mysqli $link) => (int) value($link, 'SELECT COUNT(*) FROM things');
done(['client' => 'mysqli, PHP ' . PHP_VERSION]);
$first = connect();
$second = connect();

check('version', fn() => value($first, 'SELECT VERSION()'));
check('select', fn() => value($first, 'SELECT 1'));
check('prepared', function () use ($first) {
    $statement = $first->prepare('SELECT ?, ?, ?');
    $answers = [];
    foreach ([["it's ☕ \"\\ ü", 42, null], ['again', 7, 'x']] as $parameters) {
        $statement->execute($parameters);
        $answers[] = texts($statement->get_result()->fetch_row());
    }
    return $answers;
});
check('prepared, types that stay', function () use ($first) {
    $statement = $first->prepare('SELECT ? + 1, ?');
    $statement->bind_param('is', $number, $text);
    $answers = [];
    foreach ([1, 2, 3] as $number) {
        $text = "text $number";
        $statement->execute();
        $answers[] = texts($statement->get_result()->fetch_row());
        rows($first, 'DO 1');
    }
    $statement->close();
    return $answers;
});
check('blob', function () use ($first) {
    $statement = $first->prepare("INSERT INTO things (name, data) VALUES ('blob', ?)");
    $none = null;
    $statement->bind_param('b', $none);
    $statement->send_long_data(0, "\x00\x01");
    $statement->send_long_data(0, "'\\\xff");
    $statement->execute();
    return value($first, "SELECT HEX(data) FROM things WHERE name = 'blob'");
});
check('cursor', function () use ($first) {
    $statement = $first->prepare('SELECT n FROM numbers WHERE n < ? ORDER BY n');
    $statement->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
    $limit = 5;
    $statement->bind_param('i', $limit);
    $statement->execute();
    $statement->bind_result($n);
    $all = [];
    while ($statement->fetch()) {
        $all[] = (string) $n;
    }
    $statement->close();
    return $all;
});
check('rollback', function () use ($first, $count) {
    $first->begin_transaction();
    $before = $count($first);
    rows($first, "INSERT INTO things (name) VALUES ('rolled back')");
    $inside = $count($first) - $before;
    $first->rollback();
    return texts([$inside, $count($first) - $before]);
});
check('autocommit', function () use ($first, $count) {
    $first->autocommit(false);
    $before = $count($first);
    rows($first, "INSERT INTO things (name) VALUES ('not committed')");
    $first->rollback();
    $after = $count($first) - $before;
    $first->commit();
    $first->autocommit(true);
    return texts([$after, value($first, 'SELECT @@autocommit')]);
});
check('insert id', function () use ($first) {
    rows($first, "INSERT INTO things (name) VALUES ('id')");
    $id = $first->insert_id;
    return [$id > 0, value($first, 'SELECT LAST_INSERT_ID()') === (string) $id];
});
check('affected', function () use ($first) {
    $all = [];
    for ($i = 0; $i < 2; $i++) {
        rows($first, "UPDATE things SET data = 'a' WHERE name = 'id'");
        $all[] = $first->affected_rows;
    }
    return $all;
});
check('session', function () use ($first) {
    rows($first, 'SET NAMES utf8mb4 COLLATE utf8mb4_bin');
    rows($first, "SET time_zone = '+05:00'");
    rows($first, "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'");
    $sql = "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'";
    return rows($first, $sql)[0];
});
check('user variable', function () use ($first) {
    rows($first, "SET @a = 'x', @b = 5");
    return rows($first, 'SELECT @a, @b')[0];
});
check('use', function () use ($first) {
    rows($first, 'USE ' . getenv('DB_OTHER'));
    $other = value($first, 'SELECT DATABASE()') === getenv('DB_OTHER');
    $first->select_db(getenv('DB_NAME'));
    return [$other, value($first, 'SELECT DATABASE()') === getenv('DB_NAME')];
});
check('call', function () use ($first) {
    $first->real_query('CALL two()');
    return results($first);
});
check('several', function () use ($first) {
    $first->multi_query('SELECT 1; DO 1; SELECT 2');
    return results($first);
});
check('duplicate', function () use ($first) {
    try {
        rows($first, "INSERT INTO things (name) VALUES ('id')");
    } catch (mysqli_sql_exception $error) {
        return [(string) $error->getCode(), $error->getMessage(), $error->getSqlState()];
    }
});
check('warnings', function () use ($first) {
    rows($first, "SELECT CAST('abc' AS SIGNED)");
    $counted = (string) $first->warning_count;
    $warning = $first->get_warnings();
    return [$counted, (string) $warning->errno, $warning->message];
});
check('temporary table', function () use ($first) {
    rows($first, 'CREATE TEMPORARY TABLE mine (a INT)');
    rows($first, 'INSERT INTO mine VALUES (1), (2)');
    return value($first, 'SELECT SUM(a) FROM mine');
});
check('big value', fn() => (string) strlen(value($first, "SELECT REPEAT('x', 1048576)")));
check('big rows', function () use ($first) {
    $result = $first->query('SELECT n, filling FROM numbers ORDER BY n', MYSQLI_USE_RESULT);
    [$rows, $bytes] = [0, 0];
    while ($row = $result->fetch_row()) {
        $rows++;
        $bytes += strlen($row[1]);
    }
    return texts([$rows, $bytes]);
});
check('big parameter', function () use ($first) {
    $result = $first->execute_query('SELECT LENGTH(?)', [str_repeat('y', 1048576)]);
    return (string) $result->fetch_row()[0];
});
check('two connections', function () use ($first, $second, $count) {
    $first->begin_transaction();
    $before = $count($second);
    rows($first, "INSERT INTO things (name) VALUES ('seen')");
    $inside = $count($second) - $before;
    $first->commit();
    return texts([$inside, $count($second) - $before]);
});
check('lock', function () use ($first, $second) {
    $name = getenv('DB_NAME');
    return [
        value($first, "SELECT GET_LOCK('$name', 0)"),
        value($second, "SELECT GET_LOCK('$name', 0)"),
        value($first, "SELECT RELEASE_LOCK('$name')"),
    ];
});
check('change user', function () use ($first) {
    $first->change_user(getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_OTHER'));
    $row = rows($first, 'SELECT @a, @@time_zone, DATABASE()')[0];
    $first->select_db(getenv('DB_NAME'));
    return [$row[0], $row[1], $row[2] === getenv('DB_OTHER')];
});
check('reconnect', function () use (&$first) {
    $first->close();
    $first = connect();
    return rows($first, 'SELECT @a, @@time_zone')[0];
});
$first->close();
$second->close();
