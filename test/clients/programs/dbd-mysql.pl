# Perl's DBD::mysql, with prepared statements of its own or of the server, which is which by DB_MODE.
use strict;
use warnings;
use utf8;
use DBI;
use DBD::mysql;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;
$| = 1;

sub done { print $json->encode({@_}), "\n" }

sub check {
    my ($name, $work) = @_;
    my $result = eval { $work->() };
    if (my $error = $@) {
        my $code = $DBI::err // '';
        return done(check => $name, error => ["$code", "$error"]);
    }
    done(check => $name, result => $result);
}

sub connection {
    # It refuses to demand TLS of the client library of MariaDB; optional, it is used all the same, and verified.
    my $secure = $ENV{DB_CA} ? ";mysql_ssl=1;mysql_ssl_optional=1;mysql_ssl_ca_file=$ENV{DB_CA};mysql_ssl_verify_server_cert=1" : '';
    my $prepare = $ENV{DB_MODE} eq 'binary' ? ';mysql_server_prepare=1' : '';
    my $dsn = "DBI:mysql:database=$ENV{DB_NAME};host=$ENV{DB_HOST};port=$ENV{DB_PORT}$secure$prepare";
    return DBI->connect($dsn, $ENV{DB_USER}, $ENV{DB_PASSWORD},
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, mysql_enable_utf8mb4 => 1 });
}

sub rows {
    my ($link, $sql, @parameters) = @_;
    my $all = $link->selectall_arrayref($sql, undef, @parameters);
    return [map { [map { defined $_ ? "$_" : undef } @$_] } @$all];
}
sub value { return rows(@_)->[0][0] }
sub count { return value($_[0], 'SELECT COUNT(*) FROM things') }

sub results {
    my ($statement) = @_;
    my @all;
    do {
        push @all, [map { [map { "$_" } @$_] } @{ $statement->fetchall_arrayref }] if $statement->{NUM_OF_FIELDS};
    } while ($statement->more_results);
    return \@all;
}

done(client => "DBD::mysql $DBD::mysql::VERSION, Perl " . sprintf('%vd', $^V));
my $first = connection();
my $second = connection();

check('version', sub { value($first, 'SELECT VERSION()') });
check('select', sub { value($first, 'SELECT 1') });
check('prepared', sub {
    my $statement = $first->prepare('SELECT ?, ?, ?');
    my @answers;
    for my $parameters (["it's ☕ \"\\ ü", 42, undef], ['again', 7, 'x']) {
        $statement->execute(@$parameters);
        push @answers, [map { defined $_ ? "$_" : undef } @{ $statement->fetchall_arrayref->[0] }];
    }
    return \@answers;
});
check('blob', sub {
    my $statement = $first->prepare("INSERT INTO things (name, data) VALUES ('blob', ?)");
    $statement->bind_param(1, "\x00\x01'\\\xff", DBI::SQL_BLOB());
    $statement->execute;
    return value($first, "SELECT HEX(data) FROM things WHERE name = 'blob'");
});
check('rollback', sub {
    $first->begin_work;
    my $before = count($first);
    $first->do("INSERT INTO things (name) VALUES ('rolled back')");
    my $inside = count($first) - $before;
    $first->rollback;
    return ["$inside", '' . (count($first) - $before)];
});
check('autocommit', sub {
    $first->{AutoCommit} = 0;
    my $before = count($first);
    $first->do("INSERT INTO things (name) VALUES ('not committed')");
    $first->rollback;
    my $after = count($first) - $before;
    $first->commit;
    $first->{AutoCommit} = 1;
    return ["$after", value($first, 'SELECT @@autocommit')];
});
check('insert id', sub {
    $first->do("INSERT INTO things (name) VALUES ('id')");
    my $id = $first->{mysql_insertid};
    my $told = value($first, 'SELECT LAST_INSERT_ID()');
    return [$id > 0 ? JSON::PP::true : JSON::PP::false, $told == $id ? JSON::PP::true : JSON::PP::false];
});
check('affected', sub { [map { 0 + $first->do("UPDATE things SET data = 'a' WHERE name = 'id'") } 1, 2] });
check('session', sub {
    $first->do('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
    $first->do("SET time_zone = '+05:00'");
    $first->do("SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'");
    my $sql = "SELECT \@\@character_set_client, \@\@collation_connection, \@\@time_zone, \@\@sql_mode, 'a' || 'b'";
    return rows($first, $sql)->[0];
});
check('user variable', sub {
    $first->do("SET \@a = 'x', \@b = 5");
    return rows($first, 'SELECT @a, @b')->[0];
});
check('use', sub {
    $first->do("USE $ENV{DB_OTHER}");
    my $other = value($first, 'SELECT DATABASE()') eq $ENV{DB_OTHER};
    $first->do("USE $ENV{DB_NAME}");
    my $own = value($first, 'SELECT DATABASE()') eq $ENV{DB_NAME};
    return [$other ? JSON::PP::true : JSON::PP::false, $own ? JSON::PP::true : JSON::PP::false];
});
check('call', sub {
    my $statement = $first->prepare('CALL two()', { mysql_server_prepare => 0 });
    $statement->execute;
    return results($statement);
});
check('duplicate', sub {
    eval { $first->do("INSERT INTO things (name) VALUES ('id')") };
    return ['' . $first->err, $first->errstr, $first->state];
});
check('warnings', sub {
    my $statement = $first->prepare("SELECT CAST('abc' AS SIGNED)");
    $statement->execute;
    $statement->fetchall_arrayref;
    my $count = $statement->{mysql_warning_count};
    return ["$count", map { $_->[1] } @{ rows($first, 'SHOW WARNINGS') }];
});
check('temporary table', sub {
    $first->do('CREATE TEMPORARY TABLE mine (a INT)');
    $first->do('INSERT INTO mine VALUES (1), (2)');
    return value($first, 'SELECT SUM(a) FROM mine');
});
check('big value', sub { '' . length(value($first, "SELECT REPEAT('x', 1048576)")) });
check('big rows', sub {
    my $all = rows($first, 'SELECT n, filling FROM numbers ORDER BY n');
    my $bytes = 0;
    $bytes += length($_->[1]) for @$all;
    return ['' . @$all, "$bytes"];
});
check('big parameter', sub { value($first, 'SELECT LENGTH(?)', 'y' x 1048576) });
check('two connections', sub {
    $first->begin_work;
    my $before = count($second);
    $first->do("INSERT INTO things (name) VALUES ('seen')");
    my $inside = count($second) - $before;
    $first->commit;
    return ["$inside", '' . (count($second) - $before)];
});
check('lock', sub {
    my $name = $ENV{DB_NAME};
    return [
        value($first, 'SELECT GET_LOCK(?, 0)', $name),
        value($second, 'SELECT GET_LOCK(?, 0)', $name),
        value($first, 'SELECT RELEASE_LOCK(?)', $name),
    ];
});
check('ping', sub { $first->ping ? JSON::PP::true : JSON::PP::false });
check('reconnect', sub {
    $first->disconnect;
    $first = connection();
    return rows($first, 'SELECT @a, @@time_zone')->[0];
});
$first->disconnect;
$second->disconnect;
