"""authlib finds the token endpoint by discovery, gets tokens in every way, and reads by OData."""

import json
import time

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7662 import IntrospectionToken
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.jwk import ECKey, RSAKey

from site_under_test import CLIENT, CLIENT_ID, CLIENT_SECRET, ODATA, hookgate, issuer, refused

ISSUER = issuer()

# Discovery, and what RFC 8414 demands of it.
found = requests.get(get_well_known_url(ISSUER, external=True), timeout=30).json()
metadata = AuthorizationServerMetadata(found)
metadata.validate()
assert metadata["issuer"] == ISSUER, metadata
assert "client_credentials" in metadata["grant_types_supported"], metadata
endpoint = metadata["token_endpoint"]
other = requests.get(get_well_known_url(ISSUER, external=True, suffix="openid-configuration"), timeout=30).json()
assert other == found
# Hookgate is no OpenID provider: it has tokens for programs, and signs nobody in.
refused(ValueError, OpenIDProviderMetadata(other).validate)


def read(session, way):
    answer = session.get(ODATA + "/Contact", params={"$top": 1}, timeout=30)
    assert answer.status_code == 200, (way, answer.status_code, answer.text)
    assert "value" in answer.json(), way
    session.close()


for way in ["client_secret_basic", "client_secret_post"]:
    assert way in metadata["token_endpoint_auth_methods_supported"]
    session = OAuth2Session(CLIENT_ID, CLIENT_SECRET, scope="odata", token_endpoint_auth_method=way)
    token = session.fetch_token(endpoint, grant_type="client_credentials")
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, "odata"), token
    read(session, way)

# A wrong secret is the error that the library knows.
session = OAuth2Session(CLIENT_ID, "wrong")
error = refused(AuthlibBaseError, lambda: session.fetch_token(endpoint, grant_type="client_credentials"))
assert error.error == "invalid_client", error

# Keys that are made here; Hookgate gets their public parts.
assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
keys = {
    "ES256": ECKey.generate_key("P-256", auto_kid=True),
    "RS256": RSAKey.generate_key(2048, auto_kid=True),
}
public = {"keys": [key.as_dict(private=False) for key in keys.values()]}
hookgate("client", "set-keys", CLIENT, "-", reading=json.dumps(public))


def asserted(algorithm, **more):
    key = keys[algorithm]
    session = OAuth2Session(CLIENT_ID, key, token_endpoint_auth_method="private_key_jwt")
    session.register_client_auth_method(PrivateKeyJWT(endpoint, alg=algorithm, headers={"kid": key.kid}, **more))
    session.fetch_token(endpoint, grant_type="client_credentials")
    return session


for algorithm in keys:
    assert algorithm in metadata["token_endpoint_auth_signing_alg_values_supported"]
    read(asserted(algorithm, claims={"aud": ISSUER, "exp": int(time.time()) + 120}), algorithm)
# What the library does by itself, the token endpoint as the audience and an hour of life, is
# taken where that is set.
error = refused(AuthlibBaseError, lambda: asserted("ES256"))
assert error.error == "invalid_client", error
hookgate("client", "set", CLIENT, "--endpoint-audience", "on")
read(asserted("ES256"), "endpoint audience")

# Looked at and revoked.
session = OAuth2Session(CLIENT_ID, CLIENT_SECRET)
token = session.fetch_token(endpoint, grant_type="client_credentials")["access_token"]
shown = session.introspect_token(metadata["introspection_endpoint"], token=token).json()
assert IntrospectionToken(shown).get_client_id() == CLIENT_ID and shown["active"] is True, shown
assert session.revoke_token(metadata["revocation_endpoint"], token=token).status_code == 200
assert session.introspect_token(metadata["introspection_endpoint"], token=token).json() == {"active": False}
assert session.get(ODATA + "/Contact", timeout=30).status_code == 401
