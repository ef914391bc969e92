"""odatapy reads $metadata into its own model; with it, it reads typed, pages, writes and batches."""

import datetime
import uuid
from decimal import Decimal

from odatapy.client import (
    EdmEnabledODataClient,
    Field,
    HttpxTransport,
    NotModified,
    OAuth2ClientCredentialsAuth,
    ODataClientError,
    OrderBy,
)
from odatapy.client.filters import contains, startswith, tolower, year

from site_under_test import CANADA, CLIENT, CLIENT_ID, CLIENT_SECRET, ODATA, TOKEN, refused

PEOPLE = 25

auth = OAuth2ClientCredentialsAuth(TOKEN, CLIENT_ID, CLIENT_SECRET)
client = EdmEnabledODataClient(ODATA, HttpxTransport(auth=auth), odata_version="4.0")


def values(entity):
    return {property.name: property.value for property in entity.properties}


def contacts():
    return client.entity_set_uri("Contact")


def contact(id):
    return client.entity_uri("Contact", uuid.UUID(id))


# $metadata and the service document say the same.
edm = client.get_edm()
listed = set(client.get_service_document().entity_sets)
sets = {entity_set.name: entity_set for entity_set in edm.entity_container.entity_sets}
assert set(sets) == listed and "Contact" in listed, listed
for entity_set in sets.values():
    entity_type = entity_set.entity_type
    assert entity_type.key_predicate_names == ["Id"], entity_set.name
    for property in entity_type.get_properties():
        assert property.is_primitive, (entity_set.name, property.name)
    for navigation in entity_type.get_navigation_properties():
        target = entity_set.get_binding_target(navigation.name)
        assert sets[target].entity_type.name == navigation.type.name, (entity_set.name, navigation.name)
        for dependent in navigation.dependent_property_names:
            assert entity_type.get_structural_property(dependent).type_fqn == "Edm.Guid", dependent
person = sets["Contact"].entity_type
assert person.get_structural_property("CreatedOn").get_annotation_value("Org.OData.Core.V1.Computed") is True
assert person.get_structural_property("Name").facets.max_length == 250

# Writing.
made = client.create_entity_result(
    "Contact",
    {"Name": "Ada Best", "Email": "ada@example.com", "BirthDate": datetime.date(1999, 12, 31), "CountryId": CANADA},
)
assert made.status_code == 201
ada = values(made.entity)
id = str(ada["Id"])
assert made.location == contact(id).build(), (made.location, contact(id).build())
assert (ada["BirthDate"], ada["CountryId"]) == (datetime.date(1999, 12, 31), uuid.UUID(CANADA)), ada
assert isinstance(ada["CreatedOn"], datetime.datetime) and ada["CreatedOn"].tzinfo is not None, ada
named = str(uuid.uuid4())
order = client.create_entity("Order", {"Id": named, "PaymentAmount": Decimal("1234567.89")})
assert values(order)["PaymentAmount"] == Decimal("1234567.89") and str(values(order)["Id"]) == named, order

# Numbers as texts, for programs without exact numbers.
exact = EdmEnabledODataClient(ODATA, HttpxTransport(auth=auth), odata_version="4.0", ieee754_compatible=True)
assert values(exact.get_entity(exact.entity_uri("Order", uuid.UUID(named))))["PaymentAmount"] == Decimal("1234567.89")
payment = client.entity_uri("Order", uuid.UUID(named)).append_property_segment("PaymentAmount")
exact.update_entity(exact.entity_uri("Order", uuid.UUID(named)), {"PaymentAmount": Decimal("0.01")})
assert client.get_property_value(payment) in (0.01, Decimal("0.01"))

# ETags: a record that is as it was is not sent again; a change that comes too late is refused.
read = client.get_entity(contact(id))
assert read.etag and isinstance(client.get_entity(contact(id), if_none_match=read.etag), NotModified)
changed = client.update_entity(contact(id), {"JobTitle": "Engineer"}, etag=read.etag)
assert changed.status_code == 204
error = refused(ODataClientError, lambda: client.update_entity(contact(id), {"JobTitle": "Late"}, etag=read.etag))
assert error.status_code == 412, error
shown = client.update_entity(contact(id), {"JobTitle": "Chief"}, return_representation=True)
assert values(shown.entity)["JobTitle"] == "Chief"
error = refused(ODataClientError, lambda: client.update_entity(contact(id), {"BirthDate": "yesterday"}))
assert error.status_code == 400 and "BirthDate" in str(error), error

# A batch: one group that is done whole, and reads beside it.
batch = client.batch()
assert batch.format == "multipart"
group = batch.add_changeset()
for number in range(PEOPLE - 1):
    group.create("Contact", {"Name": f"Person {number:02}", "DoNotUseEmail": number % 2 == 0})
batch.add_retrieve(contacts().top(1))
answered = client.execute_batch(batch)
assert [part.status_code for part in answered] == [201] * (PEOPLE - 1) + [200], [part.status_code for part in answered]
for form in ["multipart", "json"]:
    batch = client.batch(format=form, continue_on_error=True)
    group = batch.add_changeset()
    group.create("Contact", {"Name": "Not kept"})
    group.create("Contact", {"Name": "Wrong", "BirthDate": "x"})
    batch.add_retrieve(contacts().top(1))
    answered = client.execute_batch(batch)
    assert answered.errors and [*answered][-1].status_code == 200, form
    assert client.get_count(contacts()) == PEOPLE, form

# Reading: a filter, an order, a part, a count, and what a lookup refers to.
page = client.get_entity_set(
    contacts()
    .filter(startswith(Field("Name"), "Person"))
    .orderby(OrderBy().desc(Field("Name")))
    .select("Id", "Name")
    .top(3)
    .skip(1)
    .count()
)
assert page.count == PEOPLE - 1
assert [values(entity)["Name"] for entity in page.entities] == ["Person 22", "Person 21", "Person 20"]
in_canada = Field("Country/Name").eq("Canada") & Field("BirthDate").le(datetime.date(2000, 1, 1))
page = client.get_entity_set(contacts().filter(in_canada).expand("Country($select=Name),CreatedBy($select=Name)"))
assert [str(values(entity)["Id"]) for entity in page.entities] == [id]
assert values(page.entities[0].get_navigation_link("Country").inline_entity)["Name"] == "Canada"
assert values(page.entities[0].get_navigation_link("CreatedBy").inline_entity)["Name"] == CLIENT
empty = values(page.entities[0])
assert (empty["DoNotUseEmail"], values(order)["Amount"]) == (False, 0), empty
for filter, count in [
    (Field("DoNotUseEmail").eq(True), PEOPLE // 2),
    (Field("DoNotUseEmail").eq(False), PEOPLE - PEOPLE // 2),
    (Field("Id").in_([uuid.UUID(id), uuid.UUID(named)]), 1),
    (Field("CreatedOn").gt(ada["CreatedOn"] - datetime.timedelta(seconds=1)), PEOPLE),
    (year(Field("BirthDate")).eq(1999) & contains(tolower(Field("Name")), "best"), 1),
    (~startswith(Field("Name"), "Person"), 1),
]:
    assert client.get_count(contacts().filter(filter)) == count, filter

# Paging: each record once, whatever the size of a page.
for size in [1, 7, PEOPLE, 1000]:
    pages = list(client.iter_pages(contacts().orderby("Name"), max_page_size=size))
    assert len(pages) == -(-PEOPLE // size), (size, len(pages))
    names = [values(entity)["Name"] for page in pages for entity in page.entities]
    assert names == ["Ada Best", *(f"Person {number:02}" for number in range(PEOPLE - 1))], (size, names)

# Webhooks are read like records, and by nobody written.
assert client.get_entity_set(client.entity_set_uri("Webhook").expand("Status").top(5)).entities == []
statuses = client.get_entity_set(client.entity_set_uri("WebhookStatus"))
assert {"New", "Done", "Failed"} <= {values(status)["Name"] for status in statuses.entities}
error = refused(ODataClientError, lambda: client.create_entity("Webhook", {"RequestBody": "{}"}))
assert error.status_code == 405, error

# Deleting.
for entity in client.iter_entities(contacts().select("Id")):
    client.delete_entity(contact(str(values(entity)["Id"])))
assert client.get_count(contacts()) == 0
error = refused(ODataClientError, lambda: client.get_entity(contact(id)))
assert error.status_code == 404, error
