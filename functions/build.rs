//! Lists the function folders, so that each is compiled in.

fn main() {
    fnhost_sdk_build::generate();
}
