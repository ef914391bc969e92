"""PyJWT verifies tokens of both algorithms from the published keys alone."""

import jwt
import requests

from site_under_test import BASE, CLIENT, CLIENT_ID, CLIENT_SECRET, ODATA, TOKEN, hookgate, issuer, refused

ISSUER = issuer()
metadata = requests.get(BASE + "/.well-known/oauth-authorization-server", timeout=30).json()
published = jwt.PyJWKClient(metadata["jwks_uri"])


def token(algorithm, **more):
    hookgate("client", "set", CLIENT, "--algorithm", algorithm)
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **more}
    answer = requests.post(TOKEN, data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def verified(text, **more):
    expected = {"issuer": ISSUER, "audience": ISSUER, **more}
    return jwt.decode(
        text,
        published.get_signing_key_from_jwt(text),
        algorithms=["ES256", "RS256"],
        options={"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]},
        **expected,
    )


kids = set()
for algorithm in ["ES256", "RS256"]:
    text = token(algorithm)
    header = jwt.get_unverified_header(text)
    assert (header["alg"], header["typ"]) == (algorithm, "at+jwt"), header
    kids.add(header["kid"])
    claims = verified(text)
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (CLIENT_ID, CLIENT_ID, "odata"), claims
    assert claims["exp"] - claims["iat"] == 3600, claims
    refused(jwt.InvalidAudienceError, lambda text=text: verified(text, audience="https://other.example.com"))
    refused(jwt.InvalidIssuerError, lambda text=text: verified(text, issuer="https://other.example.com"))
    # One letter of the claims is another.
    head, body, signature = text.split(".")
    changed = ".".join([head, body[:20] + ("A" if body[20] != "A" else "B") + body[21:], signature])
    refused(jwt.InvalidTokenError, lambda changed=changed: verified(changed))
assert len(kids) == 2, kids
assert {key.key_id for key in published.get_signing_keys()} >= kids

# For one resource alone.
assert verified(token("ES256", resource=ODATA), audience=ODATA)["aud"] == ODATA
