"""The running Hookgate that a script talks to, as the test that starts the script says it.

The clients get nothing of ours but addresses and credentials: their code is what is installed
from the registry, unchanged. They trust the server's certificate by the variables that their
libraries read (SSL_CERT_FILE, REQUESTS_CA_BUNDLE).
"""

import json
import os
import subprocess

BASE = os.environ["HOOKGATE_BASE"]
ODATA = BASE + "/0/odata"
TOKEN = BASE + "/connect/token"
CLIENT_ID = os.environ["HOOKGATE_CLIENT_ID"]
CLIENT_SECRET = os.environ["HOOKGATE_CLIENT_SECRET"]
CLIENT = "Interop"
CANADA = "f8af0e88-f36b-1410-fa98-00155d043204"


def hookgate(*arguments, reading=""):
    """Runs a command of the administrator, who has the data folder."""
    command = [os.environ["HOOKGATE_PROGRAM"], *arguments, "--data", os.environ["HOOKGATE_DATA"]]
    ended = subprocess.run(command, input=reading, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, (arguments, ended.stdout, ended.stderr)
    return ended.stdout


def issuer():
    """The issuer, as the server's own settings say it."""
    shown = json.loads(hookgate("setting", "show", "IdentityServerUrl", "--json"))
    return shown["value"]


def refused(exception, action):
    """That an action ends with this exception; gives it."""
    try:
        action()
    except exception as error:
        return error
    raise AssertionError(f"{exception.__name__} was expected")
