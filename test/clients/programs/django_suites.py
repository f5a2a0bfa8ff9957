"""Settings for Django's own test suites, which write the outcome of each test to the file that DB_OUTCOMES names."""
import json
import os
import unittest

from django.test.runner import DiscoverRunner


def database(name):
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": name,
        "HOST": os.environ["DB_HOST"],
        "PORT": os.environ["DB_PORT"],
        "USER": os.environ["DB_USER"],
        "PASSWORD": os.environ["DB_PASSWORD"],
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"NAME": f"{name}_t", "CHARSET": "utf8mb4"},
    }


DATABASES = {"default": database(os.environ["DB_NAME"]), "other": database(os.environ["DB_OTHER"])}
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
TEST_RUNNER = "django_suites.Runner"


class Result(unittest.TextTestResult):
    def tell(self, test, outcome, why=""):
        with open(os.environ["DB_OUTCOMES"], "a") as file:
            file.write(json.dumps({"test": test.id(), "outcome": outcome, "why": str(why)}) + "\n")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.tell(test, "ok")

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, "error", err[1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, "failure", err[1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.tell(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.tell(test, "unexpected success")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.tell(subtest, "error", err[1])


class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Result
