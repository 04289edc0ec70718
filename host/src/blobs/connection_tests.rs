use super::*;

fn parse(text: &str) -> Result<Connection, InvalidConnection> {
    Connection::parse(text, Path::new("/app"))
}

#[test]
fn folders() {
    for (text, root, made) in [
        ("file:///data/blobs", "/data/blobs", false),
        ("file://data", "/app/data", false),
        ("file://../shared/a b", "/app/../shared/a b", false),
        ("UseDevelopmentStorage=true", "/app/.fnhost/blobs", true),
        (" usedevelopmentstorage=TRUE; ", "/app/.fnhost/blobs", true),
    ] {
        assert_eq!(parse(text), Ok(Connection::Folder { root: root.into(), made }), "{text}");
    }
}

#[test]
fn object_stores() {
    let amazon = S3Address {
        endpoint: None,
        region: Some("eu-central-1".into()),
        path_style: false,
        keys: None,
        place: Place::Buckets,
    };
    assert_eq!(parse("s3://?region=eu-central-1"), Ok(Connection::S3(amazon.clone())));
    assert_eq!(parse("s3://"), Ok(Connection::S3(S3Address { region: None, ..amazon.clone() })));
    let keys = |id: &str, secret: &str, token: Option<&str>| {
        Some(Keys { id: id.into(), secret: secret.into(), token: token.map(str::to_owned) })
    };
    let minio = S3Address {
        endpoint: Some("http://127.0.0.1:9000".into()),
        region: Some("us-east-1".into()),
        path_style: true,
        keys: keys("minio", "a/b+c@d", None),
        place: Place::Buckets,
    };
    for text in
        ["s3://minio:a/b+c@d@127.0.0.1:9000?tls=false", "s3://minio:a%2Fb%2Bc%40d@127.0.0.1:9000/?tls=false"]
    {
        assert_eq!(parse(text), Ok(Connection::S3(minio.clone())), "{text}");
    }
    let one_bucket = S3Address {
        endpoint: Some("https://[::1]:9000".into()),
        region: Some("x".into()),
        path_style: false,
        keys: keys("k", "s", Some("t=")),
        place: Place::Bucket { name: "data".into(), prefix: "apps/x/".into() },
    };
    let text = "s3://k:s@[::1]:9000?region=x&pathStyle=false&bucket=data&prefix=/apps/x&sessionToken=t=";
    assert_eq!(parse(text), Ok(Connection::S3(one_bucket)));
}

#[test]
fn errors_say_what_is_wrong_and_show_no_secret() {
    for (text, found, why) in [
        ("", "empty text", "it is empty"),
        ("file://", "`file://`", "the folder is missing"),
        ("S3cret", "the text", "it does not begin with a known kind"),
        ("http://S3cret", "`http…`", "it does not begin with a known kind"),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=S3cret",
            "`DefaultEndpointsProtocol…`",
            "this host does not speak to Azure's storage accounts",
        ),
        ("s3://bucket/prefix", "`s3://…`", "what stands before `?` is no HOST or HOST:PORT"),
        ("s3://k:S3cret@host:99999", "`s3://…`", "what stands before `?` is no HOST or HOST:PORT"),
        ("s3://S3cret@host", "`s3://…@host…`", "not KEY:SECRET"),
        ("s3://:S3cret@host", "`s3://…@host…`", "KEY or SECRET is empty"),
        ("s3://k:S3cret%2@host", "`s3://…@host…`", "a `%` that is not followed"),
        ("s3://k:S3cret%ff@host", "`s3://…@host…`", "SECRET is no UTF-8"),
        ("s3://k:S3@host?cret=1", "`s3://…@host…`", "an unknown parameter"),
        ("s3://host?S3cret", "`s3://…`", "a parameter has no `=`"),
        ("s3://host?region=", "`s3://…`", "`region` is empty"),
        ("s3://host?region=a&region=b", "`s3://…`", "`region` is there twice"),
        ("s3://host?region=a%20b", "`s3://…`", "`region` is no region"),
        ("s3://host?pathStyle=yes", "`s3://…`", "`pathStyle` is neither true nor false"),
        ("s3://?tls=false", "`s3://…`", "`tls=false` needs a host"),
        ("s3://host?prefix=a", "`s3://…`", "`prefix` needs `bucket`"),
        ("s3://host?bucket=a/b", "`s3://…`", "`bucket` is no bucket"),
        ("s3://host?bucket=a&prefix=b/../c", "`s3://…`", "`prefix` has an empty part"),
        ("s3://host?sessionToken=S3cret", "`s3://…`", "needs KEY:SECRET@"),
    ] {
        let error = parse(text).unwrap_err();
        let whole = error.to_string();
        assert_eq!(error.found, found, "{text}");
        assert!(error.why.contains(why), "{text}: {}", error.why);
        assert!(whole.contains("allowed: `file:///folder`") && !whole.contains("S3cret"), "{whole}");
    }
    let shown = format!("{:?}", parse("s3://k:S3cret@host?sessionToken=S3cret2").unwrap());
    assert!(!shown.contains("S3cret"), "{shown}");
}
