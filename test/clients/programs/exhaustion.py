"""Sixty threads that serve requests, and a worker outside any request, with Django's persistent connections."""
import json
import os
import threading
import time
from collections import Counter

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": os.environ["DB_NAME"],
            "HOST": os.environ["DB_HOST"],
            "PORT": os.environ["DB_PORT"],
            "USER": os.environ["DB_USER"],
            "PASSWORD": os.environ["DB_PASSWORD"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {"charset": "utf8mb4"},
        }
    },
    USE_TZ=True,
)
django.setup()

from django.core.signals import request_finished, request_started
from django.db import models, transaction

THREADS = 60
ROUNDS = 3
# Longer than the server keeps an idle session.
IDLE = 3


class Thing(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        app_label = "exhaustion"
        db_table = "things"


done = Counter()
errors = Counter()
lock = threading.Lock()
together = threading.Barrier(THREADS + 1)


def attempt(who, work):
    try:
        work()
        failure = None
    except Exception as error:
        failure = f"{error.args[0]} {error.args[1]}" if len(error.args) > 1 else repr(error)
    with lock:
        done[who] += 1
        if failure is not None:
            errors[f"{who}: {failure}"] += 1


def transfer(name):
    with transaction.atomic():
        thing = Thing.objects.create(name=name)
        Thing.objects.select_for_update().get(pk=thing.pk)
    Thing.objects.filter(name=name).count()


def serve(number):
    for round in range(ROUNDS):
        together.wait()
        request_started.send(sender=None)
        attempt("request", lambda: transfer(f"{number} {round}"))
        # All of them have their connections now.
        together.wait()
        request_finished.send(sender=None)
        time.sleep(IDLE)


def work():
    for round in range(ROUNDS):
        together.wait()
        attempt("worker", lambda: transfer(f"worker {round}"))
        together.wait()
        time.sleep(IDLE)


threads = [threading.Thread(target=serve, args=(number,)) for number in range(THREADS)]
threads.append(threading.Thread(target=work))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"check": "done", "result": done}))
print(json.dumps({"check": "errors", "result": errors}))
