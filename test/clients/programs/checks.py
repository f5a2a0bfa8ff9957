"""What a check answered, or how it failed, as a line of JSON."""
import json


def done(**line):
    print(json.dumps(line), flush=True)


def check(name):
    def run(work):
        try:
            done(check=name, result=work())
        except Exception as error:
            done(check=name, error=[str(each) for each in error.args] or repr(error))

    return run


def text(value):
    if value is None:
        return None
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)
