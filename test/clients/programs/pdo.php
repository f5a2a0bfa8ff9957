<?php
// PHP's PDO, with prepared statements of its own or of the server, which is which by DB_MODE.
require __DIR__ . '/checks.php';

function connect(): PDO
{
    $options = [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => getenv('DB_MODE') === 'text',
    ];
    if (getenv('DB_CA') !== '') {
        $options[PDO::MYSQL_ATTR_SSL_CA] = getenv('DB_CA');
    }
    $dsn = sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', getenv('DB_HOST'), getenv('DB_PORT'), getenv('DB_NAME'));
    return new PDO($dsn, getenv('DB_USER'), getenv('DB_PASSWORD'), $options);
}

function rows(PDO $link, string $sql, array $parameters = []): array
{
    $statement = $link->prepare($sql);
    $statement->execute($parameters);
    return $statement->columnCount() === 0 ? [] : array_map(texts(...), $statement->fetchAll(PDO::FETCH_NUM));
}

function value(PDO $link, string $sql, array $parameters = []): ?string
{
    return rows($link, $sql, $parameters)[0][0];
}

function results(PDOStatement $statement): array
{
    $all = [];
    do {
        if ($statement->columnCount() > 0) {
            $all[] = array_map(texts(...), $statement->fetchAll(PDO::FETCH_NUM));
        }
    } while ($statement->nextRowset());
    return $all;
}

$count = fn(PDO $link) => (int) value($link, 'SELECT COUNT(*) FROM things');
done(['client' => 'PDO, PHP ' . PHP_VERSION]);
$first = connect();
$second = connect();

check('version', fn() => value($first, 'SELECT VERSION()'));
check('select', fn() => value($first, 'SELECT 1'));
check('prepared', function () use ($first) {
    $statement = $first->prepare('SELECT ?, ?, ?');
    $answers = [];
    foreach ([["it's ☕ \"\\ ü", 42, null], ['again', 7, 'x']] as $parameters) {
        $statement->execute($parameters);
        $answers[] = texts($statement->fetchAll(PDO::FETCH_NUM)[0]);
    }
    return $answers;
});
check('blob', function () use ($first) {
    $statement = $first->prepare("INSERT INTO things (name, data) VALUES ('blob', ?)");
    $statement->bindValue(1, "\x00\x01'\\\xff", PDO::PARAM_LOB);
    $statement->execute();
    return value($first, "SELECT HEX(data) FROM things WHERE name = 'blob'");
});
check('rollback', function () use ($first, $count) {
    $first->beginTransaction();
    $before = $count($first);
    rows($first, "INSERT INTO things (name) VALUES ('rolled back')");
    $inside = $count($first) - $before;
    $first->rollBack();
    return texts([$inside, $count($first) - $before]);
});
check('autocommit', function () use ($first, $count) {
    $first->setAttribute(PDO::ATTR_AUTOCOMMIT, 0);
    $before = $count($first);
    rows($first, "INSERT INTO things (name) VALUES ('not committed')");
    $first->rollBack();
    $after = $count($first) - $before;
    $first->commit();
    $first->setAttribute(PDO::ATTR_AUTOCOMMIT, 1);
    return texts([$after, value($first, 'SELECT @@autocommit')]);
});
check('insert id', function () use ($first) {
    rows($first, "INSERT INTO things (name) VALUES ('id')");
    $id = $first->lastInsertId();
    return [$id > 0, value($first, 'SELECT LAST_INSERT_ID()') === $id];
});
check('affected', function () use ($first) {
    $update = fn() => $first->exec("UPDATE things SET data = 'a' WHERE name = 'id'");
    return [$update(), $update()];
});
check('session', function () use ($first) {
    $first->exec('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
    $first->exec("SET time_zone = '+05:00'");
    $first->exec("SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'");
    $sql = "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'";
    return rows($first, $sql)[0];
});
check('user variable', function () use ($first) {
    $first->exec("SET @a = 'x', @b = 5");
    return rows($first, 'SELECT @a, @b')[0];
});
check('use', function () use ($first) {
    $first->exec('USE ' . getenv('DB_OTHER'));
    $other = value($first, 'SELECT DATABASE()') === getenv('DB_OTHER');
    $first->exec('USE ' . getenv('DB_NAME'));
    return [$other, value($first, 'SELECT DATABASE()') === getenv('DB_NAME')];
});
check('call', fn() => results($first->query('CALL two()')));
if (getenv('DB_MODE') === 'text') {
    check('several', fn() => results($first->query('SELECT 1; DO 1; SELECT 2')));
}
check('duplicate', function () use ($first) {
    try {
        rows($first, "INSERT INTO things (name) VALUES ('id')");
    } catch (PDOException $error) {
        return [(string) $error->errorInfo[1], $error->errorInfo[2], $error->errorInfo[0]];
    }
});
check('warnings', function () use ($first) {
    rows($first, "SELECT CAST('abc' AS SIGNED)");
    return array_map(fn($row) => array_slice($row, 0, 2), array_map(texts(...), $first->query('SHOW WARNINGS')->fetchAll(PDO::FETCH_NUM)));
});
check('temporary table', function () use ($first) {
    rows($first, 'CREATE TEMPORARY TABLE mine (a INT)');
    rows($first, 'INSERT INTO mine VALUES (1), (2)');
    return value($first, 'SELECT SUM(a) FROM mine');
});
check('big value', fn() => (string) strlen(value($first, "SELECT REPEAT('x', 1048576)")));
check('big rows', function () use ($first) {
    $all = rows($first, 'SELECT n, filling FROM numbers ORDER BY n');
    return texts([count($all), array_sum(array_map(fn($row) => strlen($row[1]), $all))]);
});
check('big parameter', fn() => value($first, 'SELECT LENGTH(?)', [str_repeat('y', 1048576)]));
check('two connections', function () use ($first, $second, $count) {
    $first->beginTransaction();
    $before = $count($second);
    rows($first, "INSERT INTO things (name) VALUES ('seen')");
    $inside = $count($second) - $before;
    $first->commit();
    return texts([$inside, $count($second) - $before]);
});
check('lock', function () use ($first, $second) {
    $name = getenv('DB_NAME');
    return [
        value($first, 'SELECT GET_LOCK(?, 0)', [$name]),
        value($second, 'SELECT GET_LOCK(?, 0)', [$name]),
        value($first, 'SELECT RELEASE_LOCK(?)', [$name]),
    ];
});
check('reconnect', function () use (&$first) {
    $first = null;
    $first = connect();
    return rows($first, 'SELECT @a, @@time_zone')[0];
});
