# Ruby's mysql2.
require 'mysql2'
require 'json'

def done(line) = puts(JSON.generate(line))

def check(name)
  done(check: name, result: yield)
rescue Mysql2::Error => e
  done(check: name, error: [e.error_number.to_s, e.message])
rescue StandardError => e
  done(check: name, error: [e.class.name, e.message])
end

def connect
  secure = ENV['DB_CA'].empty? ? { ssl_mode: :disabled } : { ssl_mode: :verify_identity, sslca: ENV['DB_CA'] }
  Mysql2::Client.new(host: ENV['DB_HOST'], port: ENV['DB_PORT'].to_i, username: ENV['DB_USER'],
                     password: ENV['DB_PASSWORD'], database: ENV['DB_NAME'], encoding: 'utf8mb4',
                     flags: Mysql2::Client::MULTI_STATEMENTS, **secure)
end

def texts(result) = result.to_a.map { |row| row.map { |value| value.nil? ? nil : value.to_s } }

def rows(link, sql) = texts(link.query(sql, as: :array) || [])
def value(link, sql) = rows(link, sql)[0][0]
def count(link) = value(link, 'SELECT COUNT(*) FROM things').to_i

def results(link, sql)
  all = [texts(link.query(sql, as: :array))]
  while link.next_result
    result = link.store_result
    all << texts(result.each(as: :array)) if result
  end
  all
end

done(client: "mysql2 #{Mysql2::VERSION}, Ruby #{RUBY_VERSION}")
first = connect
second = connect

check('version') { value(first, 'SELECT VERSION()') }
check('select') { value(first, 'SELECT 1') }
check('prepared') do
  statement = first.prepare('SELECT ?, ?, ?')
  answers = [["it's ☕ \"\\ ü", 42, nil], ['again', 7, 'x']].map { |all| texts(statement.execute(*all, as: :array))[0] }
  statement.close
  answers
end
check('parameters') { rows(first, "SELECT '#{first.escape("it's ☕ \"\\ ü")}', 42, NULL")[0] }
check('blob') do
  first.prepare("INSERT INTO things (name, data) VALUES ('blob', ?)").execute("\x00\x01'\\\xff".b)
  value(first, "SELECT HEX(data) FROM things WHERE name = 'blob'")
end
check('rollback') do
  first.query('START TRANSACTION')
  before = count(first)
  first.query("INSERT INTO things (name) VALUES ('rolled back')")
  inside = count(first) - before
  first.query('ROLLBACK')
  [inside.to_s, (count(first) - before).to_s]
end
check('autocommit') do
  first.query('SET autocommit = 0')
  before = count(first)
  first.query("INSERT INTO things (name) VALUES ('not committed')")
  first.query('ROLLBACK')
  after = count(first) - before
  first.query('COMMIT')
  first.query('SET autocommit = 1')
  [after.to_s, value(first, 'SELECT @@autocommit')]
end
check('insert id') do
  first.query("INSERT INTO things (name) VALUES ('id')")
  id = first.last_id
  [id > 0, value(first, 'SELECT LAST_INSERT_ID()') == id.to_s]
end
check('affected') do
  2.times.map do
    first.query("UPDATE things SET data = 'a' WHERE name = 'id'")
    first.affected_rows
  end
end
check('session') do
  first.query('SET NAMES utf8mb4 COLLATE utf8mb4_bin')
  first.query("SET time_zone = '+05:00'")
  first.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'")
  rows(first, "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'")[0]
end
check('user variable') do
  first.query("SET @a = 'x', @b = 5")
  rows(first, 'SELECT @a, @b')[0]
end
check('use') do
  first.select_db(ENV['DB_OTHER'])
  other = value(first, 'SELECT DATABASE()') == ENV['DB_OTHER']
  first.query("USE #{ENV['DB_NAME']}")
  [other, value(first, 'SELECT DATABASE()') == ENV['DB_NAME']]
end
check('call') { results(first, 'CALL two()') }
check('several') { results(first, 'SELECT 1; DO 1; SELECT 2') }
check('duplicate') do
  first.query("INSERT INTO things (name) VALUES ('id')")
rescue Mysql2::Error => e
  [e.error_number.to_s, e.message, e.sql_state]
end
check('warnings') do
  first.query("SELECT CAST('abc' AS SIGNED)")
  [first.warning_count.to_s, *rows(first, 'SHOW WARNINGS').map { |row| row[1] }]
end
check('temporary table') do
  first.query('CREATE TEMPORARY TABLE mine (a INT)')
  first.query('INSERT INTO mine VALUES (1), (2)')
  value(first, 'SELECT SUM(a) FROM mine').to_i.to_s
end
check('big value') { value(first, "SELECT REPEAT('x', 1048576)").length.to_s }
check('big rows') do
  all = first.query('SELECT n, filling FROM numbers ORDER BY n', as: :array, stream: true, cache_rows: false)
  rows, bytes = 0, 0
  all.each { |row| rows += 1; bytes += row[1].length }
  [rows.to_s, bytes.to_s]
end
check('big parameter') { texts(first.prepare('SELECT LENGTH(?)').execute('y' * 1_048_576, as: :array))[0][0] }
check('two connections') do
  first.query('BEGIN')
  before = count(second)
  first.query("INSERT INTO things (name) VALUES ('seen')")
  inside = count(second) - before
  first.query('COMMIT')
  [inside.to_s, (count(second) - before).to_s]
end
check('lock') do
  name = ENV['DB_NAME']
  [value(first, "SELECT GET_LOCK('#{name}', 0)"), value(second, "SELECT GET_LOCK('#{name}', 0)"),
   value(first, "SELECT RELEASE_LOCK('#{name}')")]
end
check('ping') { first.ping }
check('reconnect') do
  first.close
  first = connect
  rows(first, 'SELECT @a, @@time_zone')[0]
end
first.close
second.close
