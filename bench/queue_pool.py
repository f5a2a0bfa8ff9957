"""What cycle.ts and burst.ts do, with SQLAlchemy's QueuePool. Prints {"done", "cpu", "wall"}, times in ms."""

import json
import sys
import threading
import time

try:
    from sqlalchemy.pool import QueuePool
except ImportError:
    sys.exit(3)

request = json.loads(sys.argv[1])
# Loans per round, and the pool's time-out in seconds.
ROUND = 1_600
TIMEOUT = 30


class Resource:
    """A connection to nowhere."""

    def rollback(self):
        pass

    def close(self):
        pass


pool = QueuePool(Resource, pool_size=request["resources"], max_overflow=0, timeout=TIMEOUT)


def repeat(cpu, one_round):
    """Runs rounds until so many ms of CPU time are spent; answers how many, and what they took."""
    began_cpu, began_wall = time.process_time(), time.perf_counter()
    rounds = 0
    while (time.process_time() - began_cpu) * 1_000 < cpu:
        one_round()
        rounds += 1
    return rounds, (time.process_time() - began_cpu) * 1_000, (time.perf_counter() - began_wall) * 1_000


def borrow(loans):
    for _ in range(loans):
        pool.connect().close()


def cycle():
    tasks = request["tasks"]
    if tasks == 1:
        borrow(ROUND)
        return
    threads = [threading.Thread(target=borrow, args=(ROUND // tasks,)) for _ in range(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def burst():
    held = [pool.connect() for _ in range(request["resources"])]
    threads = [threading.Thread(target=borrow, args=(1,)) for _ in range(request["waiters"])]
    for thread in threads:
        thread.start()
    for connection in held:
        connection.close()
    for thread in threads:
        thread.join()


one_round, done = (cycle, ROUND) if request["bench"] == "cycle" else (burst, request.get("waiters"))
repeat(request["warmUp"], one_round)
rounds, cpu, wall = repeat(request["measure"], one_round)
print(json.dumps({"done": rounds * done, "cpu": cpu, "wall": wall}))
