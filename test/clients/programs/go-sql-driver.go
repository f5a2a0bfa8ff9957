// go-sql-driver, with parameters in the text or in prepared statements, which is which by DB_MODE.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

var background = context.Background()

func done(line map[string]any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line)
}

// What a check does throws with panic, so that it reads as in other languages.
func check(name string, work func() any) {
	defer func() {
		if failure := recover(); failure != nil {
			done(map[string]any{"check": name, "error": fmt.Sprint(failure)})
		}
	}()
	done(map[string]any{"check": name, "result": work()})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func open() *sql.DB {
	config := mysql.NewConfig()
	config.User, config.Passwd = os.Getenv("DB_USER"), os.Getenv("DB_PASSWORD")
	config.Net, config.Addr = "tcp", os.Getenv("DB_HOST")+":"+os.Getenv("DB_PORT")
	config.DBName = os.Getenv("DB_NAME")
	config.MultiStatements = true
	config.InterpolateParams = os.Getenv("DB_MODE") == "text"
	if ca := os.Getenv("DB_CA"); ca != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(must(os.ReadFile(ca)))
		config.TLS = &tls.Config{RootCAs: pool, ServerName: os.Getenv("DB_HOST")}
	}
	return sql.OpenDB(must(mysql.NewConnector(config)))
}

func connect(database *sql.DB) *sql.Conn { return must(database.Conn(background)) }

func read(result *sql.Rows) []any {
	all := []any{}
	columns := len(must(result.Columns()))
	for result.Next() {
		texts := make([]sql.NullString, columns)
		targets := make([]any, columns)
		for i := range texts {
			targets[i] = &texts[i]
		}
		if err := result.Scan(targets...); err != nil {
			panic(err)
		}
		row := make([]any, columns)
		for i, text := range texts {
			if text.Valid {
				row[i] = text.String
			}
		}
		all = append(all, row)
	}
	if err := result.Err(); err != nil {
		panic(err)
	}
	return all
}

func rows(link *sql.Conn, text string, parameters ...any) []any {
	result := must(link.QueryContext(background, text, parameters...))
	defer result.Close()
	return read(result)
}

func results(link *sql.Conn, text string) []any {
	result := must(link.QueryContext(background, text))
	defer result.Close()
	all := []any{}
	for more := true; more; more = result.NextResultSet() {
		if len(must(result.Columns())) > 0 {
			all = append(all, read(result))
		}
	}
	return all
}

func row(link *sql.Conn, text string, parameters ...any) []any {
	return rows(link, text, parameters...)[0].([]any)
}

func value(link *sql.Conn, text string, parameters ...any) any { return row(link, text, parameters...)[0] }

func count(link *sql.Conn) int {
	return must(strconv.Atoi(value(link, "SELECT COUNT(*) FROM things").(string)))
}

func run(link *sql.Conn, text string, parameters ...any) sql.Result {
	return must(link.ExecContext(background, text, parameters...))
}

func version() string {
	information, _ := debug.ReadBuildInfo()
	for _, each := range information.Deps {
		if each.Path == "github.com/go-sql-driver/mysql" {
			return strings.TrimPrefix(each.Version, "v")
		}
	}
	return "?"
}

func main() {
	done(map[string]any{"client": "go-sql-driver " + version() + ", " + runtime.Version()})
	database := open()
	first, second := connect(database), connect(database)
	values(first)
	transactions(first, second)
	session(first)
	errors_(first)
	check("lock", func() any {
		name := os.Getenv("DB_NAME")
		return []any{value(first, "SELECT GET_LOCK(?, 0)", name), value(second, "SELECT GET_LOCK(?, 0)", name),
			value(first, "SELECT RELEASE_LOCK(?)", name)}
	})
	check("ping", func() any { return first.PingContext(background) == nil })
	check("reconnect", func() any {
		first.Close()
		second.Close()
		database.Close()
		database = open()
		return row(connect(database), "SELECT @a, @@time_zone")
	})
	database.Close()
}

func values(link *sql.Conn) {
	check("version", func() any { return value(link, "SELECT VERSION()") })
	check("select", func() any { return value(link, "SELECT 1") })
	check("parameters", func() any { return row(link, "SELECT ?, ?, ?", "it's ☕ \"\\ ü", 42, nil) })
	check("prepared", func() any {
		statement := must(link.PrepareContext(background, "SELECT ?, ?, ?"))
		defer statement.Close()
		answers := []any{}
		for _, parameters := range [][]any{{"it's ☕ \"\\ ü", 42, nil}, {"again", 7, "x"}} {
			result := must(statement.QueryContext(background, parameters...))
			answers = append(answers, read(result)[0])
		}
		return answers
	})
	check("blob", func() any {
		run(link, "INSERT INTO things (name, data) VALUES ('blob', ?)", []byte("\x00\x01'\\\xff"))
		return value(link, "SELECT HEX(data) FROM things WHERE name = 'blob'")
	})
	check("insert id", func() any {
		id := must(run(link, "INSERT INTO things (name) VALUES ('id')").LastInsertId())
		return []any{id > 0, value(link, "SELECT LAST_INSERT_ID()") == strconv.FormatInt(id, 10)}
	})
	check("affected", func() any {
		update := func() int64 {
			return must(run(link, "UPDATE things SET data = 'a' WHERE name = 'id'").RowsAffected())
		}
		return []any{update(), update()}
	})
	check("big value", func() any {
		return strconv.Itoa(len(value(link, "SELECT REPEAT('x', 1048576)").(string)))
	})
	check("big rows", func() any {
		all, bytes := rows(link, "SELECT n, filling FROM numbers ORDER BY n"), 0
		for _, each := range all {
			bytes += len(each.([]any)[1].(string))
		}
		return []any{strconv.Itoa(len(all)), strconv.Itoa(bytes)}
	})
	check("big parameter", func() any { return value(link, "SELECT LENGTH(?)", strings.Repeat("y", 1048576)) })
}

func transactions(first *sql.Conn, second *sql.Conn) {
	check("rollback", func() any {
		before := count(first)
		transaction := must(first.BeginTx(background, &sql.TxOptions{Isolation: sql.LevelReadCommitted}))
		must(transaction.Exec("INSERT INTO things (name) VALUES ('rolled back')"))
		var inside int
		if err := transaction.QueryRow("SELECT COUNT(*) FROM things").Scan(&inside); err != nil {
			panic(err)
		}
		if err := transaction.Rollback(); err != nil {
			panic(err)
		}
		return []any{strconv.Itoa(inside - before), strconv.Itoa(count(first) - before)}
	})
	check("autocommit", func() any {
		run(first, "SET autocommit = 0")
		before := count(first)
		run(first, "INSERT INTO things (name) VALUES ('not committed')")
		run(first, "ROLLBACK")
		after := count(first) - before
		run(first, "COMMIT")
		run(first, "SET autocommit = 1")
		return []any{strconv.Itoa(after), value(first, "SELECT @@autocommit")}
	})
	check("two connections", func() any {
		before := count(second)
		run(first, "START TRANSACTION")
		run(first, "INSERT INTO things (name) VALUES ('seen')")
		inside := count(second) - before
		run(first, "COMMIT")
		return []any{strconv.Itoa(inside), strconv.Itoa(count(second) - before)}
	})
}

func session(link *sql.Conn) {
	check("session", func() any {
		run(link, "SET NAMES utf8mb4 COLLATE utf8mb4_bin")
		run(link, "SET time_zone = '+05:00'")
		run(link, "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'")
		return row(link, "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'")
	})
	check("user variable", func() any {
		run(link, "SET @a = ?, @b = 5", "x")
		return row(link, "SELECT @a, @b")
	})
	check("use", func() any {
		run(link, "USE "+os.Getenv("DB_OTHER"))
		other := value(link, "SELECT DATABASE()") == os.Getenv("DB_OTHER")
		run(link, "USE "+os.Getenv("DB_NAME"))
		return []any{other, value(link, "SELECT DATABASE()") == os.Getenv("DB_NAME")}
	})
	check("temporary table", func() any {
		run(link, "CREATE TEMPORARY TABLE mine (a INT)")
		run(link, "INSERT INTO mine VALUES (1), (2)")
		return value(link, "SELECT SUM(a) FROM mine")
	})
	check("call", func() any { return results(link, "CALL two()") })
	check("several", func() any { return results(link, "SELECT 1; SELECT 2") })
}

func errors_(link *sql.Conn) {
	check("duplicate", func() any {
		_, err := link.ExecContext(background, "INSERT INTO things (name) VALUES ('id')")
		var failure *mysql.MySQLError
		if !errors.As(err, &failure) {
			panic(err)
		}
		return []any{strconv.Itoa(int(failure.Number)), failure.Message, string(failure.SQLState[:])}
	})
	check("warnings", func() any {
		rows(link, "SELECT CAST('abc' AS SIGNED)")
		warning := row(link, "SHOW WARNINGS")
		return warning[:2]
	})
}
