//! The stable codes of all problems that a function app can have, each with what it means and what to do.
//!
//! Codes are for people who search and for machines that filter, so a code never changes its meaning and is never
//! reused. `docs/reference/problems.md` is generated from this list (`reference.rs`).

use std::fmt;

macro_rules! codes {
    ($($variant:ident $code:literal $title:literal $text:literal)*) => {
        /// Code of one kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!($code, ": ", $title, ".")] $variant,)*
        }

        impl Code {
            /// All codes in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as users see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What is wrong, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Why it is a problem and what to do.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    Unreadable "FN0101" "a file or folder cannot be read"
        "The operating system refused. Check that it exists, that it is of the right kind and that this user may read it."
    Syntax "FN0102" "not valid TOML"
        "The text does not follow TOML. Text values stand in quotes, tables in `[brackets]`, a key may occur once per table."
    TwoSpellings "FN0103" "two files for one thing"
        "A TOML file and its JSON twin stand side by side and it is unclear which one counts. Delete one of them."
    JsonOnly "FN0104" "only the JSON spelling is there"
        "This version reads TOML. The keys and their nesting are the same as in JSON: write the same content as TOML."
    NoHostFile "FN0105" "the app has no host file"
        "A folder is a function app when it holds `host.toml`. The smallest one is the line `version = \"2.0\"`."
    NotUtf8 "FN0106" "not UTF-8 text"
        "Configuration files are UTF-8, with or without a byte order mark. Save the file in that encoding."
    StrayFile "FN0107" "a file that nothing reads"
        "A function file counts only as `<FunctionName>/function.toml`, spelt in lower case. Move or rename the file."
    UnknownKey "FN0201" "unknown key"
        "Nothing reads this key, so a typing error would go unnoticed for ever. Correct or remove it."
    MisplacedKey "FN0202" "a key in the wrong place"
        "The key exists, but in another table or another file, and has no effect here. Move it."
    WrongType "FN0203" "a value of the wrong type"
        "For example text where a number is needed. The message says what the key takes."
    BadValue "FN0204" "a value that is not allowed"
        "The type is right, but the value is out of range, not one of the choices or badly formed."
    MissingKey "FN0205" "a key that must be there is missing"
        "Add the key; the message says what it takes."
    KeyTwice "FN0206" "one key written twice"
        "Keys are read without regard to case, so `routePrefix` and `RoutePrefix` in one table are the same key. Keep one."
    RefusedKey "FN0207" "a key that is no longer supported"
        "The key belongs to an older generation of function apps. The message says what replaces it."
    SettingMissing "FN0208" "a setting that is not there"
        "`%NAME%` stands for the setting NAME, which is neither in the environment nor in `local.settings.toml`. Add it."
    BadExpression "FN0209" "a malformed `%NAME%`"
        "A percent sign opens the name of a setting and needs a second one that closes it. A literal percent sign is `%%`."
    IgnoredKey "FN0210" "a key without effect here"
        "The key is known from Azure and accepted, so that an app can run in both places, but this host does not need it."
    NotYet "FN0211" "a key of a later version"
        "The key is known, but what it asks for is not built yet. The app runs without it."
    Encrypted "FN0212" "encrypted settings"
        "This host does not read encrypted settings files. Write plain values or pass secrets by the environment."
    KeysDisagree "FN0301" "keys that contradict each other"
        "Each value is allowed, but not all of them together. The message names them."
    UnknownOverride "FN0302" "an override that names no host key"
        "`AzureFunctionsJobHost__path__to__key` replaces the host key `path.to.key`; there is no such key."
    UnknownFunction "FN0303" "`functions` names a function that is not there"
        "The list `functions` says which functions run. Correct the name or remove it."
    BadFunctionName "FN0401" "a name that a function cannot have"
        "A function is named after its folder: a letter, then up to 127 letters, digits, `_` or `-`; not `host`."
    SameFunctionName "FN0402" "two functions of one name"
        "Names are compared without regard to case and groups do not count. None of them runs until one folder is renamed."
    NoTrigger "FN0403" "a function without a trigger"
        "Exactly one binding of a function is a trigger: it says what starts the function."
    ManyTriggers "FN0404" "a function with several triggers"
        "Exactly one binding of a function is a trigger. Split the function, or remove the other triggers."
    BadRetry "FN0405" "a retry policy that does not fit"
        "`fixedDelay` takes `delayInterval`; `exponentialBackoff` takes `minimumInterval`, `maximumInterval` and \
         `backoffCoefficient`."
    BadDisabled "FN0406" "a switch that is neither on nor off"
        "A setting that disables a function is `true`, `false`, `1` or `0`."
    SameDurableName "FN0408" "two durable functions of one name"
        "Activities, orchestrators and entities are called by name, without regard to case: each kind needs distinct names."
    BadSchedule "FN0409" "a schedule that cannot be read"
        "Six fields `{second} {minute} {hour} {day} {month} {weekday}`, five without seconds, or a time-span. \
         docs/timers.md has the language."
    BadTimeZone "FN0410" "an unknown time zone"
        "Time zones go by their names in the IANA database, such as `Europe/Berlin` or `UTC`."
    NeverDue "FN0411" "a schedule that is never due"
        "No year has such a date, 30 February for example, so the function would never run."
    OddSchedule "FN0412" "a schedule that may not mean what it says"
        "It is valid, but is read in another way than most people would. The message says how."
    UnknownBinding "FN0501" "unknown binding type"
        "The message lists the types that this host offers."
    WrongDirection "FN0502" "a direction that the binding cannot have"
        "A trigger is `in`; other bindings bring data `in`, carry it `out`, or both, as the message says."
    BadBindingName "FN0503" "a name that a binding cannot have"
        "A letter, then up to 127 letters and digits; or `$return` for the function's own result."
    SameBindingName "FN0504" "two bindings of one name"
        "The name is how the function's code gets at the data, so it is unique within a function."
    BindingMisfit "FN0505" "a binding that does not fit the trigger"
        "For example an `http` answer in a function that no HTTP request starts."
    BadBlobPath "FN0507" "a malformed path of a blob"
        "A path is CONTAINER/NAME. In a trigger the name is a pattern with `{captures}`, in a binding a text with `{expressions}`; a literal brace is doubled."
    UnknownExpression "FN0508" "an expression without a value"
        "Nothing that starts the function has a value of this name. Expressions come from captures, route parameters, the query, headers, and fields of JSON."
    BlobLoop "FN0509" "an output that starts its own function"
        "Every blob that the function writes would start it again, for ever. Write to another container, or to names that the trigger's path does not match."
    BadConnection "FN0510" "a connection that leads to no blobs"
        "The setting that says where the blobs are is missing, or is no connection string."
    BadRoute "FN0601" "a malformed route"
        "A route is literal text and `{parameters}` between slashes; a literal brace is doubled."
    ReservedRoute "FN0602" "a route that the host needs itself"
        "Everything below `/admin` and `/runtime` belongs to the host."
    SameRoute "FN0603" "two functions on one route"
        "The templates are equal but for case and parameter names, and both take the same method. None of them runs."
    NoHandler "FN0701" "a function without a compiled handler"
        "Nothing in this binary answers for the function. Link its handler in, correct `entryPoint`, or remove the folder."
    NoFolder "FN0702" "a compiled handler without a function"
        "The handler can never run: no function file names it. Add the file, or remove the handler."
    HandlerKind "FN0703" "a handler of another kind than the trigger"
        "The handler was written for another trigger than the one in the function file. Change one of them."
    HandlerTwice "FN0704" "two compiled handlers of one name"
        "Handlers are found by name, without regard to case. Rename one of them."
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_are_unique() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
    }
}
