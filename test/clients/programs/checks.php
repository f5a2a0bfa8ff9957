<?php
// What a check answered, or how it failed, as a line of JSON.
function done(array $line): void
{
    echo json_encode($line, JSON_UNESCAPED_UNICODE), "\n";
}

function check(string $name, callable $work): void
{
    try {
        done(['check' => $name, 'result' => $work()]);
    } catch (Throwable $error) {
        done(['check' => $name, 'error' => [(string) $error->getCode(), $error->getMessage()]]);
    }
}

function texts(array $values): array
{
    return array_map(fn($value) => $value === null ? null : (string) $value, array_values($values));
}
