# The sample app as an image: `docker build -t gifts . && docker run -p 7071:7071 -v gifts:/app/.fnhost gifts`
#
# An app of your own: put its folder where `functions/`, `host.toml` and `local.settings.toml` are copied from.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package functions

FROM debian:bookworm-slim
RUN useradd --system --create-home --home-dir /app --shell /usr/sbin/nologin fnhost
WORKDIR /app
COPY --from=build /src/target/release/functions /usr/local/bin/functions
COPY host.toml local.settings.toml ./
COPY functions ./functions
RUN mkdir .fnhost && chown -R fnhost: /app
USER fnhost
# State: keep it on a volume of this machine, never on a network file system.
VOLUME /app/.fnhost
EXPOSE 7071
# SIGTERM lets requests and activities finish; `docker stop` waits 10 s unless told to wait longer.
STOPSIGNAL SIGTERM
ENTRYPOINT ["functions"]
CMD ["start", "--address", "0.0.0.0"]
