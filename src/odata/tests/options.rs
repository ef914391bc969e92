use super::super::query::skip_token;
use super::*;

/// Indexes as names, for people who read a test.
fn selected(set: &str, select: Option<&Vec<usize>>) -> Option<Vec<String>> {
    let catalog = catalog();
    let entity_type = type_of(catalog, set);
    let name = |index: &usize| entity_type.properties[*index].name.clone();
    select.map(|select| select.iter().map(name).collect())
}

#[test]
fn all_options_at_once() {
    let query = "$filter=Name%20eq%20%27a%2Bb+%26+c%27&$orderby=Country/Name+desc,+Name,createdon%20ASC&$select=Name,Email\
                 &$expand=Country($select=Name)&$top=10&$skip=5&$count=true&$skiptoken=x%3D1\
                 &$format=application/json;odata.metadata=minimal";
    let options = options_on("Contact", query).unwrap();
    assert_eq!(options.filter.unwrap().to_string(), "Name eq 'a+b & c'");
    let order: Vec<_> = options
        .order
        .iter()
        .map(|by| (by.path.text.as_str(), by.descending))
        .collect();
    assert_eq!(order, [("Country/Name", true), ("Name", false), ("CreatedOn", false)]);
    assert_eq!(selected("Contact", options.select.as_ref()).unwrap(), ["Name", "Email"]);
    assert_eq!((options.top, options.skip, options.count), (Some(10), 5, true));
    assert!(options.resumes);
    assert_eq!(skip_token(query).as_deref(), Some("x=1"));
    assert_eq!(skip_token("$top=1&SkipToken=y").as_deref(), Some("y"));
    assert_eq!(skip_token("$top=1&token=y"), None);
    let [country] = &*options.expand else {
        panic!("one expansion")
    };
    assert_eq!(country.name, "Country");
    assert_eq!(selected("Country", country.select.as_ref()).unwrap(), ["Name"]);
}

#[test]
fn nothing_is_asked_for() {
    for query in ["", "&&", "sid=7&utm_source=x%zz", "=", "Top10=1&$count=false"] {
        assert_eq!(options_on("Contact", query), Ok(QueryOptions::default()), "{query}");
    }
}

#[test]
fn names_in_any_case_and_without_the_sign() {
    for query in [
        "$top=3&$skip=2",
        "$TOP=3&$Skip=2",
        "top=3&skip=2",
        "%24top=3&&%24skip=2",
    ] {
        let options = options_on("Contact", query).unwrap();
        assert_eq!((options.top, options.skip), (Some(3), 2), "{query}");
    }
}

#[test]
fn selections() {
    for (text, expected) in [
        ("name , NAME,Id", Some(vec!["Name", "Id"])),
        ("*", None),
        ("Name,*", None),
        ("Name,Country", Some(vec!["Name"])),
        ("CountryId", Some(vec!["CountryId"])),
    ] {
        let options = options_on("Contact", &format!("$select={text}")).unwrap();
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(selected("Contact", options.select.as_ref()), expected, "{text}");
    }
}

#[test]
fn a_star_expands_what_is_not_named() {
    let names = |expand: &[Expand]| -> Vec<String> { expand.iter().map(|part| part.name.clone()).collect() };
    let all = options_on("UsrThing", "$expand=*").unwrap().expand;
    assert_eq!(names(&all), ["CreatedBy", "ModifiedBy", "Parent", "Owner"]);
    assert!(all.iter().all(|part| part.by_star));
    for query in [
        "$expand=Owner($select=Name),*",
        "$expand=*,Owner($select=Name)",
        "$expand=*,*,Owner($select=Name)",
    ] {
        let expand = options_on("UsrThing", query).unwrap().expand;
        assert_eq!(expand.len(), 4, "{query}");
        let owner = expand.iter().find(|part| part.name == "Owner").unwrap();
        assert!(owner.select.is_some() && !owner.by_star, "{query}");
    }
}

#[test]
fn expansions_within_expansions() {
    let query = "$expand=Owner($expand=country($select=Name,Description),Account;$select=Name),Country";
    let options = options_on("Lead", query).unwrap();
    let [owner, country] = &*options.expand else {
        panic!("two expansions")
    };
    assert_eq!((owner.name.as_str(), country.name.as_str()), ("Owner", "Country"));
    assert_eq!(selected("Contact", owner.select.as_ref()).unwrap(), ["Name"]);
    let inner: Vec<_> = owner.expand.iter().map(|expand| expand.name.as_str()).collect();
    assert_eq!(inner, ["Country", "Account"]);
    assert_eq!(
        selected("Country", owner.expand[0].select.as_ref()).unwrap(),
        ["Name", "Description"]
    );
    let catalog = catalog();
    assert_eq!(owner.target, type_of(catalog, "Contact").set);
    assert_eq!(type_of(catalog, "Lead").properties[owner.property].name, "OwnerId");
    assert_eq!(country.select, None);
}

/// Queries on `UsrThing` that are wrong, and what is said.
const BAD: &[(&str, &str)] = &[
    (
        "$search=x",
        "$search: it is not supported; write contains(Name,'…') in $filter, for each property to search in",
    ),
    (
        "apply=x",
        "$apply: it is not supported; read the records and add them up, or count with $count",
    ),
    (
        "$Compute=x",
        "$compute: it is not supported; read the records and compute with them",
    ),
    ("$fliter=x", "$fliter: it is not supported; did you mean '$filter'?"),
    ("$top=1&$Top=2", "$top: it is in the query more than once; send it once"),
    ("$top=1&top=1", "$top: it is in the query more than once; send it once"),
    ("$top=-1", "$top: it must be a whole number of 0 or more, not '-1'"),
    ("$top=%2B1", "$top: it must be a whole number of 0 or more, not '+1'"),
    ("$top=", "$top: it is empty; write something or leave it out"),
    ("$filter", "$filter: it is empty; write something or leave it out"),
    ("$filter=+", "$filter: it is empty; write something or leave it out"),
    (
        "$skip=99999999999999999999",
        "$skip: it must be a whole number of 0 or more, not '99999999999999999999'",
    ),
    ("$count=yes", "$count: it must be true or false, not 'yes'"),
    ("$format=atom", "$format: there is json only, not 'atom'"),
    (
        "$filter=%zz",
        "$filter: '%' must be followed by two hexadecimal digits; write %25 for a percent sign",
    ),
    (
        "$filter=%ff",
        "$filter: the text is not UTF-8; percent-encode it as UTF-8",
    ),
    (
        "$filter=Nam%20eq%201",
        "$filter, position 1: there is no property 'Nam' on UsrThing; did you mean 'Name'?",
    ),
    (
        "$orderby=Name,Nam",
        "$orderby, position 6: there is no property 'Nam' on UsrThing; did you mean 'Name'?",
    ),
    (
        "$orderby=Owner",
        "$orderby, position 1: Owner is a lookup; write OwnerId for its id, or a path such as Owner/Name",
    ),
    (
        "$orderby=Name down",
        "$orderby, position 6: asc, desc or a comma is expected here, not 'down'",
    ),
    (
        "$orderby=Name,",
        "$orderby, position 6: the name of a property is missing before the end",
    ),
    (
        "$orderby=length(Name)",
        "$orderby, position 7: $orderby accepts properties only, not functions",
    ),
    (
        "$select=Name,Nmae",
        "$select, position 6: there is no property 'Nmae' on UsrThing; did you mean 'Name'?",
    ),
    (
        "$select=Name Size",
        "$select, position 6: a comma is expected here, not 'Size'",
    ),
    (
        "$select=Name,",
        "$select, position 6: the name of a property is missing before the end",
    ),
    (
        "$select=Owner/Name",
        "$select, position 6: $select does not support paths; use $expand=Country($select=Name) to get the columns of a lookup",
    ),
    (
        "$expand=Name",
        "$expand, position 1: Name is not a lookup; nothing can follow it",
    ),
    (
        "$expand=OwnerId",
        "$expand, position 1: OwnerId is an id; write Owner to follow it",
    ),
    (
        "$expand=Ownr",
        "$expand, position 1: there is no lookup 'Ownr' on UsrThing; did you mean 'Owner'?",
    ),
    (
        "$filter=Name%20eq%20@name&@name='x'",
        "$filter, position 9: parameter aliases are not supported; write the value itself",
    ),
    (
        "@name='x'",
        "@name: parameter aliases are not supported; write the value itself into $filter",
    ),
    (
        "$filter=At+gt+2026-11-23T10:00:00+02:00",
        "$filter, position 27: a '+' in an address is a space; write '+02:00' as '%2B02:00' (an operator is missing before '02:00'; there are eq, ne, gt, ge, lt, le, in, and, or)",
    ),
    (
        "$filter=At%20in%20(2026-11-23T10%3A00%3A00.5+0230)",
        "$filter, position 30: a '+' in an address is a space; write '+0230' as '%2B0230' (an operator is missing before '0230'; there are eq, ne, gt, ge, lt, le, in, and, or)",
    ),
    (
        "$filter=Hour+eq+10:00:00+20",
        "$filter, position 18: an operator is missing before '20'; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "$expand=*,Name",
        "$expand, position 3: Name is not a lookup; nothing can follow it",
    ),
    (
        "$expand=Owner,*,Owner",
        "$expand, position 9: Owner is here twice; write it once",
    ),
    (
        "$expand=Owner($filter=Name%20eq%20'x')",
        "$expand, position 7: within $expand there are $select and $expand only, not '$filter': a lookup refers to one record; put a condition on it into the outer $filter, as in Owner/Name eq 'a'",
    ),
    (
        "$expand=Owner/Name",
        "$expand, position 6: $expand does not support paths; use Owner($expand=…)",
    ),
    (
        "$expand=Owner,owner",
        "$expand, position 7: Owner is here twice; write it once",
    ),
    (
        "$expand=Owner($select=Nmae)",
        "$expand, position 15: there is no property 'Nmae' on Contact; did you mean 'Name'?",
    ),
    (
        "$expand=Owner($select=Name",
        "$expand, position 6: this '(' is never closed",
    ),
    (
        "$expand=Owner($top=1)",
        "$expand, position 7: within $expand there are $select and $expand only, not '$top': a lookup refers to one record; put a condition on it into the outer $filter, as in Owner/Name eq 'a'",
    ),
    (
        "$expand=Owner($select=Id;$select=Id)",
        "$expand, position 18: $select is here twice; write it once",
    ),
    (
        "$expand=Owner()",
        "$expand, position 7: $select or $expand is expected here, not ')'",
    ),
    (
        "$expand=Owner($select Name)",
        "$expand, position 15: '=' is expected here, not 'Name'",
    ),
    (
        "$expand=Owner Name",
        "$expand, position 7: a comma or '(' is expected here, not 'Name'",
    ),
    (
        "$expand=Parent($expand=Parent($expand=Parent($expand=Parent)))",
        "$expand, position 46: $expand may be 3 levels deep, not more",
    ),
];

#[test]
fn bad_options_are_refused_with_the_place_and_the_reason() {
    let mut wrong = Vec::new();
    for (query, expected) in BAD {
        match options_on("UsrThing", query) {
            Ok(_) => wrong.push(format!("{query}\n  accepted")),
            Err(error) if error.to_string() != *expected => wrong.push(format!("{query}\n  {expected}\n  {error}")),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_more_than_the_bounds() {
    let order = vec!["Name"; MAX_ORDER + 1].join(",");
    let error = options_on("UsrThing", &format!("$orderby={order}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "$orderby, position 101: $orderby may name 20 properties, not more"
    );
    let contact = "Country,Region,City,Gender,Account";
    let within = format!("Contact($expand={contact}),Owner($expand={contact}),Status,Currency");
    let fourteen = options_on("Order", &format!("$expand={within}")).unwrap();
    assert_eq!(fourteen.expand.len(), 4);
    let places = "Country,Region,City";
    let more = format!("{within},Account($expand={places})");
    let more = more.replace("Gender,Account", &format!("Gender,Account($expand={places})"));
    let error = options_on("Order", &format!("$expand={more}")).unwrap_err();
    assert_eq!(error.problem, "$expand may name 20 lookups, not more");
}
