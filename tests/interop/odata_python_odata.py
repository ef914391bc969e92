"""python-odata makes its classes from $metadata, and reads, filters, expands and writes with them."""

import datetime

from oauthlib.oauth2 import BackendApplicationClient
from odata import ODataService
from odata.exceptions import ODataError
from requests_oauthlib import OAuth2Session

from site_under_test import CANADA, CLIENT_ID, CLIENT_SECRET, ODATA, TOKEN, refused

session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))
session.fetch_token(TOKEN, client_secret=CLIENT_SECRET, include_client_id=True)
service = ODataService(ODATA, session=session, reflect_entities=True, quiet_progress=True)
Contact, Country, Order = (service.entities[name] for name in ["Contact", "Country", "Order"])
assert {"Webhook", "WebhookStatus", "WebhookParsingError", "Account"} <= set(service.entities)

# Writing: the library sends every property, also those that Hookgate fills itself.
canada = service.query(Country).filter(Country.Name == "Canada").one()
assert canada.Id == CANADA
made = []
for name, country in [("Ada O'Neil", canada), ("Bo & Co + 100%", None), ("Zoë 東京", canada)]:
    contact = Contact()
    contact.Name = name
    contact.BirthDate = "1999-12-31"
    if country is not None:
        contact.Country = country
    service.save(contact)
    assert contact.Id and contact.CreatedOn.year >= 2024, contact.__odata__
    made.append(contact.Id)
order = Order()
order.PaymentAmount = 12.5
service.save(order)
assert str(order.PaymentAmount) in ("12.5", "12.50"), order.PaymentAmount
assert order.Number.startswith("ORD-"), order.Number

# Reading and filtering.
people = service.query(Contact)
for name in ["Ada O'Neil", "Bo & Co + 100%", "Zoë 東京"]:
    found = people.filter(Contact.Name == name).one()
    assert (found.Name, found.BirthDate) == (name, "1999-12-31")
in_canada = people.filter(Contact.Country.Name == "Canada").order_by(Contact.Name.desc()).all()
assert [contact.Name for contact in in_canada] == ["Zoë 東京", "Ada O'Neil"]
assert people.filter(Contact.Name.startswith("Bo")).count() == 1
either = people.filter((Contact.Name.contains("O'N")) | (Contact.Name.endswith("京"))).order_by(Contact.Name.asc())
assert [contact.Id for contact in either] == [made[0], made[2]]
lacks = people.filter(Contact.Name.lacks("Co")).filter(Contact.BirthDate.not_null()).all()
assert {contact.Id for contact in lacks} == {made[0], made[2]}
earlier = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
assert people.filter(Contact.CreatedOn >= earlier).count() == 3
assert people.filter(Contact.CreatedOn < earlier).count() == 0
assert people.get(made[1]).Name == "Bo & Co + 100%"
rows = people.select(Contact.Id, Contact.Name).order_by(Contact.Name.asc()).limit(1).offset(1).all()
assert [(row["Id"], row["Name"]) for row in rows] == [(made[1], "Bo & Co + 100%")]

# What a lookup refers to, shown with the record or asked for.
expanded = people.filter(Contact.Country.Name == "Canada").expand(Contact.Country).order_by(Contact.Name.asc()).first()
assert (expanded.Country.Name, expanded.Country.Id) == ("Canada", CANADA)
assert people.get(made[2]).Country.Name == "Canada"
assert people.get(made[1]).Country is None

# Changing and deleting.
contact = people.get(made[0])
before = contact.ModifiedOn
contact.Name = "Ada Best"
contact.BirthDate = None
service.save(contact)
assert contact.Name == "Ada Best" and contact.ModifiedOn >= before
# What is empty is no null: it is found by the value that is shown.
contact = people.get(made[0])
assert (contact.Country.Name, contact.BirthDate, contact.DoNotUseEmail) == ("Canada", "0001-01-01", False)
assert people.filter(Contact.DoNotUseEmail == False).count() == 3  # noqa: E712
assert people.filter(Contact.BirthDate.is_null()).count() == 1
for id in made:
    service.delete(people.get(id))
assert people.count() == 0

# Errors say what to do, in words that the library shows.
error = refused(ODataError, lambda: people.raw({"$filter": "Nme eq 'x'"}))
assert "position 1" in str(error) and "did you mean 'Name'?" in str(error), error
lead = service.entities["Lead"]
error = refused(ODataError, lambda: service.query(lead).count())
assert "403" in str(error), error
