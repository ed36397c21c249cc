# Works on any Debian-like base, with or without Python in it:
#   docker build --build-arg BASE=debian:12-slim -t greenblock .
ARG BASE=python:3.11-slim-bookworm

# --- a base with Python --------------------------------------------------------------------------------------------
FROM ${BASE} AS base
RUN command -v python3 > /dev/null || { \
        apt-get update \
        && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3 ca-certificates \
        && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin; \
    }

# --- everything that is installed, with the tools to install it ------------------------------------------------------
FROM base AS build
RUN python3 -c "import ensurepip, venv" 2> /dev/null || { \
        apt-get update \
        && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-venv \
        && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin; \
    }
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/greenblock \
    && /opt/greenblock/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check \
        --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY scheduler scheduler
COPY integrations integrations
COPY migrations migrations
# Of the 600 interfaces that google-api-python-client describes (110 MB) one is used. Nothing is installed later on, so
# the installers go too. Compiled once here, since the running service may not write; not by time stamps, which copying
# between stages changes.
RUN /opt/greenblock/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check \
        --no-build-isolation --no-deps --no-index . \
    && cd /opt/greenblock/lib/python3*/site-packages \
    && find googleapiclient/discovery_cache/documents -type f ! -name calendar.v3.json -delete \
    && /opt/greenblock/bin/pip uninstall --yes --quiet hatchling editables trove-classifiers setuptools pip \
    && /opt/greenblock/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash .

# --- what runs -------------------------------------------------------------------------------------------------------
FROM base
LABEL org.opencontainers.image.title="Greenblock" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 greenblock \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin greenblock \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/greenblock /opt/greenblock
ENV PATH=/opt/greenblock/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GREENBLOCK_DATABASE_URL=sqlite:////data/greenblock.db
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/opt/greenblock/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["greenblock", "serve", "--host", "0.0.0.0", "--port", "8000"]
