"""requests-oauthlib gets tokens both ways and reads by OData."""

from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from site_under_test import CLIENT_ID, CLIENT_SECRET, ODATA, TOKEN, refused


def session(scope=None):
    return OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID, scope=scope))


ways = {
    "in the form": {"client_secret": CLIENT_SECRET, "include_client_id": True},
    "by HTTP Basic": {"auth": HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET)},
    "by HTTP Basic, its id in the form too": {
        "auth": HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET),
        "include_client_id": True,
    },
}
for way, how in ways.items():
    for scope in [None, ["odata"]]:
        program = session(scope)
        token = program.fetch_token(TOKEN, **how)
        assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, ["odata"]), (way, token)
        answer = program.get(ODATA + "/Contact/$count", timeout=30)
        assert (answer.status_code, answer.text.isdigit()) == (200, True), (way, answer.text)
        # More than one token of a client lives at once.
        assert program.fetch_token(TOKEN, **how)["access_token"] != token["access_token"]

refused(InvalidClientError, lambda: session().fetch_token(TOKEN, client_secret="wrong", include_client_id=True))
refused(InvalidScopeError, lambda: session(["webhook:send"]).fetch_token(TOKEN, **ways["in the form"]))
