# The nixpkgs job: runs the phases that PROCESSING_MODE names. See docs/how-to/run-the-nixpkgs-job.md.
FROM python:3.13-slim-bookworm AS build
WORKDIR /kodit
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY alembic alembic
RUN pip install --no-cache-dir --prefix /installed --constraint constraints.txt '.[artifacts,aws]'

FROM python:3.13-slim-bookworm
# nix evaluates trees, by itself and without a daemon; git tells which commit a tree is.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git nix-bin \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 kodit \
    && install --directory --owner kodit /out
COPY --from=build /installed /usr/local
USER kodit
WORKDIR /out
VOLUME /out
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["kodit", "nix", "build"]
